"""The claim and its service lines: one value for 837P, 837I and 837D.

``VisitFacts`` and ``LineFacts`` hold what is true of the care itself; an encounter and its charges
(``core.intake.encounter``) share them with the claim and its service lines, so that coding carries
them over unchanged. Codes are stored without decoration: diagnoses without a dot, upper case.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.claims.parties import (
    Payer,
    PayerSequence,
    Person,
    Provider,
    Reference,
    Subscriber,
    Value,
)
from core.confidentiality import Sensitivity


class Form(StrEnum):
    """Which transaction carries the claim."""

    PROFESSIONAL = "837P"
    INSTITUTIONAL = "837I"
    DENTAL = "837D"


class Adjustment(Value, frozen=True, kw_only=True):
    """One CAS triplet: group code (CO, PR, OA, PI), CARC, amount and, where given, quantity."""

    group: str
    code: str
    amount_cents: int
    quantity: Decimal | None = None


class LineAdjudication(Value, frozen=True, kw_only=True):
    """What an earlier payer decided on one service line (loop 2430)."""

    payer_id: str
    paid_cents: int
    code: str = ""
    code_qualifier: str = ""
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    paid_units: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()
    adjudicated_on: date | None = None


class OtherPayer(Value, frozen=True, kw_only=True):
    """Another payer of the same patient and, when it has paid, what it decided (loop 2320).

    ``paid_cents`` is None while it has not decided.
    """

    sequence: PayerSequence
    payer: Payer
    subscriber: Subscriber
    paid_cents: int | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remaining_patient_cents: int | None = None
    noncovered_cents: int | None = None
    payer_claim_number: str = ""
    adjudicated_on: date | None = None
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    patient_signature_source: str = ""


class Accident(Value, frozen=True, kw_only=True):
    """``kind`` is the related-causes code: AA auto, EM employment, OA other."""

    kind: str
    on: date | None = None
    state: str = ""


class Note(Value, frozen=True, kw_only=True):
    """Free text for the payer: NTE qualifier and text."""

    qualifier: str
    text: str


class Attachment(Value, frozen=True, kw_only=True):
    """PWK: report type, how it travels, and the control number that ties the paper to the claim.

    ``content`` is ours: what the paper is (psychotherapy_notes, sud_counseling_notes,
    progress_note ...), empty = not known. ``is_authorized``: the patient's specific authorization
    to send it is on file.
    """

    report_type: str
    transmission: str
    control_number: str = ""
    content: str = ""
    is_authorized: bool = False


class QualifiedDate(Value, frozen=True, kw_only=True):
    """A further DTP of the claim or line, by X12 qualifier; one day, or ``first`` to ``last``."""

    qualifier: str
    first: date
    last: date | None = None


class CodedDate(Value, frozen=True, kw_only=True):
    """An occurrence code, or an ICD-10-PCS procedure, with its day; None where it is missing."""

    code: str
    on: date | None


class CodedSpan(Value, frozen=True, kw_only=True):
    """An occurrence span code with its days; None where one is missing."""

    code: str
    first: date | None
    last: date | None


class CodedAmount(Value, frozen=True, kw_only=True):
    """A value code and its amount, as printed, in hundredths; None where it is missing."""

    code: str
    amount_cents: int | None


class Institutional(Value, frozen=True, kw_only=True):
    """What only the 837I carries. ``type_of_bill`` has four characters with a leading zero."""

    type_of_bill: str
    statement_from: date
    statement_to: date
    admission_date: date | None = None
    admission_hour: str = ""
    discharge_hour: str = ""
    admission_type: str = ""
    point_of_origin: str = ""
    patient_status: str = ""
    admitting_diagnosis: str = ""
    reason_diagnoses: tuple[str, ...] = ()
    external_causes: tuple[str, ...] = ()
    drg: str = ""
    procedures: tuple[CodedDate, ...] = ()
    occurrences: tuple[CodedDate, ...] = ()
    occurrence_spans: tuple[CodedSpan, ...] = ()
    value_codes: tuple[CodedAmount, ...] = ()
    treatment_codes: tuple[str, ...] = ()


class ToothStatus(Value, frozen=True, kw_only=True):
    """DN2: a tooth and its status (M missing, E to be extracted)."""

    tooth: str
    status: str = "M"
    on: date | None = None


class Orthodontics(Value, frozen=True, kw_only=True):
    """DN1 and its dates."""

    months_total: int | None = None
    months_remaining: int | None = None
    placed_on: date | None = None


class Dental(Value, frozen=True, kw_only=True):
    """What only the 837D carries."""

    predetermination: bool = False
    orthodontics: Orthodontics | None = None
    teeth: tuple[ToothStatus, ...] = ()


class Tooth(Value, frozen=True, kw_only=True):
    """TOO: a tooth number and the surfaces treated, one letter each."""

    number: str
    surfaces: str = ""


class Drug(Value, frozen=True, kw_only=True):
    """The drug behind a line: NDC (11 digits), unit (F2 GR ME ML UN) and quantity."""

    ndc: str
    unit: str = ""
    quantity: Decimal | None = None


class SpecialtyRecord(Value, frozen=True, kw_only=True):
    """A record of a specialty's own type, encoded as JSON: the core stores it sealed, unread.

    ``version`` counts the shapes of its type, not its corrections; ``sensitivity`` is what its type
    says of it (``core.rules.records.RecordType``). ``id`` tells its corrections from those of
    another record; None as long as nobody has touched it here.
    """

    kind: str
    version: int = 1
    body: bytes = b"{}"
    sensitivity: Sensitivity = Sensitivity.NONE
    id: UUID | None = None


class LineFacts(Value, frozen=True, kw_only=True):
    """What is true of one service, billed or not yet.

    ``units`` counts ``unit_basis`` (UN units, MJ minutes, DA days). ``pointers`` are positions in
    the claim's diagnoses from 1. ``minutes``, ``start`` and ``end`` are the documented time.
    ``code_qualifier`` is HC (CPT/HCPCS), AD (CDT), HP (HIPPS), N4 ... as on the 837.
    ``rate_cents`` is the daily rate beside a room (UB-04 form locator 44), which no 837 carries.
    ``adjudications`` are the decisions of earlier payers on this service.
    """

    line_no: int
    code: str = ""
    code_qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    description: str = ""
    units: Decimal = Decimal(1)
    unit_basis: str = "UN"
    service_from: date | None = None
    service_to: date | None = None
    place_of_service: str = ""
    pointers: tuple[int, ...] = ()
    revenue_code: str = ""
    noncovered_cents: int = 0
    rate_cents: int | None = None
    minutes: int | None = None
    start: time | None = None
    end: time | None = None
    emergency: bool = False
    teeth: tuple[Tooth, ...] = ()
    oral_cavity: tuple[str, ...] = ()
    prosthesis: str = ""
    prosthesis_prior_on: date | None = None
    drug: Drug | None = None
    rendering: Provider | None = None
    auth_number: str = ""
    adjudications: tuple[LineAdjudication, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    notes: tuple[Note, ...] = ()
    records: tuple[SpecialtyRecord, ...] = ()


class ServiceLine(LineFacts, frozen=True, kw_only=True):
    """A billed line.

    ``control_number`` (REF*6R) finds the line again in the 835. ``expected_cents`` is the allowed
    amount we expect; ``fee_source`` names the fee row the charge came from.
    """

    charge_cents: int
    control_number: str = ""
    charge_id: UUID | None = None
    expected_cents: int | None = None
    fee_source: str = ""


class VisitFacts(Value, frozen=True, kw_only=True):
    """What is true of the visit as a whole, billed or not yet.

    ``diagnoses`` are ICD-10-CM without dots, principal first; ``present_on_admission`` runs beside
    them ("" where left empty). ``place_of_service`` is the default of the lines.
    ``patient_signature_source`` is CLM10 (P: the provider signed for the patient),
    ``special_program`` CLM12, ``delay_reason`` CLM20. ``clia_kind`` is what the laboratory's
    certificate is: waiver, ppm, compliance or accreditation; empty = not known.
    ``stated_charge_cents`` is a total (CLM02) that somebody else wrote down and that may not be the
    sum of the lines; None: the sum is the total.
    """

    form: Form = Form.PROFESSIONAL
    place_of_service: str = ""
    diagnoses: tuple[str, ...] = ()
    present_on_admission: tuple[str, ...] = ()
    accident: Accident | None = None
    auth_number: str = ""
    referral_number: str = ""
    clia: str = ""
    clia_kind: str = ""
    condition_codes: tuple[str, ...] = ()
    admission_date: date | None = None
    discharge_date: date | None = None
    onset_date: date | None = None
    institutional: Institutional | None = None
    dental: Dental | None = None
    referring: Provider | None = None
    ordering: Provider | None = None
    supervising: Provider | None = None
    attending: Provider | None = None
    operating: Provider | None = None
    service_facility: Provider | None = None
    pay_to: Provider | None = None
    signature_on_file: bool = True
    accept_assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    patient_signature_source: str = ""
    special_program: str = ""
    delay_reason: str = ""
    stated_charge_cents: int | None = None
    notes: tuple[Note, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    records: tuple[SpecialtyRecord, ...] = ()


class Claim(VisitFacts, frozen=True, kw_only=True):
    """One bill to one payer.

    ``claim_number`` is CLM01, unique in the practice. ``frequency`` is CLM05-3: 1 original,
    7 replacement, 8 void. ``payer_claim_number`` (REF*F8) is required with 7 and 8.

    ``total_lines`` are the lines 0001 of a UB-04, which repeat the total and are no services; None:
    the claim has none by its form, as on the 837I. ``total_line_is_last``: no service follows them.
    """

    claim_number: str
    frequency: str = "1"
    payer_claim_number: str = ""
    sequence: PayerSequence = PayerSequence.PRIMARY
    payer: Payer
    subscriber: Subscriber
    patient: Person
    billing: Provider
    rendering: Provider | None = None
    lines: tuple[ServiceLine, ...]
    other_payers: tuple[OtherPayer, ...] = ()
    patient_paid_cents: int = 0
    total_lines: tuple[ServiceLine, ...] | None = None
    total_line_is_last: bool = True

    @property
    def charge_cents(self) -> int:
        """The sum of the lines' charges: CLM02 of a claim that we write."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def service_from(self) -> date | None:
        """First day of service over the lines, else the statement's first day."""
        first: date | None = None
        for line in self.lines:
            day = line.service_from
            if day is not None and (first is None or day < first):
                first = day
        if first is None and self.institutional:
            return self.institutional.statement_from
        return first

    @property
    def service_to(self) -> date | None:
        """Last day of service over the lines, else the statement's last day."""
        days = [day for line in self.lines if (day := line.service_to or line.service_from)]
        if days:
            return max(days)
        return self.institutional.statement_to if self.institutional else None
