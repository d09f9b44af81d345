"""X12 text as segments and back: separators, blocks, positions. Knows nothing of any guide.

Reading is kept near the speed of bare ``split``: a block of whole segments is decoded and split at
once, and only the edges of interchanges are looked at more closely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from core.errors import InputError, X12SyntaxError
from core.money import cents
from core.x12.guides import standard

# Blocks are gathered to about this size, so that tiny network reads do not cost a scan each.
BLOCK_BYTES = 1 << 16
# A segment without an end is refused here instead of filling the memory.
SEGMENT_BYTES_MAX = 1 << 20
# An attachment larger than this is refused where its length is said.
BINARY_BYTES_MAX = 1 << 26
# Segments whose last element is read by its length, and how many elements stand before it.
BINARY: dict[str, int] = {"BIN": 1, "BDS": 2}
_BINARY_HEAD_MAX = 64
# ISA is 106 bytes when its fields are padded as they must be; some senders pad wrongly.
_ISA_BYTES_MAX = 300
_ISA_ELEMENTS = 16
_BLANK = b" \t\r\n\x00\x1a"
_BOM = b"\xef\xbb\xbf"


class Delimiters(msgspec.Struct, frozen=True, kw_only=True):
    """The separators of one interchange, one character each.

    ``repetition`` is empty for versions before 00402, which have none; ``line_break`` is what
    follows each terminator: nothing, a line feed, or carriage return and line feed.
    """

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    line_break: str = ""

    def __post_init__(self) -> None:
        marks = [self.element, self.component, self.segment]
        if self.repetition:
            marks.append(self.repetition)
        if any(len(mark) != 1 or mark.isalnum() or not mark.isascii() for mark in marks):
            raise InputError("a delimiter is one ASCII character that is no letter and no digit")
        if len(set(marks)) != len(marks):
            raise InputError("two delimiters of an interchange are the same character")
        if self.line_break not in ("", "\n", "\r\n"):
            raise InputError("a line break is a line feed, with or without a carriage return")


STANDARD = Delimiters()


class BinarySegment(list[str]):
    """A BIN or BDS: its elements, and beside them ``payload``, the bytes of the last one.

    The last element only says how many bytes there are: data may hold separators, and nobody who
    shows or checks a file wants it.
    """

    payload: bytes = b""

    @classmethod
    def of(cls, segment_id: str, payload: bytes, *before: str) -> BinarySegment:
        """The segment for ``payload``; ``before`` are the elements before its length (BDS01)."""
        made = cls([segment_id, *before, str(len(payload)), _stand_in(len(payload))])
        made.payload = payload
        return made


class SegmentStream:
    """The segments of ``data`` (bytes, or blocks of bytes of any size) as lists of elements.

    Element 0 is the segment id; components and repetitions stay joined. While one iterates,
    ``number`` is the place of the segment just given, from 1 in the file, and ``delimiters`` are
    those of its interchange. Byte order mark, line breaks and blanks between segments are passed
    over. Raises ``X12SyntaxError`` where the data is not X12 or breaks off; everything before that
    place has been given by then. ``unterminated`` says that the last IEA lacks its terminator.

    The data of a BIN or BDS in a 275 is read by its length, whatever it holds: the segment comes as
    a ``BinarySegment``, from ``chunks`` as a chunk of its own with the data in ``payload``.
    """

    def __init__(self, data: bytes | Iterable[bytes]) -> None:
        self.number = 0
        self.delimiters = STANDARD
        self.unterminated = False
        self.payload: bytes | None = None
        self._blocks = _sized_blocks(data)
        self._buffer = b""
        self._blank = _BLANK
        self._attachments = b""
        self._may_attach = False

    def __iter__(self) -> Iterator[list[str]]:
        number = self.number
        for texts in self.chunks():
            element = self.delimiters.element
            if self.payload is not None:
                number += 1
                self.number = number
                segment = BinarySegment(texts[0].split(element))
                segment.payload = self.payload
                yield segment
                continue
            for text in texts:
                number += 1
                self.number = number
                yield text.split(element)

    def chunks(self) -> Iterator[list[str]]:
        """Many segments at a time, each still one text; for callers that count ``number`` along.

        All segments of a chunk belong to one interchange, whose first chunk begins with its ISA.
        """
        given = 0
        while self._at_interchange(given):
            self._read_delimiters(given + 1)
            start, inside = 3, True
            while inside:
                if self._may_attach and self._at_binary():
                    given += 1
                    yield [self._take_binary(given)]
                    self.payload = None
                    continue
                part, inside = self._take(start, given + 1)
                start = 0
                if part is not None:
                    texts = self._texts(part)
                    given += len(texts)
                    yield texts

    def _more(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        self._buffer += block
        return True

    def _at_interchange(self, given: int) -> bool:
        """Step to the next ISA; False at the end of the file."""
        more = True
        self._buffer = self._buffer.removeprefix(_BOM).lstrip(_BLANK)
        while more and len(self._buffer) < _ISA_BYTES_MAX:
            more = self._more()
            self._buffer = self._buffer.removeprefix(_BOM).lstrip(_BLANK)
        if not self._buffer:
            if not given:
                raise X12SyntaxError("it is empty")
            return False
        if not self._buffer.startswith(b"ISA"):
            if not given:
                raise X12SyntaxError("it does not begin with an ISA segment, so it is not X12")
            raise X12SyntaxError(
                "after the end of an interchange only another ISA may follow", segment=given + 1
            )
        return True

    def _read_delimiters(self, segment: int) -> None:
        """Set ``delimiters`` from the ISA at the head of the buffer."""
        head = self._buffer[:_ISA_BYTES_MAX]
        parts = head.split(head[3:4], _ISA_ELEMENTS) if len(head) > 3 else []
        tail = parts[_ISA_ELEMENTS] if len(parts) > _ISA_ELEMENTS else b""
        if len(tail) < 2 or any(tail[1:2] in part for part in parts[:_ISA_ELEMENTS]):
            raise X12SyntaxError("the ISA segment is not complete", segment=segment)
        after = tail[2:4]
        try:
            self.delimiters = Delimiters(
                element=head[3:4].decode("ascii"),
                component=tail[0:1].decode("ascii"),
                repetition=_repetition(parts, tail),
                segment=tail[1:2].decode("ascii"),
                line_break="\r\n" if after == b"\r\n" else "\n" if after[:1] == b"\n" else "",
            )
        except (InputError, UnicodeDecodeError):
            raise X12SyntaxError(
                "the ISA segment does not name separators that can be told apart", segment=segment
            ) from None
        self._blank = _BLANK.replace(tail[1:2], b"")
        self._attachments = head[3:4].join((b"ST", b"275", b""))
        self._may_attach = False

    def _take(self, start: int, segment: int) -> tuple[bytes | None, bool]:
        """Whole segments without their last terminator, and whether the interchange goes on.

        ``start`` is where to look for the next ISA or IEA, so that the opening ISA is passed over.
        """
        terminator = self.delimiters.segment.encode()
        while True:
            buffer = self._buffer
            last = buffer.rfind(terminator)
            if self._may_attach or buffer.rfind(self._attachments) >= 0:
                begun = 0 if self._may_attach else buffer.find(self._attachments)
                self._may_attach = True
                binary = self._first(tuple(BINARY), buffer, terminator, begun)
                if binary >= 0:
                    last = buffer.rfind(terminator, 0, binary)
                    if last < 0:
                        return None, True
            if last >= 0:
                edge = self._first(("IEA", "ISA"), buffer[:last], terminator, start)
                if edge < 0:
                    self._buffer = buffer[last + 1 :]
                    return buffer[:last], True
                if buffer.startswith(b"ISA", edge):
                    self._buffer = buffer[edge:]
                    part = buffer[:edge].rstrip(self._blank).removesuffix(terminator)
                    return part or None, False
                end = buffer.find(terminator, edge)
                self._buffer = buffer[end + 1 :]
                return buffer[:end], False
            if len(buffer) > SEGMENT_BYTES_MAX:
                raise X12SyntaxError("this segment has no end", segment=segment)
            if not self._more():
                return self._last_words(segment), False

    def _first(self, ids: tuple[str, ...], part: bytes, terminator: bytes, start: int) -> int:
        """Where the first segment of ``part`` with one of these ids begins, or -1."""
        found = len(part)
        for word in ids:
            mark = (word + self.delimiters.element).encode()
            # What is mostly not there is missed from behind in half the time.
            if part.rfind(mark, start, found) < 0:
                continue
            at = part.find(mark, start, found)
            while at >= 0:
                before = part[max(0, at - 16) : at].rstrip(self._blank)
                if before.endswith(terminator) or (not before and at < 16):
                    found = at
                    break
                at = part.find(mark, at + 1, found)
        return found if found < len(part) else -1

    def _at_binary(self) -> bool:
        """Whether a binary segment is next."""
        element = self.delimiters.element
        marks = tuple((word + element).encode() for word in BINARY)
        return self._buffer[:_BINARY_HEAD_MAX].lstrip(self._blank).startswith(marks)

    def _take_binary(self, segment: int) -> str:
        """The binary segment that is next: its text, and its data in ``payload``."""
        element = self.delimiters.element.encode()
        terminator = self.delimiters.segment.encode()
        place = BINARY[self._buffer.lstrip(self._blank)[:3].decode()]
        while True:
            head = self._buffer.lstrip(self._blank)
            fields = head[:_BINARY_HEAD_MAX].split(element, place + 1)
            told = len(fields) > place + 1 or len(head) >= _BINARY_HEAD_MAX
            if told or terminator in fields[-1] or not self._more():
                break
        said = fields[place] if len(fields) > place + 1 else b""
        if terminator in fields[place - 1] or not said.isdigit():
            message = "the data cannot be read without its length, a whole number of bytes"
            raise X12SyntaxError(message, segment=segment, element=place)
        size = int(said)
        if size > BINARY_BYTES_MAX:
            message = f"an attachment may have {BINARY_BYTES_MAX >> 20} MB at the most"
            raise X12SyntaxError(message, segment=segment, element=place)
        text = element.join((*fields[: place + 1], b""))
        data = self._bytes(head[len(text) :], size + 1, segment)
        if not data.endswith(terminator):
            message = "the data does not end where its length says; correct the length"
            raise X12SyntaxError(message, segment=segment, element=place)
        self.payload = data[:-1]
        return _decoded(text) + _stand_in(size)

    def _bytes(self, begun: bytes, size: int, segment: int) -> bytes:
        """``size`` bytes, of which ``begun`` are the first; what is left stays in the buffer."""
        parts = [begun[:size]]
        self._buffer = begun[size:]
        missing = size - len(parts[0])
        while missing:
            block = next(self._blocks, None)
            if block is None:
                message = "the file breaks off within this attachment; ask for it again"
                raise X12SyntaxError(message, segment=segment)
            parts.append(block[:missing])
            self._buffer = block[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def _last_words(self, segment: int) -> bytes | None:
        """What stands after the last terminator of the file; only an IEA may lack its own."""
        left = self._buffer.strip(self._blank)
        self._buffer = b""
        if not left:
            return None
        if left.startswith(b"IEA") and left.count(self.delimiters.element.encode()) == 2:
            self.unterminated = True
            return left
        raise X12SyntaxError(
            "the file breaks off within this segment; ask for it again", segment=segment
        )

    def _texts(self, part: bytes) -> list[str]:
        terminator = self.delimiters.segment
        try:
            text = part.decode("utf-8")
        except UnicodeDecodeError:
            return [_decoded(piece).strip(_BLANKS) for piece in part.split(terminator.encode())]
        texts = text.split(terminator)
        # One character is found much faster than two, and these stand in few files.
        if (
            text[:1] <= " "
            or any(blank in text for blank in _CONTROLS if blank != terminator)
            or terminator + " " in text
        ):
            return [piece.lstrip(_BLANKS) for piece in texts]
        return texts


_BLANKS = _BLANK.decode("ascii")
_CONTROLS = _BLANKS.replace(" ", "")


def _stand_in(size: int) -> str:
    return f"{size} bytes"


def _repetition(parts: list[bytes], tail: bytes) -> str:
    """ISA11 where it is a separator: old versions, and senders who copy from them, write U."""
    mark = parts[11][:1]
    if parts[12] < b"00402" or mark.isalnum() or not mark.isascii() or mark in tail[:2]:
        return ""
    return mark.decode("ascii")


def _decoded(piece: bytes) -> str:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return piece.decode("latin-1")


def _sized_blocks(data: bytes | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(data, bytes):
        for start in range(0, len(data), BLOCK_BYTES):
            yield data[start : start + BLOCK_BYTES]
        return
    held: list[bytes] = []
    size = 0
    for block in data:
        if len(block) > BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
            for start in range(0, len(block), BLOCK_BYTES):
                yield block[start : start + BLOCK_BYTES]
            continue
        held.append(block)
        size += len(block)
        if size >= BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


# Elements that a guide of ours lets repeat (a test holds this against the tables); elsewhere a
# repetition separator is data.
REPEATED: frozenset[tuple[str, int]] = frozenset({("EQ", 1), ("EB", 3), ("HCR", 3)})


@cache
def _composites(segment_id: str) -> frozenset[int]:
    """Which elements of a segment have components; elsewhere a component separator is data."""
    elements, _ = standard(segment_id)
    return frozenset(place for place, element in enumerate(elements, 1) if element.parts)


def composite(parts: Sequence[str], delimiters: Delimiters) -> str:
    """Components joined, empty ones at the end dropped. Refuses a part that holds a delimiter."""
    text = delimiters.component.join(parts)
    if (
        text.count(delimiters.component) != max(len(parts) - 1, 0)
        or delimiters.element in text
        or delimiters.segment in text
        or _repeats(text, delimiters)
    ):
        raise InputError("a component holds a character that separates X12 data")
    return text.rstrip(delimiters.component)


def render(segments: Iterable[Sequence[str]], delimiters: Delimiters) -> bytes:
    """Segments as X12 text in UTF-8; empty elements at the end of a segment are dropped.

    Raises ``InputError`` naming segment and element (never the value) when a value holds a
    delimiter or a control character: X12 has no way to quote one. A ``BinarySegment`` is written
    with its data as it is.
    """
    taken = list(segments)
    element, terminator = delimiters.element, delimiters.segment
    end = terminator + delimiters.line_break
    if BinarySegment not in set(map(type, taken)):
        texts = [element.join(segment) for segment in taken]
        if _all_clean(taken, texts, delimiters):
            return "".join([text.rstrip(element) + end for text in texts]).encode()
    written: list[bytes] = []
    lines: list[str] = []
    for number, segment in enumerate(taken, 1):
        if isinstance(segment, BinarySegment):
            lines.append(element.join((*segment[:-1], "")))
            written += ("".join(lines).encode(), segment.payload, end.encode())
            lines.clear()
            continue
        text = element.join(segment)
        if (
            text.count(element) != len(segment) - 1
            or terminator in text
            or not text.isprintable()
            or (
                (_repeats(text, delimiters) or _divides(segment, text, delimiters))
                and text[:4] != "ISA" + element
            )
        ):
            _refuse_delimiters(number, segment, delimiters)
        lines.append(text.rstrip(element) + end)
    written.append("".join(lines).encode())
    return b"".join(written)


def _all_clean(
    segments: Sequence[Sequence[str]], texts: Sequence[str], delimiters: Delimiters
) -> bool:
    """Whether no value of all these segments can be at fault: told of their text as a whole.

    Every join adds one mark fewer than it has parts; a mark in a value would be one too many. What
    is not clean here (an ISA never is) is looked at one by one.
    """
    whole = delimiters.segment.join(texts)
    return (
        whole.count(delimiters.element) == sum(map(len, segments)) - len(segments)
        and whole.count(delimiters.segment) == len(segments) - 1
        and whole.isprintable()
        and not _repeats(whole, delimiters)
        and not any(
            _divides(segment, text, delimiters)
            for segment, text in zip(segments, texts, strict=True)
            if delimiters.component in text
        )
    )


def _repeats(text: str, delimiters: Delimiters) -> bool:
    return bool(delimiters.repetition) and delimiters.repetition in text


def _divides(segment: Sequence[str], text: str, delimiters: Delimiters) -> bool:
    """Whether a component separator stands in an element that is no composite."""
    mark = delimiters.component
    if mark not in text:
        return False
    holding = [place for place, value in enumerate(segment) if mark in value]
    return not _composites(segment[0]).issuperset(holding)


def _marks(delimiters: Delimiters) -> list[str]:
    marks = [delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition]
    return [mark for mark in marks if mark]


def _refuse_delimiters(number: int, segment: Sequence[str], delimiters: Delimiters) -> None:
    composites = _composites(segment[0])
    for place, value in enumerate(segment):
        clean = value
        if place in composites:
            clean = clean.replace(delimiters.component, "")
        if delimiters.repetition and (segment[0], place) in REPEATED:
            clean = clean.replace(delimiters.repetition, "")
        if any(mark in clean for mark in _marks(delimiters)) or not clean.isprintable():
            raise InputError(
                f"segment {number} ({segment[0]}), element {place}: the value holds a character"
                " that separates X12 data; take it out or choose other delimiters"
            )


def amount(amount_cents: int) -> str:
    """Cents in the shortest X12 decimal form: ``12.5``, ``0``, ``-3``, ``.07``."""
    whole, part = divmod(abs(amount_cents), 100)
    sign = "-" if amount_cents < 0 else ""
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{part:02d}".rstrip("0")


def read_amount(text: str) -> int:
    """An X12 decimal amount in cents; ``InputError`` (without the value) when it is none."""
    return cents(text.removeprefix("+"))
