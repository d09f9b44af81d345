"""How an amount came about: each step with the table row it rests on."""

from __future__ import annotations

from fractions import Fraction

from core import money
from core.claims.parties import Value
from core.rules.tables import Edition


class PriceStep(Value, frozen=True, kw_only=True):
    """One step: what was done, the row that says so, and the amount after it in cents.

    ``amount_cents`` None: the step made no amount, or took away the one there was.
    """

    step: str
    row: Edition | None = None
    amount_cents: int | None = None

    def document(self) -> dict[str, str]:
        """As it is printed for programs: words, row, and dollars."""
        found = {"step": self.step}
        if self.row is not None:
            found["row"] = str(self.row)
        if self.amount_cents is not None:
            found["amount"] = money.plain(self.amount_cents)
        return found


class Outcome(Value, frozen=True, kw_only=True):
    """What is allowed for one service in cents (None: no price), and how it came about.

    ``exact_cents`` is the same before it was rounded and held against a charge; what takes a
    percentage of it rounds once.
    """

    allowed_cents: int | None
    steps: tuple[PriceStep, ...]
    exact_cents: Fraction | int | None = None


def no_price(why: str, *steps: PriceStep, row: Edition | None = None) -> Outcome:
    """No amount; ``why`` is the last step."""
    return Outcome(allowed_cents=None, steps=(*steps, PriceStep(step=why, row=row)))


def hundredths(number: int) -> str:
    """``130`` -> ``1.30``."""
    return f"{number // 100}.{number % 100:02d}"


def thousandths(number: int) -> str:
    """``1017`` -> ``1.017``."""
    return f"{number // 1000}.{number % 1000:03d}"


def ten_thousandths(number: int) -> str:
    """``323465`` -> ``32.3465``."""
    return f"{number // 10_000}.{number % 10_000:04d}"
