"""Invented claims of every kind: one seed, one claim. What a form can carry, it carries here."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

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
    Note,
    Orthodontics,
    OtherPayer,
    QualifiedDate,
    ServiceLine,
    Tooth,
    ToothStatus,
)
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    PayerSequence,
    Person,
    Provider,
    Reference,
    Sex,
    Subscriber,
)
from core.ids import npi_with_check_digit
from core.x12.claims_writer import Receiver, Submitter
from core.x12.envelope import Envelope

ENVELOPE = Envelope(
    sender_id="SENDER1",
    receiver_id="RECEIVER1",
    created=datetime(2026, 1, 15, 12, 0),  # noqa: DTZ001 (local, as X12 has it)
    interchange_control=1,
    group_control=1,
)
SUBMITTER = Submitter(
    name="CENTRAL BILLING", id="SUB01", contact_name="HELP DESK", phone="5125550100"
)
RECEIVER = Receiver(name="CLEARINGHOUSE", id="RCV01")

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_INNER = _LETTERS + "0123456789 '-./&#,"
_KINDS = {
    "CI": PayerKind.COMMERCIAL,
    "BL": PayerKind.COMMERCIAL,
    "MB": PayerKind.MEDICARE,
    "16": PayerKind.MEDICARE_ADVANTAGE,
    "MC": PayerKind.MEDICAID,
    "CH": PayerKind.TRICARE,
    "WC": PayerKind.WORKERS_COMP,
    "AM": PayerKind.AUTO,
}
_CONTACTS = frozenset((PayerKind.WORKERS_COMP, PayerKind.AUTO))
_CPT = ("99213", "90837", "36415", "J1745", "E0570", "G0151", "T1015")
_ICD10 = ("I10", "E119", "F1120", "M5450", "Z0000", "S8252XA", "O99214")
_ICD9 = ("4019", "25000", "V7389", "8540")
_TAXONOMIES = ("207Q00000X", "1223G0001X", "251E00000X", "101YM0800X")


class Maker:
    """Draws the parts of one claim from one seed."""

    def __init__(self, seed: int, form: Form) -> None:
        self.rng = Random(seed)
        self.form = form
        self.day = date(2026, 1, 1) - timedelta(days=self.rng.randint(0, 900))
        if self.maybe(0.1):
            self.day = date(2014, 6, 1)

    def maybe(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance

    def text(self, most: int = 12, least: int = 2) -> str:
        length = self.rng.randint(least, most)
        inner = "".join(self.rng.choice(_INNER) for _ in range(length - 2))
        return self.rng.choice(_LETTERS) + inner + self.rng.choice(_LETTERS)

    def digits(self, count: int) -> str:
        return "".join(self.rng.choice("0123456789") for _ in range(count))

    def cents(self) -> int:
        return self.rng.choice((0, 7, 50, 1250, 40000, self.rng.randint(0, 10**8)))

    def near(self) -> date:
        return self.day + timedelta(days=self.rng.randint(-60, 60))

    def units(self) -> Decimal:
        return self.rng.choice((Decimal(1), Decimal(3), Decimal("0.5"), Decimal("12.25")))

    def npi(self) -> str:
        return npi_with_check_digit("1" + self.digits(8))

    def name(self) -> Name:
        return Name(
            last=self.text(20),
            first=self.text(),
            middle=self.text(5) if self.maybe() else "",
            suffix="JR" if self.maybe(0.1) else "",
        )

    def address(self) -> Address:
        return Address(
            line1=self.text(30),
            line2=self.text(20) if self.maybe(0.3) else "",
            city=self.text(15),
            state=self.rng.choice(("TX", "FL", "NY")),
            postal_code=self.digits(9),
        )

    def person(self, *, born: bool = True) -> Person:
        if not born:
            return Person(name=self.name(), address=self.address() if self.maybe() else None)
        return Person(
            name=self.name(),
            birth_date=date(1930, 1, 1) + timedelta(days=self.rng.randint(0, 30000)),
            sex=self.rng.choice(tuple(Sex)),
            address=self.address(),
        )

    def payer(self) -> Payer:
        indicator = self.rng.choice(tuple(_KINDS))
        return Payer(
            payer_id=self.digits(5),
            name=self.text(30),
            id_qualifier="PI" if self.maybe(0.9) else "XV",
            kind=_KINDS[indicator],
            filing_indicator=indicator,
            address=self.address() if self.maybe() else None,
        )

    def numbers(self, *kinds: str) -> tuple[Reference, ...]:
        return tuple(
            Reference(qualifier=kind, value=self.text(15)) for kind in kinds if self.maybe(0.3)
        )

    def provider(self, *kinds: str, taxonomy: bool = False) -> Provider:
        return Provider(
            name=self.name(),
            npi=self.npi(),
            taxonomy=self.rng.choice(_TAXONOMIES) if taxonomy and self.maybe(0.8) else "",
            references=self.numbers(*kinds),
        )

    def facility(self) -> Provider:
        return Provider(
            name=Name(last=self.text(30)),
            entity=Entity.ORGANIZATION,
            npi=self.npi() if self.maybe(0.8) else "",
            address=self.address(),
            references=self.numbers("0B", "G2", "LU"),
        )

    def billing(self) -> Provider:
        institutional = self.form is Form.INSTITUTIONAL
        organization = institutional or self.maybe(0.8)
        with_phone = self.maybe()
        # The number at the payer comes last: it stands in the payer's loop.
        references = () if institutional else self.numbers("0B", "1G")
        return Provider(
            name=Name(last=self.text(30)) if organization else self.name(),
            entity=Entity.ORGANIZATION if organization else Entity.PERSON,
            npi=self.npi(),
            taxonomy=self.rng.choice(_TAXONOMIES) if self.maybe() else "",
            tax_id=self.digits(9),
            tax_id_kind="EI" if organization else "SY",
            address=self.address(),
            phone=self.digits(10) if with_phone else "",
            contact_name=self.text() if with_phone and self.maybe() else "",
            references=references + self.numbers("G2"),
        )

    def pay_to(self) -> Provider:
        return Provider(name=Name(last=""), entity=Entity.ORGANIZATION, address=self.address())

    def subscriber(self, person: Person, relationship: str, entity: Entity) -> Subscriber:
        numbered = self.maybe()
        medicare_second = self.form is not Form.INSTITUTIONAL and self.maybe(0.1)
        return Subscriber(
            person=person,
            member_id=self.text(12),
            relationship=relationship,
            group_number=self.text(10) if numbered else "",
            group_name="" if numbered or self.maybe() else self.text(20),
            msp_type="12" if medicare_second else "",
            entity=entity,
        )

    def adjustments(self, total: int) -> tuple[Adjustment, ...]:
        """Up to two groups that sum to ``total`` cents."""
        found = []
        for group in self.rng.sample(("CO", "PR", "OA", "PI"), 2):
            for _ in range(self.rng.choice((0, 1, 2, 8))):
                cents = self.rng.randint(-500, 5000)
                total -= cents
                code = self.rng.choice(("45", "1", "2", "97", "253", "A1"))
                quantity = self.units() if self.maybe(0.2) else None
                found.append(
                    Adjustment(group=group, code=code, amount_cents=cents, quantity=quantity)
                )
        if total:
            group = found[-1].group if found else "OA"
            found.append(Adjustment(group=group, code="23", amount_cents=total))
        return tuple(found)

    def other_payers(self) -> tuple[OtherPayer, ...]:
        others = []
        for place in range(self.rng.choice((0, 0, 1, 1, 2))):
            paid = self.maybe(0.7)
            relationship = self.rng.choice(("18", "01", "19", "G8"))
            professional = self.form is Form.PROFESSIONAL
            others.append(
                OtherPayer(
                    sequence=(PayerSequence.PRIMARY, PayerSequence.TERTIARY)[place],
                    payer=self.payer(),
                    subscriber=self.subscriber(
                        self.person(born=False), relationship, Entity.PERSON
                    ),
                    paid_cents=self.cents() if paid else None,
                    adjustments=self.adjustments(100) if paid and self.maybe(0.3) else (),
                    remaining_patient_cents=self.cents() if self.maybe(0.3) else None,
                    noncovered_cents=self.cents() if self.maybe(0.1) else None,
                    payer_claim_number=self.text(15) if self.maybe() else "",
                    adjudicated_on=self.near() if paid else None,
                    benefits_assigned=self.rng.choice("YNW"),
                    release_of_information=self.rng.choice("YI"),
                    patient_signature_source="P" if professional and self.maybe() else "",
                )
            )
        return tuple(others)

    def diagnoses(self) -> tuple[str, ...]:
        codes = _ICD10 if self.day >= date(2015, 10, 1) else _ICD9
        most = {Form.PROFESSIONAL: 7, Form.INSTITUTIONAL: 7, Form.DENTAL: 4}[self.form]
        return tuple(self.rng.sample(codes, min(self.rng.randint(1, most), len(codes))))

    def lines(
        self, diagnoses: int, place: str, others: tuple[OtherPayer, ...]
    ) -> list[ServiceLine]:
        return [
            self.line(number, diagnoses, place, others)
            for number in range(1, self.rng.choice((1, 2, 3, 8)) + 1)
        ]

    def line(
        self, number: int, diagnoses: int, place: str, others: tuple[OtherPayer, ...]
    ) -> ServiceLine:
        form = self.form
        common: dict[str, object] = {
            "line_no": number,
            "charge_cents": self.cents(),
            "units": self.units(),
            "control_number": self.text(15) if self.maybe(0.8) else "",
            "service_from": self.day,
            "service_to": self.day + timedelta(days=self.rng.choice((0, 6)))
            if self.maybe(0.3)
            else None,
            "rendering": self.provider("G2", taxonomy=form is not Form.INSTITUTIONAL)
            if self.maybe(0.2)
            else None,
        }
        if form is Form.PROFESSIONAL:
            common |= self.professional_line(diagnoses, place)
        elif form is Form.INSTITUTIONAL:
            common |= self.institutional_line()
        else:
            common |= self.dental_line(diagnoses, place)
        common["adjudications"] = self.adjudications(common, others)
        return ServiceLine(**common)  # type: ignore[arg-type]

    def procedure(self, code: str) -> dict[str, object]:
        count = self.rng.randint(0, 4)
        return {
            "code": code,
            "modifiers": tuple(self.rng.sample(("25", "59", "GT", "KX", "U1", "95"), count)),
            "description": self.text(30) if self.maybe(0.2) else "",
        }

    def pointers(self, diagnoses: int) -> tuple[int, ...]:
        count = self.rng.randint(1, min(4, diagnoses))
        return tuple(self.rng.sample(range(1, diagnoses + 1), count))

    def professional_line(self, diagnoses: int, place: str) -> dict[str, object]:
        drug = None
        references = self.numbers("9B", "EW", "X4")
        if self.maybe(0.3):
            unit = self.rng.choice(("UN", "ML", "F2"))
            drug = Drug(ndc=self.digits(11), unit=unit, quantity=self.units())
            references += self.numbers("XZ")
        return {
            **self.procedure(self.rng.choice(_CPT)),
            "unit_basis": self.rng.choice(("UN", "MJ")),
            "place_of_service": self.rng.choice(("", "", "23")) if place != "23" else "",
            "pointers": self.pointers(diagnoses),
            "emergency": self.maybe(0.1),
            "auth_number": self.text() if self.maybe(0.2) else "",
            "references": references,
            "drug": drug,
            "dates": tuple(
                QualifiedDate(qualifier=kind, first=self.near())
                for kind in ("471", "304")
                if self.maybe(0.1)
            ),
            "notes": tuple(
                Note(qualifier=kind, text=self.text(80))
                for kind in ("ADD", "TPO")
                if self.maybe(0.2)
            ),
        }

    def institutional_line(self) -> dict[str, object]:
        billed = self.rng.choice(("", "HC", "HC", "HP"))
        code = {"": "", "HC": self.rng.choice(_CPT), "HP": "1AA11"}[billed]
        return {
            **(self.procedure(code) if billed == "HC" else {"code": code}),
            "code_qualifier": billed or "HC",
            "unit_basis": self.rng.choice(("UN", "DA")),
            "revenue_code": self.rng.choice(("0023", "0421", "0551")),
            "noncovered_cents": self.rng.choice((0, 0, 1500)),
            "service_from": self.day if self.maybe(0.8) else None,
            "service_to": None,
            "references": self.numbers("9B"),
            "drug": Drug(ndc=self.digits(11), unit="UN", quantity=Decimal(1))
            if self.maybe(0.1)
            else None,
            "notes": (Note(qualifier="TPO", text=self.text(40)),) if self.maybe(0.1) else (),
        }

    def dental_line(self, diagnoses: int, place: str) -> dict[str, object]:
        replaced = self.maybe(0.2)
        return {
            **self.procedure(self.rng.choice(("D0120", "D2740", "D7140"))),
            "code_qualifier": "AD",
            "place_of_service": "22" if place != "22" and self.maybe(0.1) else "",
            "pointers": self.pointers(diagnoses) if self.maybe() else (),
            "teeth": tuple(
                Tooth(
                    number=str(self.rng.randint(1, 32)),
                    surfaces=self.rng.choice(("", "M", "MOD", "BLOID")),
                )
                for _ in range(self.rng.randint(0, 2))
            ),
            "oral_cavity": ("10", "20") if self.maybe(0.3) else (),
            "prosthesis": "R" if replaced else self.rng.choice(("", "I")),
            "prosthesis_prior_on": self.near() if replaced else None,
            "auth_number": self.text() if self.maybe(0.2) else "",
            "references": self.numbers("G3"),
            "dates": (QualifiedDate(qualifier="452", first=self.near()),)
            if self.maybe(0.1)
            else (),
        }

    def adjudications(
        self, line: dict[str, object], others: tuple[OtherPayer, ...]
    ) -> tuple[LineAdjudication, ...]:
        institutional = self.form is Form.INSTITUTIONAL
        charge = line["charge_cents"]
        assert isinstance(charge, int), "charges are cents"
        found = []
        for other in others:
            if other.paid_cents is None or (institutional and not line["code"]):
                continue
            found.append(
                LineAdjudication(
                    payer_id=other.payer.payer_id,
                    paid_cents=(paid := self.rng.randint(0, charge)),
                    code=str(line["code"]),
                    code_qualifier=str(line.get("code_qualifier", "HC")),
                    modifiers=line.get("modifiers", ()),  # type: ignore[arg-type]
                    revenue_code=str(line["revenue_code"]) if institutional else "",
                    paid_units=self.units(),
                    adjustments=self.adjustments(charge - paid),
                    adjudicated_on=other.adjudicated_on,
                )
            )
        return tuple(found)

    def claim(self) -> Claim:
        form = self.form
        diagnoses = self.diagnoses()
        others = self.other_payers()
        place = (
            "" if form is Form.INSTITUTIONAL else self.rng.choice(("11", "02", "12", "22", "23"))
        )
        lines = self.lines(len(diagnoses), place, others)
        frequency = self.rng.choice("1178")
        fields: dict[str, object] = {
            "form": form,
            "claim_number": self.text(20),
            "frequency": frequency,
            "payer_claim_number": self.text(20) if frequency in "78" else "",
            "sequence": PayerSequence.SECONDARY if others else PayerSequence.PRIMARY,
            "billing": self.billing(),
            "pay_to": self.pay_to() if self.maybe(0.2) else None,
            "place_of_service": place,
            "diagnoses": diagnoses,
            "lines": tuple(lines),
            "other_payers": balanced(others, lines),
            "accept_assignment": self.rng.choice("ABC"),
            "benefits_assigned": self.rng.choice("YNW"),
            "release_of_information": self.rng.choice("YI"),
            "delay_reason": "7" if self.maybe(0.1) else "",
            "auth_number": self.text() if self.maybe(0.3) else "",
            "referral_number": self.text() if self.maybe(0.2) else "",
            "attachments": (
                Attachment(report_type="OZ", transmission="EL", control_number=self.text()),
                Attachment(report_type="03", transmission="AA"),
            )
            if self.maybe(0.2)
            else (),
            "service_facility": self.facility() if self.maybe(0.3) else None,
        }
        self.insured(fields)
        if form is Form.PROFESSIONAL:
            self.professional(fields)
        elif form is Form.INSTITUTIONAL:
            self.institutional(fields, frequency)
        else:
            self.dental(fields)
        return Claim(**fields)  # type: ignore[arg-type]

    def insured(self, fields: dict[str, object]) -> None:
        payer = self.payer()
        fields["payer"] = payer
        if self.maybe(0.6):
            person = self.person()
            fields["patient"] = person
            fields["subscriber"] = self.subscriber(person, "18", Entity.PERSON)
            return
        fields["patient"] = self.person()
        company = payer.kind in _CONTACTS
        holder = Person(name=Name(last=self.text(30))) if company else self.person()
        entity = Entity.ORGANIZATION if company else Entity.PERSON
        relationship = "20" if company else self.rng.choice(("01", "19", "G8"))
        fields["subscriber"] = self.subscriber(holder, relationship, entity)

    def professional(self, fields: dict[str, object]) -> None:
        some = self.maybe
        fields |= {
            "signature_on_file": some(0.9),
            "patient_signature_source": "P" if some(0.3) else "",
            "accident": Accident(kind="AA", on=self.near(), state="TX") if some(0.2) else None,
            "clia": "11D" + self.digits(7) if some(0.2) else "",
            "condition_codes": ("AH", "W2") if some(0.1) else (),
            "admission_date": self.near() if some(0.1) else None,
            "discharge_date": self.near() if some(0.1) else None,
            "onset_date": self.near() if some(0.2) else None,
            "patient_paid_cents": self.cents() if some(0.3) else 0,
            "referring": self.provider("0B", "G2") if some(0.3) else None,
            "ordering": ordering_provider(self) if some(0.2) else None,
            "supervising": self.provider("LU") if some(0.1) else None,
            "rendering": self.provider("G2", taxonomy=True) if some() else None,
            "notes": (Note(qualifier="ADD", text=self.text(80)),) if some(0.3) else (),
            "references": self.numbers("D9", "EA", "LX"),
            "dates": (QualifiedDate(qualifier="454", first=self.near()),) if some(0.1) else (),
        }

    def institutional(self, fields: dict[str, object], frequency: str) -> None:
        some = self.maybe
        diagnoses = fields["diagnoses"]
        assert isinstance(diagnoses, tuple), "diagnoses were made"
        icd10 = self.day >= date(2015, 10, 1)
        admitted = some(0.7)
        bill = "0" + self.rng.choice(("32", "13", "11", "81")) + frequency
        fields |= {
            "present_on_admission": tuple("YNUW"[place % 4] for place in range(len(diagnoses)))
            if some(0.3)
            else (),
            "attending": self.provider("0B", "LU", taxonomy=True) if some(0.9) else None,
            "operating": self.provider() if some(0.2) else None,
            "rendering": self.provider("1G") if some(0.2) else None,
            "referring": self.provider("G2") if some(0.2) else None,
            "condition_codes": ("47", "D0") if some(0.3) else (),
            "notes": (
                Note(qualifier="UPI", text=self.text(80)),
                Note(qualifier="ADD", text=self.text(80)),
            )
            if some(0.3)
            else (),
            "references": self.numbers("D9", "EA", "LU"),
            "institutional": Institutional(
                type_of_bill=bill,
                statement_from=self.day,
                statement_to=self.day + timedelta(days=29),
                admission_date=self.day if admitted else None,
                admission_hour=self.rng.choice(("", "08", "1430")) if admitted else "",
                discharge_hour=self.rng.choice(("", "11", "0915")),
                admission_type="9" if some() else "",
                point_of_origin="1" if some() else "",
                patient_status="30",
                admitting_diagnosis="R079" if some(0.3) else "",
                reason_diagnoses=("R109", "R509") if some(0.3) else (),
                external_causes=("W19XXXA",) if some(0.2) else (),
                drg="470" if some(0.2) else "",
                procedures=tuple(
                    CodedDate(code=code, on=self.near())
                    for code in (("0SR90J9", "0SRB0J9", "3E0P7GC") if icd10 else ("8151",))
                )
                if some(0.3)
                else (),
                occurrences=(CodedDate(code="50", on=self.near()),) if some(0.4) else (),
                occurrence_spans=(
                    CodedSpan(code="74", first=self.day, last=self.day + timedelta(days=2)),
                )
                if some(0.2)
                else (),
                value_codes=(
                    CodedAmount(code="61", amount_cents=1242000),
                    CodedAmount(code="85", amount_cents=48113),
                )
                if some(0.5)
                else (),
                treatment_codes=("A01",) if some(0.1) else (),
            ),
        }

    def dental(self, fields: dict[str, object]) -> None:
        some = self.maybe
        braces = Orthodontics(
            months_total=36 if some() else None,
            months_remaining=20 if some() else None,
            placed_on=self.near() if some() else None,
        )
        dental = Dental(
            predetermination=some(0.3),
            orthodontics=braces if some(0.3) else None,
            teeth=(ToothStatus(tooth="3"), ToothStatus(tooth="17", status="E")) if some() else (),
        )
        fields |= {
            "signature_on_file": some(0.9),
            "accident": Accident(kind="OA", on=self.near()) if some(0.2) else None,
            "special_program": "02" if some(0.1) else "",
            "patient_paid_cents": self.cents() if some(0.3) else 0,
            "referring": self.provider("G2", taxonomy=True) if some(0.2) else None,
            "supervising": self.provider() if some(0.1) else None,
            "rendering": self.provider("0B", taxonomy=True) if some() else None,
            "notes": (Note(qualifier="ADD", text=self.text(80)),) if some(0.3) else (),
            "references": self.numbers("D9", "G3"),
            "dental": dental if dental != Dental() else None,
        }


def balanced(others: tuple[OtherPayer, ...], lines: list[ServiceLine]) -> tuple[OtherPayer, ...]:
    """Other payers that paid what their lines say less what they adjusted on the claim."""
    found = []
    for other in others:
        if other.paid_cents is not None:
            paid = sum(
                decided.paid_cents
                for line in lines
                for decided in line.adjudications
                if decided.payer_id == other.payer.payer_id
            )
            paid -= sum(adjustment.amount_cents for adjustment in other.adjustments)
            other = msgspec.structs.replace(other, paid_cents=paid)
        found.append(other)
    return tuple(found)


def ordering_provider(maker: Maker) -> Provider:
    """An ordering provider, who may have an address and a telephone on the claim."""
    with_contact = maker.maybe()
    return Provider(
        name=maker.name(),
        npi=maker.npi(),
        address=maker.address() if maker.maybe() else None,
        phone=maker.digits(10) if with_contact else "",
        contact_name=maker.text() if with_contact else "",
        references=maker.numbers("G2"),
    )


def invented_claim(seed: int, form: Form) -> Claim:
    """The claim of ``seed``: every field is such that write and read give it back."""
    return Maker(seed, form).claim()
