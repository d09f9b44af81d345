"""CAS: adjustments of a claim or a line, the same in 837 and 835."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.claim import Adjustment
from core.errors import InputError
from core.x12.elements import read_cents, read_number, write_number
from core.x12.syntax import amount

# One segment holds a group and up to six triplets of it.
TRIPLETS = 6


def read_cas(elements: list[str]) -> Iterator[Adjustment]:
    """The adjustments of one CAS, whose ``elements`` reach at least to number 19.

    Raises ``InputError`` when a triplet lacks its code or amount, or a number is none.
    """
    group = elements[1]
    if not group:
        raise InputError("an adjustment (CAS) lacks its group code")
    for place in range(2, 19, 3):
        code, text, quantity = elements[place : place + 3]
        if code and text:
            yield Adjustment(
                group=group,
                code=code,
                amount_cents=read_cents(text),
                quantity=read_number(quantity) if quantity else None,
            )
        elif code or text or quantity:
            raise InputError("an adjustment (CAS) lacks its reason code or its amount")


def write_cas(adjustments: Sequence[Adjustment]) -> list[list[str]]:
    """CAS segments, one group after the other as they first appear, six adjustments in each."""
    groups: dict[str, list[Adjustment]] = {}
    for adjustment in adjustments:
        groups.setdefault(adjustment.group, []).append(adjustment)
    segments = []
    for group, members in groups.items():
        for start in range(0, len(members), TRIPLETS):
            segment = ["CAS", group]
            for member in members[start : start + TRIPLETS]:
                quantity = "" if member.quantity is None else write_number(member.quantity)
                segment += [member.code, amount(member.amount_cents), quantity]
            segments.append(segment)
    return segments
