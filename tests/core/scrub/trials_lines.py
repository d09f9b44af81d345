"""PS-* of section 4: each a claim that trips the edit and one that just does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.claims.claim import Claim
from tests.core.scrub.trials import CLEAN, Trial, claim, dated, line, many, tables


def _on(day: date, code: str) -> Claim:
    return claim(dated(day, code=code, description="in words"))


def _with(code: str, *modifiers: str, units: int = 1) -> Claim:
    return claim(line(code, modifiers=modifiers, units=Decimal(units)))


_ENDED = (
    ("99201", date(2020, 12, 31), date(2021, 1, 1)),
    ("99241", date(2022, 12, 31), date(2023, 1, 1)),
    ("99251", date(2022, 12, 31), date(2023, 1, 1)),
    ("99354", date(2022, 12, 31), date(2023, 1, 1)),
    ("99357", date(2022, 12, 31), date(2023, 1, 1)),
    ("99443", date(2024, 12, 31), date(2025, 1, 1)),
    ("G2012", date(2024, 12, 31), date(2025, 1, 1)),
)
_BEGUN = (
    ("99417", date(2021, 1, 1), date(2020, 12, 31)),
    ("98000", date(2025, 1, 1), date(2024, 12, 31)),
    ("99445", date(2026, 1, 1), date(2025, 12, 31)),
    ("99470", date(2026, 1, 1), date(2025, 12, 31)),
)

TRIALS = (
    *(Trial("PS-031", _on(dead, code), _on(alive, code)) for code, alive, dead in _ENDED),
    *(Trial("PS-031", _on(dead, code), _on(alive, code)) for code, alive, dead in _BEGUN),
    Trial("PS-032", _with("99213", "26", "TC"), _with("93306", "26")),
    Trial("PS-032", _with("99213", "59"), _with("97110", "GP", "59")),
    Trial("PS-032", _with("99291", "GC", "CR", "XU"), _with("99291", "25")),
    Trial("PS-032", _with("11730", "25"), _with("99213", "25")),
    Trial("PS-032", _with("27447", "57"), _with("92014", "57")),
    Trial("PS-032", _with("97110", "GP", "24"), _with("99214", "24")),
    Trial("PS-032", _with("90837", "25"), _with("90792", "25")),
    Trial("PS-032", _with("20610", "50", "LT"), _with("20610", "50")),
    Trial("PS-032", _with("11042", "59", "XS"), _with("11042", "XS")),
    Trial("PS-032", _with("11042", "XE", "XP"), _with("11042", "XP", "76")),
    Trial("PS-032", _with("20610", "LT", "RT"), _with("20610", "LT", "RT", units=2)),
    Trial(
        "PS-032",
        _with("20610", "LT", "RT"),
        _with("20610", "LT", "RT"),
        quiet_tables=tables(bilateral={"20610": "1"}),
    ),
    Trial("PS-032", _with("99213", "ZZ"), _with("99213", "95")),
    Trial(
        "PS-033",
        _with("97110", "GP", "KX", "CQ", "GA", "GX"),
        _with("97110", "GP", "KX", "CQ", "GA"),
    ),
    Trial("PS-034", claim(line(charge_cents=0)), claim(line("3044F", charge_cents=0))),
    Trial("PS-034", claim(line(charge_cents=-1)), claim(line(charge_cents=1))),
    Trial("PS-034", claim(line("J1100", charge_cents=0)), claim(line("G8427", charge_cents=0))),
    Trial(
        "PS-034",
        claim(line("99213", charge_cents=0)),
        claim(line("99024", charge_cents=0)),
        {"allow_zero_charge_codes": ("99024",)},
    ),
    Trial("PS-035", claim(stated_charge_cents=15_001), claim(stated_charge_cents=15_000)),
    Trial("PS-036", claim(*many("97110", 51)), claim(*many("97110", 50))),
    Trial("PS-037", claim(line(units=Decimal(0))), CLEAN),
    Trial("PS-037", claim(line(units=Decimal(-1))), CLEAN),
    Trial("PS-037", claim(line(units=Decimal("1.5"))), claim(line("J1885", units=Decimal("1.5")))),
    Trial(
        "PS-037",
        claim(line("J1885", units=Decimal("1.55"))),
        claim(line("A0425", units=Decimal("12.4"))),
    ),
    Trial("PS-070", claim(line("J3490")), claim(line("J3490", description="Drug 5 mg"))),
    Trial("PS-070", claim(line("64999", description="  ")), claim(line("64400"))),
    Trial("PS-070", claim(line("J3590")), claim(line("J3301"))),
)
