"""Reading claim status inquiries (276) and answers (277), 005010X212."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from core.claims.inquiry_parties import Insured, Party, Procedure
from core.errors import X12SyntaxError
from core.x12.claim_inquiry_values import (
    AnsweredLine,
    ClaimStatusAnswer,
    ClaimStatusInquiry,
    ClaimStatusReply,
    ClaimStatusRequest,
    Decision,
    InquiredLine,
)
from core.x12.claim_status_values import StatusCode
from core.x12.inquiry_reading import (
    cents,
    day,
    decimal,
    insured,
    padded,
    party,
    periods,
    procedure,
    start,
    with_birth,
)
from core.x12.loops import Loop, TransactionLoops, read_transactions
from core.x12.syntax import Delimiters

_NUMBERS = {
    "1K": "payer_claim_number",
    "BLT": "type_of_bill",
    "EJ": "claim_number",
    "XZ": "prescription_number",
    "D9": "clearinghouse_number",
}
_INQUIRY_NUMBERS = _NUMBERS | {"LU": "location", "6P": "group_number"}
_ANSWER_NUMBERS = _NUMBERS | {"VV": "voucher"}


def read_276(data: bytes | Iterable[bytes]) -> tuple[ClaimStatusRequest, ...]:
    """Every claim status inquiry of a file; other transactions in it are passed over.

    Raises a positioned ``X12SyntaxError`` for what is not X12, an amount or date that is none, or a
    file without any 276.
    """
    found = tuple(_request(each) for each in read_transactions(data, ("276",)))
    if not found:
        raise X12SyntaxError("it holds no claim status inquiry (276)")
    return found


def read_277(data: bytes | Iterable[bytes]) -> tuple[ClaimStatusReply, ...]:
    """Every answer to a claim status inquiry; a 277CA and all others are passed over.

    Raises like ``read_276``.
    """
    found = tuple(_reply(each) for each in read_transactions(data, ("277",)))
    if not found:
        raise X12SyntaxError("it holds no answer to a claim status inquiry (277)")
    return found


def _request(transaction: TransactionLoops) -> ClaimStatusRequest:
    _, reference, created = start(transaction.body)
    marks = transaction.delimiters
    inquiries = []
    for source in transaction.body.below("2000A"):
        for receiver in source.below("2000B"):
            parties = _parties(source, receiver)
            for provider in receiver.below("2000C"):
                parties["providers"] = _providers(provider)
                for claim, subscriber, dependent in _claims(provider, marks):
                    inquiry = ClaimStatusInquiry(
                        **parties,
                        subscriber=subscriber,
                        dependent=dependent,
                        **_claim(claim, _INQUIRY_NUMBERS),
                        charge_cents=_charge(claim),
                        lines=tuple(
                            _inquired(each, marks) for each in claim.below("2210D", "2210E")
                        ),
                    )
                    inquiries.append(inquiry)
    return ClaimStatusRequest(
        segment=transaction.segment,
        control_number=transaction.control,
        reference=reference,
        created=created,
        inquiries=tuple(inquiries),
    )


def _reply(transaction: TransactionLoops) -> ClaimStatusReply:
    _, reference, created = start(transaction.body)
    answers: list[ClaimStatusAnswer] = []
    for source in transaction.body.below("2000A"):
        for receiver in source.below("2000B"):
            answers += _answers(source, receiver, transaction.delimiters)
    return ClaimStatusReply(
        segment=transaction.segment,
        control_number=transaction.control,
        reference=reference,
        created=created,
        answers=tuple(answers),
    )


def _answers(source: Loop, receiver: Loop, marks: Delimiters) -> Iterator[ClaimStatusAnswer]:
    parties = _parties(source, receiver)
    for whole in receiver.below("2200B"):
        yield ClaimStatusAnswer(
            **parties, **_claim(whole, _ANSWER_NUMBERS), decisions=_decisions(whole, marks)
        )
    for level in receiver.below("2000C"):
        parties["providers"] = _providers(level)
        for whole in level.below("2200C"):
            yield ClaimStatusAnswer(
                **parties, **_claim(whole, _ANSWER_NUMBERS), decisions=_decisions(whole, marks)
            )
        for claim, subscriber, dependent in _claims(level, marks):
            yield ClaimStatusAnswer(
                **parties,
                subscriber=subscriber,
                dependent=dependent,
                **_claim(claim, _ANSWER_NUMBERS),
                decisions=_decisions(claim, marks),
                lines=tuple(_answered(each, marks) for each in claim.below("2220D", "2220E")),
            )


def _parties(source: Loop, receiver: Loop) -> dict[str, Any]:
    return {"payer": _party(source, "2100A"), "receiver": _party(receiver, "2100B")}


def _claims(provider: Loop, marks: Delimiters) -> Iterator[tuple[Loop, Insured, Insured | None]]:
    """The claims of a provider's level, each with subscriber and dependent."""
    for level in provider.below("2000D"):
        subscriber = _person(level, "2100D", marks)
        for claim in level.below("2200D"):
            yield claim, subscriber, None
        for below in level.below("2000E"):
            dependent = _person(below, "2100E", marks)
            for claim in below.below("2200E"):
                yield claim, subscriber, dependent


