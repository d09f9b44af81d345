"""The 277CA on a checked 837: every claim taken in, or turned away with the reasons.

What TA1 or the group's verdict in the 999 turns away whole gets no 277CA. A transaction that the
999 rejects is turned away as a batch, and each claim with what is wrong in it, so that the sender
sees which ones to put right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, takewhile
from operator import attrgetter

from core.claims.claim import Claim, Form
from core.claims.parties import Name
from core.x12.claim_fault_codes import status_of_error
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.claims_reading import ReadClaim, UnreadableClaim
from core.x12.report import FileReport, GroupReport, InterchangeReport, TransactionReport, X12Error
from core.x12.report import Status as Verdict
from core.x12.syntax import Delimiters

_NOBODY = "UNKNOWN"
_CODES_A_STATUS = 3
# What is wrong with a claim beyond this many codes, the next answer says.
_CODES_MAX = 30
# Innocent claims of a transaction that is turned away: its format could not be taken.
_TURNED_AWAY = StatusCode(category="A3", status="481")
# Only a payer can say that a claim is in its system; who stands between has received it. On this
# level the guide calls such a one the receiver.
_BY_PAYER = StatusCode(category="A2", status="20", entity="PR")
_BY_OTHERS = StatusCode(category="A1", status="19", entity="40")
_BILLING_LOOPS = frozenset(("2000A", "2010AA", "2010AB", "2010AC"))
_SUBSCRIBER_LOOPS = frozenset(("2000B", "2010BA", "2010BB"))
_PATIENT_LOOPS = frozenset(("2000C", "2010CA"))

OneClaim = ReadClaim | UnreadableClaim


def claim_answers(
    report: FileReport, claims: Iterable[OneClaim], *, received_on: date, marks: Delimiters
) -> Iterator[tuple[InterchangeReport, list[ClaimStatusReport]]]:
    """The answers on each interchange of a file, from its check and its claims in file order.

    ``received_on`` is also the day of processing; ``marks`` are the separators of the answer, which
    its texts must not hold.
    """
    waiting = _Claims(claims)
    for interchange in report.interchanges:
        if any(error.severity == "error" for error in interchange.errors):
            continue
        answers: list[ClaimStatusReport] = []
        for transaction in _answerable(interchange.groups):
            found = waiting.within(transaction.segment, transaction.segment_end)
            answer = _Answer(interchange, transaction, found, received_on, marks)
            answers.append(answer.report(f"{len(answers) + 1:04d}"))
        if answers:
            yield interchange, answers


def _answerable(groups: Sequence[GroupReport]) -> Iterator[TransactionReport]:
    for group in groups:
        if not any(error.severity == "error" for error in group.errors):
            for transaction in group.transactions:
                if transaction.type in _FORMS:
                    yield transaction


_FORMS = {form.value: form for form in Form}


class _Claims:
    """Claims as they come, handed out by where they stand."""

    def __init__(self, claims: Iterable[OneClaim]) -> None:
        self._claims = iter(claims)
        self._next = next(self._claims, None)

    def within(self, first: int, last: int) -> list[OneClaim]:
        found = []
        while self._next is not None and self._next.segment <= last:
            if self._next.segment >= first:
                found.append(self._next)
            self._next = next(self._claims, None)
        return found


class _Answer:
    """The answer to one transaction in the making."""

    def __init__(
        self,
        interchange: InterchangeReport,
        transaction: TransactionReport,
        found: Sequence[OneClaim],
        day: date,
        marks: Delimiters,
    ) -> None:
        self._interchange = interchange
        self._transaction = transaction
        self._claims = [one for one in found if isinstance(one, ReadClaim)]
        # A claim that could not be read cannot be answered by its number, and where the report
        # leaves errors out nobody knows which claims they lie on.
        self._turned_away = (
            transaction.status is Verdict.REJECTED
            or len(self._claims) < len(found)
            or not self._claims
            or any(error.code == "more-errors" for error in transaction.errors)
        )
        self._day = day
        self._form = _FORMS[transaction.type]
        self._clean = _Cleaner(marks)
        payers = {one.claim.payer.payer_id for one in self._claims}
        self._is_payer = payers == {transaction.header.receiver_id}

    def report(self, control: str) -> ClaimStatusReport:
        """The answer under the control number of its own transaction."""
        header, clean = self._transaction.header, self._clean
        trace = f"{self._interchange.control}{self._transaction.control}"
        return ClaimStatusReport(
            control_number=control,
            reference=clean(trace, 50),
            source_name=clean(header.receiver_name, 60),
            source_id=clean(header.receiver_id, 80, shortest=2),
            source_id_qualifier="PI" if self._is_payer else "46",
            source_is_payer=self._is_payer,
            receipt_trace=clean(trace, 50),
            received_on=self._day,
            processed_on=self._day,
            submitter_name=clean(header.submitter_name, 60),
            submitter_id=clean(header.submitter_id, 80, shortest=2),
            batch_reference=clean(header.reference or self._transaction.control, 50),
            statuses=self._batch(),
            providers=tuple(self._providers()),
        )

    def _batch(self) -> tuple[Status, ...]:
        if self._turned_away:
            return (Status(codes=(_TURNED_AWAY,), action="U"),)
        entity = "PR" if self._is_payer else "AY"
        code = StatusCode(category="A1", status="19", entity=entity)
        return (Status(codes=(code,), action="WQ"),)

    def _providers(self) -> Iterator[ProviderStatus]:
        faults = claim_faults(self._transaction, self._claims)
        pairs = zip(self._claims, faults, strict=True)
        for billing, some in groupby(pairs, key=lambda pair: pair[0].claim.billing):
            is_tax_id = not billing.npi and bool(billing.tax_id)
            number = billing.tax_id if is_tax_id else billing.npi
            yield ProviderStatus(
                name=self._name(billing.name),
                entity=billing.entity,
                id=self._clean(number, 80, shortest=2),
                id_qualifier="FI" if is_tax_id else "XX",
                statuses=self._batch(),
                claims=tuple(self._claim(one.claim, errors) for one, errors in some),
            )

    def _claim(self, claim: Claim, errors: Sequence[X12Error]) -> ClaimStatus:
        bill = claim.institutional
        # A predetermination has no day of service; the answer must have one.
        first = claim.service_from or self._day
        days = [line.service_to or line.service_from for line in claim.lines]
        last = bill.statement_to if bill else max((day for day in days if day), default=first)
        if bill:
            first = bill.statement_from
        return ClaimStatus(
            claim_number=self._clean(claim.claim_number, 50),
            statuses=tuple(self._statuses(claim, errors)),
            type_of_bill=self._clean(bill.type_of_bill[1:], 50) if bill else "",
            patient=self._name(claim.patient.name),
            member_id=self._clean(claim.subscriber.member_id, 80, shortest=2),
            service_from=first,
            service_to=last if last > first else None,
        )

    def _statuses(self, claim: Claim, errors: Sequence[X12Error]) -> Iterator[Status]:
        cents = claim.charge_cents
        codes = list(dict.fromkeys(status_of_error(error, self._form) for error in errors))
        if not codes and self._turned_away:
            codes = [_TURNED_AWAY]
        for start in range(0, min(len(codes), _CODES_MAX), _CODES_A_STATUS):
            some = tuple(codes[start : start + _CODES_A_STATUS])
            yield Status(codes=some, action="U", charge_cents=cents)
        if not codes:
            yield Status(
                codes=(_BY_PAYER if self._is_payer else _BY_OTHERS,),
                action="WQ",
                charge_cents=cents,
            )

    def _name(self, name: Name) -> Name:
        clean = self._clean
        return Name(
            last=clean(name.last, 60),
            first=clean.optional(name.first, 35),
            middle=clean.optional(name.middle, 25),
            suffix=clean.optional(name.suffix, 10),
        )


class _Cleaner:
    """Texts of the file as the answer can carry them: without its separators, not too long."""

    def __init__(self, marks: Delimiters) -> None:
        mine = (marks.element, marks.component, marks.repetition, marks.segment)
        self._blank = str.maketrans(dict.fromkeys((mark for mark in mine if mark), " "))

    def __call__(self, text: str, longest: int, *, shortest: int = 1) -> str:
        cleaned = self.optional(text, longest)
        return cleaned if len(cleaned) >= shortest else _NOBODY

    def optional(self, text: str, longest: int) -> str:
        plain = "".join(sign if " " <= sign <= "~" else " " for sign in text)
        return plain.translate(self._blank).strip()[:longest].strip()


def claim_faults(
    transaction: TransactionReport, claims: Sequence[ReadClaim]
) -> list[list[X12Error]]:
    """The errors of a transaction that turn each of its claims away, beside ``claims``.

    An error above the claims (provider, subscriber, patient) lies on every claim that shares what
    it is about. What is wrong with the transaction as a whole is no claim's.
    """
    found: list[list[X12Error]] = [[] for _ in claims]
    for error in transaction.errors:
        if error.severity == "error":
            for place in _claims_of(error, transaction, claims):
                found[place].append(error)
    return found


def _claims_of(
    error: X12Error, transaction: TransactionReport, claims: Sequence[ReadClaim]
) -> Iterable[int]:
    for loops, party in _PARTIES:
        if error.loop in loops:
            return _sharing(party, claims, _first_from(claims, error.segment))
    number = transaction.claim_numbers.get(error.segment, "")
    for place in range(_first_from(claims, error.segment + 1) - 1, -1, -1):
        if number and claims[place].claim.claim_number == number:
            return (place,)
        if not number:
            one = claims[place]
            return (place,) if one.segment <= error.segment <= one.segment_end else ()
    return ()


def _sharing(
    party: Callable[[Claim], object], claims: Sequence[ReadClaim], first: int
) -> Iterator[int]:
    """The claims from ``first`` on that have the same party."""
    rest = range(first, len(claims))
    return takewhile(lambda place: party(claims[place].claim) == party(claims[first].claim), rest)


_PARTIES: tuple[tuple[frozenset[str], Callable[[Claim], object]], ...] = (
    (_BILLING_LOOPS, attrgetter("billing")),
    (_SUBSCRIBER_LOOPS, attrgetter("subscriber", "payer")),
    (_PATIENT_LOOPS, attrgetter("patient")),
)


def _first_from(claims: Sequence[ReadClaim], segment: int) -> int:
    """The place of the first claim that begins at ``segment`` or after it."""
    return bisect_left(claims, segment, key=attrgetter("segment"))
