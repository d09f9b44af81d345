"""PS-* of sections 3 to 6: each a claim that trips the edit and one that just does not."""

from __future__ import annotations

from decimal import Decimal

from tests.core.scrub.trials import CLEAN, CODES, Trial, claim, held, line, many

TRIALS = (
    Trial("PS-021", claim(diagnoses=("I10",) * 13), claim(diagnoses=("I10",) * 12)),
    Trial("PS-022", claim(line(pointers=(3,))), claim(line(pointers=(2,)))),
    Trial("PS-022", claim(line(pointers=())), CLEAN),
    Trial("PS-022", claim(line(pointers=(1, 2, 1, 2, 1))), claim(line(pointers=(1, 2, 1, 2)))),
    Trial("PS-023", claim(diagnoses=("V892XXA",)), claim(diagnoses=("U071",))),
    Trial("PS-029", claim(diagnoses=("I10", "I10")), CLEAN),
    Trial("PS-032", claim(line(modifiers=("26", "TC"))), claim(line(modifiers=("26",)))),
    Trial("PS-032", claim(line(modifiers=("59",))), claim(line("97110", modifiers=("59",)))),
    Trial("PS-032", claim(line("11730", modifiers=("25",))), claim(line(modifiers=("25",)))),
    Trial(
        "PS-032",
        claim(line("20610", modifiers=("LT", "RT"))),
        claim(line("20610", modifiers=("LT", "RT"), units=Decimal(2))),
    ),
    Trial(
        "PS-033",
        claim(line(modifiers=("GP", "KX", "CQ", "GA", "GX"))),
        claim(line(modifiers=("GP", "KX", "CQ", "GA"))),
    ),
    Trial("PS-034", claim(line(charge_cents=0)), claim(line("3044F", charge_cents=0))),
    Trial("PS-034", claim(line(charge_cents=-1)), claim(line(charge_cents=1))),
    Trial("PS-036", claim(*many("97110", 51)), claim(*many("97110", 50))),
    Trial("PS-037", claim(line(units=Decimal(0))), CLEAN),
    Trial("PS-037", claim(line(units=Decimal("1.5"))), claim(line("J1885", units=Decimal("1.5")))),
    Trial("PS-056", CLEAN, claim(auth_number="A1"), {"auth_required_codes": CODES}),
    Trial(
        "PS-056",
        claim(line(units=Decimal(3))),
        claim(line(units=Decimal(2))),
        {"auth_required_codes": ("all",)},
        held(units_approved=Decimal(10), units_used=Decimal(5), units_pending=Decimal(3)),
    ),
    Trial("PS-062", claim(line("00840", modifiers=("AA",))), CLEAN),
    Trial(
        "PS-062",
        claim(line("00840", unit_basis="MJ", units=Decimal(60))),
        claim(line("00840", unit_basis="MJ", units=Decimal(60), modifiers=("AA",))),
    ),
    Trial("PS-062", claim(line(unit_basis="MJ")), CLEAN),
    Trial("PS-035", claim(stated_charge_cents=15_001), claim(stated_charge_cents=15_000)),
)
