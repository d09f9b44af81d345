"""What the edits of the 837P say beside firing: reasons, severities, the facts they ask for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from core.dates import Window
from core.rules.facts import ClaimFacts
from core.rules.policy import FrequencyLimit
from core.rules.rulebook import compile_rule_book
from core.scrub.engine import needs
from core.scrub.platform import PLATFORM
from tests.core.scrub.trials import (
    CLEAN,
    CODES,
    DAY,
    before,
    billed_by,
    claim,
    findings,
    held,
    line,
    tables,
)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (ClaimFacts(authorizations=()), "missing"),
        (held(codes=("90837",)), "code_mismatch"),
        (held(window=Window(None, DAY - timedelta(1))), "expired"),
        (held(provider_npi="1333444556"), "provider_mismatch"),
        (held(units_approved=Decimal(0)), "exhausted"),
        (held(units_approved=Decimal(1)), ""),
    ],
)
def test_an_authorization_says_why_it_does_not_cover(facts: ClaimFacts, reason: str) -> None:
    found = findings(CLEAN, {"auth_required_codes": CODES}, facts)
    assert [one.reason for one in found if one.rule == "PS-056"] == ([reason] if reason else [])


def test_lines_of_one_claim_draw_on_the_same_authorization() -> None:
    two = claim(line("93000"), line("93000", 2, modifiers=("76",)))
    found = findings(two, {"auth_required_codes": ("all",)}, held(units_approved=Decimal(1)))
    missing = [one for one in found if one.rule == "PS-056"]
    assert [(one.line_no, one.reason, one.carc) for one in missing] == [(2, "exhausted", "198")]


def test_an_unpriced_line_is_named_once_and_not_also_as_a_zero_charge() -> None:
    unpriced = claim(line(charge_cents=0, fee_source=""), line("93000", 2))
    assert [one.rule for one in findings(unpriced, {}, ClaimFacts())] == ["CW-012"]


def test_a_placeholder_tax_id_is_only_worth_a_look() -> None:
    (found,) = findings(claim(**billed_by(tax_id="000000000")), {}, ClaimFacts())
    assert (found.rule, found.severity) == ("PS-002", "warn")


def test_the_platform_says_which_facts_it_needs() -> None:
    wanted = needs(compile_rule_book([PLATFORM]), (CLEAN,))
    # A benefit may be counted over a lifetime: one history holds what every edit looks at.
    (history,) = wanted.history
    assert (history.claim_number, history.codes) == ("C1", ())
    assert history.first < DAY.replace(year=DAY.year - 100)
    assert wanted.eligibility == wanted.authorizations == ("C1",)
    assert {"ptp_practitioner", "mue_practitioner", "add_on", "coverage"} <= set(wanted.tables)


@pytest.mark.parametrize(("frequency", "counted"), [("1", True), ("7", False), ("8", False)])
def test_what_a_claim_replaces_is_not_counted_beside_it(frequency: str, counted: bool) -> None:
    three = claim(line("94640", units=Decimal(3)), frequency=frequency, payer_claim_number="ICN1")
    limit = tables(mue={"94640": {"value": 4, "mai": 3}})
    knobs = {"frequency_limits": (FrequencyLimit(codes=("94640",), maximum=4, per="year"),)}
    original = before("94640", DAY, units=Decimal(3), claim_number="")
    rules = {one.rule for one in findings(three, knobs, original, limit)}
    assert ({"PS-043", "PS-076"} <= rules) is counted
    assert bool({"PS-043", "PS-076"} & rules) is counted


def test_of_what_a_replacing_claim_does_not_bill_history_still_counts() -> None:
    visit = claim(line("99213"), frequency="7", payer_claim_number="ICN1")
    procedure = before("20610", DAY, global_days="000", claim_number="")
    assert "PS-045" in {one.rule for one in findings(visit, {}, procedure)}


def test_a_finding_names_the_row_the_layer_and_what_it_prevents() -> None:
    pair = {"col1": "11042", "col2": "97597", "indicator": "1", "from": "2020-01-01"}
    two = claim(line("11042"), line("97597", 2))
    (found,) = findings(two, {}, ClaimFacts(), tables(ptp=[pair]))
    assert (found.rule, found.line_no, found.severity) == ("PS-041", 2, "deny")
    assert (found.layer, found.carc, found.place_837) == ("platform", "236", "2400 SV101-3")
    assert found.table_row == "NCCI PTP of the document 11042 97597"
    assert " 59" not in found.suggestion


def test_a_dead_code_gets_no_further_coding_finding() -> None:
    dead = claim(line("99201", modifiers=("59",), units=Decimal(0), pointers=()))
    assert {one.rule for one in findings(dead, {}, ClaimFacts())} == {"PS-022", "PS-031"}
