"""A partner's plugin that behaves: one of each kind of thing a plugin may state."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from plugins import (
    ClaimEdit,
    CodingRule,
    Deadline,
    DenialPlay,
    DueDate,
    Fee,
    FeeSchedule,
    Flag,
    Gate,
    HistoryNeed,
    Manifest,
    Needs,
    PayerPolicy,
    PricingStep,
    Proposal,
    RecordType,
    Sees,
    Severity,
    Touches,
    Window,
    hook,
)

MANIFEST = Manifest(
    name="lens",
    version="1.0.0",
    contract=1,
    title="Lenses",
    prefixes=("LNS",),
    sees=(Sees.MONEY, Sees.CLINICAL, Sees.HISTORY),
    author="Lens Rules Ltd",
)


class Settings(msgspec.Struct, frozen=True):
    """What a practice says."""

    units_maximum: int = 2


class Refraction(msgspec.Struct, frozen=True):
    """What was measured."""

    sphere: str
    axis: int | None = None


def units(settings):
    def check(case, lines):
        most = case.policy.number("lens.units_maximum") or settings.units_maximum
        for line in lines:
            if line.units > most:
                yield Flag(line_no=line.line_no, message=f"More than {most} lenses a day")

    return check


def seldom(case, lines):
    for line in lines:
        if any(prior.code == line.code for prior in case.facts.history or ()):
            yield Flag(line_no=line.line_no, message="Lenses were given before")


def signed(case, lines):
    if not case.claim.signature_on_file:
        yield Flag(message="No signature for the lenses")


def derive(case, charge):
    return Proposal(units=Decimal(2)) if charge.code == "V2100" else None


def half(case, line, amount_cents):
    return amount_cents // 2


def due(visit):
    if visit.admission_date is None:
        return None
    return DueDate(due=visit.admission_date + timedelta(days=5))


def upgrade(version, body):
    return {"sphere": str(body["sphere"])}


LENSES = Touches(prefixes=("V2",))


@hook
def settings_type():
    return Settings


@hook
def claim_edits(settings):
    common = {"title": "Lenses", "source": "lens manual p. 1", "touches": LENSES}
    return (
        ClaimEdit(id="LNS-1", severity=Severity.DENY, check=units(settings), **common),
        ClaimEdit(
            id="LNS-2",
            severity=Severity.WARN,
            check=seldom,
            needs=Needs(history=(HistoryNeed(codes=("V2100",), look_back_days=365),)),
            effective=Window(date(2026, 1, 1)),
            **common,
        ),
    )


@hook
def gates(settings):
    return (Gate(id="LNS-G1", title="Signature", source="law", check=signed, touches=LENSES),)


@hook
def coding_rules(settings):
    return (CodingRule(id="LNS-C1", title="Pairs", source="manual p. 2", derive=derive),)


@hook
def fee_schedules(settings):
    fees = (Fee(code="V2100", amount_cents=4_000),)
    return (FeeSchedule(id="LNS-F1", title="Fees", source="board decision", fees=fees),)


@hook
def pricing_steps(settings):
    return (PricingStep(id="LNS-M1", title="Half", source="contract", apply=half, touches=LENSES),)


@hook
def payer_policies(settings):
    return (
        PayerPolicy(
            id="LNS-P1",
            title="Lenses",
            source="payer manual",
            payer_ids=("30003",),
            knobs={"lens.units_maximum": 4, "lens.codes": ("V2100",), "lens.word": "pair"},
        ),
    )


@hook
def denial_plays(settings):
    return (DenialPlay(id="LNS-D1", title="Limit", source="manual", carcs=("119",), step="Ask"),)


@hook
def deadlines(settings):
    return (Deadline(id="LNS-T1", title="Notice", source="manual", due=due),)


@hook
def records(settings):
    return (
        RecordType(
            id="lens.refraction",
            title="Refraction",
            source="chart",
            type=Refraction,
            schema_version=2,
            upgrade=upgrade,
        ),
    )
