"""What a payer's contract with a practice says: its terms, row by row, and which one counts.

An agreement holds for some days and payers. Each of its terms says for which lines it speaks (an
empty selector: for all) and how it pays them. The term that names the most of a line counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.claims.parties import Payer, Value
from core.dates import Window
from core.errors import InputError, RowError
from core.pricing.services import Service
from core.rules.rule import Layer, Rule
from core.rules.tables import Edition


class TermForm(StrEnum):
    """How a term pays."""

    PERCENT = "percent"
    FIXED = "fixed"
    PER_DIEM = "per_diem"
    CASE_RATE = "case_rate"
    NOT_PAID = "not_paid"


class Base(StrEnum):
    """Of what a percentage is taken."""

    MPFS = "mpfs"
    CHARGE = "charge"
    PRACTICE = "practice"


class Term(Value, frozen=True, kw_only=True):
    """One row of a contract.

    ``codes``: first and last code it speaks for, both included. ``revenue_code``: its beginning is
    enough. ``amount_cents`` is one unit's, a day's, or the whole claim's, by ``form``. ``rates_of``
    pins a percentage of ``mpfs`` to the fee schedule of that day. ``carve_out``: paid by its own
    term beside a case rate or a per diem.
    """

    row: int
    form: TermForm
    codes: tuple[str, str] | None = None
    modifier: str = ""
    place: str = ""
    revenue_code: str = ""
    drg: str = ""
    amount_cents: int = 0
    percent: Decimal = Decimal(100)
    of: Base | None = None
    rates_of: date | None = None
    carve_out: bool = False

    @property
    def pays_together(self) -> bool:
        """Whether it pays lines together, and so no line by itself."""
        return self.form in (TermForm.PER_DIEM, TermForm.CASE_RATE)

    def takes(self, service: Service) -> bool:
        """Whether it speaks for ``service``."""
        return (
            (self.codes is None or self.codes[0] <= service.code <= self.codes[1])
            and (not self.modifier or self.modifier in service.modifiers)
            and (not self.place or self.place == service.place_of_service)
            and service.revenue_code.startswith(self.revenue_code)
            and (not self.drg or self.drg == service.drg)
        )

    @property
    def rank(self) -> tuple[int, bool, bool, int, bool]:
        """What it names, for comparing: one code before a range, a range before none, and so on."""
        named = 0 if self.codes is None else 1 + (self.codes[0] == self.codes[1])
        return (
            named,
            bool(self.modifier),
            bool(self.place),
            len(self.revenue_code),
            bool(self.drg),
        )


class Agreement(Value, frozen=True, kw_only=True):
    """A contract as it was entered. ``plans`` empty: all plans of those payers.

    ``locality`` is where a percentage of ``mpfs`` is priced; empty: where the service was.
    ``source`` names the paper it was taken from.
    """

    name: str
    payer_ids: tuple[str, ...]
    first: date
    last: date | None = None
    plans: tuple[str, ...] = ()
    locality: str = ""
    lesser_of_charge: bool = True
    source: str = ""
    terms: tuple[Term, ...]


class Contract(Rule, frozen=True, kw_only=True):
    """An agreement as a rule of the practice."""

    agreement: Agreement

    @property
    def name(self) -> str:
        """What the practice calls it."""
        return self.agreement.name

    def row(self, term: Term, words: str = "") -> Edition:
        """Where ``term`` stands, for a trace."""
        return Edition(
            table=f"contract {self.name}",
            release=self.agreement.first.isoformat(),
            row=f"row {term.row} {words}".strip(),
        )


def contract_of(agreement: Agreement, version: str = "1") -> Contract:
    """``agreement`` as a rule; agreements of one name follow each other as versions do."""
    return Contract(
        id=f"CONTRACT-{agreement.name}",
        title=f"Contract {agreement.name}",
        source=agreement.source or "entered by the practice",
        version=version,
        effective=Window(agreement.first, agreement.last),
        layer=Layer.PRACTICE,
        agreement=agreement,
    )


class OpenContract:
    """A contract with its terms by code, the one that counts first."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._by_code: dict[str, list[Term]] = {}
        self._others: list[Term] = []
        for term in sorted(contract.agreement.terms, key=lambda one: one.rank, reverse=True):
            if term.codes is not None and term.codes[0] == term.codes[1]:
                self._by_code.setdefault(term.codes[0], []).append(term)
            else:
                self._others.append(term)

    def term(self, service: Service) -> Term | None:
        """The term that counts for ``service``; None: the contract says nothing of it."""
        for terms in (self._by_code.get(service.code, ()), self._others):
            for term in terms:
                if term.takes(service):
                    return term
        return None


class Contracts:
    """The contracts of a practice, by payer and by name."""

    def __init__(self, contracts: Iterable[Contract] = ()) -> None:
        opened = [OpenContract(one) for one in contracts]
        self._by_payer: dict[str, list[OpenContract]] = {}
        self._by_name: dict[str, list[OpenContract]] = {}
        for one in opened:
            self._by_name.setdefault(one.contract.name, []).append(one)
            for payer_id in one.contract.agreement.payer_ids:
                self._by_payer.setdefault(payer_id, []).append(one)
        for group in self._by_payer.values():
            _refuse_overlap([one.contract for one in group])
            group.sort(key=lambda one: not one.contract.agreement.plans)

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called."""
        return tuple(sorted(self._by_name))

    def of_payer(self, payer: Payer, day: date) -> OpenContract | None:
        """The contract with ``payer`` on ``day``; one that names the plan goes first."""
        for one in self._by_payer.get(payer.payer_id, ()):
            agreement = one.contract.agreement
            if day in one.contract.effective and (
                not agreement.plans or payer.plan in agreement.plans
            ):
                return one
        return None

    def named(self, name: str, day: date) -> OpenContract | None:
        """The contract called ``name`` on ``day``."""
        for one in self._by_name.get(name, ()):
            if day in one.contract.effective:
                return one
        return None


def _refuse_overlap(contracts: Sequence[Contract]) -> None:
    for at, one in enumerate(contracts):
        for other in contracts[at + 1 :]:
            mine, theirs = one.agreement.plans, other.agreement.plans
            alike = mine == theirs or not set(mine).isdisjoint(theirs)
            if alike and one.effective.overlaps(other.effective):
                raise InputError(
                    f"the contracts {one.name} and {other.name} speak for one payer on the same "
                    "days; end one before the other begins"
                )


def refuse_clash(terms: Sequence[Term]) -> None:
    """``RowError`` where two terms that name as much of a line would both count for it."""
    known: dict[tuple[object, ...], Term] = {}
    ranges: dict[tuple[object, ...], list[Term]] = {}
    for term in terms:
        key = (term.modifier, term.place, term.revenue_code, term.drg)
        other: Term | None
        if term.codes is None or term.codes[0] == term.codes[1]:
            other = known.setdefault((term.codes, *key), term)
        else:
            group = ranges.setdefault(key, [])
            other = next((one for one in group if _meet(one, term)), term)
            group.append(term)
        if other is not term:
            raise RowError(f"it speaks for the same lines as row {other.row}", row=term.row)


def _meet(one: Term, other: Term) -> bool:
    if one.codes is None or other.codes is None:
        return False
    return one.codes[0] <= other.codes[1] and other.codes[0] <= one.codes[1]


NO_CONTRACTS = Contracts()
