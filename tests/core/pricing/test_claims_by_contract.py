"""A claim priced by the contract with its payer, and the payer's decision held beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from core.claims.claim import Adjustment, Claim, Form, Institutional, ServiceLine
from core.claims.parties import Address, Name, Payer, PayerKind, Person, Provider, Subscriber
from core.pricing.own_prices import ChargeList, price_rules
from core.pricing.price import price_with_trace
from core.pricing.price_files import read_charges
from core.pricing.underpayment import compare
from core.remittance.values import ClaimPayment, QualifiedAmount, ServicePayment
from core.rules.pricing import FeePurpose
from core.rules.rulebook import RuleBook, compile_rule_book
from tests.core.pricing.medicare_world import DAY, SCHEDULE
from tests.core.pricing.test_contracts import agreement

WHO = Person(name=Name(last="Invented"))
DALLAS = Address(line1="1 Main", city="Dallas", state="TX", postal_code="752011234")


def claim(*lines: dict[str, Any], **given: Any) -> Claim:
    return Claim(
        **{
            "claim_number": "C1",
            "payer": Payer(payer_id="OAK", name="Oak"),
            "subscriber": Subscriber(person=WHO),
            "patient": WHO,
            "billing": Provider(name=Name(last="B"), address=DALLAS),
            "place_of_service": "11",
            "lines": tuple(
                ServiceLine(
                    **{"line_no": at, "charge_cents": 0, "service_from": DAY, **line}  # type: ignore[arg-type]
                )
                for at, line in enumerate(lines, start=1)
            ),
            **given,
        }
    )


def book(*rows: str, charges: tuple[str, ...] = ("99213,150.00",), **given: Any) -> RuleBook:
    fees = read_charges(["code,amount,modifier,place", *(f"{row},," for row in charges)])
    rules = price_rules(
        [ChargeList(first=date(2025, 1, 1), fees=fees)], [agreement(*rows, **given)], "one"
    )
    return msgspec.structs.replace(compile_rule_book([rules]), medicare=SCHEDULE)


def test_charges_come_from_the_charge_master_and_the_expected_from_the_contract() -> None:
    found = price_with_trace(claim({"code": "99213"}), book("*,percent,,110,mpfs,,,,,,"))
    [line] = found.claim.lines
    assert (line.charge_cents, line.fee_source) == (15_000, "CHARGES:99213:2025-01-01")
    assert line.expected_cents == 9_825
    allowed = [step for step in found.trace if step.purpose is FeePurpose.ALLOWED]
    assert {step.rule for step in allowed} == {"CONTRACT-Oak"}
    assert str(allowed[0].row) == "ZIP to locality 2025Q4 75201 04412-11"
    assert allowed[-1].amount_cents == 9_825


def test_where_the_contract_makes_no_price_nothing_is_expected() -> None:
    found = price_with_trace(
        claim({"code": "11111", "expected_cents": 5}), book("*,percent,,110,mpfs,,,,,,")
    )
    assert found.claim.lines[0].expected_cents is None
    assert "no price" in found.trace[-1].words


def test_the_place_decides_the_setting_and_medicare_plans_the_credential() -> None:
    rules = book("*,percent,,100,mpfs,,,,,,")

    def expected(**given: Any) -> int | None:
        return (
            price_with_trace(claim({"code": "99213"}, **given), rules).claim.lines[0].expected_cents
        )

    nurse = Provider(name=Name(last="N"), credential="NP")
    advantage = Payer(payer_id="OAK", name="Oak", kind=PayerKind.MEDICARE_ADVANTAGE)
    assert expected() == 8_932
    assert expected(place_of_service="22") == 6_392
    assert expected(rendering=nurse) == 8_932
    assert expected(rendering=nurse, payer=advantage) == 7_592


def test_a_stay_is_priced_by_its_drg() -> None:
    stay = Institutional(
        type_of_bill="0111", statement_from=DAY, statement_to=DAY, drg="470", patient_status="01"
    )
    lines = [
        {"code": "", "revenue_code": code, "charge_cents": 700_000, "fee_source": "captured"}
        for code in ("0120", "0360")
    ]
    given = claim(*lines, form=Form.INSTITUTIONAL, institutional=stay)
    found = price_with_trace(given, book(",case_rate,9000.01,,,,,,,470,"))
    assert [line.expected_cents for line in found.claim.lines] == [450_001, 450_000]


def decided(*lines: ServicePayment, status: str = "1") -> ClaimPayment:
    return ClaimPayment(
        segment=1, claim_number="C1", status=status, charge_cents=0, paid_cents=0, lines=lines
    )


def test_a_payer_that_allowed_less_than_expected_is_short_by_the_rest() -> None:
    expected = {"charge_cents": 15_000, "expected_cents": 9_825}
    given = claim(
        {"code": "99213", "control_number": "A1", **expected},
        {"code": "99214", **expected},
        {"code": "97110", **expected},
    )
    share = Adjustment(group="PR", code="2", amount_cents=2_000)
    off = Adjustment(group="CO", code="45", amount_cents=6_000)
    payment = decided(
        ServicePayment(
            segment=2, code="99214", charge_cents=15_000, paid_cents=7_000, adjustments=(share, off)
        ),
        ServicePayment(
            segment=3,
            code="99213",
            control_number="A1",
            charge_cents=15_000,
            paid_cents=100,
            amounts=(QualifiedAmount(qualifier="B6", amount_cents=9_900),),
        ),
    )
    found = compare(given, [payment])
    assert [(one.allowed_cents, one.short_cents) for one in found] == [
        (9_900, 0),
        (9_000, 825),
        (None, 0),
    ]
    for after in (decided(status="22"), decided(status="4")):
        assert not any(one.short_cents for one in compare(given, [payment, after]))
    assert not any(one.short_cents for one in compare(given, []))


def test_a_charge_master_names_place_and_modifier_and_the_next_edition_ends_the_first() -> None:
    columns = "code,amount,modifier,place"
    lists = [
        ChargeList(first=first, fees=read_charges([columns, *rows]))
        for first, rows in (
            (date(2025, 7, 1), ["99213,300.00,,"]),
            (date(2025, 1, 1), ["99213,100.00,,", "99213,110.00,,22", "99213,120.00,25,"]),
        )
    ]
    rules = compile_rule_book([price_rules(lists, [], "two")])

    def charged(day: date, place: str = "11", **line: Any) -> int:
        given = claim({"code": "99213", "service_from": day, **line}, place_of_service=place)
        return price_with_trace(given, rules).claim.lines[0].charge_cents

    june = date(2025, 6, 30)
    assert charged(june) == 10_000
    assert charged(june, "22") == 11_000
    assert charged(june, "22", modifiers=("25",)) == 12_000
    assert charged(june, units=Decimal("1.5")) == 15_000
    assert charged(date(2025, 7, 1), "22") == 30_000
    assert charged(date(2024, 12, 31)) == 0
