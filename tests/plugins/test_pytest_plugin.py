"""What pytest gives a partner: fixtures, golden files, the clock, the contract unasked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from plugins import pytest_plugin
from tests.api.command_line import CommandLine

pytest_plugins = ["pytester"]

PROJECT = """
[project]
name = "example-claims"
version = "1.0.0"

[project.entry-points."claimwright.plugins.v1"]
example = "example_claims"

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]
"""

PLUGIN = """
from plugins import ClaimEdit, DenialPlay, Flag, HistoryNeed, Manifest, Needs, NoSettings
from plugins import Sees, Severity, Touches, hook

MANIFEST = Manifest(name="example", version="1.0.0", contract=1, title="Example", prefixes=("EX",),
                    sees=(Sees.HISTORY,))


def four_units(case, lines):
    for line in lines:
        if line.units > 4:
            yield Flag(line_no=line.line_no, message="More than 4 units a day")


def recent(case, lines):
    for prior in case.facts.history or ():
        if (case.as_of - prior.service_on).days < 90:
            yield Flag(message="Seen in the last 90 days", severity=Severity.WARN)


@hook
def claim_edits(settings):
    touches = Touches(codes=("H0004",))
    return (
        ClaimEdit(id="EX-1", title="Units", source="provider manual, p. 3", check=four_units,
                  severity=Severity.DENY, touches=touches),
        ClaimEdit(id="EX-2", title="Recent", source="provider manual, p. 4", check=recent,
                  severity=Severity.WARN, touches=touches,
                  needs=Needs(history=(HistoryNeed(codes=(), look_back_days=90),))),
    )
"""

TESTS = """
from decimal import Decimal
from datetime import date
from plugins.testing import facts, line, prior_service, professional_claim

def of(units):
    return professional_claim(line("H0004", units=Decimal(units)))

def test_units(raised, findings):
    assert raised(of(5)) == {"EX-1"}
    assert raised(of(4)) == set()
    assert "EX-1" in {one.rule for one in findings(of(5))}

def test_clock(raised, clock):
    known = facts(history=(prior_service("H0004", days_before=70),))
    assert raised(of(1), facts=known) == {"EX-2"}
    assert clock.travel(days=30) == date(2026, 6, 20)
    assert raised(of(1), facts=known) == set()
    clock.travel_to(date(2026, 5, 1))
    assert raised(of(1), facts=known) == {"EX-2"}

def test_golden(golden):
    golden.claim(of(1), "one.837")
    golden.answer(of(1), "one.835", denied=(1,), carc="197")
"""


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test writes a module of the same name. Other plugins of this machine are left out."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = [*sys.path]
    yield
    sys.path[:] = path
    sys.modules.pop("example_claims", None)
    pytest_plugin._host.cache_clear()


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    return CommandLine(capsys, tmp_path)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.path.joinpath("pyproject.toml").write_text(PROJECT)
    pytester.path.joinpath("example_claims.py").write_text(dedent(PLUGIN))
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # That plugin looks through all the memory of this process, five times at each end.
    quick = ("-p", "no:unraisableexception")
    return pytester.runpytest_inprocess("-p", "plugins.pytest_plugin", *quick, *arguments)


def test_claims_the_clock_and_golden_files_are_given_and_the_contract_is_asked(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(test_example=TESTS)
    first = run(project)
    first.assert_outcomes(passed=4, failed=1)  # the two of the contract are among them
    first.stdout.fnmatch_lines(["*there is no golden/one.837 yet; write it with --update-golden*"])
    run(project, "--update-golden", "--no-contract").assert_outcomes(passed=3)
    run(project, "--no-contract").assert_outcomes(passed=3)
    written = (project.path / "golden" / "one.837").read_text()
    assert "SV1*HC:H0004*150*UN*1" in written
    assert "CAS*CO*197*150" in (project.path / "golden" / "one.835").read_text()


def test_a_golden_file_that_differs_shows_the_segment(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_example="""
        from plugins.testing import line, professional_claim

        def test_golden(golden):
            golden.claim(professional_claim(line("H0004")), "one.837")
        """
    )
    run(project, "--update-golden", "--no-contract")
    path = project.path / "golden" / "one.837"
    path.write_text(path.read_text().replace("H0004", "H0005"))
    told = run(project, "-k", "golden")
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(["-SV1?HC:H0005*", "+SV1?HC:H0004*"])


def test_a_plugin_that_breaks_the_contract_fails_unasked(project: pytest.Pytester) -> None:
    path = project.path / "example_claims.py"
    path.write_text(path.read_text().replace('"provider manual, p. 3"', '"p.3"'))
    told = run(project)
    told.assert_outcomes(passed=1, failed=1)
    told.stdout.fnmatch_lines(["*EX-1*"])
    run(project, "--no-contract").assert_outcomes()


def test_a_rule_that_breaks_fails_the_test_that_met_it(project: pytest.Pytester) -> None:
    path = project.path / "example_claims.py"
    path.write_text(path.read_text().replace("line.units > 4", "line.colour"))
    project.makepyfile(
        test_example="""
        from plugins.testing import line, professional_claim

        def test_it(raised):
            raised(professional_claim(line("H0004")))
        """
    )
    told = run(project, "-k", "test_it")
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(["*rule EX-1 breaks on this claim*"])


def test_settings_of_a_test_file_reach_the_rule_book(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_example="""
        import pytest
        from core.errors import PluginError

        @pytest.fixture
        def plugin_settings():
            return {"colour": "red"}

        def test_an_unknown_setting_is_refused(build_rule_book, plugin_settings):
            with pytest.raises(PluginError):
                build_rule_book(plugin_settings)
            assert "telehealth" in dict(build_rule_book(also=("telehealth",)).contributors)
        """
    )
    run(project, "-k", "unknown").assert_outcomes(passed=1)


def test_it_is_silent_where_there_is_no_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it():\n    pass\n")
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("tests", "status"),
    [("def test_it():\n    pass\n", 0), ("def test_it():\n    assert not 1\n", 1), ("", 1)],
)
def test_the_command_runs_them_and_ends_with_their_outcome(
    project: pytest.Pytester,
    commands: CommandLine,
    tests: str,
    status: int,
) -> None:
    if tests:
        project.makepyfile(test_example=tests)
    ran = commands("plugin", "test", project.path, "--no-contract")
    assert ran.status == status
    assert tests or "there are no tests yet" in ran.err


def test_the_command_says_what_is_missing(
    commands: CommandLine, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = commands("plugin", "test", pytester.path)
    assert ran.status == 2
    assert "there is no pyproject.toml in the folder" in ran.err
    monkeypatch.setitem(sys.modules, "pytest", None)
    pytester.path.joinpath("pyproject.toml").write_text(PROJECT)
    pytester.path.joinpath("example_claims.py").write_text(dedent(PLUGIN))
    ran = commands("plugin", "test", pytester.path)
    assert ran.status == 2
    assert "pip install 'claimwright[partner]'" in ran.err
