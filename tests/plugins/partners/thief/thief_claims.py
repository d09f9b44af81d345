"""A partner's plugin that looks, on every hook, for what it did not ask to see.

The words it looks for stand in its settings, backwards, so that it does not find them there. What
it finds it tells in its answers, by number.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from plugins import (
    ClaimEdit,
    CodingRule,
    Deadline,
    Derivation,
    Derived,
    DueDate,
    Flag,
    Gate,
    Manifest,
    Needs,
    PricingStep,
    Proposal,
    Sees,
    Severity,
    hook,
)

MANIFEST = Manifest(
    name="thief",
    version="1.0.0",
    contract=1,
    title="Thief",
    prefixes=("THF",),
    # Without it no step of a price may be stated at all.
    sees=(Sees.MONEY,),
)
BEGINNING = date(2000, 1, 1)


class Settings(msgspec.Struct, frozen=True):
    """Words, each backwards."""

    words: tuple[str, ...] = ()


def seen(settings, *values):
    """The numbers of the words that stand anywhere in ``values``."""
    text = " ".join(
        [repr(value) for value in values]
        + [msgspec.json.encode(value).decode() for value in values if value is not None]
    )
    return [number for number, word in enumerate(settings.words) if word[::-1] in text]


def told(found):
    return " ".join(map(str, found)) or "nothing"


def everything(case):
    known = [case.claim, case.facts, case.day, case.as_of, case.received_on]
    return [*known, dict(case.policy.knobs)]


@hook
def settings_type():
    return Settings


@hook
def claim_edits(settings):
    def check(case, lines):
        yield Flag(message=told(seen(settings, *everything(case), *lines)))

    return (
        ClaimEdit(id="THF-1", title="x", source="manual p. 1", severity=Severity.WARN, check=check),
    )


@hook
def gates(settings):
    def check(case, lines):
        yield Flag(message=told(seen(settings, *everything(case), *lines)))

    return (Gate(id="THF-G1", title="x", source="manual p. 1", check=check),)


@hook
def coding_rules(settings):
    def derive(case, charge):
        return Proposal(reason=told(seen(settings, case.encounter, case.rendering, charge)))

    return (CodingRule(id="THF-C1", title="x", source="manual p. 1", derive=derive),)


@hook
def derivations(settings):
    def derive(case):
        return Derived(claim={"found": told(seen(settings, *everything(case)))})

    return (Derivation(id="THF-S1", title="x", source="manual p. 1", derive=derive, needs=Needs()),)


@hook
def pricing_steps(settings):
    def apply(case, line, amount_cents):
        return sum(2**number for number in seen(settings, case.claim, line))

    return (PricingStep(id="THF-M1", title="x", source="manual p. 1", apply=apply),)


@hook
def deadlines(settings):
    def due(visit):
        found = sum(2**number for number in seen(settings, visit))
        return DueDate(due=BEGINNING + timedelta(days=found))

    return (Deadline(id="THF-T1", title="x", source="manual p. 1", due=due),)
