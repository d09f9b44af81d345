"""What payers ask of telehealth, by kind, state and period (telehealth.md s.2, s.7)."""

from __future__ import annotations

from datetime import date

from plugins import Confidence, PayerKind, PayerPolicy, Window, rows
from plugins.telehealth.codes import PACKAGE
from plugins.telehealth.parity import STATE_POLICIES

_SHEET = "telehealth.md s.2"

_OF_KINDS = (
    PayerPolicy(
        id="TH-P01",
        title="Medicare 2017 to February 2020",
        source=_SHEET,
        payer_kinds=(PayerKind.MEDICARE,),
        effective=Window(date(2017, 1, 1), date(2020, 2, 29)),
        knobs={
            "telehealth.pos_mode": "always_02",
            "telehealth.modifier_audio": "none",
            "telehealth.covered_codes": ("medicare_list",),
        },
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
            "telehealth.covered_codes": ("medicare_list",),
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
            "telehealth.covered_codes": ("medicare_list",),
        },
    ),
    PayerPolicy(
        id="TH-P04",
        title="Commercial and Medicaid habit",
        source=_SHEET,
        confidence=Confidence.MEDIUM,
        payer_kinds=(PayerKind.COMMERCIAL, PayerKind.MEDICAID),
        knobs={
            "telehealth.pos_mode": "medicare",
            "telehealth.modifier_av": "95",
            "telehealth.modifier_audio": "93",
            "telehealth.accepts_98000": False,
        },
    ),
    PayerPolicy(
        id="TH-P05",
        title="Medicare Advantage, unless the plan says otherwise",
        source=f"{_SHEET} (plans mostly follow Medicare; 42 CFR 422.100)",
        confidence=Confidence.LOW,
        payer_kinds=(PayerKind.MEDICARE_ADVANTAGE,),
        effective=Window(date(2024, 1, 1)),
        knobs={"telehealth.pos_mode": "medicare", "telehealth.modifier_audio": "93"},
    ),
)

_MEDICAID = tuple(
    PayerPolicy(
        id=f"TH-MEDICAID-{row['state']}",
        title=f"Medicaid consent, {row['state']}",
        source="telehealth.md s.7",
        confidence=Confidence(row["confidence"]),
        payer_kinds=(PayerKind.MEDICAID,),
        states=(row["state"],),
        knobs={"telehealth.requires_consent": row["requires_consent"] == "yes"},
    )
    for row in rows(PACKAGE, "medicaid_states.csv")
)

POLICIES = (*_OF_KINDS, *_MEDICAID, *STATE_POLICIES)
