"""A form with a file, read part by part: never on a disk, never beyond its limits.

The token comes before the file, so what is not from a page of ours is refused before the file is
read. The time for the whole of it is bounded too: a sender who trickles holds nothing for long.
"""

from __future__ import annotations

import re

from anyio import fail_after
from litestar.datastructures import FormMultiDict
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from api.http.forms import FieldError, Form
from api.http.security import check_token
from api.http.sessions import PageRequest, TooSlowError, token_expected
from core.claims.parties import Value
from core.errors import InputError

UPLOAD_BYTES_MAX = 16 << 20
"""A file of five thousand claims is below ten; a larger one goes in by command."""

_BODY_SECONDS = 120
_FIELD_BYTES_MAX = 1_000
_PARTS_MAX = 8
_NAME_CHARACTERS_MAX = 80

_BOUNDARY = re.compile(
    r"multipart/form-data\s*;\s*boundary=\"?([0-9A-Za-z'()+_,./:=? -]{1,70})\"?\Z", re.IGNORECASE
)
_UNREAD = "this form cannot be read; open the page again and choose the file there"


class Upload(Value, frozen=True, kw_only=True):
    """A file as it came. ``name`` is for the answer to whoever sent it; it is kept nowhere."""

    name: str
    data: bytes


async def read_upload(request: PageRequest) -> tuple[Form, Upload]:
    """The fields and the one file of a form of ours.

    ``ForbiddenError`` without its token, ``FieldError`` without a file, ``TooSlowError`` when it
    takes longer than two minutes; what is too large is refused where it becomes so.
    """
    shaped = _BOUNDARY.match(request.headers.get("content-type", ""))
    if shaped is None:
        form = Form(await request.form())
        check_token(token_expected(request), form.text("token"))
        raise FieldError("file", "choose a file")
    reading = _Reading(token_expected(request), shaped[1])
    try:
        with fail_after(_BODY_SECONDS):
            async for block in request.stream():
                reading.take(block)
        return reading.result()
    except TimeoutError:
        raise TooSlowError("this form came too slowly and was not taken; try again") from None
    except MultipartError:
        raise InputError(_UNREAD) from None


class _Reading:
    """One form while it streams in."""

    def __init__(self, token: str | None, boundary: str) -> None:
        self._token = token
        self._parser = PushMultipartParser(
            boundary, max_segment_count=_PARTS_MAX, max_header_count=4, strict=True
        )
        self._fields: list[tuple[str, str]] = []
        self._part: MultipartSegment | None = None
        self._content = bytearray()
        self._upload: Upload | None = None

    def take(self, block: bytes) -> None:
        """The next bytes of the body."""
        for event in self._parser.parse(block):
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is not None:
                self._content += event
                if not self._is_file and len(self._content) > _FIELD_BYTES_MAX:
                    raise InputError(_UNREAD)
            else:
                self._end()

    @property
    def _is_file(self) -> bool:
        return self._part is not None and self._part.filename is not None

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part
        self._content = bytearray()
        if self._is_file:
            self._check_token()
            if self._upload is not None:
                raise InputError("hand in one file at a time")

    def _end(self) -> None:
        assert self._part is not None, "a part has begun"
        data = bytes(self._content)
        self._content = bytearray()
        if self._is_file:
            self._upload = Upload(name=_shown(self._part.filename), data=data)
            return
        try:
            self._fields.append((self._part.name, data.decode()))
        except UnicodeDecodeError:
            raise InputError(_UNREAD) from None

    def _form(self) -> Form:
        return Form(FormMultiDict(self._fields))

    def _check_token(self) -> None:
        check_token(self._token, self._form().text("token"))

    def result(self) -> tuple[Form, Upload]:
        """What came, once all of it has; ``MultipartError`` when the last part is not whole."""
        self._check_token()
        self._parser.close()
        if self._upload is None or not self._upload.data:
            raise FieldError("file", "choose a file")
        return self._form(), self._upload


def _shown(name: str) -> str:
    """The last part of a file's name, as far as it can be shown."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(one for one in last if one.isprintable())[:_NAME_CHARACTERS_MAX]
