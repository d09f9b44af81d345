"""What a plugin does wrong at run time is contained and blamed by name; other claims are judged.

Every deed is done by the plugin ``rogue`` on the first of two claims (issue 6, "Bad input gets").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core.claims.claim import Claim
from core.errors import PluginError
from core.rules.policy import Policy
from core.rules.pricing import PricingCase
from core.rules.rulebook import RuleBook
from core.scrub.engine import scrub
from core.scrub.finding import RULE_FAILED, Finding, Severity
from plugins.confined.faults import FaultKind, PluginFault, gathered
from plugins.confined.limits import Limits
from plugins.host import EnabledPlugin, PluginHost
from plugins.testing import TODAY, line, professional_claim
from tests.plugins.confined.partners import hosting, source, written

PATIENT = "Zephyrquill"
LIMITS = Limits(call_seconds=0.3, faults_max=1_000)


@pytest.fixture(scope="module")
def host() -> Iterator[PluginHost]:
    with hosting(source("rogue"), source("lens"), limits=LIMITS) as found:
        yield found


def claims() -> tuple[Claim, Claim]:
    """One on which the deed is done, and another that is judged with it."""
    return (
        professional_claim(line("V2100")),
        professional_claim(line("V2199"), claim_number="SAMPLE-2"),
    )


def book_of(host: PluginHost, **settings: object) -> RuleBook:
    enabled = EnabledPlugin(name="rogue", settings=msgspec.json.encode(settings))
    return host.build_rule_book([enabled, EnabledPlugin(name="lens")])


def judged(
    host: PluginHost, **settings: object
) -> tuple[list[tuple[Finding, ...]], list[PluginFault]]:
    """What the plugin says of both claims, and what was noted about it."""
    book = book_of(host, **settings)
    with gathered() as faults:
        reports = scrub(claims(), book, as_of=TODAY)
    own = [tuple(one for one in each.findings if one.rule.startswith("RGE")) for each in reports]
    return own, faults


@pytest.mark.attack("S-45")
@pytest.mark.parametrize(
    "deed",
    [
        "connect", "connect_beside_python", "write", "write_beside_python", "read", "remove",
        "read_environment", "read_memory", "fork", "run", "kill", "trace", "look_into",
        "old_machine", "more_memory", "take_fence_away",
    ],
)  # fmt: skip
def test_the_system_refuses_it(host: PluginHost, deed: str, tmp_path: Path) -> None:
    """A key of the installation is neither read, changed nor removed; nothing is written."""
    key = tmp_path / "keyring.json"
    key.write_text("secret", encoding="utf-8")
    target = tmp_path / "new" if deed.startswith("write") else key
    (first, second), faults = judged(host, deed=deed, path=str(target), pid=os.getpid())
    assert [one.message for one in first] == ["refused"]
    assert [one.message for one in second] == ["Looked at in peace"]
    assert faults == []
    assert [one.name for one in tmp_path.iterdir()] == ["keyring.json"]
    assert key.read_text(encoding="utf-8") == "secret"


BLAMED = [
    ("loop", FaultKind.OVERSTAYED),
    ("sleep", FaultKind.OVERSTAYED),
    ("hoard", FaultKind.MEMORY),
    ("name_the_patient", FaultKind.RAISED),
    ("leave", FaultKind.RAISED),
    ("leave_at_once", FaultKind.ENDED),
    ("crash", FaultKind.ENDED),
    ("close_everything", FaultKind.ENDED),
    ("forge", FaultKind.WRONG_ANSWER),
    ("say_much", FaultKind.TOO_LONG),
    ("never_end", FaultKind.TOO_LONG),
    ("wrong_type", FaultKind.WRONG_ANSWER),
    ("no_flag", FaultKind.WRONG_ANSWER),
    ("flag_of_wrong_type", FaultKind.WRONG_ANSWER),
]


@pytest.mark.attack("S-45")
@pytest.mark.parametrize(("deed", "kind"), BLAMED)
def test_the_rule_is_blamed_and_the_claim_is_held(
    host: PluginHost, deed: str, kind: FaultKind
) -> None:
    (first, second), faults = judged(host, deed=deed)
    (finding,) = first
    assert (finding.rule, finding.reason, finding.severity) == (
        "RGE-1", RULE_FAILED, Severity.DENY,
    )  # fmt: skip
    assert "RGE-1 of rogue" in finding.message
    assert [one.message for one in second] == ["Looked at in peace"], "one claim, not the batch"
    assert [(one.plugin, one.version, one.hook, one.rule, one.kind) for one in faults] == [
        ("rogue", "1.0.0", "claim_edits", "RGE-1", kind)
    ]
    assert PATIENT not in msgspec.json.encode((first, faults)).decode()
    assert faults[0].error in ("", "ValueError", "SystemExit", "MemoryError", "TypeError")


def test_a_line_that_is_not_there_is_blamed_too(host: PluginHost) -> None:
    (first, second), _ = judged(host, deed="nonsense_line")
    assert [one.reason for one in first] == [RULE_FAILED]
    assert [one.message for one in second] == ["Looked at in peace"]


def test_a_gate_that_fails_holds_the_claim_for_good(host: PluginHost) -> None:
    (first, second), _ = judged(host, deed="gate")
    for found in (first, second):
        gate = next(one for one in found if one.rule == "RGE-G1")
        assert (gate.severity, gate.gate, gate.overridable) == (Severity.REJECT, True, False)


@pytest.mark.parametrize("deed", ["flood", "mutate"])
def test_it_may_talk_to_itself_and_harm_its_own_copy(host: PluginHost, deed: str) -> None:
    given = claims()
    before = msgspec.json.encode(given)
    book = book_of(host, deed=deed)
    with gathered() as faults:
        scrub(given, book, as_of=TODAY)
    assert msgspec.json.encode(given) == before
    assert given[0].charge_cents == 15_000
    assert faults == []


def test_another_plugin_on_the_same_claims_is_not_touched(host: PluginHost) -> None:
    book = book_of(host, deed="leave_at_once")
    unsigned = [professional_claim(line("V2100"), signature_on_file=False)]
    (report,) = scrub(unsigned, book, as_of=TODAY)
    assert {"LNS-G1", "RGE-1"} <= {one.rule for one in report.findings}


def test_a_plugin_that_fails_too_often_rests_and_what_it_would_look_at_is_held() -> None:
    limits = Limits(call_seconds=0.2, faults_max=2)
    with hosting(source("rogue"), source("lens"), limits=limits) as host:
        book = book_of(host, deed="leave_at_once")
        given = [
            professional_claim(line("V2100"), claim_number=f"SAMPLE-{number}")
            for number in range(6)
        ]
        with gathered() as faults:
            reports = scrub(given, book, as_of=TODAY)
        kinds = [one.kind for one in faults]
        assert kinds == [FaultKind.ENDED] * 2 + [FaultKind.RESTING] * 4
        assert not any(one.clean for one in reports)
        resting = [one for one in reports[-1].findings if one.rule == "RGE-1"]
        assert [one.reason for one in resting] == [RULE_FAILED]
        assert "rogue was not asked" in resting[0].message
        (untouched,) = scrub([professional_claim(line("99213"))], book, as_of=TODAY)
        assert untouched.clean, "claims it does not touch are none of its matter"


OPEN = """
from plugins import *
MANIFEST = Manifest(name="open", version="1", contract=1, title="x", prefixes=("OPN",),
                    sees=(Sees.MONEY,), fails_open=("claim_edits", "coding_rules", "pricing_steps"))
