"""The contract as documented: the page is current, every example runs, every hook is typed."""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import plugins
from core.claims.claim import Attachment
from core.errors import InputError, PluginError
from core.rules.facts import NO_FACTS
from core.rules.rulebook import RuleSet
from core.scrub.engine import case_of
from plugins import Case, Form, Policy, PricingCase, spec
from plugins.confined.limits import LIMITS, MIB
from plugins.demo import WINDOW_DAYS, DemoPractice
from plugins.host import EnabledPlugin, PluginHost
from plugins.sample_files import play_for
from plugins.testing import (
    TODAY,
    charge,
    claims_of,
    findings,
    line,
    payer,
    professional_claim,
    record,
    visit,
)

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"
NAMES = [hook.__name__ for hook in spec.HOOKS]


def test_the_contract_has_the_thirteen_hooks_and_no_other() -> None:
    declared = [
        name for name, item in vars(spec).items() if getattr(item, "claimwright_spec", None)
    ]
    assert declared == NAMES
    assert len(NAMES) == 13


def test_the_page_on_hooks_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == spec.documentation()


@pytest.mark.parametrize("hook", spec.HOOKS, ids=NAMES)
def test_each_hook_is_documented_in_the_same_parts_and_order(hook: Any) -> None:
    text = inspect.cleandoc(hook.__doc__)
    places = [text.find(f"\n{part}") for part in (*spec.PARTS, "Example::")]
    assert min(places) > 0
    assert places == sorted(places)
    assert "Since: contract " in text
    assert inspect.signature(hook).return_annotation is not inspect.Signature.empty


def test_what_the_page_says_of_limits_is_what_a_process_is_given() -> None:
    limits = {
        f"{LIMITS.call_seconds:.0f} s a claim, {LIMITS.batch_seconds:.0f} s a batch",
        f"{LIMITS.flags_a_claim} flags a claim",
        f"{LIMITS.answer_bytes // 1024} KiB an answer",
        f"{LIMITS.build_seconds:.0f} s and {LIMITS.build_answer_bytes // MIB} MiB to state",
    }
    page = PAGE.read_text(encoding="utf-8")
    assert not [one for one in limits if one not in page]
    assert f"in the {WINDOW_DAYS} days before" in page


MANIFEST = spec.Manifest(name="example", version="1", contract=1, title="Example", prefixes=("EX",))
CHOSEN = EnabledPlugin(name="example")


def example_plugin(name: str) -> ModuleType:
    """The example of one hook as a plugin of its own, with nothing but the page's imports."""
    doc = inspect.cleandoc(getattr(spec, name).__doc__)
    source = inspect.cleandoc(doc.partition("Example::")[2])
    module = ModuleType("example")
    space = vars(module)
    space.update({public: getattr(plugins, public) for public in plugins.__all__})
    space.update(msgspec=msgspec, Decimal=Decimal, timedelta=timedelta, MANIFEST=MANIFEST)
    exec(compile(source, f"<example of {name}>", "exec"), space)
    return module


def host_of(name: str) -> PluginHost:
    return PluginHost(modules=(example_plugin(name),))


def stated(name: str) -> RuleSet:
    """What the example states; it also makes a rule book."""
    host = host_of(name)
    assert host.build_rule_book([CHOSEN]).contributors
    return host.rule_set(CHOSEN)


def case_of_units(units: int, **changes: Any) -> Case:
    claim = professional_claim(line("H0004", units=Decimal(units), **changes))
    return case_of(claim, host_of("claim_edits").build_rule_book([CHOSEN]), NO_FACTS, TODAY)


def asked_settings_type() -> None:
    host = host_of("settings_type")
    host.rule_set(EnabledPlugin(name="example", settings=b'{"evening_rate":true}'))
    with pytest.raises(PluginError):
        host.rule_set(EnabledPlugin(name="example", settings=b'{"evening_rate":1}'))


def asked_coding_rules() -> None:
    book = host_of("coding_rules").build_rule_book([CHOSEN])
    timed, untimed = charge(minutes=47), charge(line_no=2)
    (claim,) = claims_of(visit(timed, untimed), book)
    assert [(one.code, one.units) for one in claim.lines] == [("H0004", 3), ("", 1)]


def asked_claim_shapes() -> None:
    (shape,) = stated("claim_shapes").claim_shapes
    assert (shape.form, shape.touches.takes_code("V2020")) == (Form.PROFESSIONAL, True)


def asked_claim_edits() -> None:
    book = host_of("claim_edits").build_rule_book([CHOSEN])
    for units, flagged in ((4, False), (5, True)):
        claim = professional_claim(line("H0004", units=Decimal(units)))
        assert ("EX-1" in {one.rule for one in findings(claim, book)}) is flagged


def asked_derivations() -> None:
    (derivation,) = stated("derivations").derivations
    assert derivation.derive(case_of_units(1, minutes=47)).lines == {1: {"units": 3}}
    assert derivation.derive(case_of_units(1)).lines == {}


def asked_payer_policies() -> None:
    book = host_of("payer_policies").build_rule_book([CHOSEN])
    named, other = (book.policy(payer(payer_id=one), TODAY) for one in ("30003", "30004"))
    assert (named.number("timely_filing_days"), other.number("timely_filing_days")) == (180, None)


def asked_fee_schedules() -> None:
    book = host_of("fee_schedules").build_rule_book([CHOSEN])
    (claim,) = claims_of(visit(charge("H0004", charge_cents=None)), book)
    assert claim.charge_cents == 4_000


def asked_pricing_steps() -> None:
    (step,) = stated("pricing_steps").pricing_steps
    claim = professional_claim()
    case = PricingCase(claim=claim, day=TODAY, policy=Policy({}))
    assert step.apply(case, claim.lines[0], 4_001) == 2_001


def asked_gates() -> None:
    book = host_of("gates").build_rule_book([CHOSEN])
    attached = (Attachment(report_type="OZ", transmission="EL", control_number="1"),)
    for signed in (True, False):
        claim = professional_claim(attachments=attached, signature_on_file=signed)
        found = [one for one in findings(claim, book) if one.rule == "EX-G1"]
        assert [one.gate for one in found] == ([] if signed else [True])


def asked_denial_plays() -> None:
    book = host_of("denial_plays").build_rule_book([CHOSEN])
    play = play_for(professional_claim(), book, carc="197")
    assert play is not None
    assert (play.id, play.deadline_days) == ("EX-D1", 14)
    assert play_for(professional_claim(), book, carc="96") is None


def asked_deadlines() -> None:
    (deadline,) = stated("deadlines").deadlines
    due = deadline.due(visit(admission_date=date(2026, 2, 26)))
    assert due is not None
    assert due.due == date(2026, 3, 3)
    assert deadline.due(visit()) is None


def asked_records() -> None:
    (kind,) = stated("records").records
    kept = record(kind, sphere="-1.25")
    assert (kept.kind, kept.body) == ("example.refraction", b'{"sphere":"-1.25"}')
    with pytest.raises(InputError, match="has no field colour"):
        record(kind, colour="red")


def asked_demo_encounters() -> None:
    practice = DemoPractice(as_of=date(2026, 5, 21), encounters=3)
    shown = host_of("demo_encounters").demo_encounters("example", 1, practice)
    assert [len(one.charges) for one in shown] == [1, 1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_hook_runs_and_its_function_answers_as_it_says(name: str) -> None:
    globals()[f"asked_{name}"]()
