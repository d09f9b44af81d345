"""Whether a claim of an 837 or a payment of an 835 adds up, asked of its typed loops.

The check (``balance``) names each sum that is wrong and where. Here is the short answer for who
reads a unit at a time: what is missing to balance, in cents; None where an amount is none.
"""

from __future__ import annotations

from core.x12.loops import Loop

# The element of a service segment that holds the charge of its line.
_CHARGES = {"SV1": 2, "SV2": 3, "SV3": 2}


def claim_difference_cents(claim: Loop) -> int | None:
    """CLM02 less the charges of the lines of a typed loop 2300."""
    total = 0
    for elements in claim.segments:
        if elements[0] == "CLM":
            if len(elements) < 3 or elements[2].__class__ is not int:
                return None
            total = elements[2]
    for line in claim.loops:
        if line.id == "2400":
            for elements in line.segments:
                place = _CHARGES.get(elements[0])
                if place is not None:
                    if place >= len(elements) or elements[place].__class__ is not int:
                        return None
                    total -= elements[place]
    return total


def payment_difference_cents(payment: Loop) -> int | None:
    """What is missing to balance a typed loop 2100: of the claim, else of its first wrong line.

    A line balances when charge less payment is the sum of its adjustments, the claim when the same
    is true of CLP03, CLP04 and the adjustments of claim and lines together.
    """
    wrong = 0
    try:
        total = _left(payment, 3)
        for line in payment.loops:
            if line.id == "2110":
                left = _left(line, 2)
                adjusted = left - line.segments[0][2] + line.segments[0][3]
                total += adjusted
                wrong = wrong or left
    except (TypeError, IndexError):
        return None
    return total or wrong


def _left(loop: Loop, charge: int) -> int:
    """Charge less payment less the loop's own adjustments."""
    segments = loop.segments
    first = segments[0]
    left: int = first[charge] - first[charge + 1]
    for elements in segments:
        if elements[0] == "CAS":
            if len(elements) == 4:
                left -= elements[3]
            else:
                left -= sum([amount for amount in elements[3::3] if amount != ""])
    return left
