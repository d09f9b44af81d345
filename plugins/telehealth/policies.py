"""What payers ask of telehealth, by kind and period (telehealth.md s.2)."""

from __future__ import annotations

from datetime import date

from plugins import DenialPlay, PayerKind, PayerPolicy, Window

_SHEET = "telehealth.md s.2"

POLICIES = (
    PayerPolicy(
        id="TH-P01",
        title="Medicare 2017 to February 2020",
        source=_SHEET,
        payer_kinds=(PayerKind.MEDICARE,),
        effective=Window(date(2017, 1, 1), date(2020, 2, 29)),
        knobs={"telehealth.pos_mode": "always_02", "telehealth.modifier_audio": "none"},
    ),
    PayerPolicy(
        id="TH-P02",
        title="Medicare March 2020 to 2023",
        source=_SHEET,
        payer_kinds=(PayerKind.MEDICARE,),
        effective=Window(date(2020, 3, 1), date(2023, 12, 31)),
        knobs={
            "telehealth.pos_mode": "medicare_phe",
            "telehealth.modifier_av": "95",
            "telehealth.modifier_audio": "93",
        },
    ),
    PayerPolicy(
        id="TH-P03",
        title="Medicare from 2024",
        source=_SHEET,
        payer_kinds=(PayerKind.MEDICARE,),
        effective=Window(date(2024, 1, 1)),
        knobs={
            "telehealth.pos_mode": "medicare",
            "telehealth.modifier_audio": "93",
            "telehealth.accepts_98000": False,
        },
    ),
    PayerPolicy(
        id="TH-P04",
        title="Commercial and Medicaid habit",
        source=_SHEET,
        payer_kinds=(
            PayerKind.COMMERCIAL,
            PayerKind.MEDICAID,
        ),
        knobs={
            "telehealth.pos_mode": "medicare",
            "telehealth.modifier_av": "95",
            "telehealth.modifier_audio": "93",
            "telehealth.accepts_98000": False,
        },
    ),
)

DENIAL_PLAYS = (
    DenialPlay(
        id="TH-D01",
        title="Place of service",
        source="professional-scrub.md s.8",
        carcs=("5", "58"),
        step="Compare the visit record with place and modifiers, then send a corrected claim",
    ),
    DenialPlay(
        id="TH-D02",
        title="Not covered by telehealth",
        source="professional-scrub.md s.8",
        carcs=("96",),
        step="Check the payer's telehealth list on the date of service",
    ),
)
