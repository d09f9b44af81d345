"""An app in a process of its own, handed one flood after another; says how large it grew."""

from __future__ import annotations

import asyncio
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from api.bootstrap import Runtime
from api.http.app import create_app
from api.http.security import form_token
from api.http.uploads import UPLOAD_BYTES_MAX
from api.settings import Settings
from tenants.postgres import DatabaseUrls
from tests.api.http.asgi import post

_KIND = "multipart/form-data; boundary=xx"
_BLOCK = 1 << 16
_ALL = UPLOAD_BYTES_MAX // _BLOCK - 1
_MEMBER = b"PK\x03\x04" + b"\0" * 28


def _bomb() -> bytes:
    """An archive a thousandth of what is in it."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("claims.csv", "w") as member,
    ):
        for _ in range(64):
            member.write(b"\0" * (1 << 20))
    return out.getvalue()


# How each begins, and what comes again how many times: nothing is held here.
FLOODS = {
    "ten gigabytes": (b"", b"0" * _BLOCK, (10 << 30) // _BLOCK),
    "a bomb": (_bomb(), b"", 0),
    "half a million members": (b"", _MEMBER * (_BLOCK // len(_MEMBER)), _ALL),
    "one long line": (b"visit_id,patient_number", b"," * _BLOCK, _ALL),
    "one long row": (b"visit_id,patient_number", b',"\n"' * (_BLOCK // 4), _ALL),
    "one long cell": (b'visit_id,"', b"x\n" * (_BLOCK // 2), _ALL),
    "no text": (b"", b"\x00" * _BLOCK, _ALL),
    "an X12 without end": (b"ISA", b"*" * _BLOCK, _ALL),
}


def _blocks(token: str, start: bytes, again: bytes, times: int) -> Iterator[bytes]:
    head = b'--xx\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b'
    yield head % (b"token", b"", token.encode()) + b"\r\n"
    yield head % (b"file", b'; filename="a"', start)
    yield from repeat(again, times)
    yield b"\r\n--xx--\r\n"


def _largest_kb() -> int:
    """How large this program has been; the kernel's other figure counts who started it, too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(home: str, urls: tuple[str, str, str, str], origin: str, session: str, path: str) -> None:
    """Print the status of each answer, the largest size in bytes before, and after."""
    migrator, app, sequencer, key = urls
    reached = DatabaseUrls(migrator=migrator, app=app, sequencer=sequencer, context_key=key)
    running = Runtime(Settings(home=Path(home), origin=origin), reached)
    made = create_app(running)
    before = _largest_kb()
    token = form_token(session)
    statuses = {
        name: asyncio.run(post(made, session, path, _KIND, _blocks(token, *flood)))[0]
        for name, flood in FLOODS.items()
    }
    after = _largest_kb()
    sys.stdout.write(json.dumps({"statuses": statuses, "before_kb": before, "after_kb": after}))
    running.close()


if __name__ == "__main__":
    home, migrator, app, sequencer, key, *rest = sys.argv[1:]
    main(home, (migrator, app, sequencer, key), *rest)
