"""Claims that came with other delimiters than ours, made fit for answers with ours.

A value may hold what is only text in its own file and a delimiter in ours; X12 cannot quote it, so
a clearinghouse puts a blank in its place.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import msgspec

from core.claims.claim import Claim
from core.x12.syntax import STANDARD

_BLANKS = str.maketrans(
    dict.fromkeys(
        (STANDARD.element, STANDARD.component, STANDARD.repetition, STANDARD.segment), " "
    )
)
_KEPT = (date, time, Decimal, bytes)


def with_our_delimiters(claim: Claim) -> Claim:
    """``claim`` with a blank for each of our delimiters in its values."""
    plain = _blanked(msgspec.to_builtins(claim, builtin_types=_KEPT))
    return msgspec.convert(plain, Claim, builtin_types=_KEPT)


def _blanked(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_BLANKS)
    if isinstance(value, dict):
        return {name: _blanked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_blanked(inner) for inner in value]
    return value
