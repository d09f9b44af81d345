"""What the simulator decided, summed up: the figures the product's ledger has to agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from api.simulator import folders
from api.simulator.history import records
from api.simulator.records import Check, Decided, Sent, Taken
from api.simulator.script import REJECTED, Outcome
from core.claims.parties import Value
from core.remittance.values import ClaimPayment


class ClaimTruth(Value, frozen=True, kw_only=True):
    """One claim at one payer, over all its decisions: what the 835s say of it, net.

    ``adjustments_cents`` goes by group and CARC (``CO-45``). ``outcome`` is the last decision;
    ``reversed`` counts reversals. ``decisions`` counts arrivals answered and later changes.
    """

    claim_number: str
    payer_id: str
    sequence: str
    outcome: Outcome
    charge_cents: int = 0
    paid_cents: int = 0
    patient_responsibility_cents: int = 0
    interest_cents: int = 0
    adjustments_cents: dict[str, int] = msgspec.field(default_factory=dict)
    denied: bool = False
    rejections: int = 0
    reversed: int = 0
    decisions: int = 0


class CheckTruth(Value, frozen=True, kw_only=True):
    """One check: trace number, BPR02, sum of CLP04, sum of the PLB amounts as written."""

    trace: str
    account: str
    cents: int
    claims_cents: int
    plb_cents: int
    claims: int


class PracticeTruth(Value, frozen=True, kw_only=True):
    """One practice. ``paid_cents`` = sum of the claims' paid cents - ``plb_cents``."""

    practice: str
    checks: tuple[CheckTruth, ...]
    claims: tuple[ClaimTruth, ...]
    claims_by_outcome: dict[str, int]
    files_taken: dict[str, int]
    files_sent: dict[str, int]

    @property
    def paid_cents(self) -> int:
        """Sum of BPR02 over the checks."""
        return sum(check.cents for check in self.checks)

    @property
    def plb_cents(self) -> int:
        """Sum of the provider-level adjustments as written: positive took money away."""
        return sum(check.plb_cents for check in self.checks)


class Truth(Value, frozen=True, kw_only=True):
    """All practices of a folder, by name."""

    practices: tuple[PracticeTruth, ...]

    @property
    def paid_cents(self) -> int:
        return sum(one.paid_cents for one in self.practices)

    @property
    def plb_cents(self) -> int:
        return sum(one.plb_cents for one in self.practices)

    @property
    def claims_by_outcome(self) -> dict[str, int]:
        """Decisions by outcome, over all practices."""
        return _sum(one.claims_by_outcome for one in self.practices)

    @property
    def files_sent(self) -> dict[str, int]:
        """Files written for the product by kind: TA1, 999, 277CA, 835."""
        return _sum(one.files_sent for one in self.practices)

    @property
    def files_taken(self) -> dict[str, int]:
        """Files taken from the product by the transactions in them."""
        return _sum(one.files_taken for one in self.practices)


def truth(directory: Path) -> Truth:
    """Everything decided so far in ``directory``. Raises ``InputError`` when it is not there."""
    return Truth(
        practices=tuple(_practice(directory, name) for name in folders.practices(directory))
    )


class _Tally:
    """A claim while its decisions are added up."""

    def __init__(self, record: Decided) -> None:
        self.last = record
        self.charge = self.paid = self.patient = self.interest = 0
        self.adjustments: Counter[str] = Counter()
        self.rejections = self.reversed = self.decisions = 0
        self.denied = False

    def add(self, record: Decided) -> None:
        self.last = record
        self.decisions += 1
        self.rejections += record.outcome in REJECTED
        self.interest += record.interest_cents
        if record.outcome is not Outcome.DUPLICATE and record.payments:
            self.denied = record.payments[-1].is_denial

    def add_payment(self, payment: ClaimPayment) -> None:
        self.reversed += payment.is_reversal
        self.charge += payment.charge_cents
        self.paid += payment.paid_cents
        self.patient += payment.patient_responsibility_cents
        for line in payment.lines:
            for part in line.adjustments:
                self.adjustments[f"{part.group}-{part.code}"] += part.amount_cents

    def truth(self) -> ClaimTruth:
        return ClaimTruth(
            claim_number=self.last.claim_number,
            payer_id=self.last.payer_id,
            sequence=self.last.sequence,
            outcome=self.last.outcome,
            charge_cents=self.charge,
            paid_cents=self.paid,
            patient_responsibility_cents=self.patient,
            interest_cents=self.interest,
            adjustments_cents={name: sum_ for name, sum_ in self.adjustments.items() if sum_},
            denied=self.denied,
            rejections=self.rejections,
            reversed=self.reversed,
            decisions=self.decisions,
        )


def _practice(directory: Path, practice: str) -> PracticeTruth:
    checks: list[CheckTruth] = []
    tallies: dict[tuple[str, str, str], _Tally] = {}
    outcomes: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for record in records(directory, practice):
        match record:
            case Decided():
                outcomes[record.outcome.value] += 1
                _add(tallies, record)
            case Check():
                checks.append(_check(record))
            case Taken():
                taken["+".join(record.kinds) or "unreadable"] += 1
            case Sent():
                sent[record.kind] += 1
            case _:
                pass
    return PracticeTruth(
        practice=practice,
        checks=tuple(checks),
        claims=tuple(tally.truth() for _, tally in sorted(tallies.items())),
        claims_by_outcome=dict(sorted(outcomes.items())),
        files_taken=dict(sorted(taken.items())),
        files_sent=dict(sorted(sent.items())),
    )


def _add(tallies: dict[tuple[str, str, str], _Tally], record: Decided) -> None:
    """Adds a decision to its claim; each payment to the claim it names, as a reader would."""
    key = record.claim_number, record.payer_id, record.sequence
    tallies.setdefault(key, _Tally(record)).add(record)
    for payment in record.payments:
        named = payment.claim_number, record.payer_id, record.sequence
        tallies.setdefault(named, _Tally(record)).add_payment(payment)


def _check(record: Check) -> CheckTruth:
    return CheckTruth(
        trace=record.trace,
        account=record.account,
        cents=record.cents,
        claims_cents=record.claims_cents,
        plb_cents=sum(one.amount_cents for one in record.adjustments),
        claims=record.claims,
    )


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
