"""Reading loops 2100 and 2110 of an 835: claim payments and their service lines."""

from __future__ import annotations

from decimal import Decimal

from core.claims.claim import QualifiedDate
from core.claims.parties import Name, Reference
from core.errors import InputError, X12SyntaxError
from core.remittance.values import ClaimPayment, QualifiedAmount, ServicePayment
from core.x12.cas import read_cas
from core.x12.claims_reading import Elements, Fields, append, padded
from core.x12.elements import read_day, read_number
from core.x12.loops import Loop
from core.x12.remittance_reading import RemittanceReading

# Where the remark codes stand; the other elements are amounts of Medicare's own reckoning.
_MIA_REMARKS = (5, 20, 21, 22, 23)
_MIA_AMOUNTS = (*range(1, 5), *range(6, 20), 24)
_MOA_REMARKS = (3, 4, 5, 6, 7)
_MOA_AMOUNTS = (1, 2, 8, 9)
_CLAIM_DAYS = {"232": "service_from", "233": "service_to"}
_LINE_DAYS = {"472": "service_from", "150": "service_from", "151": "service_to"}


def read_claim(reading: RemittanceReading, loop: Loop) -> ClaimPayment:
    """A claim payment; raises a positioned ``X12SyntaxError`` for an amount that is none."""
    fields = _clp(reading, loop)
    numbers = loop.numbers
    place = -1
    for elements in loop.segments:
        place += 1
        if not place:
            continue
        reading.number = numbers[place]
        segment_id = elements[0]
        if segment_id == "NM1":
            _nm1(reading, elements, fields)
        elif segment_id == "CAS":
            _cas(reading, elements, fields)
        elif segment_id == "REF":
            elements = padded(elements, 2)
            append(fields, "references", Reference(qualifier=elements[1], value=elements[2]))
        elif segment_id == "DTM":
            _claim_day(reading, padded(elements, 2), fields)
        elif segment_id == "AMT":
            append(fields, "amounts", _amount(reading, padded(elements, 2)))
        elif segment_id == "MOA":
            _remarks(reading, padded(elements, 9), fields, _MOA_REMARKS, _MOA_AMOUNTS)
        elif segment_id == "MIA":
            _remarks(reading, padded(elements, 24), fields, _MIA_REMARKS, _MIA_AMOUNTS)
        else:
            reading.lose(elements)
    last = numbers[-1]
    lines = []
    for inner in loop.loops:
        if inner.id == "2110":
            lines.append(_line(reading, inner))
        else:
            reading.lose_loop(inner, loop.id)
        last = _last(inner)
    return ClaimPayment(**fields, lines=tuple(lines), segment_end=last)


def _last(loop: Loop) -> int:
    return max([*loop.numbers, *(_last(inner) for inner in loop.loops)])


def _clp(reading: RemittanceReading, loop: Loop) -> Fields:
    reading.number, reading.loop = loop.numbers[0], loop.id
    elements = loop.segments[0]
    if len(elements) < 10:
        elements = padded(elements, 9)
    fields: Fields = {
        "segment": reading.number,
        "claim_number": elements[1],
        "status": elements[2],
        "charge_cents": reading.cents(elements, 3),
        "paid_cents": reading.cents(elements, 4),
        "filing_indicator": elements[6],
        "payer_claim_number": elements[7],
        "facility_code": elements[8],
        "frequency": elements[9],
    }
    if elements[5]:
        fields["patient_responsibility_cents"] = reading.cents(elements, 5)
    if len(elements) > 10:
        if len(elements) > 11:
            fields["drg"] = elements[11]
        reading.lose_where(elements, 10, 12, 13, 14)
    return fields


def _cas(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    try:
        found = tuple(read_cas(padded(elements, 19)))
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=reading.number) from None
    known = fields.get("adjustments")
    fields["adjustments"] = found if known is None else known + found


