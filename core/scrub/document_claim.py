"""The claim of a scrub document (v1, section 6) as the product's own value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import msgspec

from core.claims.claim import (
    Accident,
    Adjustment,
    Attachment,
    Claim,
    CodedAmount,
    CodedDate,
    CodedSpan,
    Dental,
    Drug,
    Form,
    Institutional,
    LineAdjudication,
    Orthodontics,
    OtherPayer,
    ServiceLine,
    Tooth,
    ToothStatus,
)
from core.claims.parties import (
    Address,
    CompactPrivilege,
    Entity,
    Name,
    Payer,
    PayerSequence,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.errors import InputError
from core.scrub.document_parts import Part

E = TypeVar("E", bound=StrEnum)

_TOTAL_LINE = "0001"
_NAMELESS = Name(last="")
_NOBODY = Person(name=_NAMELESS, sex=None)
_RELATIONSHIPS = {"self": "18", "": "18", "spouse": "01", "child": "19", "other": "G8"}
_ENTITIES = {"org": Entity.ORGANIZATION, "person": Entity.PERSON}
_ACCIDENTS = {"auto": "AA", "employment": "EM", "other": "OA"}
_PROSTHESES = {"": "", "initial": "I", "replacement": "R"}


def read_claim(part: Part, payer: Payer) -> Claim:
    """The claim at ``part``; ``InputError`` names the first place that cannot be read.

    A document without a form (a visit worksheet) is read as institutional. What the document does
    not state is left missing, so that a rule that requires it can say so.
    """
    form = choice(part, "form", Form) or Form.INSTITUTIONAL
    patient_part = part.part("patient")
    patient = _person(patient_part) if patient_part else _NOBODY
    member_id = patient_part.text("member_id") if patient_part else ""
    lines, totals = _lines(part, form)
    return Claim(
        claim_number="",
        form=form,
        payer=payer,
        patient=patient,
        subscriber=_subscriber(part, patient, member_id),
        frequency=part.code("frequency_code") or _frequency_of_bill(part),
        payer_claim_number=part.text("original_ref"),
        sequence=choice(part, "payer_order", PayerSequence) or PayerSequence.PRIMARY,
        place_of_service=part.text("pos"),
        diagnoses=tuple(code.replace(".", "").upper() for code in part.texts("dx")),
        present_on_admission=_present_on_admission(part),
        accident=_accident(part),
        auth_number=part.text("auth_number"),
        clia=part.text("clia"),
        clia_kind=part.text("clia_type"),
        condition_codes=part.texts("condition_codes"),
        admission_date=part.day("admission_date"),
        signature_on_file=part.flag("signature_on_file") is True,
        accept_assignment=part.text("accept_assignment"),
        benefits_assigned=part.text("benefits_assigned"),
        release_of_information=part.text("release_of_info"),
        institutional=_institutional(part) if part.text("tob") else None,
        dental=_dental(part) if form is Form.DENTAL else None,
        billing=_billing(part),
        rendering=_provider(part.part("rendering")),
        referring=_provider(part.part("referring")),
        ordering=_provider(part.part("ordering")),
        supervising=_provider(part.part("supervising")),
        attending=_provider(part.part("attending")),
        operating=_provider(part.part("operating")),
        service_facility=_provider(part.part("service_facility")),
        pay_to=_provider(part.part("pay_to")),
        lines=_adjudicated(part, lines),
        total_lines=totals if form is Form.INSTITUTIONAL else None,
        total_line_is_last=_ends_with_total(part),
        other_payers=_other_payers(part, patient),
        attachments=_attachments(part),
        stated_charge_cents=part.cents("total_charge"),
    )


def choice(part: Part, name: str, kind: type[E]) -> E | None:
    """One of the values of ``kind``; None when absent."""
    text = part.text(name)
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise part.wrong(name, f"one of {', '.join(one.value for one in kind)}") from None


def _among(part: Part, name: str, known: dict[str, str]) -> str:
    text = part.text(name)
    if text not in known:
        raise part.wrong(name, f"one of {', '.join(word for word in known if word)}")
    return known[text]


def _person(part: Part) -> Person:
    return Person(
        name=_NAMELESS,
        birth_date=part.day("dob"),
        sex=choice(part, "sex", Sex),
        address=Address(line1="", city="", state=part.text("state")),
        death_date=part.day("date_of_death"),
    )


def _subscriber(part: Part, patient: Person, member_id: str) -> Subscriber:
    relationship = _among(part, "subscriber_relationship", _RELATIONSHIPS)
    return Subscriber(
        person=patient if relationship == "18" else _NOBODY,
        member_id=member_id,
        relationship=relationship,
        msp_type=part.code("msp_type"),
    )


def _provider(part: Part | None) -> Provider | None:
    if part is None:
        return None
    entity = part.text("entity")
    if entity and entity not in _ENTITIES:
        raise part.wrong("entity", "org or person")
    return Provider(
        name=Name(last=part.text("name")),
        entity=_ENTITIES.get(entity, Entity.PERSON),
        npi=part.text("npi"),
        taxonomy=part.text("taxonomy"),
        tax_id=part.text("tax_id"),
        tax_id_kind=part.text("tax_id_type") or "EI",
        address=_address(part),
        credential=part.text("credential"),
        group_id=part.text("group_id"),
        specialty=part.text("specialty"),
        licensed_states=part.texts("licensed_states"),
        compacts=tuple(
            CompactPrivilege(name=one.text("name"), states=one.texts("states"))
            for one in part.parts("compacts") or ()
        ),
        country=part.text("country"),
        otp_enrolled=part.flag("otp_enrolled"),
    )


def _billing(part: Part) -> Provider:
    """The billing provider. An indicator of a party that is not stated is missing, so is false."""
    provider = _provider(part.part("billing")) or Provider(name=_NAMELESS)
    return msgspec.structs.replace(provider, otp_enrolled=provider.otp_enrolled is True)


def _attachments(part: Part) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            report_type=one.text("report_type"),
            transmission=one.text("transmission"),
            control_number=one.text("control_number"),
            content=one.text("content"),
            is_authorized=one.flag("authorization") is True,
        )
        for one in part.parts("attachments") or ()
    )


def _address(part: Part) -> Address | None:
    found = part.part("address")
    if found is None:
        # A service facility gives its ZIP alone.
        code = part.text("zip")
        return Address(line1="", city="", postal_code=code) if code else None
    return Address(
        line1=found.text("line1"),
        city=found.text("city"),
        state=found.text("state"),
        postal_code=found.text("zip"),
    )


def _accident(part: Part) -> Accident | None:
    found = part.part("accident")
    if found is None:
        return None
    kind = _among(found, "type", _ACCIDENTS)
    return Accident(kind=kind, on=found.day("date"), state=found.text("state"))


def _frequency_of_bill(part: Part) -> str:
    bill = part.text("tob")
    return bill[3:] if len(bill) == 4 else "1"


def _present_on_admission(part: Part) -> tuple[str, ...]:
    value = part.data.get("poa")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(one is None or isinstance(one, str) for one in value):
        raise part.wrong("poa", "a list of Y, N, U, W or null")
    return tuple(one or "" for one in value)


def _institutional(part: Part) -> Institutional:
    # A professional claim has no statement period; its day of service stands in for it.
    day = part.day("dos") if part.text("form") == Form.PROFESSIONAL else None
    first, last = part.day("from") or day, part.day("through") or day
    if first is None or last is None:
        raise part.wrong("from" if first is None else "through", "a date such as 2026-05-12")
    return Institutional(
        type_of_bill=part.text("tob"),
        statement_from=first,
        statement_to=last,
        admission_date=part.day("admission_date"),
        admission_hour=part.code("admission_hour"),
        discharge_hour=part.code("discharge_hour"),
        admission_type=part.code("admission_type"),
        point_of_origin=part.code("point_of_origin"),
        patient_status=part.code("patient_status"),
        admitting_diagnosis=part.text("admitting_dx").replace(".", ""),
        reason_diagnoses=tuple(code.replace(".", "") for code in part.texts("reason_dx")),
        procedures=_dated(part, "procedures"),
        occurrences=_dated(part, "occurrence_codes"),
        occurrence_spans=tuple(
            CodedSpan(code=one.code("code"), first=one.day("from"), last=one.day("through"))
            for one in part.parts("occurrence_spans") or ()
        ),
        value_codes=tuple(
            CodedAmount(code=one.code("code"), amount_cents=_printed(one))
            for one in part.parts("value_codes") or ()
        ),
    )


def _dated(part: Part, name: str) -> tuple[CodedDate, ...]:
    return tuple(
        CodedDate(code=one.code("code").replace(".", ""), on=one.day("date"))
        for one in part.parts(name) or ()
    )


def _printed(part: Part) -> int | None:
    """An amount as it is printed on the bill; what is no amount is missing, for a rule to say."""
    try:
        return part.cents("amount")
    except InputError:
        return None


def _dental(part: Part) -> Dental:
    ortho = part.part("ortho")
    return Dental(
        predetermination=part.text("claim_type") == "predetermination",
        orthodontics=Orthodontics(
            months_total=ortho.whole("months_total"),
            months_remaining=ortho.whole("months_remaining"),
            placed_on=ortho.day("placement_date"),
        )
        if ortho
        else None,
        teeth=tuple(
            ToothStatus(tooth=one.code("tooth"), on=one.day("extracted"))
            for one in part.parts("missing_teeth") or ()
        ),
    )


def _lines(part: Part, form: Form) -> tuple[list[ServiceLine], tuple[ServiceLine, ...]]:
    """The services, and the lines 0001 of a UB-04 that only repeat their total."""
    services: list[ServiceLine] = []
    totals: list[ServiceLine] = []
    day = part.day("dos")
    numbers: set[int] = set()
    for at, one in enumerate(part.parts("lines") or (), 1):
        number = one.whole("no")
        if number is None or number < 1 or number in numbers:
            raise one.wrong("no", "a number from 1 that no other line has")
        numbers.add(number)
        line = _line(one, number, form, day)
        is_total = form is Form.INSTITUTIONAL and line.revenue_code == _TOTAL_LINE
        (totals if is_total else services).append(line)
        if at > LINES_MAX:
            raise part.wrong("lines", f"a list of at most {LINES_MAX} lines")
    return services, tuple(totals)


def _ends_with_total(part: Part) -> bool:
    lines = part.parts("lines")
    return not lines or lines[-1].code("rev") == _TOTAL_LINE


LINES_MAX = 999
"""Service lines of a document, far above what any form has room for."""


def _line(part: Part, number: int, form: Form, day: date | None) -> ServiceLine:
    prosthesis = part.part("prosthesis")
    return ServiceLine(
        line_no=number,
        code=part.code("code"),
        code_qualifier="AD" if form is Form.DENTAL else "HC",
        modifiers=tuple(one.upper() for one in part.texts("modifiers")),
        description=part.text("description"),
        units=_units(part, form),
        unit_basis=part.text("unit_basis") or "UN",
        service_from=part.day("dos") or (day if form is Form.PROFESSIONAL else None),
        service_to=part.day("dos_to"),
        place_of_service=part.text("pos"),
        pointers=_pointers(part),
        revenue_code=part.code("rev"),
        charge_cents=part.cents("charge") or 0,
        fee_source="document",
        noncovered_cents=part.cents("noncovered") or 0,
        rate_cents=part.cents("rate"),
        minutes=part.whole("minutes"),
        start=part.clock("start"),
        end=part.clock("end"),
        teeth=_teeth(part),
        oral_cavity=(part.code("area"),) if part.data.get("area") is not None else (),
        drug=_drug(part),
        prosthesis=_among(prosthesis, "type", _PROSTHESES) if prosthesis else "",
        prosthesis_prior_on=prosthesis.day("prior_date") if prosthesis else None,
    )


def _units(part: Part, form: Form) -> Decimal:
    """As stated. Missing units are none at all, but on a dental line one service."""
    units = part.number("units")
    if units is None:
        return Decimal(form is Form.DENTAL)
    return units


def _pointers(part: Part) -> tuple[int, ...]:
    value = part.data.get("ptr")
    if value is None:
        return ()
    whole = isinstance(value, list) and all(type(one) is int for one in value)
    if not whole:
        raise part.wrong("ptr", "a list of whole numbers")
    return tuple(value)


def _teeth(part: Part) -> tuple[Tooth, ...]:
    number = part.code("tooth")
    surfaces = part.text("surfaces")
    return (Tooth(number=number, surfaces=surfaces),) if number or surfaces else ()


def _drug(part: Part) -> Drug | None:
    code, unit, quantity = part.text("ndc"), part.text("ndc_unit"), part.number("ndc_qty")
    if not code and not unit and quantity is None:
        return None
    return Drug(ndc=code, unit=unit, quantity=quantity)


def _other_payers(part: Part, patient: Person) -> tuple[OtherPayer, ...]:
    return tuple(
        OtherPayer(
            sequence=choice(one, "order", PayerSequence) or PayerSequence.PRIMARY,
            payer=Payer(payer_id=_other_id(at), name=one.text("name")),
            subscriber=Subscriber(person=patient),
            paid_cents=one.cents("paid"),
        )
        for at, one in enumerate(part.parts("other_payers") or (), 1)
    )


def _other_id(at: int) -> str:
    return f"other payer {at}"


def _adjudicated(part: Part, lines: list[ServiceLine]) -> tuple[ServiceLine, ...]:
    """``lines`` with what the other payers decided on each."""
    decided: dict[int, list[LineAdjudication]] = {}
    for at, other in enumerate(part.parts("other_payers") or (), 1):
        for one in other.parts("lines") or ():
            decided.setdefault(one.whole("no") or 0, []).append(
                LineAdjudication(
                    payer_id=_other_id(at),
                    paid_cents=one.cents("paid") or 0,
                    adjustments=tuple(
                        Adjustment(
                            group=each.text("group"),
                            code=each.code("code"),
                            amount_cents=each.cents("amount") or 0,
                        )
                        for each in one.parts("cas") or ()
                    ),
                )
            )
    if not decided:
        return tuple(lines)
    return tuple(
        msgspec.structs.replace(line, adjudications=tuple(decided.get(line.line_no, ())))
        for line in lines
    )