COMMON = {"title": "x", "source": "manual p. 1"}
def broken(*given):
    raise ValueError
@hook
def claim_edits(settings):
    return (ClaimEdit(id="OPN-1", severity=Severity.DENY, check=broken, **COMMON),)
@hook
def gates(settings):
    return (Gate(id="OPN-G1", check=broken, touches=Touches(codes=("99215",)), **COMMON),)
@hook
def coding_rules(settings):
    return (CodingRule(id="OPN-C1", derive=broken, **COMMON),)
@hook
def pricing_steps(settings):
    return (PricingStep(id="OPN-M1", apply=broken, **COMMON),)
@hook
def deadlines(settings):
    return (Deadline(id="OPN-T1", due=broken, **COMMON),)
"""


def test_a_hook_that_fails_open_is_noted_and_holds_nothing_but_a_gate_always_holds(
    tmp_path: Path,
) -> None:
    with hosting(written(tmp_path, "open", OPEN)) as host, gathered() as faults:
        book = host.build_rule_book([EnabledPlugin(name="open")])
        plain, gated = (
            scrub([professional_claim(line(code))], book, as_of=TODAY)[0]
            for code in ("99213", "99215")
        )
        (noted,) = plain.findings
        assert (noted.rule, noted.severity, noted.reason) == ("OPN-1", Severity.INFO, RULE_FAILED)
        assert plain.clean
        assert not gated.clean
        assert [one.rule for one in gated.findings if one.severity is Severity.REJECT] == ["OPN-G1"]
        claim = professional_claim(line("99213"))
        pricing = PricingCase(claim=claim, day=TODAY, policy=Policy({}))
        assert book.pricing_steps[0].apply(pricing, claim.lines[0], 700) == 700
        with pytest.raises(PluginError, match="plugin open: rule OPN-T1 failed"):
            book.deadlines[0].due(claim)
    assert [(one.rule, one.holds) for one in faults] == [
        ("OPN-1", False), ("OPN-G1", True), ("OPN-1", False), ("OPN-M1", False), ("OPN-T1", True),
    ]  # fmt: skip
