"""Money is whole cents in an ``int``. This module turns text into cents and back, and divides.

A percentage or rate is a ``Decimal``; a product is rounded half up, once, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from core.errors import InputError

# The widest amount any X12 element 782 or bigint ledger column needs, with room: 10^15 cents.
CENTS_MAX = 10**15
_DIGITS_MAX = 14

_AMOUNT = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)\Z", re.ASCII)


def cents(text: str) -> int:
    """The amount written in ``text`` (``12``, ``12.5``, ``-.07``) in cents.

    Raises ``InputError`` when it is not a plain decimal number, has a fraction of a cent, or is
    out of range. The text itself is not repeated in the error.
    """
    if not _AMOUNT.match(text):
        raise InputError("an amount is a decimal number such as 125.00")
    sign = -1 if text[0] == "-" else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    # Leading zeros aside, more digits than this are above any amount; and int() has a limit.
    if len(whole.lstrip("0")) > _DIGITS_MAX:
        raise InputError("an amount is out of range")
    if len(fraction) > 2:
        if fraction[2:].strip("0"):
            raise InputError("an amount has at most two decimals")
        fraction = fraction[:2]
    value = int(whole.lstrip("0") or "0") * 100 + int((fraction + "00")[:2])
    if value > CENTS_MAX:
        raise InputError("an amount is out of range")
    return sign * value


def plain(amount_cents: int) -> str:
    """``125000`` -> ``1250.00``: two decimals, no separator; what ``cents`` reads back."""
    sign = "-" if amount_cents < 0 else ""
    whole, part = divmod(abs(amount_cents), 100)
    return f"{sign}{whole}.{part:02d}"


def dollars(amount_cents: int) -> str:
    """``-125000`` -> ``-$1,250.00``, for people."""
    sign = "-" if amount_cents < 0 else ""
    whole, part = divmod(abs(amount_cents), 100)
    return f"{sign}${whole:,}.{part:02d}"


def times(amount_cents: int, factor: Decimal) -> int:
    """``amount_cents`` times ``factor``, rounded half up (away from zero at the half) to a cent."""
    with localcontext() as exact:
        exact.prec = 60
        return int((amount_cents * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def half_up(exact: Fraction | int) -> int:
    """An exact number of cents rounded half up (away from zero at the half)."""
    if isinstance(exact, int):
        return exact
    sign = -1 if exact < 0 else 1
    top, bottom = abs(exact.numerator), exact.denominator
    return sign * ((2 * top + bottom) // (2 * bottom))


def allocate(total_cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide ``total_cents`` in proportion to ``weights`` (none negative) without losing a cent.

    The cents left over by rounding down go to the largest remainders, earlier ones first. All
    weights zero: the first part takes everything. No weights: ``total_cents`` must be zero.
    """
    if not weights:
        assert total_cents == 0, "money with nowhere to go"
        return ()
    assert min(weights) >= 0, "a weight is not negative"
    whole = sum(weights)
    if whole == 0:
        return (total_cents, *([0] * (len(weights) - 1)))
    sign = -1 if total_cents < 0 else 1
    amount = abs(total_cents)
    parts = [amount * weight // whole for weight in weights]
    left = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in order[:left]:
        parts[i] += 1
    return tuple(sign * part for part in parts)