def _nm1(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    """Patient, insured and next payer; other parties are lost."""
    if len(elements) < 10:
        elements = padded(elements, 9)
    kind = elements[1]
    if kind == "QC":
        fields["patient"] = Name(
            last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7]
        )
        if elements[9]:
            fields["member_id"] = elements[9]
        if elements[6]:
            reading.lose(elements, 6)
    elif kind == "IL" and "member_id" not in fields:
        # The patient's own number is missing: the insured's finds the policy as well.
        fields["member_id"] = elements[9]
    elif kind == "TT":
        fields["crossover_payer"] = elements[3]
        fields["crossover_payer_id"] = elements[9]
    else:
        # One note for each kind of party, since each means something else.
        reading.lose([f"NM1*{kind}" if kind.isalnum() else "NM1"])


def _remarks(
    reading: RemittanceReading,
    elements: Elements,
    fields: Fields,
    remarks: tuple[int, ...],
    amounts: tuple[int, ...],
) -> None:
    found = [elements[place] for place in remarks if elements[place]]
    fields["remark_codes"] = (*fields.get("remark_codes", ()), *found)
    reading.lose_where(elements, *amounts)


def _claim_day(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    field = _CLAIM_DAYS.get(elements[1])
    if field:
        reading.day(elements, 2, fields, field)
        return
    try:
        dated = QualifiedDate(qualifier=elements[1], first=read_day(elements[2]))
    except InputError:
        reading.lose(elements, 2)
    else:
        append(fields, "dates", dated)


def _amount(reading: RemittanceReading, elements: Elements) -> QualifiedAmount:
    return QualifiedAmount(qualifier=elements[1], amount_cents=reading.cents(elements, 2))


def _line(reading: RemittanceReading, loop: Loop) -> ServicePayment:
    numbers = loop.numbers
    reading.number, reading.loop = numbers[0], loop.id
    fields = _svc(reading, loop.segments[0])
    place = -1
    for elements in loop.segments:
        place += 1
        if not place:
            continue
        reading.number = numbers[place]
        segment_id = elements[0]
        if segment_id == "CAS":
            _cas(reading, elements, fields)
        elif segment_id == "DTM":
            elements = padded(elements, 2)
            field = _LINE_DAYS.get(elements[1])
            if field is None:
                reading.lose(elements)
            else:
                reading.day(elements, 2, fields, field)
        elif segment_id == "REF":
            elements = padded(elements, 2)
            if elements[1] == "6R" and "control_number" not in fields:
                fields["control_number"] = elements[2]
            else:
                append(fields, "references", Reference(qualifier=elements[1], value=elements[2]))
        elif segment_id == "AMT":
            append(fields, "amounts", _amount(reading, padded(elements, 2)))
        elif segment_id == "LQ":
            _lq(reading, padded(elements, 2), fields)
        else:
            reading.lose(elements)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)
    return ServicePayment(**fields)


def _svc(reading: RemittanceReading, elements: Elements) -> Fields:
    count = len(elements)
    if count < 5:
        elements = padded(elements, 4)
    fields: Fields = {
        "segment": reading.number,
        "charge_cents": reading.cents(elements, 2),
        "paid_cents": reading.cents(elements, 3),
        "revenue_code": elements[4],
    }
    parts = elements[1].split(reading.component)
    fields["code_qualifier"] = parts[0]
    fields["code"] = parts[1] if len(parts) > 1 else ""
    if len(parts) > 2:
        fields["modifiers"] = tuple([part for part in parts[2:6] if part])
        if any(parts[6:]):
            reading.lose(elements, 1)
    if count > 5:
        _units(reading, padded(elements, 7), fields)
    return fields


def _units(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    """SVC05 to SVC07: units paid, and what was billed where the payer changed it."""
    if elements[5]:
        fields["paid_units"] = _number(reading, elements, 5)
    if elements[6]:
        original = elements[6].split(reading.component)
        fields["original_code"] = original[1] if len(original) > 1 else ""
        if any(original[2:]):
            reading.lose(elements, 6)
    if elements[7]:
        fields["original_units"] = _number(reading, elements, 7)


def _number(reading: RemittanceReading, elements: Elements, place: int) -> Decimal:
    try:
        return read_number(elements[place])
    except InputError as fault:
        raise X12SyntaxError(fault.message, segment=reading.number, element=place) from None


def _lq(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    """A remark code of the line."""
    if elements[1] == "HE":
        append(fields, "remark_codes", elements[2])
    else:
        reading.lose([f"LQ*{elements[1]}" if elements[1].isalnum() else "LQ"])
