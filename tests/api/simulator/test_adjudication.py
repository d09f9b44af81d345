from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.simulator.adjudicate import Ruling, adjudicate
from api.simulator.fees import terms_of
from api.simulator.reversal import reverse
from api.simulator.script import CLAIM_CAUSES, LINE_CAUSES, Outcome
from core.claims.claim import (
    Adjustment,
    Claim,
    Form,
    Institutional,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
)
from core.claims.parties import Name, Payer, PayerSequence, Person, Provider, Subscriber
from core.remittance.values import ClaimPayment

DAY = date(2026, 2, 3)
PERSON = Person(name=Name(last="DOE", first="PAT"))
COMMERCIAL = Payer(payer_id="60054", name="ACME", filing_indicator="CI")
MEDICARE = Payer(payer_id="04412", name="MEDICARE", filing_indicator="MB")
PAID = Ruling(outcome=Outcome.PAY)


def line(charge_cents: int, code: str = "90837", **facts: object) -> ServiceLine:
    return msgspec.structs.replace(
        ServiceLine(line_no=1, charge_cents=charge_cents, code=code, service_from=DAY), **facts
    )


def bill(*lines: ServiceLine, payer: Payer = COMMERCIAL, **facts: object) -> Claim:
    claim = Claim(
        claim_number="CW1",
        payer=payer,
        subscriber=Subscriber(person=PERSON, member_id="M1"),
        patient=PERSON,
        billing=Provider(name=Name(last="CLINIC"), npi="1234567893"),
        lines=lines,
        place_of_service="11",
    )
    return msgspec.structs.replace(claim, **facts)


def decide(claim: Claim, ruling: Ruling = PAID) -> ClaimPayment:
    return adjudicate(claim, terms_of(claim.payer), ruling, payer_claim_number="1", received=DAY)


def parts(payment: ClaimPayment) -> list[tuple[str, str, int]]:
    return [(a.group, a.code, a.amount_cents) for ln in payment.lines for a in ln.adjustments]


def balances(payment: ClaimPayment) -> bool:
    by_line = all(
        one.charge_cents - one.paid_cents == sum(a.amount_cents for a in one.adjustments)
        for one in payment.lines
    )
    patient = sum(a for group, _, a in parts(payment) if group == "PR")
    return (
        by_line
        and payment.charge_cents == sum(one.charge_cents for one in payment.lines)
        and payment.paid_cents == sum(one.paid_cents for one in payment.lines)
        and payment.patient_responsibility_cents == patient
    )


# 90837 is allowed at 158.00 by commercial payers and at 152.05 by Medicare.
@pytest.mark.parametrize(
    ("payer", "charge", "ruling", "expected", "paid"),
    [
        (COMMERCIAL, 20000, PAID, [("CO", "45", 4200)], 15800),
        (COMMERCIAL, 15000, PAID, [], 15000),
        (
            COMMERCIAL,
            20000,
            Ruling(outcome=Outcome.DEDUCTIBLE),
            [("CO", "45", 4200), ("PR", "1", 15800)],
            0,
        ),
        (
            COMMERCIAL,
            20000,
            Ruling(outcome=Outcome.COINSURANCE),
            [("CO", "45", 4200), ("PR", "2", 3160)],
            12640,
        ),
        (
            COMMERCIAL,
            20000,
            Ruling(outcome=Outcome.COPAY),
            [("CO", "45", 4200), ("PR", "3", 3000)],
            12800,
        ),
        # 152.05 - 20 % = 121.64; 2 % sequestration of that is 2.43.
        (
            MEDICARE,
            20000,
            PAID,
            [("CO", "45", 4795), ("PR", "2", 3041), ("CO", "253", 243)],
            11921,
        ),
        (
            COMMERCIAL,
            20000,
            Ruling(outcome=Outcome.DENY, cause=CLAIM_CAUSES[0]),
            [("CO", "197", 20000)],
            0,
        ),
    ],
)
def test_a_line_is_paid_by_contract_less_what_the_ruling_takes(
    payer: Payer,
    charge: int,
    ruling: Ruling,
    expected: list[tuple[str, str, int]],
    paid: int,
) -> None:
    payment = decide(bill(line(charge), payer=payer), ruling)
    assert parts(payment) == expected
    assert payment.paid_cents == paid
    assert balances(payment)


def test_a_code_in_no_table_is_allowed_a_percentage_of_its_charge() -> None:
    assert decide(bill(line(10001, code="X9999"))).paid_cents == 6501


def test_units_multiply_the_fee_but_minutes_do_not() -> None:
    units = bill(line(60000, units=Decimal(3)))
    minutes = bill(line(60000, units=Decimal(45), unit_basis="MJ"))
    assert decide(units).paid_cents == 47400
    assert decide(minutes).paid_cents == 15800


def test_a_partial_denial_denies_one_line_with_its_remark_and_pays_the_rest() -> None:
    ruling = Ruling(outcome=Outcome.PARTIAL, cause=LINE_CAUSES[0], line=1)
    payment = decide(bill(line(20000), line(9000, "90834")), ruling)
    assert parts(payment) == [("CO", "45", 4200), ("CO", "97", 9000)]
    assert payment.lines[1].remark_codes == ("M15",)
    assert payment.status == "1"
    assert not payment.is_denial


