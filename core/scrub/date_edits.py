"""Edits on dates, filing limits, payer order and duplicates (professional-scrub.md s.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import PayerSequence
from core.dates import add_years
from core.rules.case import Case
from core.scrub.finding import Flag
from core.scrub.services import counted_history
from core.scrub.shapes import DISTINCT_SERVICE, REPEATS, SIDES_AND_SITES

Lines = Sequence[ServiceLine]

_TELLS_APART = DISTINCT_SERVICE | REPEATS | SIDES_AND_SITES | {"JW", "26", "TC"}
"""JW: the waste of a single-dose drug has its own line; 26 and TC: two parts of one test."""
_BEDS = {"21", "51", "61"}


def birth_before_service(case: Case, lines: Lines) -> Iterator[Flag]:
    """The patient has a date of birth, not after the first service."""
    birth = case.claim.patient.birth_date
    if birth is None:
        yield Flag(message="The patient's date of birth is missing")
    elif case.day and case.day < birth:
        yield Flag(message="The service is dated before the patient's birth")


def service_in_future(case: Case, lines: Lines) -> Iterator[Flag]:
    """No service after the day the claim is received."""
    last = case.received_on or case.as_of
    for line in lines:
        first, through = line.service_from, line.service_to
        if first and (first > last or (through and through > last)):
            yield Flag(line_no=line.line_no, message="The date of service lies in the future")


def through_before_from(case: Case, lines: Lines) -> Iterator[Flag]:
    """The last day of a line is not before its first."""
    for line in lines:
        if line.service_from and line.service_to and line.service_to < line.service_from:
            yield Flag(line_no=line.line_no, message="The last day of service is before the first")


def filing_limit(case: Case, lines: Lines) -> Iterator[Flag]:
    """Received within the payer's limit, counted from the line's first day.

    A claim that states why it is late (CLM20) is the payer's to judge.
    """
    received = case.received_on
    if received is None or case.claim.delay_reason:
        return
    for line in lines:
        day = case.day_of(line)
        if day is None:
            continue
        last = last_filing_day(case, line, day)
        if last is not None and received > last:
            yield Flag(
                line_no=line.line_no,
                message=f"The payer's filing limit for this service ended on {last.isoformat()}",
                suggestion="Look for proof of an earlier, accepted submission",
            )


def last_filing_day(case: Case, line: ServiceLine, day: date) -> date | None:
    """The last day the payer takes the line; None when it has stated no limit."""
    policy = case.policy_on(line)
    if policy.text("timely") == "medicare_1y":
        return add_years(day, 1)
    claim = case.claim
    if claim.frequency in {"7", "8"}:
        days = policy.number("corrected_claim_days")
        if days is not None:
            return day + timedelta(days=days)
    days = policy.number("secondary_filing_days")
    if days is not None and claim.sequence is not PayerSequence.PRIMARY:
        remitted = _primary_remitted(claim)
        return remitted + timedelta(days=days) if remitted else None
    days = policy.number("timely_filing_days")
    return day + timedelta(days=days) if days is not None else None


def _primary_remitted(claim: Claim) -> date | None:
    days = [other.adjudicated_on for other in claim.other_payers if other.adjudicated_on]
    return max(days, default=None)


def outside_coverage(case: Case, lines: Lines) -> Iterator[Flag]:
    """The service falls into a span of eligibility, and not after death."""
    death = case.claim.patient.death_date
    spans = case.facts.eligibility
    for line in lines:
        day = case.day_of(line)
        if day is None:
            continue
        if death and day > death:
            yield Flag(
                line_no=line.line_no, carc="13", message="The service is after the date of death"
            )
        elif spans is not None and not any(day in span for span in spans):
            early = all(span.first is not None and day < span.first for span in spans)
            yield Flag(
                line_no=line.line_no,
                carc="26" if early else "27",
                message="The payer's eligibility answer does not cover the date of service",
            )


def accident_incomplete(case: Case, lines: Lines) -> Iterator[Flag]:
    """An accident has a date, and an auto accident its state."""
    accident = case.claim.accident
    if accident is None:
        return
    if accident.on is None:
        yield Flag(message="The date of the accident is missing")
    elif accident.kind == "AA" and not accident.state:
        yield Flag(message="The state of the auto accident is missing")


def admission_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """Care in a bed has an admission date."""
    if case.claim.admission_date is None and any(case.place_of(line) in _BEDS for line in lines):
        yield Flag(message="This place of service needs the admission date")


def repeated_line(case: Case, lines: Lines) -> Iterator[Flag]:
    """The same code on the same day twice, with nothing that tells the two apart."""
    seen: set[tuple[object, ...]] = set()
    for line in lines:
        if not line.code:
            continue
        key = (line.code, case.day_of(line), case.rendering_npi(line))
        if _TELLS_APART.isdisjoint(line.modifiers):
            if key in seen:
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is on this claim twice for one day",
                    suggestion="Bill units, or add the modifier that the record supports",
                )
            seen.add(key)


def billed_before(case: Case, lines: Lines) -> Iterator[Flag]:
    """The same service is paid or pending on another claim."""
    claim = case.claim
    history = counted_history(case)
    if not history or claim.frequency != "1":
        return
    for line in lines:
        if not REPEATS.isdisjoint(line.modifiers):
            continue
        for prior in history:
            if (
                prior.code == line.code
                and prior.service_on == case.day_of(line)
                and prior.rendering_npi == case.rendering_npi(line)
                and sorted(prior.modifiers) == sorted(line.modifiers)
                and prior.place_of_service in ("", case.place_of(line))
            ):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} was already billed for this day ({prior.status})",
                    suggestion="Ask for the status of the first claim",
                )
                break
