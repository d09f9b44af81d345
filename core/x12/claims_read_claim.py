"""Reading loop 2300: the claim, from its own segments, its parties, other payers and lines."""

from __future__ import annotations

from datetime import date

import msgspec

from core.claims.claim import (
    Accident,
    Attachment,
    Claim,
    Dental,
    Form,
    Institutional,
    Note,
    Orthodontics,
    OtherPayer,
    QualifiedDate,
    ServiceLine,
    ToothStatus,
)
from core.claims.parties import Reference
from core.errors import InputError
from core.x12.claims_loops import CLAIM_FIELDS
from core.x12.claims_read_codes import Codes, read_hi
from core.x12.claims_read_lines import Lines
from core.x12.claims_read_other_payers import other_payer
from core.x12.claims_read_parties import provider
from core.x12.claims_reading import Elements, Fields, NotCarried, Reading, append, padded, parts
from core.x12.elements import read_cents, read_day, read_span
from core.x12.icd_edition import is_icd10
from core.x12.loops import Loop

# DTP qualifiers that have a field of their own on a professional claim.
_DATES = {"431": "onset_date", "435": "admission_date", "096": "discharge_date"}
_REFERENCES = {
    "G1": "auth_number",
    "9F": "referral_number",
    "F8": "payer_claim_number",
    "X4": "clia",
}
_FACILITY_KIND = {Form.PROFESSIONAL: "B", Form.INSTITUTIONAL: "A", Form.DENTAL: "B"}
_YES_NO = {"Y": True, "N": False}


