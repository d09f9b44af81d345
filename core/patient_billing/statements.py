"""Statements: the patient's receivable, visit by visit, in words a patient can follow.

A visit is billed to the patient only when no insurer owes anything on it any more, over all of its
claims (primary, secondary, replaced). What is still with an insurer is shown apart and not asked
for. The amounts come from the ledger's postings alone, so that the total *is* the patient's
receivable: ``due_cents`` on the visits that are final plus ``waiting_cents`` on those that are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.claims.parties import Address, Name, Value
from core.dates import days_after
from core.ledger.entries import Account, Posting

DUE_DAYS = 30
"""Days from the issue of a statement to its due date, where the practice says nothing else."""


class StatementPractice(Value, frozen=True, kw_only=True):
    """Who bills, where questions go and how to pay. ``pay_url`` and ``message`` may be empty."""

    name: str
    address: Address
    phone: str
    pay_url: str = ""
    message: str = ""


class VisitService(Value, frozen=True, kw_only=True):
    """A service as the patient reads it: our own or the practice's words, no licensed text."""

    line_no: int
    description: str
    service_on: date | None = None


class Visit(Value, frozen=True, kw_only=True):
    """A visit with all of its claims, in the order they were filed."""

    claim_ids: tuple[UUID, ...]
    service_on: date | None
    provider: str = ""
    services: tuple[VisitService, ...] = ()


class StatementLine(Value, frozen=True, kw_only=True):
    """One row: charge less what insurance paid, adjustments and own payments is the balance."""

    service_on: date | None
    description: str
    provider: str = ""
    charge_cents: int
    insurance_paid_cents: int
    adjustment_cents: int
    patient_paid_cents: int
    balance_cents: int


class PendingLine(Value, frozen=True, kw_only=True):
    """A visit an insurer has still to decide; nothing is asked for it."""

    service_on: date | None
    provider: str
    charge_cents: int
    with_insurance_cents: int


class Statement(Value, frozen=True, kw_only=True):
    """A bill to a patient. ``account_number`` is the practice's number for the patient.

    ``due_cents`` is the sum of the lines' balances. ``waiting_cents`` is patient money on visits
    that are still with an insurer: known to the ledger, not asked for. ``notice`` is the sentence
    that goes with records of a Part 2 program; empty for everybody else.
    """

    number: str
    practice: StatementPractice
    patient: Name
    address: Address | None
    account_number: str
    issued_on: date
    due_on: date
    lines: tuple[StatementLine, ...]
    pending: tuple[PendingLine, ...] = ()
    due_cents: int
    waiting_cents: int = 0
    notice: str = ""


class NoStatement(StrEnum):
    """Why a patient gets no statement now."""

    NOTHING_OWED = "the patient owes nothing"
    CREDIT = "the patient is in credit: a refund or an application is due, not a bill"
    INSURANCE_PENDING = "everything the patient may owe is still with an insurer"
    BELOW_MINIMUM = "the balance is below the practice's smallest bill"


EARLIER_BALANCE = "Balance from earlier visits"
WHOLE_VISIT = "Payments and adjustments for the whole visit"

_INSURANCE_PAID = (Account.REMITTANCE_CLEARING, Account.UNAPPLIED)
_ADJUSTED = (Account.CONTRACTUAL_ADJUSTMENT, Account.OTHER_ADJUSTMENT, Account.WRITE_OFF)


class _Sums:
    """Cents of one line of a visit (or of the visit as a whole), by column of the statement."""

    __slots__ = ("adjusted", "balance", "charged", "insurance_paid", "patient_paid", "pending")

    def __init__(self) -> None:
        self.charged = self.insurance_paid = self.adjusted = 0
        self.patient_paid = self.balance = self.pending = 0

    def add(self, account: Account, amount_cents: int) -> None:
        if account is Account.CHARGES:
            self.charged -= amount_cents
        elif account in _INSURANCE_PAID:
            self.insurance_paid += amount_cents
        elif account in _ADJUSTED:
            self.adjusted += amount_cents
        elif account is Account.PATIENT_CASH:
            self.patient_paid += amount_cents
        elif account is Account.PATIENT_RECEIVABLE:
            self.balance += amount_cents
        elif account is Account.INSURANCE_RECEIVABLE:
            self.pending += amount_cents

    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)


_VisitSums = dict[int | None, _Sums]


