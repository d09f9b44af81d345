"""Each way a rule answers as it must not is found by asking it, and blamed with file and line."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from plugins.conformance.contract import Bench, Contract, contract
from plugins.conformance.hostile import CANARIES, samples
from plugins.conformance.invented import samples_of
from tests.plugins.conformance.made import MANIFEST, errors, imported, judged, rule, source

SAYS = "def check(case, lines):\n    for line in lines:\n"

BAD = {
    "raises on an odd claim": (
        SAYS + "        if line.minutes > 15:\n            yield Flag(message='long')",
        "hostile", "rule SGT-1 raises TypeError on an ordinary claim",
    ),
    "raises without lines": (
        "def check(case, lines):\n    return () if lines[0].code else ()",
        "hostile", "rule SGT-1 raises IndexError on a claim with no lines",
    ),
    "ends the program": (
        "def check(case, lines):\n    raise SystemExit",
        "hostile", "rule SGT-1 raises SystemExit",
    ),
    "names the patient": (
        SAYS + "        yield Flag(message='Ask ' + case.claim.patient.name.last)",
        "privacy", "repeats what it was told of a person",
    ),
    "repeats a note": (
        SAYS + "        yield Flag(message='x', suggestion=line.description or 'y')",
        "privacy", "repeats what it was told of a person",
    ),
    "names a diagnosis": (
        SAYS + "        yield Flag(message='Not with ' + ''.join(case.claim.diagnoses[:1]) + '.')",
        "privacy", "repeats a diagnosis of the claim",
    ),
    "answers no flags": (
        "def check(case, lines):\n    return ['too long']",
        "answers", "answers something else than flags",
    ),
    "speaks of a line there is not": (
        "def check(case, lines):\n    yield Flag(message='x', line_no=4711)",
        "answers", "on a line the claim has not",
    ),
    "has no words": (
        "def check(case, lines):\n    yield Flag(message='')", "answers", "a flag without words",
    ),
    "counts its calls": (
        "N = []\n\n\n" + SAYS + "        N.append(1)\n        yield Flag(message=str(len(N)))",
        "purity", "answers otherwise when it is asked again",
    ),
    "alters what it is given": (
        SAYS + "        (case.facts.accumulators or {})['therapy_ot'] = 1\n    return ()",
        "purity", "alters the claim it is given",
    ),
    "uses money": (
        SAYS + "        if line.charge_cents > 9_000:\n            yield Flag(message='dear')",
        "capabilities", "rule SGT-1 uses money facts it will not be given",
    ),
    "uses who the patient is": (
        SAYS + "        if case.claim.patient.birth_date:\n            yield Flag(message='born')",
        "capabilities", "rule SGT-1 uses demographics facts it will not be given",
    ),
}  # fmt: skip


@pytest.mark.attack("S-45")
@pytest.mark.parametrize("name", BAD)
def test_a_rule_is_blamed_for_its_answers(name: str, tmp_path: Path) -> None:
    check, kind, says = BAD[name]
    text = rule(check)
    found = [one for one in errors(judged(tmp_path, text)) if one.check == kind]
    assert any(says in one.message for one in found), found
    if name != "alters what it is given":
        at = int(found[0].where.removeprefix("sight/__init__.py:"))
        assert text.splitlines().index("def check(case, lines):") < at <= text.count("\n")
    assert all(planted not in one.message for one in found for planted in CANARIES)


def with_hook(hook: str, answer: str, body: str = "") -> str:
    return source(f"{body}\n\n@hook\ndef {hook}(settings):\n    return ({answer},)\n")


STEP = 'PricingStep(id="SGT-M1", title="Step", source="contract, s. 4", apply=apply)'
CODING = 'CodingRule(id="SGT-C1", title="Units", source="manual, p. 3", derive=derive)'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            with_hook(
                "pricing_steps", STEP, "def apply(case, line, cents):\n    return cents * 0.5\n"
            ),
            "rule SGT-M1 must answer whole cents",
        ),
        (
            with_hook("pricing_steps", STEP, "def apply(case, line, cents):\n    return None\n"),
            "rule SGT-M1 must answer whole cents",
        ),
        (
            with_hook("coding_rules", CODING, "def derive(case, charge):\n    return 'H0004'\n"),
            "rule SGT-C1 must answer a Proposal or None",
        ),
        (
            with_hook(
                "coding_rules",
                CODING,
                "def derive(case, charge):\n    return Proposal(units=Decimal(charge.minutes))\n",
            ),
            "rule SGT-C1 raises TypeError",
        ),
    ],
    ids=["half a cent", "no amount", "a text", "no minutes"],
)
def test_other_functions_of_rules_are_asked_too(text: str, says: str, tmp_path: Path) -> None:
    assert any(says in one.message for one in errors(judged(tmp_path, text)))


def notes(found: Contract) -> list[str]:
    return [one.message for one in found.faults if one.is_warning and one.check == "capabilities"]


def test_what_is_asked_for_and_never_used_is_noted(tmp_path: Path) -> None:
    asking = MANIFEST.replace("sees=()", "sees=(Sees.CLINICAL, Sees.MONEY)")
    text = source(
        "def check(case, lines):\n"
        "    return (Flag(message='x') for one in lines if not case.claim.diagnoses)\n\n\n"
        "@hook\ndef claim_edits(settings):\n    return (edit(check=check),)\n",
        asking,
    )
    found = judged(tmp_path, text)
    assert errors(found) == []
    assert [one.partition(" and ")[0] for one in notes(found)] == ["the manifest asks for money"]


def test_history_that_no_rule_needs_by_name_is_not_given_and_so_not_used(tmp_path: Path) -> None:
    """A capability is for all rules; ``needs`` says what each is loaded."""
    check = (
        "def check(case, lines):\n    if case.facts.history:\n        yield Flag(message='before')"
    )
    asking = MANIFEST.replace("sees=()", "sees=(Sees.HISTORY,)")
    text = rule(check).replace(MANIFEST, asking)
    undeclared = judged(tmp_path, text)
    assert [one.message for one in errors(undeclared)] == [
        "rule SGT-1 uses history it does not say it needs; name it in needs"
    ]
    needing = text.replace(
        "check=check)", "check=check, needs=Needs(history=(HistoryNeed(look_back_days=90),)))"
    )
    assert errors(judged(tmp_path, needing)) == []


def test_the_samples_are_the_same_again_and_reach_every_code() -> None:
    from plugins.conformance.code import Words

    words = Words(codes=("V2020", "V2021", "92015"), modifiers=("GY", "LT"), diagnoses=("H5213",))
    first, second = samples(words), samples(words)
    assert first == second
    codes = {line.code for one in first if not one.what for line in one.claim.lines}
    assert {"V2020", "V2021", "92015"} <= codes
    assert len({one.claim.claim_number for one in first}) == len(first)
    assert any(len(one.claim.lines) == 999 for one in first)
    assert any(one.facts.history for one in first)


def test_values_are_invented_for_any_type_a_record_may_have() -> None:
    from plugins import behavioral_health, telehealth

    for module in (behavioral_health, telehealth):
        for record in module.records():
            assert len(samples_of(record.type, 5, ("av", "home"))) == 5


def test_a_rule_that_is_slow_is_named_and_one_that_is_far_too_slow_is_asked_no_more(
    tmp_path: Path,
) -> None:
    text = rule("def check(case, lines):\n    return ()")
    for step_s, says in ((0.004, "us for an ordinary claim; at most"), (1.0, "asked no more")):
        with imported(tmp_path, text) as module:
            found = contract(module, Bench(claims=10, clock=count(0, step_s).__next__))
        assert any(says in one.message for one in errors(found) if one.check == "speed")
        assert bool(found.answers) is (step_s < 1)
