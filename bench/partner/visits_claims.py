"""The partner's plugin that is measured: four rules that look at every claim, a table of fees."""

from __future__ import annotations

from plugins import (
    ClaimEdit,
    Fee,
    FeeSchedule,
    Flag,
    Gate,
    Manifest,
    PayerPolicy,
    Sees,
    Severity,
    Touches,
    hook,
)

MANIFEST = Manifest(
    name="visits",
    version="1.0.0",
    contract=1,
    title="Visits",
    prefixes=("VST",),
    sees=(Sees.MONEY, Sees.CLINICAL),
)


def many(case, lines):
    for line in lines:
        if line.units > (case.policy.number("visits.units_maximum") or 50):
            yield Flag(line_no=line.line_no, message="More units than a day has")


def dear(case, lines):
    for line in lines:
        if line.charge_cents > 10_000_000:
            yield Flag(line_no=line.line_no, message="A charge that is hardly meant")


def undiagnosed(case, lines):
    if not case.claim.diagnoses:
        yield Flag(message="No diagnosis")


def unsigned(case, lines):
    if not case.claim.signature_on_file:
        yield Flag(message="No signature")


SEEN = Touches(prefixes=("0", "1", "2", "3", "7", "8", "9", "J"))
COMMON = {"title": "Visits", "source": "visits manual p. 1", "touches": SEEN}


@hook
def claim_edits(settings):
    return tuple(
        ClaimEdit(id=f"VST-{number}", severity=Severity.DENY, check=check, **COMMON)
        for number, check in enumerate((many, dear, undiagnosed), 1)
    )


@hook
def gates(settings):
    return (Gate(id="VST-G1", check=unsigned, **COMMON),)


@hook
def payer_policies(settings):
    knobs = {"visits.units_maximum": 40, "visits.codes": ("99213", "99214")}
    return (PayerPolicy(id="VST-P1", title="Units", source="manual p. 2", knobs=knobs),)


@hook
def fee_schedules(settings):
    fees = tuple(Fee(code=f"V{number}", amount_cents=number) for number in range(2_000, 3_000))
    return (FeeSchedule(id="VST-F1", title="Fees", source="board decision", fees=fees),)
