"""Writing claim status inquiries (276) and answers (277), 005010X212."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Insured
from core.errors import InputError
from core.x12.claim_inquiry_values import (
    AnsweredLine,
    ClaimStatusAnswer,
    ClaimStatusInquiry,
    ClaimStatusReply,
    ClaimStatusRequest,
    Decision,
    InquiredLine,
)
from core.x12.elements import write_day
from core.x12.envelope import Envelope, wrap
from core.x12.inquiry_writing import (
    Levels,
    Segment,
    birth,
    clock,
    conforming,
    dtp,
    number_or_nothing,
    refuse_controls,
    write_insured,
    write_party,
    write_procedure,
)
from core.x12.syntax import Delimiters, amount, composite

VERSION = "005010X212"
_CODES_MAX = 3


def write_276(requests: Sequence[ClaimStatusRequest], envelope: Envelope) -> bytes:
    """One interchange, one ST a request, under the request's own control number.

    Neighbours with the same payer, receiver, providers and patient share those levels. Raises
    ``InputError`` naming places only when the guide cannot carry a request.
    """
    refuse_controls(requests, "claim status inquiry")
    bodies = [(each.control_number, list(_request(each, envelope))) for each in requests]
    return conforming(wrap(envelope, "HR", VERSION, bodies), "claim status inquiry")


def write_277(replies: Sequence[ClaimStatusReply], envelope: Envelope) -> bytes:
    """The same for answers."""
    refuse_controls(replies, "claim status answer")
    bodies = [(each.control_number, list(_reply(each, envelope))) for each in replies]
    return conforming(wrap(envelope, "HN", VERSION, bodies), "claim status answer")


def _request(request: ClaimStatusRequest, envelope: Envelope) -> Iterator[Segment]:
    if not request.inquiries:
        raise InputError("a claim status inquiry asks for no claim")
    created = request.created or envelope.created
    yield ["BHT", "0010", "13", request.reference, f"{created:%Y%m%d}", clock(created)]
    levels = Levels()
    for inquiry in request.inquiries:
        yield from _above(inquiry, levels)
        yield from _people(inquiry, levels, envelope.delimiters, with_birth=True)
        yield from _inquiry(inquiry, envelope.delimiters)


def _reply(reply: ClaimStatusReply, envelope: Envelope) -> Iterator[Segment]:
    if not reply.answers:
        raise InputError("a claim status answer says nothing")
    created = reply.created or envelope.created
    yield ["BHT", "0010", "08", reply.reference, f"{created:%Y%m%d}", clock(created), "DG"]
    levels = Levels()
    for answer in reply.answers:
        _refuse_misplaced(answer)
        yield from _above(answer, levels)
        if answer.subscriber is not None:
            yield from _people(answer, levels, envelope.delimiters, with_birth=False)
        yield from _answer(answer, envelope.delimiters)


def _refuse_misplaced(answer: ClaimStatusAnswer) -> None:
    if not answer.decisions:
        raise InputError("a claim status answer has no status")
    if answer.subscriber is None and (
        answer.dependent or answer.lines or _numbers(answer, _ANSWER) or answer.service_from
    ):
        raise InputError("an answer on a claim names its subscriber")
    if answer.subscriber is not None and not answer.providers:
        raise InputError("an answer on a claim names the provider")
    if any(person and (person.birth_date or person.sex) for person in _both(answer)):
        raise InputError("a claim status answer has no place for a birth date or sex")


def _both(value: ClaimStatusAnswer) -> tuple[Insured | None, Insured | None]:
    return value.subscriber, value.dependent


def _above(value: ClaimStatusInquiry | ClaimStatusAnswer, levels: Levels) -> Iterator[Segment]:
    """The levels of payer, receiver and provider as far as they are not open.

    An answer for a whole receiver or provider is the only one of its level.
    """
    source = levels.enter(0, "20", value.payer, "1")
    if source is not None:
        yield source
        yield from write_party(value.payer)
    receiver: object = value.receiver if value.providers else object()
    opened = levels.enter(1, "21", receiver, "1" if value.providers else "0")
    if opened is not None:
        yield opened
        yield from write_party(value.receiver)
    if not value.providers:
        return
    providers: object = value.providers if value.subscriber is not None else object()
    opened = levels.enter(2, "19", providers, "0" if value.subscriber is None else "1")
    if opened is not None:
        yield opened
        for provider in value.providers:
            yield from write_party(provider)


def _people(
    value: ClaimStatusInquiry | ClaimStatusAnswer,
    levels: Levels,
    delimiters: Delimiters,
    with_birth: bool,
) -> Iterator[Segment]:
    """The levels of subscriber and dependent as far as they are not open.

    A subscriber with claims of their own and one above a dependent are levels apart, or the next
    claim would be the dependent's.
    """
    subscriber, dependent = value.subscriber, value.dependent
    assert subscriber is not None
    below = "0" if dependent is None else "1"
    opened = levels.enter(3, "22", (subscriber, below), below)
    if opened is not None:
        yield opened
        yield from _person("IL", subscriber, delimiters, with_birth)
    if dependent is not None:
        opened = levels.enter(4, "23", dependent, "")
        if opened is not None:
            yield opened
            yield from _person("QC", dependent, delimiters, with_birth)


def _person(
    role: str, person: Insured, delimiters: Delimiters, with_birth: bool
) -> Iterator[Segment]:
    if with_birth:
        yield from birth(person)
    yield from write_insured(role, person, (), delimiters, with_birth=False)


_INQUIRY = {
    "1K": "payer_claim_number",
    "BLT": "type_of_bill",
    "LU": "location",
    "6P": "group_number",
    "EJ": "claim_number",
    "XZ": "prescription_number",
    "D9": "clearinghouse_number",
}
_ANSWER = {
    "1K": "payer_claim_number",
    "BLT": "type_of_bill",
    "EJ": "claim_number",
    "XZ": "prescription_number",
    "VV": "voucher",
    "D9": "clearinghouse_number",
}


def _numbers(
    value: ClaimStatusInquiry | ClaimStatusAnswer, names: Mapping[str, str]
) -> list[Segment]:
    found = ((kind, getattr(value, name)) for kind, name in names.items())
    return [["REF", kind, number] for kind, number in found if number]


def _days(first: date | None, last: date | None) -> Iterator[Segment]:
    if first is not None:
        yield dtp(QualifiedDate(qualifier="472", first=first, last=last))
    elif last is not None:
        raise InputError("there is a last day of service without a first")


def _inquiry(inquiry: ClaimStatusInquiry, delimiters: Delimiters) -> Iterator[Segment]:
    yield ["TRN", "1", inquiry.trace]
    yield from _numbers(inquiry, _INQUIRY)
    if inquiry.charge_cents is not None:
        yield ["AMT", "T3", amount(inquiry.charge_cents)]
    yield from _days(inquiry.service_from, inquiry.service_to)
    for line in inquiry.lines:
        yield _service(line, "", delimiters)
        yield from _line_tail(line)


def _answer(answer: ClaimStatusAnswer, delimiters: Delimiters) -> Iterator[Segment]:
    yield ["TRN", "1" if answer.subscriber is None and answer.providers else "2", answer.trace]
    yield from (_decision(each, delimiters) for each in answer.decisions)
    yield from _numbers(answer, _ANSWER)
    yield from _days(answer.service_from, answer.service_to)
    for line in answer.lines:
        if not line.decisions:
            raise InputError("a service line has no status")
        yield _service(line, amount(line.paid_cents), delimiters)
        yield from (_decision(each, delimiters) for each in line.decisions)
        yield from _line_tail(line)


def _service(line: InquiredLine | AnsweredLine, paid: str, delimiters: Delimiters) -> Segment:
    return [
        "SVC",
        write_procedure(line.procedure, delimiters),
        amount(line.charge_cents),
        paid,
        line.revenue_code,
        "",
        "",
        number_or_nothing(line.units),
    ]


def _line_tail(line: InquiredLine | AnsweredLine) -> Iterator[Segment]:
    if line.control_number:
        yield ["REF", "FJ", line.control_number]
    yield from _days(line.service_from, line.service_to)


def _decision(decision: Decision, delimiters: Delimiters) -> Segment:
    if not 1 <= len(decision.codes) <= _CODES_MAX:
        raise InputError("a status has one to three codes")
    codes = [
        composite((code.category, code.status, code.entity, code.list), delimiters)
        for code in decision.codes
    ]
    codes += [""] * (_CODES_MAX - len(codes))
    return [
        "STC",
        codes[0],
        _day(decision.effective_on),
        "",
        _cents(decision.charge_cents),
        _cents(decision.paid_cents),
        _day(decision.decided_on),
        "",
        _day(decision.remitted_on),
        decision.check_number,
        codes[1],
        codes[2],
        decision.message,
    ]


def _day(day: date | None) -> str:
    return "" if day is None else write_day(day)


def _cents(cents: int | None) -> str:
    return "" if cents is None else amount(cents)
