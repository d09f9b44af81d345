"""The published cases, judged by the rules that exist so far.

Each case is a scrub document with the findings it must give. A rule that is not built yet is left
out on both sides; a rule that is built must agree in every case: rule, severity and line.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.rules.facts import ScrubFacts
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook, RuleSet
from core.scrub.engine import scrub
from plugins.host import EnabledPlugin, default_host
from tests.plugins.scrub_documents import claim_of, day, facts_of, knobs_of

CASES = Path(__file__).parents[3] / "shared" / "domain" / "cases"
FILES = (
    "professional",
    "institutional",
    "behavioral_health",
    "telehealth",
    "dental",
    "home_health",
)

# Its limits stand in the dental plan of a case, which is not part of this adapter.
PARTLY = frozenset({"DEN-030"})


def book_for(document: dict[str, Any]) -> RuleBook:
    policy = PayerPolicy(
        id="PRACTICE-1", title="Case", source="case", layer=Layer.PRACTICE, knobs=knobs_of(document)
    )
    enabled = [EnabledPlugin(name=name) for name in document["plugins"]]
    practice = RuleSet(name="practice", version="1", payer_policies=(policy,))
    return default_host().build_rule_book(enabled, practice=practice)


@cache
def built() -> frozenset[str]:
    names = ("behavioral_health", "dental", "home_health", "telehealth")
    book = default_host().build_rule_book([EnabledPlugin(name=name) for name in names])
    rules = {looker.rule.id for looker in book.lookers}
    return frozenset(rule for rule in rules if not rule.startswith("CW-")) - PARTLY


def usable(document: dict[str, Any]) -> bool:
    claim = document.get("claim")
    return bool(
        document.get("confidence") == "high"
        and claim
        and claim.get("form")
        and (claim["form"] != "837I" or (claim.get("from") and claim.get("through")))
    )


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the published cases are not beside the checkout")
@pytest.mark.parametrize("name", FILES)
def test_every_built_rule_agrees_with_every_published_case(name: str) -> None:
    wrong = []
    documents = [json.loads(text) for text in (CASES / f"{name}.jsonl").read_text().splitlines()]
    looked = [document for document in documents if usable(document)]
    assert looked
    for document in looked:
        claim = claim_of(document)
        as_of = day(document["claim"].get("received_date") or document.get("as_of"))
        facts = ScrubFacts(by_claim={claim.claim_number: facts_of(document)})
        assert as_of
        # Without a day of receipt the filing limit of an institutional claim is not checked.
        known = built() - (set() if document["claim"].get("received_date") else {"INST-028"})
        (report,) = scrub((claim,), book_for(document), facts, as_of=as_of)
        expected = {
            (one["rule"], one["severity"], one["line"])
            for one in document["expect"].get("findings") or ()
            if one["rule"] in known and one["severity"] in {"reject", "deny"}
        }
        found = {
            (one.rule, one.severity.value, one.line_no)
            for one in report.findings
            if one.rule in known and one.severity.holds
        }
        if expected != found:
            wrong.append((document["id"], sorted(map(str, expected ^ found))))
    assert not wrong, f"{len(wrong)} of {len(looked)}: {wrong}"
