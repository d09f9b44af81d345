"""What a claim must be so that its form can carry it; every reason is a plain sentence.

Two kinds of reasons: a fact of the bill has no place on this form, or the guide requires what the
claim lacks. Codes are not judged here (that is scrubbing), only whether they can be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from core.claims.claim import Adjustment, Claim, Form, OtherPayer, ServiceLine
from core.claims.parties import Address, Entity, Provider, Subscriber
from core.x12.cas import write_cas
from core.x12.claims_form_facts import (
    DATES,
    DIAGNOSES_MAX,
    ENTITY_OF_ROLE,
    LENGTHS,
    LINE_DATES,
    LINE_NOTES,
    LINE_REFERENCES,
    LINES_MAX,
    NOTES,
    ONLY_ON,
    ONLY_ON_LINE,
    REFERENCES,
    UNIT_BASES,
)
from core.x12.claims_loops import CLAIM_ROLES
from core.x12.claims_write_lines import adjudicated_on, is_drug_reference
from core.x12.claims_write_parties import PAYER_NUMBERS

_CLAIM_NUMBER_MAX = 20
_OTHER_PAYERS_MAX = 10
_ATTACHMENTS_MAX = 10
_CODES_MAX = 24
_MODIFIERS_MAX = 4
_POINTERS_MAX = 4
_ADJUDICATIONS_MAX = 15
_AREAS_MAX = 5
_CAS_MAX = 5
_SURFACES_MAX = 5
_TEETH_MAX = 32
_ZIP_PLUS_FOUR = 9

# By form, what has no place on it: the fields together tell at once that a claim has none of them.
_ELSEWHERE = {
    form: attrgetter(*(field for field, forms in ONLY_ON if form not in forms)) for form in Form
}
_ELSEWHERE_ON_LINE = {
    form: (
        attrgetter(*(field for field, _, forms in ONLY_ON_LINE if form not in forms)),
        tuple(default for _, default, forms in ONLY_ON_LINE if form not in forms),
    )
    for form in Form
}


def faults(claim: Claim) -> tuple[str, ...]:
    """Why the claim cannot be written, in no particular order of weight; empty when it can."""
    return tuple(_faults(claim))


def _faults(claim: Claim) -> Iterator[str]:
    form = claim.form
    if not 1 <= len(claim.claim_number) <= _CLAIM_NUMBER_MAX:
        yield "the claim number must have 1 to 20 characters"
    if any(_ELSEWHERE[form](claim)):
        for field, forms in ONLY_ON:
            if form not in forms and getattr(claim, field):
                yield f"the {form.value} has no place for {field.replace('_', ' ')}"
    if claim.stated_charge_cents not in (None, claim.charge_cents):
        yield "the claim states another total than its lines add up to"
    if not 1 <= len(claim.lines) <= LINES_MAX[form]:
        yield f"a claim of this form has 1 to {LINES_MAX[form]} service lines"
    if len(claim.diagnoses) > DIAGNOSES_MAX[form]:
        yield f"a claim of this form has at most {DIAGNOSES_MAX[form]} diagnoses"
    if not claim.diagnoses and form is not Form.DENTAL:
        yield "the claim has no diagnosis"
    if len(claim.present_on_admission) > len(claim.diagnoses):
        yield "there are more present-on-admission marks than diagnoses"
    if form is Form.INSTITUTIONAL:
        yield from _institutional(claim)
    elif not claim.place_of_service:
        yield "the place of service is missing"
    if not claim.frequency:
        yield "the claim frequency is missing"
    if claim.accident is not None and not claim.accident.kind:
        yield "the kind of accident is missing"
    if len(claim.attachments) > _ATTACHMENTS_MAX:
        yield "a claim has at most 10 attachments"
    if len(claim.condition_codes) > _CODES_MAX:
        yield "a claim has at most 24 condition codes"
    if claim.dates or claim.references or claim.notes:
        yield from _further(claim)
    yield from _parties(claim)
    if len(claim.other_payers) > _OTHER_PAYERS_MAX:
        yield "a claim has at most 10 other payers"
    for other in claim.other_payers:
        yield from _other_payer(other)
    known = {other.payer.payer_id for other in claim.other_payers}
    for number, line in enumerate(claim.lines, 1):
        for reason in _line(claim, line, known):
            yield f"line {number}: {reason}"


def _institutional(claim: Claim) -> Iterator[str]:
    facts = claim.institutional
    if facts is None:
        yield "the facts of an institutional claim are missing"
        return
    bill = facts.type_of_bill
    if len(bill) != 4 or bill[0] != "0":
        yield "the type of bill is not written with four characters and a leading zero"
    elif bill[3] != claim.frequency:
        yield "the type of bill ends in another frequency than the claim's"
    if facts.admission_hour and facts.admission_date is None:
        yield "there is an admission hour without an admission date"
    if any(len(hour) not in (0, 2, 4) for hour in (facts.admission_hour, facts.discharge_hour)):
        yield "an hour is written HH or HHMM"
    if claim.admission_date not in (None, facts.admission_date):
        yield "the claim has two different admission dates"
    if not facts.patient_status:
        yield "the patient status is missing"
    dated = (*facts.procedures, *facts.occurrences)
    if not all(each.on for each in dated) or not all(
        span.first and span.last for span in facts.occurrence_spans
    ):
        yield "a procedure or occurrence has no date"
    if any(value.amount_cents is None for value in facts.value_codes):
        yield "a value code has no amount"
    if len(facts.reason_diagnoses) > 3:
        yield "a claim has at most 3 reasons for visit"
    if len(facts.external_causes) > 12:
        yield "a claim has at most 12 external causes"
    if len(facts.procedures) > 1 + _CODES_MAX:
        yield "a claim has at most 25 procedures"
    for codes in (
        facts.occurrences,
        facts.occurrence_spans,
        facts.value_codes,
        facts.treatment_codes,
    ):
        if len(codes) > _CODES_MAX:
            yield "a claim has at most 24 codes of a kind"


def _further(claim: Claim) -> Iterator[str]:
    """Dates, numbers and notes that carry their X12 qualifier with them."""
    form = claim.form
    seen: list[str] = []
    for dated in claim.dates:
        if dated.qualifier not in DATES[form] or dated.qualifier in seen:
            yield "a further date is of a kind this form has no (second) place for"
        elif dated.last is not None:
            yield "a further date of the claim is one day, not a range"
        seen.append(dated.qualifier)
    if "439" in seen and claim.accident is not None:
        yield "the day of the accident is given twice"
    seen = []
    for reference in claim.references:
        qualifier = reference.qualifier
        if qualifier not in REFERENCES[form] or qualifier in seen or not reference.value:
            yield "a further number is of a kind this form has no (second) place for"
        seen.append(qualifier)
    allowed = dict(NOTES[form])
    for note in claim.notes:
        left = allowed.get(note.qualifier, 0)
        if not left or not note.text:
            yield "a note is of a kind this form has no (further) place for"
        else:
            group = [q for q in allowed if NOTES[form][q] == NOTES[form][note.qualifier]]
            for qualifier in group:
                allowed[qualifier] -= 1


def _parties(claim: Claim) -> Iterator[str]:
    yield from _billing(claim)
    yield from _subscriber(claim.subscriber)
    if claim.subscriber.is_patient:
        if claim.patient != claim.subscriber.person:
            yield "the subscriber is said to be the patient, yet the two differ"
        patient = claim.subscriber.person
    else:
        patient = claim.patient
        if claim.subscriber.person.birth_date is None and claim.subscriber.person.sex != "U":
            yield "the subscriber's sex cannot be written without the date of birth"
    if patient.birth_date is None or patient.sex is None:
        yield "the patient's date of birth or sex is missing"
    if not patient.name.last:
        yield "the patient's last name is missing"
    yield from _address(patient.address, "the patient", needed=True)
    if not claim.payer.payer_id or not claim.payer.name:
        yield "the payer's name or identifier is missing"
    for _, field in CLAIM_ROLES[claim.form].values():
        provider = getattr(claim, field) if field else None
        if provider is not None:
            yield from _provider(claim.form, provider, field)
    if claim.ordering is not None:
        yield from _provider(claim.form, claim.ordering, "ordering")


def _billing(claim: Claim) -> Iterator[str]:
    billing = claim.billing
    if not billing.name.last or not billing.tax_id:
        yield "the billing provider's name or tax number is missing"
    if not billing.npi and not any(r.qualifier in PAYER_NUMBERS for r in billing.references):
        # Providers of no health care (drivers, carers) bill under the payer's own number.
        yield "the billing provider has neither an NPI nor a number at the payer"
    yield from _address(billing.address, "the billing provider", needed=True)
    if claim.form is Form.INSTITUTIONAL:
        if billing.entity is not Entity.ORGANIZATION or billing.tax_id_kind != "EI":
            yield "an institutional claim is billed by an organization with an employer number"
        where = billing.address
        if where is not None and not where.country and len(where.postal_code) != _ZIP_PLUS_FOUR:
            yield "the billing provider's ZIP code needs nine digits"
    if claim.pay_to is not None:
        yield from _address(claim.pay_to.address, "the pay-to provider", needed=True)


def _subscriber(subscriber: Subscriber) -> Iterator[str]:
    if not subscriber.person.name.last or not subscriber.member_id:
        yield "a subscriber's name or member number is missing"
    if not subscriber.relationship:
        yield "the patient's relationship to the subscriber is missing"
    yield from _address(subscriber.person.address, "a subscriber", needed=False)


def _address(where: Address | None, whose: str, *, needed: bool) -> Iterator[str]:
    if where is None:
        if needed:
            yield f"the address of {whose} is missing"
    elif not where.line1 or not where.city:
        yield f"the address of {whose} lacks its street or city"


def _provider(form: Form, provider: Provider, field: str) -> Iterator[str]:
    whose = f"the {field.replace('_', ' ')} provider"
    if not provider.name.last:
        yield f"the name of {whose} is missing"
    allowed = ENTITY_OF_ROLE.get(field)
    if field == "rendering" and form is Form.INSTITUTIONAL:
        allowed = Entity.PERSON
    if allowed is not None and provider.entity is not allowed:
        yield f"{whose} must be a{'n' if allowed is Entity.ORGANIZATION else ''} {allowed.value}"
    yield from _address(provider.address, whose, needed=field == "service_facility")


def _other_payer(other: OtherPayer) -> Iterator[str]:
    if not other.payer.payer_id or not other.payer.name:
        yield "another payer's name or identifier is missing"
    yield from _subscriber(other.subscriber)
    yield from _adjustments(other.adjustments)


def _adjustments(adjustments: Sequence[Adjustment]) -> Iterator[str]:
    if len(adjustments) >= _CAS_MAX and len(write_cas(adjustments)) > _CAS_MAX:
        yield "there are more adjustments than five segments hold"


def _line(claim: Claim, line: ServiceLine, payers: set[str]) -> Iterator[str]:
    form = claim.form
    fields, defaults = _ELSEWHERE_ON_LINE[form]
    if fields(line) != defaults:
        for field, default, forms in ONLY_ON_LINE:
            if form not in forms and getattr(line, field) != default:
                yield f"the {form.value} has no place for {field.replace('_', ' ')}"
    if line.charge_cents < 0 or line.units < 0:
        yield "a charge or a number of units is negative"
    if line.unit_basis not in UNIT_BASES[form]:
        yield "the unit basis is not one of this form"
    if not line.code and (form is not Form.INSTITUTIONAL or line.modifiers or line.description):
        yield "the procedure code is missing"
    if form is Form.INSTITUTIONAL and not line.revenue_code:
        yield "the revenue code is missing"
    if form is Form.PROFESSIONAL and line.service_from is None:
        yield "the date of service is missing"
    if line.service_from is None and line.service_to is not None:
        yield "there is a last day of service without a first"
    if len(line.modifiers) > _MODIFIERS_MAX or not all(line.modifiers):
        yield "a line has at most 4 modifiers and no empty one"
    yield from _pointers(claim, line)
    if len(line.oral_cavity) > _AREAS_MAX or len(line.teeth) > _TEETH_MAX:
        yield "a line has at most 5 areas and 32 teeth"
    if any(len(tooth.surfaces) > _SURFACES_MAX for tooth in line.teeth):
        yield "a tooth has at most 5 surfaces"
    if line.drug is not None and (line.drug.quantity is None or not line.drug.unit):
        yield "the drug's quantity or unit is missing"
    if line.rendering is not None:
        yield from _provider(form, line.rendering, "rendering")
    if line.dates or line.references or line.notes:
        yield from _line_further(form, line)
    if line.adjudications:
        yield from _adjudications(claim, line, payers)


def _pointers(claim: Claim, line: ServiceLine) -> Iterator[str]:
    pointers = line.pointers
    if len(pointers) > _POINTERS_MAX:
        yield "a line points at no more than 4 diagnoses"
    if pointers and not 1 <= min(pointers) <= max(pointers) <= len(claim.diagnoses):
        yield "a diagnosis pointer points at no diagnosis"
    if not pointers and claim.form is Form.PROFESSIONAL:
        yield "the line points at no diagnosis"


def _line_further(form: Form, line: ServiceLine) -> Iterator[str]:
    for dated in line.dates:
        if dated.qualifier not in LINE_DATES[form] or dated.last is not None:
            yield "a further date is of a kind this form has no place for"
    for reference in line.references:
        if is_drug_reference(line, reference):
            continue
        if reference.qualifier not in LINE_REFERENCES[form] or not reference.value:
            yield "a further number is of a kind this form has no place for"
    for kinds in (
        [dated.qualifier for dated in line.dates],
        [reference.qualifier for reference in line.references],
    ):
        if len(set(kinds)) != len(kinds):
            yield "a further date or number of one kind is given twice"
    groups = [LINE_NOTES[form].get(note.qualifier, "") for note in line.notes]
    if not all(groups) or len(set(groups)) != len(groups):
        yield "a note is of a kind this form has no (further) place for"


def _adjudications(claim: Claim, line: ServiceLine, payers: set[str]) -> Iterator[str]:
    if len(line.adjudications) > _ADJUDICATIONS_MAX:
        yield "a line has at most 15 decisions of earlier payers"
    for decided in line.adjudications:
        yield from _adjustments(decided.adjustments)
        if decided.payer_id not in payers:
            yield "a decision is of a payer that is not among the claim's other payers"
        elif adjudicated_on(claim, decided) is None:
            yield "the day of an earlier payer's decision is missing"


def shape_fault(segments: Sequence[Sequence[str]]) -> str:
    """Why an element is too long or too short for the guides; empty when none is."""
    for segment in segments:
        for element, least, most in LENGTHS.get(segment[0], ()):
            length = len(segment[element]) if element < len(segment) else 0
            if length and not least <= length <= most:
                return (
                    f"an element is too {'short' if length < least else 'long'}:"
                    f" {segment[0]}{element:02d} has {least} to {most} characters"
                )
    return ""
