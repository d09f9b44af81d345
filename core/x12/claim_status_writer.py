"""Writing 277CA files (005010X214)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from core.claims.parties import Entity, Name
from core.errors import InputError
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.claims_write_parties import nm1
from core.x12.elements import write_day, write_span
from core.x12.envelope import Envelope, wrap
from core.x12.syntax import Delimiters, amount, composite

VERSION = "005010X214"
_CODES_MAX = 3


def write_277ca(reports: Sequence[ClaimStatusReport], envelope: Envelope) -> bytes:
    """One interchange, one ST a report, under the report's own control number.

    The counts and sums of the batch (QTY, AMT) are reckoned from its claims. Raises ``InputError``
    naming places only when the guide requires what a report lacks.
    """
    if not reports:
        raise InputError("there is no report to write")
    controls = [report.control_number for report in reports]
    if len(set(controls)) != len(controls) or not all(4 <= len(c) <= 9 for c in controls):
        raise InputError("each report needs a control number of its own, 4 to 9 characters")
    bodies = []
    for place, report in enumerate(reports, 1):
        try:
            bodies.append((report.control_number, list(_segments(report, envelope))))
        except InputError as fault:
            raise InputError(f"report {place}: {fault.message}") from None
    return wrap(envelope, "HN", VERSION, bodies)


def _segments(report: ClaimStatusReport, envelope: Envelope) -> Iterator[list[str]]:
    created = report.created or envelope.created
    if report.received_on is None or report.processed_on is None or not report.receipt_trace:
        raise InputError("the day of receipt, the day of processing or the trace is missing")
    yield ["BHT", "0085", "08", report.reference, f"{created:%Y%m%d}", f"{created:%H%M}", "TH"]
    yield ["HL", "1", "", "20", "1"]
    source = "PR" if report.source_is_payer else "AY"
    name = Name(last=report.source_name)
    yield nm1(source, Entity.ORGANIZATION, name, report.source_id_qualifier, report.source_id)
    yield ["TRN", "1", report.receipt_trace]
    yield ["DTP", "050", "D8", write_day(report.received_on)]
    yield ["DTP", "009", "D8", write_day(report.processed_on)]
    yield ["HL", "2", "1", "21", "1" if report.providers else "0"]
    submitter = Name(last=report.submitter_name)
    yield nm1("41", Entity.ORGANIZATION, submitter, "46", report.submitter_id)
    yield ["TRN", "2", report.batch_reference]
    day = report.processed_on
    batch = _with_sum(report.statuses, report.claims)
    yield from _statuses(batch, envelope.delimiters, "the batch", day)
    yield from _counts(report.claims, "90", "AA")
    number = 2
    for provider in report.providers:
        number += 1
        parent = number
        yield ["HL", str(number), "2", "19", "1"]
        yield from _provider(provider, envelope.delimiters)
        for claim in provider.claims:
            number += 1
            yield ["HL", str(number), str(parent), "PT"]
            yield from _claim(claim, envelope.delimiters, day)


def _provider(provider: ProviderStatus, delimiters: Delimiters) -> Iterator[list[str]]:
    if not provider.claims:
        raise InputError("a billing provider has no claim")
    yield nm1("85", provider.entity, provider.name, provider.id_qualifier, provider.id)
    yield ["TRN", "1", provider.trace]
    statuses = _with_sum(provider.statuses, provider.claims)
    yield from _statuses(statuses, delimiters, "a billing provider", None)
    yield from _counts(provider.claims, "QA", "QC")


def _with_sum(statuses: Sequence[Status], claims: Sequence[ClaimStatus]) -> list[Status]:
    """Statuses that all say an amount, as levels above the claim must: else that of the claims."""
    total = sum(claim.charge_cents or 0 for claim in claims)
    return [
        msgspec.structs.replace(status, charge_cents=total)
        if status.charge_cents is None
        else status
        for status in statuses
    ]


def _counts(claims: Sequence[ClaimStatus], taken_in: str, turned_away: str) -> Iterator[list[str]]:
    """How many claims, and for how much, were taken in and turned away."""
    parts = (
        (taken_in, "YU", [claim for claim in claims if claim.accepted]),
        (turned_away, "YY", [claim for claim in claims if not claim.accepted]),
    )
    for quantity, _, some in parts:
        if some:
            yield ["QTY", quantity, str(len(some))]
    for _, money, some in parts:
        if some:
            yield ["AMT", money, amount(sum(claim.charge_cents or 0 for claim in some))]


def _statuses(
    statuses: Sequence[Status], delimiters: Delimiters, whose: str, processed: date | None
) -> Iterator[list[str]]:
    """STC segments; the day is that of processing where a status has none of its own.

    The billing provider's level has no day at all: ``processed`` None.
    """
    if not statuses:
        raise InputError(f"{whose} has no status")
    for status in statuses:
        if not 1 <= len(status.codes) <= _CODES_MAX:
            raise InputError("a status has one to three codes")
        codes = [_code(code, delimiters) for code in status.codes]
        cents = status.charge_cents
        day = processed and (status.effective_on or processed)
        segment = [
            "STC",
            codes[0],
            "" if day is None else write_day(day),
            status.action,
            "" if cents is None else amount(cents),
            *[""] * 5,
            codes[1] if len(codes) > 1 else "",
            codes[2] if len(codes) > 2 else "",
            status.message,
        ]
        yield segment


def _code(code: StatusCode, delimiters: Delimiters) -> str:
    return composite((code.category, code.status, code.entity), delimiters)


def _claim(claim: ClaimStatus, delimiters: Delimiters, day: date) -> Iterator[list[str]]:
    if claim.patient is None or claim.service_from is None:
        raise InputError("a claim lacks its patient's name or its date of service")
    yield nm1("QC", Entity.PERSON, claim.patient, "MI", claim.member_id)
    yield ["TRN", "2", claim.claim_number]
    yield from _statuses(claim.statuses, delimiters, "a claim", day)
    for qualifier, value in (
        ("1K", claim.payer_claim_number),
        ("D9", claim.clearinghouse_number),
        ("BLT", claim.type_of_bill),
    ):
        if value:
            yield ["REF", qualifier, value]
    yield _service_days(claim.service_from, claim.service_to)
    for line in claim.lines:
        yield from _line(line, delimiters, day)


def _service_days(first: date, last: date | None) -> list[str]:
    if last is None:
        return ["DTP", "472", "D8", write_day(first)]
    return ["DTP", "472", "RD8", write_span(first, last)]


def _line(line: LineStatus, delimiters: Delimiters, day: date) -> Iterator[list[str]]:
    procedure = composite((line.code_qualifier, line.code, *line.modifiers), delimiters)
    yield ["SVC", procedure, amount(line.charge_cents), "", line.revenue_code, "", "", "1"]
    yield from _statuses(line.statuses, delimiters, "a service line", day)
    if line.control_number:
        yield ["REF", "FJ", line.control_number]
    if line.service_from is not None:
        yield _service_days(line.service_from, line.service_to)
