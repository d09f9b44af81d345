"""QR codes as one path of an SVG, drawn without inline style, and what apps read from ours."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
import segno

from core.crypto.one_time_codes import DIGITS, STEP_SECONDS, secret_text

_ISSUER = "Claimwright"

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


def enrolment_address(secret: bytes, account: str) -> str:
    """The ``otpauth`` address authenticator apps read from a QR code."""
    label = f"{quote(_ISSUER)}:{quote(account, safe='@')}"
    return (
        f"otpauth://totp/{label}?secret={secret_text(secret)}&issuer={quote(_ISSUER)}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )
