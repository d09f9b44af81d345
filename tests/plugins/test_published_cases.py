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

from core.codes.diagnosis_book import IcdBook
from core.rules.rulebook import RuleBook
from core.scrub.document import scrub_document
from plugins.host import EnabledPlugin, default_host
from tenants.diagnoses import open_diagnoses
from tests.plugins.scrub_documents import read

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
    enabled = [EnabledPlugin(name=name) for name in document["plugins"]]
    return default_host().build_rule_book(enabled)


@pytest.fixture(scope="module")
def icd(shipped_home: Path) -> IcdBook:
    return open_diagnoses(shipped_home)


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
def test_every_built_rule_agrees_with_every_published_case(name: str, icd: IcdBook) -> None:
    wrong = []
    documents = [json.loads(text) for text in (CASES / f"{name}.jsonl").read_text().splitlines()]
    looked = [document for document in documents if usable(document)]
    assert looked
    for document in looked:
        known = built()
        result = scrub_document(read(document, icd), book_for(document))
        expected = {
            (one["rule"], one["severity"], one["line"])
            for one in document["expect"].get("findings") or ()
            if one["rule"] in known and one["severity"] in {"reject", "deny"}
        }
        found = {
            (one["rule"], one["severity"], one["line"])
            for one in result["findings"]
            if one["rule"] in known and one["severity"] in {"reject", "deny"}
        }
        if expected != found:
            wrong.append((document["id"], sorted(map(str, expected ^ found))))
    assert not wrong, f"{len(wrong)} of {len(looked)}: {wrong}"
