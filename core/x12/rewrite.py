"""A file's segments, written again: byte for byte where the file is clean.

What a reader passes over is not written: a byte order mark, blanks between segments, line breaks
that change within an interchange. Delimiters and line breaks are those of each interchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.x12.syntax import SegmentStream


def rewrite(data: bytes | Iterable[bytes]) -> Iterator[bytes]:
    """The segments of ``data`` in blocks. Raises ``X12SyntaxError`` as ``SegmentStream`` does."""
    ending = _Ending(data)
    stream = SegmentStream(ending.blocks())
    held = b""
    line_break = b""
    for texts in stream.chunks():
        if held:
            yield held
        line_break = stream.delimiters.line_break.encode()
        end = stream.delimiters.segment + stream.delimiters.line_break
        held = (end.join(texts) + end).encode()
    # The last segment may lack its line break, or its terminator as well.
    if not ending.last.endswith(line_break):
        held = held.removesuffix(line_break)
    if stream.unterminated:
        held = held.removesuffix(stream.delimiters.segment.encode())
    yield held


class _Ending:
    """Passes blocks on and remembers how the last one ended."""

    def __init__(self, data: bytes | Iterable[bytes]) -> None:
        self._data = data
        self.last = b""

    def blocks(self) -> Iterator[bytes]:
        for block in [self._data] if isinstance(self._data, bytes) else self._data:
            self.last = (self.last + block)[-2:]
            yield block
