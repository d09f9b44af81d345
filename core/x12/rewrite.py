"""A file's segments, written again: byte for byte where the file is clean.

What a reader passes over is not written: a byte order mark, blanks between segments, a missing
last terminator. Line breaks and delimiters are those of each interchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.x12.syntax import SegmentStream


def rewrite(data: bytes | Iterable[bytes]) -> Iterator[bytes]:
    """The segments of ``data`` in blocks. Raises ``X12SyntaxError`` as ``SegmentStream`` does."""
    stream = SegmentStream(data)
    for texts in stream.chunks():
        end = stream.delimiters.segment + stream.delimiters.line_break
        yield (end.join(texts) + end).encode()
