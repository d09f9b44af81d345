"""A plugin that looks for what it did not ask to see finds none of it, on any hook (K1)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from core.rules.case import Case
from core.rules.coding import CodingCase
from core.rules.facts import ScrubFacts
from core.rules.policy import Policy
from core.rules.pricing import PricingCase
from core.rules.rulebook import RuleBook
from core.scrub.engine import case_of, scrub
from plugins.host import EnabledPlugin
from tests.core.test_visible import CANARIES, CLAIM, DAY, NEVER, VISITED, facts
from tests.plugins.confined.partners import hosting, source
from tests.plugins.partners.thief.thief_claims import BEGINNING

MONEY = "98765"
WORDS = (
    MONEY,
    *(one for kind, each in CANARIES.items() if kind != "money" for one in each),
    *NEVER,
)
FACTS = ScrubFacts(by_claim={CLAIM.claim_number: facts()})


@pytest.fixture(scope="module")
def book() -> Iterator[RuleBook]:
    settings = msgspec.json.encode({"words": [word[::-1] for word in WORDS]})
    with hosting(source("thief")) as host:
        yield host.build_rule_book([EnabledPlugin(name="thief", settings=settings)])


@pytest.fixture(scope="module")
def case(book: RuleBook) -> Case:
    return case_of(CLAIM, book, FACTS, DAY)


ONLY_MONEY = "0"
"""The number of the one word it may find; finding it proves that it looked."""


def test_edits_and_gates(book: RuleBook) -> None:
    (report,) = scrub([CLAIM], book, FACTS, as_of=DAY)
    found = {one.rule: one.message for one in report.findings if one.rule.startswith("THF")}
    assert found == {"THF-1": ONLY_MONEY, "THF-G1": ONLY_MONEY}


def test_coding_rules(book: RuleBook) -> None:
    case = CodingCase(
        encounter=VISITED, payer=CLAIM.payer, policy=Policy({}), day=DAY, rendering=CLAIM.rendering
    )
    proposal = book.coding_rules[0].derive(case, VISITED.charges[0])
    assert proposal is not None
    assert proposal.reason == ONLY_MONEY


def test_derivations(book: RuleBook, case: Case) -> None:
    (own,) = (one.rule for one in book.derivations if one.family == "thief")
    derived = own.derive(case)
    assert derived is not None
    assert derived.claim == {"found": ONLY_MONEY}


def test_pricing_steps_and_deadlines(book: RuleBook) -> None:
    pricing = PricingCase(claim=CLAIM, day=DAY, policy=Policy({}))
    assert book.pricing_steps[0].apply(pricing, CLAIM.lines[0], 5) == 2**0
    for facts_of_it in (VISITED, CLAIM):
        due = book.deadlines[0].due(facts_of_it)
        assert due is not None
        assert (due.due - BEGINNING).days == 2**0
