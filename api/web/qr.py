"""QR codes as one path of an SVG, which our templates draw without any inline style."""

from __future__ import annotations

import msgspec
import segno

# Blank modules around a code, which scanners need (ISO/IEC 18004).
_QUIET = 4


class QrCode(msgspec.Struct, frozen=True):
    """``path``: the dark modules as runs; ``side``: the length of a side, blank border included."""

    path: str
    side: int


def qr_code(text: str) -> QrCode:
    """The code of ``text``, error correction M."""
    rows = segno.make(text, error="m", micro=False).matrix
    runs = [
        f"M{start + _QUIET} {line + _QUIET}h{length}v1h-{length}z"
        for line, row in enumerate(rows)
        for start, length in _dark_runs(row)
    ]
    return QrCode(path="".join(runs), side=len(rows) + 2 * _QUIET)


def _dark_runs(row: bytes | bytearray) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(row):
        length = 0
        while start + length < len(row) and row[start + length]:
            length += 1
        if length:
            found.append((start, length))
        start += max(length, 1)
    return found
