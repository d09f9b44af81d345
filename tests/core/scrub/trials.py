"""Claims that are right, to be changed until a platform edit fires; and the form of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from core.claims.claim import (
    Adjustment,
    Claim,
    Form,
    Institutional,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
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
    Subscriber,
)
from core.rules.facts import Authorization, ClaimFacts, PriorService, ScrubFacts
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.rules.tables import NO_TABLES, DiagnosisBook, Tables
from core.scrub.document_parts import Part
from core.scrub.document_tables import read_tables
from core.scrub.engine import scrub
from core.scrub.finding import Finding
from core.scrub.platform import PLATFORM

replace = msgspec.structs.replace

DAY = date(2026, 5, 12)
TODAY = date(2026, 5, 21)
PATIENT = Person(name=Name(last="Invented", first="Ines"), birth_date=date(1985, 3, 14))
MEDICARE = Payer(payer_id="1", name="M", kind=PayerKind.MEDICARE)
BILLING = Provider(
    name=Name(last="Clinic"),
    entity=Entity.ORGANIZATION,
    npi="1333444556",
    taxonomy="261QM0801X",
    tax_id="741234567",
    address=Address(line1="100 Main St", city="Austin", state="TX", postal_code="787011234"),
)
PERSON = Provider(name=Name(last="Sample", first="Robin"), npi="1234567893")


def line(code: str = "99213", no: int = 1, **changes: Any) -> ServiceLine:
    given: dict[str, Any] = {
        "line_no": no,
        "code": code,
        "charge_cents": 15_000,
        "fee_source": "captured",
        "service_from": DAY,
        "pointers": (1,),
        **changes,
    }
    return ServiceLine(**given)


def claim(*lines: ServiceLine, **changes: Any) -> Claim:
    given: dict[str, Any] = {
        "claim_number": "C1",
        "payer": Payer(payer_id="9", name="Payer"),
        "subscriber": Subscriber(person=PATIENT, member_id="1EG4TE5MK73"),
        "patient": PATIENT,
        "billing": BILLING,
        "rendering": PERSON,
        "place_of_service": "11",
        "diagnoses": ("I10", "E119"),
        "lines": lines or (line(),),
        **changes,
    }
    return Claim(**given)


STAY = Institutional(
    type_of_bill="0111",
    statement_from=DAY,
    statement_to=DAY + timedelta(3),
    admission_date=DAY,
    admission_hour="10",
    discharge_hour="11",
    admission_type="1",
    point_of_origin="1",
    patient_status="01",
    admitting_diagnosis="I10",
)
VISIT = replace(STAY, type_of_bill="0131", reason_diagnoses=("R05",))
CLINIC_LINE = line("99213", revenue_code="0510")


ROOM = line("", revenue_code="0120", units=Decimal(3), rate_cents=5_000)
TOTAL = line("", 99, revenue_code="0001", units=Decimal(0))


def _bill(part: Institutional, lines: tuple[ServiceLine, ...], **changes: Any) -> Claim:
    """A bill as a UB-04 states it, with its line 0001 and an indicator for each diagnosis."""
    of_part = {k: v for k, v in changes.items() if k in Institutional.__struct_fields__}
    rest = {k: v for k, v in changes.items() if k not in Institutional.__struct_fields__}
    charged = sum(each.charge_cents for each in lines)
    return claim(
        *lines,
        **{
            "form": Form.INSTITUTIONAL,
            "institutional": replace(part, **of_part),
            "attending": PERSON,
            "present_on_admission": ("Y", "Y"),
            "total_lines": (replace(TOTAL, charge_cents=charged),),
            **rest,
        },
    )


def stay(*lines: ServiceLine, **changes: Any) -> Claim:
    return _bill(STAY, lines or (ROOM,), **changes)


def visit(*lines: ServiceLine, **changes: Any) -> Claim:
    return _bill(VISIT, lines or (CLINIC_LINE,), **changes)


def dental(*lines: ServiceLine, **changes: Any) -> Claim:
    return claim(*(lines or (line("D0120"),)), **{"form": Form.DENTAL, **changes})


def billed_by(**changes: Any) -> dict[str, Any]:
    return {"billing": replace(BILLING, **changes)}


def member(number: str, **changes: Any) -> dict[str, Any]:
    return {"subscriber": Subscriber(person=PATIENT, member_id=number, **changes)}


def dated(day: date, **changes: Any) -> ServiceLine:
    return line(service_from=day, **changes)


def held(**changes: Any) -> ClaimFacts:
    return ClaimFacts(authorizations=(Authorization(**changes),))


OTHER = OtherPayer(
    sequence=PayerSequence.PRIMARY,
    payer=Payer(payer_id="7", name="Other"),
    subscriber=Subscriber(person=PATIENT),
    paid_cents=10_000,
    adjustments=(),
    adjudicated_on=date(2026, 5, 15),
)


def shared(paid: int) -> Claim:
    done = LineAdjudication(
        payer_id="7",
        paid_cents=paid,
        adjustments=(Adjustment(group="CO", code="45", amount_cents=5_000),),
    )
    other = replace(OTHER, paid_cents=10_000)
    return claim(
        line(adjudications=(done,)), sequence=PayerSequence.SECONDARY, other_payers=(other,)
    )


class Trial(NamedTuple):
    rule: str
    fires: Claim
    quiet: Claim
    knobs: Mapping[str, Any] = {}
    facts: ClaimFacts = ClaimFacts()
    quiet_facts: ClaimFacts | None = None
    tables: Tables = NO_TABLES
    quiet_tables: Tables | None = None

    def tables_of_fires(self, diagnoses: DiagnosisBook) -> Tables:
        return replace(self.tables, diagnoses=diagnoses)

    def tables_of_quiet(self, diagnoses: DiagnosisBook) -> Tables:
        return replace(self.quiet_tables or self.tables, diagnoses=diagnoses)


def many(code: str, count: int) -> tuple[ServiceLine, ...]:
    return tuple(line(code, no, modifiers=("76",)) for no in range(1, count + 1))


CLEAN = claim()
PRIOR = PriorService(
    service_on=DAY, code="99213", rendering_npi=PERSON.npi, place_of_service="11", claim_number="C0"
)
CODES = ("99213",)


def tables(**reference: Any) -> Tables:
    """Reference tables as a scrub document states them."""
    return read_tables(Part(reference), None)


def before(code: str, day: date, **changes: Any) -> ClaimFacts:
    """An earlier service of the same patient by the same person, paid."""
    return ClaimFacts(history=(replace(PRIOR, code=code, service_on=day, **changes),))


_BOOKS: dict[str, RuleBook] = {}


def rules_of(knobs: Mapping[str, Any]) -> RuleBook:
    """The platform's rules and a practice's knobs; compiled once for the same knobs."""
    known = _BOOKS.get(repr(knobs))
    if known is None:
        policy = PayerPolicy(
            id="PRACTICE-1", title="T", source="test", layer=Layer.PRACTICE, knobs=knobs
        )
        practice = RuleSet(name="practice", version="1", payer_policies=(policy,))
        known = _BOOKS[repr(knobs)] = compile_rule_book([PLATFORM, practice])
    return known


def findings(
    given: Claim, knobs: Mapping[str, Any], facts: ClaimFacts, tables: Tables = NO_TABLES
) -> tuple[Finding, ...]:
    loaded = ScrubFacts(by_claim={"C1": facts}, tables=tables)
    return scrub((given,), rules_of(knobs), loaded, as_of=TODAY)[0].findings
