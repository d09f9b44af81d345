"""What the rules of the scrub are told of prices: by unit, setting and way of seeing people."""

from __future__ import annotations

from datetime import date

from core.codes.mpfs_rvu import RELATIVE_VALUES
from core.pricing.contract_price import Schedules
from core.pricing.rule_tables import ContractFees, MedicareFees, with_prices
from core.rules.tables import NO_TABLES, ContractFee, FeeOfCode
from tests.core.pricing.medicare_world import BRAZORIA, DAY, SCHEDULE
from tests.core.pricing.test_contracts import opened

LATER = date(2026, 1, 1)


def test_the_fee_schedule_answers_in_both_settings_or_has_no_opinion() -> None:
    fees = MedicareFees(SCHEDULE, BRAZORIA)
    visit = FeeOfCode(nonfacility_cents=8_914, facility_cents=6_376)
    assert fees.fee("99213", DAY) == fees.fee("99213", DAY) == visit
    assert fees.fee("99050", DAY) is None
    assert fees.fee("99213", LATER) is None
    assert MedicareFees(SCHEDULE, "99999").fee("99213", DAY) is None


def test_a_contract_answers_in_person_and_by_telehealth() -> None:
    contract = opened(
        "99213,fixed,80.00,,,,,,,,",
        "99213,fixed,60.00,,,,95,,,,",
        "99214,percent,,50,charge,,,,,,",
        "90846,fixed,70.00,,,,,11,,,",
        "H0015,per_diem,300.00,,,,,,,,",
    )
    fees = ContractFees(contract, Schedules(medicare=SCHEDULE), BRAZORIA)
    assert fees.fee("99213", DAY) == ContractFee(in_person_cents=8_000, telehealth_cents=6_000)
    assert fees.fee("90846", DAY) == ContractFee(in_person_cents=7_000, telehealth_cents=None)
    for code in ("99214", "H0015", "97110"):
        assert fees.fee(code, DAY) is None
    assert fees.fee("99213", date(2024, 12, 31)) is None


def test_the_payment_policy_columns_are_tables_of_the_scrub() -> None:
    words = {field: fill(SCHEDULE.values) for field, fill in RELATIVE_VALUES.fills.items()}
    found = {field: table.word("27447", DAY) for field, table in words.items()}  # type: ignore[attr-defined]
    assert found == {"global_days": "090", "bilateral": "1"}
    assert words["bilateral"].word("27447", LATER) is None  # type: ignore[attr-defined]


def test_prices_fill_what_is_empty_and_leave_what_the_document_said() -> None:
    contract = opened("99213,fixed,80.00,,,,,,,,")
    filled = with_prices(NO_TABLES, BRAZORIA, schedule=SCHEDULE, opened=contract)
    assert filled.fees is not None
    assert filled.contract is not None
    visit = filled.contract.fee("99213", DAY)
    assert visit == ContractFee(in_person_cents=8_000, telehealth_cents=8_000)
    assert with_prices(filled, "99999", schedule=SCHEDULE, opened=contract) == filled
    assert with_prices(NO_TABLES, BRAZORIA, schedule=None) == NO_TABLES