class ClaimParts:
    """What loop 2300 says, gathered; ``claim`` makes the value once the parties are known."""

    __slots__ = (
        "accident", "codes", "dental", "fields", "institutional", "orthodontics", "others",
        "reading", "segment", "service", "total_cents",
    )  # fmt: skip

    def __init__(self, reading: Reading, loop: Loop) -> None:
        self.reading = reading
        self.segment = loop.numbers[0]
        self.fields: Fields = {"form": reading.form}
        self.institutional: Fields = {}
        self.dental: Fields = {}
        self.orthodontics: Fields = {}
        self.accident: Fields = {}
        self.service: tuple[date, date | None] | None = None
        self.codes = Codes()
        self.others: list[OtherPayer] = []
        self.total_cents = 0
        self._own(loop)
        lines = Lines(self.fields.get("place_of_service", ""))
        for inner in loop.loops:
            loop_id = inner.id
            if loop_id == "2400":
                lines.add(reading, inner)
            elif loop_id == "2320":
                self.others.append(other_payer(reading, inner))
            else:
                self._party(inner, loop.id)
        if lines.ordering is not None:
            self.fields["ordering"] = lines.ordering
        self.fields["lines"] = tuple(lines.made)

    def _party(self, inner: Loop, outer: str) -> None:
        reading = self.reading
        field = CLAIM_FIELDS[reading.form].get(inner.id, "")
        if not field or field in self.fields or inner.segments[0][1:2] == ["P3"]:
            reading.lose_loop(inner, outer)
        else:
            self.fields[field] = provider(reading, inner)

    def _own(self, loop: Loop) -> None:
        reading = self.reading
        reading.loop = loop.id
        numbers = loop.numbers
        for place, elements in enumerate(loop.segments):
            reading.number = numbers[place]
            segment_id = elements[0]
            if segment_id == "HI":
                read_hi(reading, elements, self.codes, self.fields, self.institutional)
            elif segment_id == "REF":
                _ref(reading, elements, self.fields)
            elif segment_id == "DTP":
                self._dtp(padded(elements, 3))
            elif segment_id == "CLM":
                self._clm(elements)
            else:
                self._rare(segment_id, elements)

    def _rare(self, segment_id: str, elements: Elements) -> None:
        reading = self.reading
        if segment_id == "NTE":
            elements = padded(elements, 2)
            append(self.fields, "notes", Note(qualifier=elements[1], text=elements[2]))
        elif segment_id == "AMT":
            if elements[1:2] == ["F5"] and reading.form is not Form.INSTITUTIONAL:
                self.fields["patient_paid_cents"] = read_cents(padded(elements, 2)[2])
            else:
                reading.lose(elements)
        elif segment_id == "PWK":
            _pwk(reading, padded(elements, 8), self.fields)
        elif segment_id == "CL1":
            elements = padded(elements, 3)
            self.institutional["admission_type"] = elements[1]
            self.institutional["point_of_origin"] = elements[2]
            self.institutional["patient_status"] = elements[3]
            reading.lose_where(elements, 4)
        elif segment_id == "DN1":
            _dn1(reading, padded(elements, 4), self.orthodontics)
        elif segment_id == "DN2":
            elements = padded(elements, 5)
            on = read_day(elements[5]) if elements[5] else None
            tooth = ToothStatus(tooth=elements[1], status=elements[2], on=on)
            append(self.dental, "teeth", tooth)
            reading.lose_where(elements, 3)
        else:
            reading.lose(elements)

    def _clm(self, elements: Elements) -> None:
        """Amounts, facility, frequency, signatures, related causes."""
        reading, fields = self.reading, self.fields
        count = len(elements)
        if count < 10:
            elements = padded(elements, 9)
        fields["claim_number"] = elements[1]
        fields["accept_assignment"] = elements[7]
        fields["benefits_assigned"] = elements[8]
        fields["release_of_information"] = elements[9]
        self.total_cents = read_cents(elements[2])
        self._facility(elements)
        signed = _YES_NO.get(elements[6])
        if reading.form is not Form.INSTITUTIONAL:
            fields["signature_on_file"] = bool(signed)
        elif signed is False:
            # The institutional guide has no such element; a Y there says what is assumed anyway.
            reading.lose(elements, 6)
        if elements[3] or elements[4]:
            reading.lose_where(elements, 3, 4)
        if count > 10:
            self._clm_end(padded(elements, 20))

    def _clm_end(self, elements: Elements) -> None:
        """What few claims have: the elements of CLM from the tenth on."""
        reading, fields = self.reading, self.fields
        fields["patient_signature_source"] = elements[10]
        fields["special_program"] = elements[12]
        fields["delay_reason"] = elements[20]
        if elements[11]:
            self._related_causes(elements)
        if elements[19] == "PB" and reading.form is Form.DENTAL:
            self.dental["predetermination"] = True
        elif elements[19]:
            reading.lose(elements, 19)
        reading.lose_where(elements, 13, 14, 15, 16, 17, 18)

    def _facility(self, elements: Elements) -> None:
        reading = self.reading
        found = elements[5].split(reading.component)
        place, kind, frequency = found if len(found) == 3 else (*found, "", "", "")[:3]
        if not place or not frequency:
            raise InputError(
                "place of service and frequency (CLM05) are not there, or not separated by the"
                " component separator that ISA16 names"
            )
        if kind != _FACILITY_KIND[reading.form]:
            raise InputError("the facility code (CLM05-2) is not of this kind of claim")
        self.fields["frequency"] = frequency
        if reading.form is Form.INSTITUTIONAL:
            self.institutional["type_of_bill"] = f"0{place}{frequency}"
        else:
            self.fields["place_of_service"] = place

    def _related_causes(self, elements: Elements) -> None:
        reading = self.reading
        kind, second, third, region, country = parts(elements[11], reading.component, 5)[:5]
        self.accident["kind"] = kind
        self.accident["state"] = region
        if second or third or country or reading.form is Form.INSTITUTIONAL:
            reading.lose(elements, 11)

    def _dtp(self, elements: Elements) -> None:
        """A date of the claim, by form and qualifier."""
        qualifier, form, text = elements[1], elements[2], elements[3]
        if self.reading.form is Form.INSTITUTIONAL:
            fields = self.institutional
            if qualifier == "434":
                first, last = read_span(form, text)
                fields["statement_from"] = first
                fields["statement_to"] = last or first
                return
            if qualifier == "435":
                fields["admission_date"] = read_day(text[:8])
                fields["admission_hour"] = _hour(text[8:]) if form == "DT" else ""
                return
            if qualifier == "096" and form == "TM":
                fields["discharge_hour"] = _hour(text)
                return
        first, last = read_span(form, text)
        if not (last is None and self._day(qualifier, first)):
            if qualifier == "472" and self.reading.form is Form.DENTAL:
                self.service = first, last
            else:
                dated = QualifiedDate(qualifier=qualifier, first=first, last=last)
                append(self.fields, "dates", dated)

    def _day(self, qualifier: str, day: date) -> bool:
        """One day that has a field of its own; False when it has none."""
        form = self.reading.form
        field = _DATES.get(qualifier) if form is Form.PROFESSIONAL else None
        if field and field not in self.fields:
            self.fields[field] = day
        elif qualifier == "439" and "on" not in self.accident:
            self.accident["on"] = day
        elif qualifier == "452" and form is Form.DENTAL:
            self.orthodontics["placed_on"] = day
        else:
            return False
        return True

    def claim(self, parties: Fields) -> Claim:
        """The claim, with the parties above it; raises ``InputError`` for what it lacks."""
        fields = self.fields
        if not fields["lines"]:
            raise InputError("the claim has no service line")
        form = self.reading.form
        if self.codes.diagnoses:
            fields["diagnoses"] = tuple(self.codes.diagnoses)
            if present := self.codes.present:
                missing = len(self.codes.diagnoses) - len(present)
                fields["present_on_admission"] = (*present, *[""] * missing)
        if "kind" in self.accident:
            fields["accident"] = Accident(**self.accident)
        elif self.accident:
            # A day of accident without its cause stays what it is: a date.
            append(fields, "dates", QualifiedDate(qualifier="439", first=self.accident["on"]))
        if form is Form.INSTITUTIONAL:
            if "statement_from" not in self.institutional:
                raise InputError("the statement dates (DTP 434) are missing")
            fields["institutional"] = Institutional(**self.institutional)
        elif form is Form.DENTAL:
            self._dental(fields)
        if self.others:
            fields["other_payers"] = _decided(self.others, fields["lines"])
        return self._stated(Claim(**fields, **parties))

    def _dental(self, fields: Fields) -> None:
        if self.orthodontics:
            self.dental["orthodontics"] = Orthodontics(**self.orthodontics)
        if self.dental:
            fields["dental"] = Dental(**self.dental)
        if self.service is not None:
            # The claim's day of service holds for every line that has none of its own.
            first, last = self.service
            fields["lines"] = tuple(
                line
                if line.service_from
                else msgspec.structs.replace(line, service_from=first, service_to=last)
                for line in fields["lines"]
            )

    def _stated(self, claim: Claim) -> Claim:
        """With what a claim says about itself and the value derives: the total, the ICD edition."""
        codes = self.codes
        if codes.in_icd9 is not None and codes.in_icd9 is is_icd10(claim):
            self.reading.lost.append(NotCarried(codes.segment, "HI", "2300", 1))
        if claim.charge_cents == self.total_cents:
            return claim
        return msgspec.structs.replace(claim, stated_charge_cents=self.total_cents)