def statement_for(
    practice: StatementPractice,
    *,
    patient: Name,
    address: Address | None,
    account_number: str,
    visits: Iterable[Visit],
    postings: Iterable[Posting],
    number: str,
    issued_on: date,
    due_days: int = DUE_DAYS,
    minimum_cents: int = 1,
) -> Statement | NoStatement:
    """The statement of one patient, or why there is none.

    ``postings`` are all of the patient's (those of other patients must not be among them);
    ``visits`` in the order they are to be shown. Money on a claim of no visit given (an opening
    balance) is shown in one line of its own.
    """
    ordered = tuple(visits)
    sums = _sum_up(ordered, postings)
    lines: list[StatementLine] = []
    pending: list[PendingLine] = []
    waiting_cents = 0
    for place, visit in enumerate((*ordered, None)):
        of_visit = sums[place]
        with_insurance_cents = sum(one.pending for one in of_visit.values())
        if with_insurance_cents:
            waiting_cents += sum(one.balance for one in of_visit.values())
            pending.append(_pending(visit, of_visit, with_insurance_cents))
        elif any(one.balance for one in of_visit.values()):
            lines.extend(_lines(visit, of_visit))
    due_cents = sum(line.balance_cents for line in lines)
    if due_cents < max(minimum_cents, 1):
        return _no_statement(due_cents, waiting_cents, bool(pending))
    return Statement(
        number=number,
        practice=practice,
        patient=patient,
        address=address,
        account_number=account_number,
        issued_on=issued_on,
        due_on=days_after(issued_on, due_days),
        lines=tuple(lines),
        pending=tuple(pending),
        due_cents=due_cents,
        waiting_cents=waiting_cents,
    )


def _sum_up(visits: tuple[Visit, ...], postings: Iterable[Posting]) -> list[_VisitSums]:
    """By visit and line; the last place takes claims of no visit."""
    place_of = {
        claim_id: place for place, visit in enumerate(visits) for claim_id in visit.claim_ids
    }
    sums: list[_VisitSums] = [{} for _ in range(len(visits) + 1)]
    for posting in postings:
        place = len(visits)
        if posting.claim_id is not None:
            place = place_of.get(posting.claim_id, place)
        of_line = sums[place].setdefault(posting.line_no, _Sums())
        of_line.add(posting.account, posting.amount_cents)
    return sums


def _lines(visit: Visit | None, of_visit: _VisitSums) -> list[StatementLine]:
    if visit is None:
        return [_line(None, EARLIER_BALANCE, "", _total(of_visit))]
    if any(one.pending for one in of_visit.values()):
        # Lines that owe insurance and are owed by it cancel out only over the visit.
        names = ", ".join(service.description for service in visit.services)
        return [_line(visit.service_on, names or "Visit", visit.provider, _total(of_visit))]
    known = {service.line_no: service for service in visit.services}
    lines = []
    for line_no in sorted(of_visit, key=lambda one: (one is None, one or 0)):
        if of_visit[line_no].is_empty():
            continue
        service = known.get(line_no) if line_no is not None else None
        description = WHOLE_VISIT if line_no is None else "Service"
        day = visit.service_on
        if service is not None:
            description, day = service.description, service.service_on or day
        lines.append(_line(day, description, visit.provider, of_visit[line_no]))
    return lines


def _line(day: date | None, description: str, provider: str, sums: _Sums) -> StatementLine:
    return StatementLine(
        service_on=day,
        description=description,
        provider=provider,
        charge_cents=sums.charged,
        insurance_paid_cents=sums.insurance_paid,
        adjustment_cents=sums.adjusted,
        patient_paid_cents=sums.patient_paid,
        balance_cents=sums.balance,
    )


def _pending(visit: Visit | None, of_visit: _VisitSums, with_insurance_cents: int) -> PendingLine:
    return PendingLine(
        service_on=visit.service_on if visit else None,
        provider=visit.provider if visit else EARLIER_BALANCE,
        charge_cents=_total(of_visit).charged,
        with_insurance_cents=with_insurance_cents,
    )


def _total(of_visit: _VisitSums) -> _Sums:
    total = _Sums()
    for one in of_visit.values():
        for name in _Sums.__slots__:
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total


def _no_statement(due_cents: int, waiting_cents: int, any_pending: bool) -> NoStatement:
    if due_cents > 0:
        return NoStatement.BELOW_MINIMUM
    if due_cents < 0:
        return NoStatement.CREDIT
    if waiting_cents > 0 or any_pending:
        return NoStatement.INSURANCE_PENDING
    return NoStatement.NOTHING_OWED
