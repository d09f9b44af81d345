"""How service payments find our lines, from the surest sign to the weakest."""

import pytest

from core.claims.lifecycle import POSTABLE_STAGES, Stage
from core.remittance.matching import MatchedBy, NoMatch, match, match_all
from tests.core.remittance.checks import claim_payment, open_claim, open_line, service

BY = MatchedBy


def paired(payment, claim):
    return [(one.line_no, one.by) for one in match(payment, claim).lines]


TWO = (open_line(1, 10000, modifiers=("95", "GT")), open_line(2, 20000, code="90837"))

CASES = {
    "control numbers win over codes": (
        (service(20000, code="90834", control_number="L2"), service(10000, control_number="L1")),
        TWO,
        [(2, BY.CONTROL_NUMBER), (1, BY.CONTROL_NUMBER)],
    ),
    "code, modifiers in any order, and charge": (
        (service(10000, modifiers=("GT", "95")), service(20000, code="90837")),
        TWO,
        [(1, BY.CODE_AND_CHARGE), (2, BY.CODE_AND_CHARGE)],
    ),
    "an unknown control number falls back to the code": (
        (service(20000, code="90837", control_number="X9"),),
        TWO,
        [(2, BY.CODE_AND_CHARGE)],
    ),
    "a dropped modifier": ((service(10000, modifiers=("95",)),), TWO, [(1, BY.DROPPED_MODIFIER)]),
    "the charge decides between lines of one code": (
        (service(300), service(100)),
        (open_line(1, 100), open_line(2, 300)),
        [(2, BY.CODE_AND_CHARGE), (1, BY.CODE_AND_CHARGE)],
    ),
    "equal lines are taken one each": (
        (service(100), service(100)),
        (open_line(1, 100), open_line(2, 100)),
        [(1, BY.CODE_AND_CHARGE), (2, BY.CODE_AND_CHARGE)],
    ),
    "a line split in two by control number": (
        (service(60, control_number="L1"), service(40, control_number="L1")),
        (open_line(1, 100),),
        [(1, BY.CONTROL_NUMBER), (1, BY.CONTROL_NUMBER)],
    ),
    "a line split in two without control number": (
        (service(60), service(40)),
        (open_line(1, 100),),
        [(1, BY.CODE), (1, BY.SPLIT_LINE)],
    ),
    "parts larger than the line are no split": (
        (service(60), service(41)),
        (open_line(1, 100),),
        [(1, BY.CODE), (None, BY.NOTHING)],
    ),
    "a recoded line is found by what was billed": (
        (service(10000, code="99213", original_code="90834", modifiers=("95", "GT")),),
        TWO,
        [(1, BY.CODE_AND_CHARGE)],
    ),
    "a revenue code line": (
        (service(500, code="0450", code_qualifier="NU"),),
        (open_line(1, 500, code="", revenue_code="0450"),),
        [(1, BY.CODE_AND_CHARGE)],
    ),
    "an institutional line needs its revenue code": (
        (service(500, code="99283", revenue_code="0456"),),
        (open_line(1, 500, code="99283", revenue_code="0450"),),
        [(None, BY.NOTHING)],
    ),
    "another code is nothing of ours": ((service(10000, code="99999"),), TWO, [(None, BY.NOTHING)]),
    "a reversal is matched by the size of its charge": (
        (service(-20000, code="90837"),),
        TWO,
        [(2, BY.CODE_AND_CHARGE)],
    ),
    "no lines at all": ((), TWO, []),
}


@pytest.mark.parametrize("name", CASES)
def test_lines_are_paired(name: str) -> None:
    services, lines, expected = CASES[name]
    payment = claim_payment("C1", *services, charge_cents=100)
    assert paired(payment, open_claim("C1", *lines)) == expected


def test_an_unknown_claim_number_is_a_reason() -> None:
    assert match(claim_payment("C9"), None).reason is NoMatch.UNKNOWN_CLAIM


@pytest.mark.parametrize("stage", list(Stage))
def test_only_a_claim_a_payer_can_have_seen_takes_money(stage: Stage) -> None:
    found = match(claim_payment("C1", charge_cents=100), open_claim("C1", *TWO, stage=stage))
    assert (found.claim is not None) == (stage in POSTABLE_STAGES)
    assert (found.reason is NoMatch.NOT_SENT) == (stage not in POSTABLE_STAGES)


def test_unmatched_lines_are_listed_and_a_different_charge_is_noticed() -> None:
    payment = claim_payment("C1", service(1, code="A0000"), service(20000, code="90837"))
    found = match(payment, open_claim("C1", *TWO))
    assert len(found.unmatched_lines) == 1
    assert len(found.lines) == 2
    assert found.charge_differs


def test_a_slice_is_matched_in_order_from_one_load() -> None:
    ours = {"C1": open_claim("C1", *TWO)}
    found = match_all((claim_payment("C2"), claim_payment("C1")), ours)
    assert [one.claim is None for _, one in found] == [True, False]
