"""The sample partner: built from public names alone, installed as a wheel, for one practice."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

import plugins
from api import bootstrap
from api.bootstrap import Runtime
from api.cycle import Cycle
from api.practices import COMMAND
from core.claims.parties import PayerKind
from core.dates import Window
from core.ports import Practice, StoredPayer
from core.usecases.intake import Arrival, take_encounters
from plugins import demo, demo_payers
from plugins.confined.plugin import ConfinedPlugin
from plugins.demo import payer_ref
from plugins.demo_payers import HARBOR_MEDICARE
from plugins.testing import (
    SERVICE_DAY,
    charge,
    contract_faults,
    coverage,
    settings_faults,
    visit,
)
from tests.api.command_line import PRACTICE, CommandLine
from tests.partners.conftest import VISION

PUBLIC = {
    "plugins": set(plugins.__all__),
    "plugins.demo": set(vars(demo)),
    "plugins.demo_payers": set(vars(demo_payers)),
}
OUTSIDE = {"__future__", "collections.abc", "datetime", "decimal", "typing", "msgspec"}


@pytest.fixture
def claimwright(
    running: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    @contextmanager
    def opened() -> Iterator[Runtime]:
        yield running

    monkeypatch.setattr(bootstrap, "runtime", opened)
    return CommandLine(capsys, running.settings.home)


def test_it_uses_nothing_of_ours_but_public_names() -> None:
    faults = []
    for path in sorted((VISION / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                faults += [
                    f"{path.name}:{node.lineno} {one.name}"
                    for one in node.names
                    if one.name not in OUTSIDE
                ]
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if module.partition(".")[0] == "claimwright_vision" or module in OUTSIDE:
                    continue
                known = PUBLIC.get(module, set())
                faults += [
                    f"{path.name}:{node.lineno} {module}.{one.name}"
                    for one in node.names
                    if one.name not in known or one.name.startswith("_")
                ]
    assert faults == []


def test_its_own_tests_pass(claimwright: CommandLine) -> None:
    ran = claimwright("plugin", "test", VISION, "--no-contract")
    assert (ran.status, " passed" in ran.out) == (0, True), ran.out[-2000:]


@pytest.mark.campaign
def test_it_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(VISION / "src")
    module = import_module("claimwright_vision")
    assert contract_faults(module) == ()
    assert settings_faults(module, b'{"vision_plans":["70007"]}') == ()


def eye_visit(running: Runtime, practice: Practice) -> None:
    """A patient of Medicare: an examination with a refraction, and a pair of lenses to code."""
    insured = coverage(
        HARBOR_MEDICARE, payer_ref=payer_ref(HARBOR_MEDICARE), window=Window(date(2025, 1, 1))
    )
    encounter = visit(
        charge("92014"),
        charge("92015", 2),
        payer=HARBOR_MEDICARE,
        coverages=(insured,),
        diagnoses=("H2513",),
    )
    with running.unit_of_work(practice.tenant_id, COMMAND, as_of=SERVICE_DAY) as uow:
        taken = take_encounters(
            uow,
            [Arrival(position=1, encounter=encounter)],
            kind="demonstration",
            sha256=hashlib.sha256(practice.slug.encode()).digest(),
            confirm_new_providers=True,
        )
        assert taken.counts.taken == 1, taken.refusals


def said_of(running: Runtime, practice: Practice) -> dict[str, str]:
    """The rules that speak of the practice's claims, and how gravely."""
    Cycle(running, practice, as_of=SERVICE_DAY).prepare()
    with running.unit_of_work(practice.tenant_id, as_of=SERVICE_DAY) as uow:
        records = uow.claims.judged_otherwise("-", "-", limit=10)
        stored = uow.claims.findings_of([one.id for one in records])
    assert len(records) == 1
    return {one.finding.rule: str(one.finding.severity) for one in stored.get(records[0].id, ())}


def test_a_wheel_is_installed_and_judges_for_one_practice_alone(
    claimwright: CommandLine, running: Runtime, vision_wheel: Path
) -> None:
    assert HARBOR_MEDICARE.kind is PayerKind.MEDICARE
    for slug in ("clearwater", "meadow"):
        assert claimwright("practice", "create", slug, *PRACTICE).status == 0
    with running.unit_of_work(running.practice("meadow").tenant_id, COMMAND) as uow:
        uow.masters.add_payers([StoredPayer(id=payer_ref(HARBOR_MEDICARE), payer=HARBOR_MEDICARE)])
        uow.record("payer.created", {"payer": [payer_ref(HARBOR_MEDICARE)]}, payers=1)

    refused = claimwright("plugin", "install", vision_wheel)
    assert (refused.status, "is not signed" in refused.err) == (2, True)
    installed = claimwright("plugin", "install", vision_wheel, "--unsigned")
    assert "it asks to see: clinical, history" in installed.out
    refused = claimwright("plugin", "enable", "vision", "--practice=clearwater")
    assert (refused.status, "--grant" in refused.err) == (2, True)
    granted = claimwright(
        "plugin", "enable", "vision", "--practice=clearwater", "--grant=clinical,history"
    )
    assert granted.status == 0

    assert isinstance(running.plugins.plugin("vision"), ConfinedPlugin)
    said = {}
    for slug in ("clearwater", "meadow"):
        practice = running.practice(slug)
        eye_visit(running, practice)
        said[slug] = said_of(running, practice)
    assert said["clearwater"].pop("VIS-001") == "deny"
    assert said["clearwater"] == said["meadow"]
    assert not [rule for rule in said["meadow"] if rule.startswith("VIS-")]