def test_a_patient_denial_puts_the_whole_charge_on_the_patient() -> None:
    cause = next(one for one in CLAIM_CAUSES if one.group == "PR")
    payment = decide(bill(line(20000)), Ruling(outcome=Outcome.DENY, cause=cause))
    assert payment.is_denial
    assert payment.patient_responsibility_cents == 20000


def home_health(period_charge: int) -> Claim:
    return bill(
        line(period_charge, "1AA11", code_qualifier="HP", revenue_code="0023"),
        line(18000, "G0299", revenue_code="0551"),
        payer=msgspec.structs.replace(MEDICARE, filing_indicator="MA"),
        form=Form.INSTITUTIONAL,
        institutional=Institutional(type_of_bill="0329", statement_from=DAY, statement_to=DAY),
    )


@pytest.mark.parametrize(("charge", "code"), [(0, "94"), (300000, "45")])
def test_a_home_health_period_is_paid_on_its_hipps_line_and_bundles_the_visits(
    charge: int, code: str
) -> None:
    payment = decide(home_health(charge))
    period, visit = payment.lines
    assert period.code_qualifier == "HP"
    # The period rate 2,043.50 less 2 %.
    assert period.paid_cents == 200263
    assert [(a.code, a.amount_cents) for a in period.adjustments] == [
        (code, charge - 204350),
        ("253", 4087),
    ]
    assert (visit.paid_cents, visit.adjustments[0].code) == (0, "45")
    assert payment.facility_code == "32"
    assert balances(payment)


def test_a_line_without_a_procedure_is_answered_by_its_revenue_code() -> None:
    payment = decide(bill(line(1000, "", revenue_code="0250")))
    assert (payment.lines[0].code, payment.lines[0].code_qualifier) == ("0250", "NU")


def secondary(*lines: ServiceLine, **facts: object) -> Claim:
    first = OtherPayer(
        sequence=PayerSequence.PRIMARY,
        payer=MEDICARE,
        subscriber=Subscriber(person=PERSON),
        paid_cents=12164,
    )
    return bill(
        *lines,
        sequence=PayerSequence.SECONDARY,
        other_payers=(msgspec.structs.replace(first, **facts),),
    )


def test_a_later_payer_pays_what_the_earlier_one_left_to_the_patient() -> None:
    before = LineAdjudication(
        payer_id="04412",
        paid_cents=12164,
        adjustments=(
            Adjustment(group="CO", code="45", amount_cents=4795),
            Adjustment(group="PR", code="2", amount_cents=3041),
        ),
    )
    payment = decide(secondary(line(20000, adjudications=(before,))))
    assert payment.status == "2"
    assert parts(payment) == [("OA", "23", 16959)]
    assert payment.paid_cents == 3041
    assert balances(payment)


def test_a_later_payer_reads_the_rest_from_the_claim_when_lines_do_not_have_it() -> None:
    left = (Adjustment(group="PR", code="1", amount_cents=25000),)
    payment = decide(secondary(line(20000), line(9000), adjustments=left))
    assert [one.paid_cents for one in payment.lines] == [20000, 5000]
    assert parts(payment) == [("OA", "23", 4000)]


def test_a_reversal_takes_back_every_amount_under_the_same_numbers() -> None:
    payment = decide(bill(line(20000), payer=MEDICARE))
    back = reverse(payment)
    assert back.is_reversal
    assert back.payer_claim_number == payment.payer_claim_number
    assert parts(back) == [(g, c, -a) for g, c, a in parts(payment)]
    assert back.paid_cents == -payment.paid_cents
    assert balances(back)


RULINGS = st.sampled_from(
    [
        *(Ruling(outcome=one) for one in (Outcome.PAY, Outcome.COPAY, Outcome.DEDUCTIBLE)),
        Ruling(outcome=Outcome.COINSURANCE),
        Ruling(outcome=Outcome.CORRECTION, allowed_percent=85),
        Ruling(outcome=Outcome.DENY, cause=CLAIM_CAUSES[4]),
        Ruling(outcome=Outcome.PARTIAL, cause=LINE_CAUSES[4], line=0),
    ]
)
LINES = st.builds(
    line,
    st.integers(0, 10**7),
    st.sampled_from(["90837", "X1", "D0120"]),
    units=st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(9)]),
    noncovered_cents=st.integers(0, 10**6),
)


@given(
    lines=st.lists(LINES, min_size=1, max_size=5),
    ruling=RULINGS,
    filing=st.sampled_from(["MA", "MB", "MC", "CI", "16", "17", "ZZ"]),
    rest=st.none() | st.integers(0, 10**7),
)
def test_every_payment_balances_and_none_is_negative(
    lines: list[ServiceLine], ruling: Ruling, filing: str, rest: int | None
) -> None:
    payer = msgspec.structs.replace(COMMERCIAL, filing_indicator=filing)
    claim = bill(*lines, payer=payer)
    if rest is not None:
        claim = secondary(*lines, remaining_patient_cents=rest)
    payment = decide(claim, ruling)
    assert balances(payment)
    assert all(one.paid_cents >= 0 for one in payment.lines)
    assert balances(reverse(payment))
