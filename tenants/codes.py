"""Codes that are typed once: recovery codes, and those to set a password with.

They are random and long, so what is stored of them is a plain SHA-256.
"""

from __future__ import annotations

import hashlib
import re
import secrets

# 32 letters and digits that are not mistaken for each other: five bits a sign, 115 bits a code.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS = (6, 6, 6, 5)


def new_code() -> str:
    """A code of 115 random bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(size)) for size in _GROUPS)


def code_digest(code: str) -> bytes:
    """What is stored of a code; blanks, hyphens and capitals do not count."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode()).digest()
