"""Writing 275 files: 005010X314 and 006020X314, as sender (a practice) or receiver (a payer)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from core.claims.attachments import (
    RELEASE,
    RELEASE_6020,
    AttachmentItem,
    AttachmentParty,
    ClaimAttachment,
    Document,
    Question,
)
from core.errors import InputError
from core.x12.authorization_write_parts import named, sparse
from core.x12.elements import write_day, write_span
from core.x12.envelope import Envelope, wrap
from core.x12.syntax import BINARY_BYTES_MAX, BinarySegment, Delimiters, composite
from core.x12.written import refuse_faulty

_RELEASES = (RELEASE, "005010X210", RELEASE_6020)
_CODES_MAX = 3


def write_275(attachments: Sequence[ClaimAttachment], envelope: Envelope) -> bytes:
    """One interchange of one release, one ST for each attachment, the documents byte for byte.

    Raises ``InputError`` with the place of what the guide requires and is not there, or what is
    there and cannot be carried.
    """
    if not attachments:
        raise InputError("there is no attachment to write")
    releases = {attachment.release for attachment in attachments}
    if len(releases) > 1 or not releases.issubset(_RELEASES):
        raise InputError(f"the attachments of a file have one release of {', '.join(_RELEASES)}")
    release = releases.pop()
    if release == RELEASE_6020:
        envelope = msgspec.structs.replace(envelope, release="00602")
    bodies = []
    for place, attachment in enumerate(attachments, 1):
        try:
            body = list(_segments(attachment, envelope))
        except InputError as fault:
            raise InputError(f"attachment {place}: {fault.message}") from None
        bodies.append((attachment.control_number, body))
    data = wrap(envelope, "PI", release, bodies)
    refuse_faulty(data, "attachment")
    return data


def _segments(attachment: ClaimAttachment, envelope: Envelope) -> Iterator[list[str]]:
    created = attachment.created or envelope.created
    clock = f"{created:%H%M}"
    purpose = "11" if attachment.solicited else "02"
    # The time may be left out; midnight is what a sender without one means.
    yield ["BGN", purpose, attachment.reference, f"{created:%Y%m%d}", clock.replace("0000", "")]
    yield from _party("PR", attachment.payer)
    yield from _party("41", attachment.submitter)
    yield from _party("1P", attachment.provider)
    yield from _party("QC", attachment.patient)
    for qualifier, value in (
        ("1K", attachment.payer_claim_number),
        ("EJ", attachment.patient_account),
        ("X1", attachment.provider_claim_number),
        ("EA", attachment.medical_record),
        ("D9", attachment.clearinghouse_number),
        ("BLT", attachment.type_of_bill),
    ):
        if value:
            yield ["REF", qualifier, value]
    yield from _days(attachment.service_from, attachment.service_to)
    sizes = (len(document.data) for item in attachment.items for document in item.documents)
    if sum(sizes) > BINARY_BYTES_MAX:
        raise InputError(f"it may have {BINARY_BYTES_MAX >> 20} MB at the most; send it in parts")
    for place, item in enumerate(attachment.items, 1):
        yield ["LX", str(place)]
        yield from _item(item, attachment.release, envelope.delimiters)


def _party(role: str, who: AttachmentParty) -> Iterator[list[str]]:
    yield named(role, who.entity, who.name, who.id_qualifier, who.id)
    if who.number:
        yield ["REF", "G2", who.number]
    if who.contact_name or who.contact_numbers:
        numbers = [text for each in who.contact_numbers for text in (each.qualifier, each.value)]
        yield ["PER", "IC", who.contact_name, *numbers]


def _days(first: date | None, last: date | None) -> Iterator[list[str]]:
    if first is not None and last is not None:
        yield ["DTP", "472", "RD8", write_span(first, last)]
    elif first is not None:
        yield ["DTP", "472", "D8", write_day(first)]
    elif last is not None:
        raise InputError("a last day of service needs the first")


def _item(item: AttachmentItem, release: str, delimiters: Delimiters) -> Iterator[list[str]]:
    yield ["TRN", item.trace_kind, item.control_number]
    for question in item.questions:
        yield _question(question, delimiters)
    if item.line is not None:
        yield ["REF", item.line.qualifier, item.line.value]
    if item.revenue_code:
        yield ["REF", "RB", item.revenue_code]
    yield from _days(item.service_from, item.service_to)
    for document in item.documents:
        yield from _document(document, release)


def _question(question: Question, delimiters: Delimiters) -> list[str]:
    if not 1 <= len(question.codes) <= _CODES_MAX:
        raise InputError("a question of the payer has one to three codes")
    codes = [composite((each[0], each[1], "", "LOI"), delimiters) for each in question.codes]
    asked_on = "" if question.asked_on is None else write_day(question.asked_on)
    return sparse("STC", {1: codes[0], 2: asked_on} | dict(zip((10, 11), codes[1:], strict=False)))


def _document(document: Document, release: str) -> Iterator[list[str]]:
    yield ["DTP", "368", "D8", write_day(document.sent_on)]
    yield ["CAT", "AE", document.format, document.format_version]
    if document.object_number or document.object_kind or document.object_name:
        yield ["OOI", document.object_number, document.object_kind, document.object_name]
    if document.content_type or document.file_name:
        told = {1: document.security, 7: document.content_type, 12: document.file_name}
        yield sparse("EFI", told)
    packed = release == RELEASE_6020
    if packed != bool(document.filter):
        raise InputError("a document has a filter (BDS01) in release 006020 and none before")
    if packed:
        yield BinarySegment.of("BDS", document.data, document.filter)
    else:
        yield BinarySegment.of("BIN", document.data)
