"""The invented visits: the same in every process, enough of them, and held exactly where meant."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.coding.code import code
from core.ids import npi_is_valid
from core.pricing.price import price
from core.scrub.engine import scrub
from plugins.demo import DemoPractice
from plugins.demo_payers import DEMO_PAYERS, DEMO_RULES, DEMO_SETTINGS
from plugins.host import EnabledPlugin, build_rule_book, default_host

AS_OF = date(2026, 11, 21)
NAMES = ("behavioral_health", "dental", "home_health", "telehealth")
ROOT = Path(__file__).parents[2]

PRINT_DIGEST = """
import hashlib, sys
from datetime import date
import msgspec
from plugins.demo import DemoPractice
from plugins.host import default_host
practice = DemoPractice(as_of=date(2026, 11, 21))
visits = [default_host().demo_encounters(name, 7, practice) for name in sys.argv[1:]]
print(hashlib.sha256(msgspec.json.encode(visits)).hexdigest())
"""


def outcome(name: str, seed: int, as_of: date) -> list[tuple[str, list[str]]]:
    """For each visit: the fault meant, and the rules that hold its claims."""
    enabled = [EnabledPlugin(name=name, settings=DEMO_SETTINGS)]
    book = build_rule_book(enabled, practice=DEMO_RULES)
    demo: Any = import_module(f"plugins.{name}.demo")
    found = []
    for number, case in enumerate(demo.cases(seed, DemoPractice(as_of=as_of))):
        coded = code(case.encounter, book, claim_number=f"C{number}")
        reports = scrub([price(claim, book) for claim in coded.claims], book, as_of=as_of)
        all_findings = [*coded.findings, *(one for report in reports for one in report.findings)]
        found.append((case.fault, [one.rule for one in all_findings if one.severity.holds]))
    return found


@pytest.mark.parametrize("as_of", [AS_OF, date(2026, 3, 1), date(2027, 1, 4)])
@pytest.mark.parametrize("name", NAMES)
def test_a_visit_is_held_exactly_when_it_carries_a_fault(name: str, as_of: date) -> None:
    for seed in (1, 7):
        cases = outcome(name, seed, as_of)
        assert len(cases) == 60
        assert [fault for fault, held in cases if bool(fault) != bool(held)] == []
        assert 0.06 <= sum(bool(fault) for fault, _ in cases) / len(cases) <= 0.10


@pytest.mark.parametrize("name", NAMES)
def test_the_visits_are_what_the_masters_and_the_simulator_know(name: str) -> None:
    visits = default_host().demo_encounters(name, 7, DemoPractice(as_of=AS_OF))
    known = {(payer.payer_id, payer.name, payer.kind) for payer in DEMO_PAYERS}
    assert len({visit.billing.npi for visit in visits}) == 1
    assert npi_is_valid(visits[0].billing.npi)
    for visit in visits:
        for coverage in visit.coverages:
            payer = coverage.payer
            assert (payer.payer_id, payer.name, payer.kind) in known
        days = [charge.service_from for charge in visit.charges if charge.service_from]
        assert all(AS_OF - timedelta(days=60) <= day <= AS_OF for day in days)
    share = sum(len(visit.coverages) > 1 for visit in visits) / len(visits)
    assert 0.03 <= share <= 0.35


def test_the_same_seed_gives_the_same_visits_in_another_process() -> None:
    practice = DemoPractice(as_of=AS_OF)
    here = [default_host().demo_encounters(name, 7, practice) for name in NAMES]
    digest = hashlib.sha256(msgspec.json.encode(here)).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    there = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST, *NAMES],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == digest
