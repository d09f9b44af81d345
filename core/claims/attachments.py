"""Papers that support a claim (275), and the claim's announcement of them (PWK).

The claim says with each ``Attachment`` (PWK) what will come and how. What travels as ``EL`` comes
in a 275 of its own; the attachment control number (PWK06, TRN02) ties the two together. Asked for
by the payer, a 275 carries the payer's number of the question instead.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import date, datetime

from core.claims.claim import Attachment, Claim
from core.claims.parties import Entity, Name, Reference, Value
from core.errors import InputError

# The release the platform's tables were made for, and the one the federal rule names.
RELEASE = "005010X314"
RELEASE_6020 = "006020X314"
ELECTRONIC = "EL"
# CAT02 by content type; anything else travels as an image.
_FORMATS = {"text/xml": "HL", "application/xml": "HL", "application/hl7-v3+xml": "HL"}
_TEXT, _IMAGE = "TX", "IA"


class AttachmentParty(Value, frozen=True, kw_only=True):
    """Payer, submitter, provider or patient of a 275, with the number they go by."""

    segment: int = 0
    entity: Entity = Entity.ORGANIZATION
    name: Name
    id_qualifier: str
    id: str
    number: str = ""
    contact_name: str = ""
    contact_numbers: tuple[Reference, ...] = ()


class Question(Value, frozen=True, kw_only=True):
    """STC: what the payer asked for: a category (R4 ...) and a LOINC code each, and when."""

    segment: int = 0
    codes: tuple[tuple[str, str], ...]
    asked_on: date | None = None


class Document(Value, frozen=True, kw_only=True):
    """One document. ``data`` are the bytes as they travel; ``filter`` (BDS01) says how they are
    packed: empty or ASC not at all, B64 as base64. ``segment`` is where the data stands.

    ``format`` is CAT02 (HL, IA image, TX text ...), ``content_type`` EFI07, ``security`` EFI01. The
    ``object_`` fields are OOI, which release 006020 has.
    """

    segment: int = 0
    sent_on: date
    format: str
    format_version: str = ""
    content_type: str = ""
    file_name: str = ""
    security: str = "05"
    object_number: str = ""
    object_kind: str = ""
    object_name: str = ""
    filter: str = ""
    data: bytes

    @property
    def content(self) -> bytes:
        """The bytes of the document itself; ``InputError`` when they are not packed as said."""
        if self.filter != "B64":
            return self.data
        try:
            return b64decode(b"".join(self.data.split()), validate=True)
        except ValueError:
            raise InputError("the document is not the base64 it says it is; ask again") from None


class AttachmentItem(Value, frozen=True, kw_only=True):
    """One LX: the documents under one attachment control number.

    ``trace_kind`` is TRN01: 1 our number of the claim's PWK, 2 the payer's number of its question.
    ``line`` names a service line of the claim (REF*6R or FJ).
    """

    segment: int = 0
    control_number: str
    trace_kind: str = "1"
    questions: tuple[Question, ...] = ()
    line: Reference | None = None
    revenue_code: str = ""
    service_from: date | None = None
    service_to: date | None = None
    documents: tuple[Document, ...]


class ClaimAttachment(Value, frozen=True, kw_only=True):
    """A 275. ``solicited`` says that the payer asked (BGN01 11); ``release`` is ST03.

    The numbers of the claim: the payer's (REF*1K), the patient account, which is CLM01 (EJ), the
    provider's (X1), medical record (EA), clearinghouse (D9), type of bill (BLT).
    """

    segment: int = 0
    release: str = RELEASE
    control_number: str
    reference: str
    created: datetime | None = None
    solicited: bool = False
    payer: AttachmentParty
    submitter: AttachmentParty
    provider: AttachmentParty
    patient: AttachmentParty
    payer_claim_number: str = ""
    patient_account: str = ""
    provider_claim_number: str = ""
    medical_record: str = ""
    clearinghouse_number: str = ""
    type_of_bill: str = ""
    service_from: date | None = None
    service_to: date | None = None
    items: tuple[AttachmentItem, ...]

    @property
    def control_numbers(self) -> tuple[str, ...]:
        """The attachment control numbers that it answers to."""
        return tuple(item.control_number for item in self.items)


def attachments_for(claim: Claim, sent: Iterable[ClaimAttachment] = ()) -> tuple[Attachment, ...]:
    """The papers a claim has announced as electronic that none of ``sent`` brings.

    Each needs a 275; ``attachment_for`` makes it. A paper without a control number is among them:
    the payer could not tie anything to it, so it needs a number first.
    """
    there = {number for each in sent for number in each.control_numbers}
    return tuple(
        paper
        for paper in claim.attachments
        if paper.transmission == ELECTRONIC and paper.control_number not in there
    )


def unannounced(claim: Claim, received: ClaimAttachment) -> tuple[AttachmentItem, ...]:
    """The items of a 275 that nobody asked for and no PWK of the claim announces."""
    known = {paper.control_number for paper in claim.attachments if paper.control_number}
    return tuple(
        item
        for item in received.items
        if item.trace_kind == "1" and item.control_number not in known
    )


def document(
    content: bytes,
    sent_on: date,
    *,
    content_type: str = "",
    file_name: str = "",
    release: str = RELEASE,
) -> Document:
    """A document as the release packs it: bare bytes, or base64 in 006020."""
    kind = content_type.partition(";")[0].strip().lower()
    form = _FORMATS.get(kind, _TEXT if kind.startswith("text/") else _IMAGE)
    if release != RELEASE_6020:
        return Document(
            sent_on=sent_on,
            format=form,
            content_type=content_type,
            file_name=file_name,
            data=content,
        )
    return Document(
        sent_on=sent_on,
        format=form,
        content_type=content_type,
        file_name=file_name,
        object_number="1",
        object_kind="47",
        object_name="ATTACHMENT",
        filter="B64",
        data=b64encode(content),
    )


def attachment_for(
    claim: Claim,
    paper: Attachment,
    documents: tuple[Document, ...],
    *,
    submitter: AttachmentParty,
    control_number: str,
    reference: str,
    release: str = RELEASE,
) -> ClaimAttachment:
    """The 275 that brings the documents of one announced paper of a claim.

    ``control_number`` is ST02, ``reference`` BGN02. Refuses a paper that was not announced on this
    claim as electronic, or has no control number.
    """
    if paper not in claim.attachments or paper.transmission != ELECTRONIC:
        raise InputError("the claim does not announce this paper as electronic (PWK02 EL)")
    if not paper.control_number:
        raise InputError("the paper needs an attachment control number (PWK06) on the claim first")
    newer = release == RELEASE_6020
    return ClaimAttachment(
        release=release,
        control_number=control_number,
        reference=reference,
        payer=AttachmentParty(
            name=Name(last=claim.payer.name),
            id_qualifier=claim.payer.id_qualifier,
            id=claim.payer.payer_id,
        ),
        submitter=submitter,
        provider=AttachmentParty(
            entity=claim.billing.entity,
            name=claim.billing.name,
            id_qualifier="XX",
            id=claim.billing.npi,
        ),
        patient=AttachmentParty(
            entity=Entity.PERSON,
            name=claim.patient.name,
            id_qualifier="MI",
            id=claim.subscriber.member_id,
        ),
        payer_claim_number=claim.payer_claim_number,
        patient_account="" if newer else claim.claim_number,
        provider_claim_number=claim.claim_number if newer else "",
        type_of_bill=claim.institutional.type_of_bill if claim.institutional else "",
        service_from=claim.service_from,
        service_to=claim.service_to if claim.service_to != claim.service_from else None,
        items=(AttachmentItem(control_number=paper.control_number, documents=documents),),
    )
