"""The six digits an authenticator app shows: RFC 6238 over RFC 4226, HMAC-SHA-1, thirty seconds.

SHA-1 is what every authenticator app computes; the weakness of SHA-1 (collisions) does not touch
HMAC. A code holds for its own step of thirty seconds and the one before and after, and once.
"""

from __future__ import annotations

import base64
import hmac

SECRET_BYTES = 20
"""160 bits, the length RFC 4226 recommends (section 4, R6)."""

STEP_SECONDS = 30
DIGITS = 6

_WINDOW_STEPS = 1


def is_code(text: str) -> bool:
    """Whether ``text`` has the form of such a code."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def code_at(secret: bytes, step: int) -> str:
    """The code of a step, six digits (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(now_seconds: int) -> int:
    """The step a moment belongs to; ``now_seconds`` counts from 1970, UTC."""
    return now_seconds // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, now_seconds: int, last_step: int) -> int | None:
    """The step ``code`` belongs to; None when it is wrong, too old, or of a step already used.

    The steps before, at and after ``now_seconds`` are tried, never one at or below ``last_step``
    (RFC 6238, section 5.2: a code is accepted once). Every step costs the same time.
    """
    now = step_of(now_seconds)
    found = None
    for step in range(now - _WINDOW_STEPS, now + _WINDOW_STEPS + 1):
        is_right = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if is_right and step > last_step and found is None:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """The secret as a person types it into an app: base 32, without padding."""
    return base64.b32encode(secret).decode().rstrip("=")