def _party(level: Loop, name: str) -> Party:
    found = level.below(name)
    return party(found[0]) if found else Party(segment=level.number, role="")


def _providers(level: Loop) -> tuple[Party, ...]:
    return tuple(party(each) for each in level.below("2100C"))


def _person(level: Loop, name: str, marks: Delimiters) -> Insured:
    found = level.below(name)
    person = insured(found[0], marks.component) if found else Insured(segment=level.number)
    return with_birth(person, level)


def _claim(claim: Loop, numbers: dict[str, str]) -> dict[str, Any]:
    """Trace, numbers and days of a claim."""
    fields: dict[str, Any] = {
        numbers[elements[1]]: elements[2]
        for _, elements in padded(claim, "REF")
        if elements[1] in numbers
    }
    first, last = _days(claim)
    return fields | {
        "segment": claim.number,
        "trace": claim.value("TRN", 2),
        "service_from": first,
        "service_to": last,
    }


def _days(loop: Loop) -> tuple[date | None, date | None]:
    for each in periods(loop, "472"):
        return each.first, each.last
    return None, None


def _charge(claim: Loop) -> int | None:
    return next((cents(n, e[2]) for n, e in padded(claim, "AMT") if e[1] == "T3"), None)


def _service(loop: Loop, marks: Delimiters) -> tuple[int, list[str], Procedure]:
    number, svc = next(padded(loop, "SVC"))
    named = procedure(svc[1], marks.component)
    if named is None:
        raise X12SyntaxError("a service line names no procedure", segment=number, element=1)
    return number, svc, named


def _inquired(loop: Loop, marks: Delimiters) -> InquiredLine:
    number, svc, named = _service(loop, marks)
    first, last = _days(loop)
    units = decimal(number, svc[7])
    if first is None:
        raise X12SyntaxError("a service line has no day of service", segment=number)
    return InquiredLine(
        segment=number,
        procedure=named,
        charge_cents=cents(number, svc[2]) or 0,
        revenue_code=svc[4],
        units=Decimal(1) if units is None else units,
        control_number=loop.value("REF", 2, "FJ"),
        service_from=first,
        service_to=last,
    )


def _answered(loop: Loop, marks: Delimiters) -> AnsweredLine:
    number, svc, named = _service(loop, marks)
    first, last = _days(loop)
    return AnsweredLine(
        segment=number,
        procedure=named,
        charge_cents=cents(number, svc[2]) or 0,
        paid_cents=cents(number, svc[3]) or 0,
        revenue_code=svc[4],
        units=decimal(number, svc[7]),
        control_number=loop.value("REF", 2, "FJ"),
        service_from=first,
        service_to=last,
        decisions=_decisions(loop, marks),
    )


def _decisions(loop: Loop, marks: Delimiters) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            segment=number,
            codes=tuple(_code(stc[place], marks.component) for place in (1, 10, 11) if stc[place]),
            effective_on=day(number, stc[2]),
            charge_cents=cents(number, stc[4]),
            paid_cents=cents(number, stc[5]),
            decided_on=day(number, stc[6]),
            remitted_on=day(number, stc[8]),
            check_number=stc[9],
            message=stc[12],
        )
        for number, stc in padded(loop, "STC")
    )


def _code(text: str, component: str) -> StatusCode:
    parts = [*text.split(component), "", "", ""]
    return StatusCode(category=parts[0], status=parts[1], entity=parts[2], list=parts[3])