def _hour(text: str) -> str:
    """HHMM as the bill's hour: two digits when it is the full hour."""
    if len(text) not in (2, 4) or not (text.isdecimal() and text.isascii()):
        raise InputError("an hour is not written HHMM")
    return text[:2] if text[2:] == "00" else text


def _dn1(reading: Reading, elements: Elements, fields: Fields) -> None:
    """Months of orthodontic treatment; the indicator alone also says there is one."""
    for place, field in ((1, "months_total"), (2, "months_remaining")):
        if elements[place]:
            fields[field] = read_cents(elements[place]) // 100
    fields.setdefault("months_total", None)
    reading.lose_where(elements, 4)


def _pwk(reading: Reading, elements: Elements, fields: Fields) -> None:
    """Paper or a file that belongs to the claim."""
    attachment = Attachment(
        report_type=elements[1], transmission=elements[2], control_number=elements[6]
    )
    append(fields, "attachments", attachment)
    reading.lose_where(elements, 3, 4, 7, 8)


def _ref(reading: Reading, elements: Elements, fields: Fields) -> None:
    """A number of the claim: its own field, else a reference."""
    if len(elements) < 3:
        elements = padded(elements, 2)
    qualifier = elements[1]
    field = _REFERENCES.get(qualifier)
    if field and field not in fields:
        fields[field] = elements[2]
    else:
        append(fields, "references", Reference(qualifier=qualifier, value=elements[2]))
    if len(elements) > 3:
        reading.lose_where(elements, 3, 4)


def _decided(others: list[OtherPayer], lines: tuple[ServiceLine, ...]) -> tuple[OtherPayer, ...]:
    """The other payers; where only the lines say when one decided, it decided then."""
    days: dict[str, date] = {}
    for line in lines:
        for decided in line.adjudications:
            day = decided.adjudicated_on
            if day is not None and day > days.get(decided.payer_id, date.min):
                days[decided.payer_id] = day
    return tuple(
        msgspec.structs.replace(other, adjudicated_on=days.get(other.payer.payer_id))
        if other.adjudicated_on is None
        else other
        for other in others
    )
