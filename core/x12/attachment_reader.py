"""Reading 275 files: 005010X314, its draft 005010X210, and 006020X314."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.claims.attachments import (
    AttachmentItem,
    AttachmentParty,
    ClaimAttachment,
    Document,
    Question,
)
from core.claims.parties import Reference
from core.errors import X12SyntaxError
from core.x12 import authorization_read_parts as parts
from core.x12.authorization_read_parts import first, numbered
from core.x12.elements import at, read_day, read_span
from core.x12.loops import Loop, TransactionLoops, read_transactions
from core.x12.syntax import BINARY, BinarySegment

_SOLICITED = "11"


def read_275(data: bytes | Iterable[bytes]) -> tuple[ClaimAttachment, ...]:
    """Every 275 of a file, its documents byte for byte; other transactions are passed over.

    Raises a positioned ``X12SyntaxError`` for what is not X12, data that is not as long as it
    says, a date that is none, a missing party, or a file without any 275.
    """
    found = [_attachment(transaction) for transaction in read_transactions(data, ("275",))]
    if not found:
        raise X12SyntaxError("it holds no attachment (275)")
    return tuple(found)


def _attachment(transaction: TransactionLoops) -> ClaimAttachment:
    body = transaction.body
    patient = _one(body, "1000D")
    service_from, service_to = _days(patient)
    component = transaction.delimiters.component
    return ClaimAttachment(
        segment=transaction.segment,
        release=transaction.version,
        control_number=transaction.control,
        reference=body.value("BGN", 2),
        created=first(body, "BGN", lambda bgn: parts.moment(bgn, 3)),
        solicited=body.value("BGN", 1) == _SOLICITED,
        payer=_party(_one(body, "1000A")),
        submitter=_party(_one(body, "1000B")),
        provider=_party(_one(body, "1000C")),
        patient=_party(patient),
        payer_claim_number=patient.value("REF", 2, "1K"),
        patient_account=patient.value("REF", 2, "EJ"),
        provider_claim_number=patient.value("REF", 2, "X1"),
        medical_record=patient.value("REF", 2, "EA"),
        clearinghouse_number=patient.value("REF", 2, "D9"),
        type_of_bill=patient.value("REF", 2, "BLT"),
        service_from=service_from,
        service_to=service_to,
        items=tuple(_item(loop, component) for loop in body.below("2000A")),
    )


def _one(loop: Loop, loop_id: str) -> Loop:
    found = loop.below(loop_id)
    if not found:
        message = f"loop {loop_id} is missing in the attachment that begins here"
        raise X12SyntaxError(message, segment=loop.number)
    return found[0]


def _party(loop: Loop) -> AttachmentParty:
    opening = loop.segments[0]
    contact = first(loop, "PER", parts.contact)
    return AttachmentParty(
        segment=loop.number,
        entity=parts.entity(opening),
        name=parts.name(opening),
        id_qualifier=at(opening, 8),
        id=at(opening, 9),
        number=loop.value("REF", 2, "G2"),
        contact_name=contact.name if contact else "",
        contact_numbers=contact.numbers if contact else (),
    )


def _days(loop: Loop) -> tuple[date | None, date | None]:
    days = first(loop, "DTP", lambda dtp: read_span(at(dtp, 2), at(dtp, 3)), "472")
    return days or (None, None)


def _item(loop: Loop, component: str) -> AttachmentItem:
    line = loop.first("REF", "6R", "FJ")
    service_from, service_to = _days(loop)

    def question(stc: list[str]) -> Question:
        codes = ([*at(stc, place).split(component), ""] for place in (1, 10, 11) if at(stc, place))
        asked_on = read_day(at(stc, 2)) if at(stc, 2) else None
        return Question(codes=tuple((code[0], code[1]) for code in codes), asked_on=asked_on)

    return AttachmentItem(
        segment=loop.number,
        control_number=loop.value("TRN", 2),
        trace_kind=loop.value("TRN", 1),
        questions=numbered(loop, "STC", question),
        line=Reference(qualifier=at(line, 1), value=at(line, 2)) if line else None,
        revenue_code=loop.value("REF", 2, "RB"),
        service_from=service_from,
        service_to=service_to,
        documents=tuple(_document(each) for each in loop.below("2100A")),
    )


def _document(loop: Loop) -> Document:
    sent_on = first(loop, "DTP", lambda dtp: read_day(at(dtp, 3)), "368")
    data = next(
        (
            (number, segment)
            for number, segment in zip(loop.numbers, loop.segments, strict=True)
            if isinstance(segment, BinarySegment)
        ),
        None,
    )
    if data is None or sent_on is None:
        wanted = " or ".join(BINARY)
        raise X12SyntaxError(f"this document has no data ({wanted})", segment=loop.number)
    number, segment = data
    return Document(
        segment=number,
        sent_on=sent_on,
        format=loop.value("CAT", 2),
        format_version=loop.value("CAT", 3),
        content_type=loop.value("EFI", 7),
        file_name=loop.value("EFI", 12),
        security=loop.value("EFI", 1) or "05",
        object_number=loop.value("OOI", 1),
        object_kind=loop.value("OOI", 2),
        object_name=loop.value("OOI", 3),
        filter=segment[1] if segment[0] == "BDS" else "",
        data=segment.payload,
    )
