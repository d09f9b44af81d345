"""For pytest: what a partner's tests are given, and the tests every plugin gets unasked.

A project loads it with ``-p plugins.pytest_plugin`` (``addopts`` of its ``pyproject.toml``), and
``claimwright plugin test`` does so unasked. ``docs/partners/testing.md`` describes each fixture.
Its own asserts are plain ones: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from difflib import unified_diff
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from core.claims.claim import Claim
from core.errors import ClaimwrightError
from core.rules.facts import NOTHING_LOADED, ClaimFacts
from core.rules.rulebook import RuleBook
from core.scrub.finding import RULE_FAILED, Finding
from plugins import sample_files, samples, testing
from plugins.host import BUILT_IN, EnabledPlugin, PluginHost, load
from plugins.project import PROJECT_FILE, PluginProject, read_project

_PROJECT = pytest.StashKey[PluginProject | None]()

Findings = Callable[..., tuple[Finding, ...]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options."""
    group = parser.getgroup("claimwright", "plugins of Claimwright")
    group.addoption("--update-golden", action="store_true", help="write golden files anew")
    group.addoption(
        "--no-contract", action="store_true", help="leave out the tests every plugin gets"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find the plugin under test, and make it importable from its folder."""
    project = None
    if (config.rootpath / PROJECT_FILE).is_file():
        try:
            project = read_project(config.rootpath)
        except ClaimwrightError:
            project = None  # a project of something else
    config.stash[_PROJECT] = project
    if project is not None and str(project.source) not in sys.path:
        sys.path.insert(0, str(project.source))


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the tests of the contract, unless one test was asked for by name."""
    project = config.stash[_PROJECT]
    named = any("::" in argument for argument in config.args) or config.getoption("keyword")
    if project is None or named or config.getoption("--no-contract"):
        return
    for name, check in CONTRACT_TESTS:
        items.append(ContractItem.from_parent(session, name=f"contract: {name}", check=check))


class ContractItem(pytest.Item):
    """One test that every plugin gets: it fails with the sentences that ``check`` gives."""

    def __init__(self, *, check: Callable[[ModuleType], Sequence[str]], **given: Any) -> None:
        super().__init__(**given)
        self._check = check

    def runtest(self) -> None:
        """Ask the plugin."""
        project = self.config.stash[_PROJECT]
        assert project is not None, "added for a plugin's project only"
        faults = self._check(_imported(project))
        if faults:
            pytest.fail("\n".join(faults), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands in a report."""
        return self.path, None, self.name


def _keeps(module: ModuleType) -> Sequence[str]:
    return testing.contract_faults(module)


def _with_others(module: ModuleType) -> Sequence[str]:
    """Whether it can be enabled beside every built-in specialty."""
    name = load(module).manifest.name
    names = {name, *(load(import_module(one)).manifest.name for one in BUILT_IN)}
    try:
        _host(module).build_rule_book([EnabledPlugin(name=one) for one in sorted(names)])
    except ClaimwrightError as fault:
        return (fault.message,)
    return ()


CONTRACT_TESTS: tuple[tuple[str, Callable[[ModuleType], Sequence[str]]], ...] = (
    ("it keeps what every plugin promises", _keeps),
    ("it stands beside the built-in specialties", _with_others),
)
"""The tests every plugin gets, with what they ask."""


def _imported(project: PluginProject) -> ModuleType:
    return import_module(project.module)


@cache
def _host(module: ModuleType) -> PluginHost:
    """One for all tests: it keeps the rule books it built."""
    return PluginHost(modules=() if module.__name__ in BUILT_IN else (module,))


def _enabled(module: ModuleType, settings: bytes) -> list[EnabledPlugin]:
    manifest = load(module).manifest
    others = [EnabledPlugin(name=name) for name in manifest.requires]
    return [EnabledPlugin(name=manifest.name, settings=settings), *others]


class Clock:
    """The day on which a test judges. It stands still until the test travels."""

    def __init__(self, today: date = samples.TODAY) -> None:
        self.today = today

    def travel(self, days: int) -> date:
        """So many days on; back with a negative number."""
        self.today += timedelta(days=days)
        return self.today

    def travel_to(self, day: date) -> date:
        """To ``day``."""
        self.today = day
        return self.today


class Golden:
    """Files beside the tests (``golden/NAME``) that what is made must equal, byte for byte."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self._folder = folder
        self._update = update

    def claim(self, claim: Claim, name: str) -> bytes:
        """The 837 of ``claim`` is what ``name`` holds."""
        return self.same(sample_files.claim_file(claim), name)

    def answer(self, claim: Claim, name: str, **decision: Any) -> bytes:
        """An invented payer's 835 about ``claim`` is what ``name`` holds.

        ``decision``: ``denied`` lines, ``carc``, ``group``, ``remarks``.
        """
        return self.same(sample_files.answer_file(claim, **decision), name)

    def same(self, made: bytes, name: str) -> bytes:
        """``made`` is what ``name`` holds; with ``--update-golden`` it is written there."""
        path = self._folder / name
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
        if not path.is_file():
            pytest.fail(f"there is no golden/{name} yet; write it with --update-golden")
        golden = path.read_text(encoding="utf-8").splitlines()
        differing = unified_diff(golden, made.decode().splitlines(), "golden", "made", lineterm="")
        if shown := "\n".join(differing):
            pytest.fail(f"golden/{name} is not what is made now:\n{shown}", pytrace=False)
        return made


@pytest.fixture(scope="session")
def plugin_module(pytestconfig: pytest.Config) -> ModuleType:
    """The module of the plugin under test."""
    project = pytestconfig.stash[_PROJECT]
    if project is None:
        pytest.fail("there is no plugin to test: pytest was not started in a plugin's folder")
    return _imported(project)


@pytest.fixture
def plugin_settings() -> dict[str, Any]:
    """The practice's settings for the plugin; a test file overrides it."""
    return {}


@pytest.fixture(scope="session")
def build_rule_book(plugin_module: ModuleType) -> Callable[..., RuleBook]:
    """``build_rule_book(settings, also=("telehealth",))``: the plugin, what it requires, others."""

    def build(settings: dict[str, Any] | None = None, *, also: Sequence[str] = ()) -> RuleBook:
        enabled = _enabled(plugin_module, msgspec.json.encode(settings or {}))
        enabled += [EnabledPlugin(name=name) for name in also]
        return _host(plugin_module).build_rule_book(enabled)

    return build


@pytest.fixture
def rule_book(
    build_rule_book: Callable[..., RuleBook], plugin_settings: dict[str, Any]
) -> RuleBook:
    """The rules of a practice that has enabled the plugin with ``plugin_settings``."""
    return build_rule_book(plugin_settings)


@pytest.fixture
def clock() -> Clock:
    """The day on which ``findings`` and ``raised`` judge: ``clock.travel(days=30)``."""
    return Clock()


@pytest.fixture
def findings(rule_book: RuleBook, clock: Clock) -> Findings:
    """``findings(claim, facts=...)``: all that is said of a claim, by the platform too."""

    def find(claim: Claim, *, facts: ClaimFacts = NOTHING_LOADED) -> tuple[Finding, ...]:
        return testing.findings(claim, rule_book, facts=facts, as_of=clock.today)

    return find


@pytest.fixture
def raised(plugin_module: ModuleType, findings: Findings) -> Callable[..., set[str]]:
    """``raised(claim, facts=...)``: the ids of the plugin's own rules that speak.

    A rule that broke fails the test.
    """
    prefixes = tuple(f"{prefix}-" for prefix in load(plugin_module).manifest.prefixes)

    def ids(claim: Claim, *, facts: ClaimFacts = NOTHING_LOADED) -> set[str]:
        own = [one for one in findings(claim, facts=facts) if one.rule.startswith(prefixes)]
        if broken := [one.rule for one in own if one.reason == RULE_FAILED]:
            pytest.fail(f"rule {broken[0]} breaks on this claim", pytrace=False)
        return {one.rule for one in own}

    return ids


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """``golden.claim(claim, "name.837")`` and ``golden.answer(claim, "name.835", denied=(1,))``."""
    update = bool(request.config.getoption("--update-golden"))
    return Golden(request.path.parent / "golden", update=update)
