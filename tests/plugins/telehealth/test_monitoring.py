"""telehealth.md s.5: remote monitoring by days, minutes, periods and practitioners."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import (
    COLLEAGUE,
    SEEN,
    STRANGER,
    Row,
    answer,
    faults,
    ln,
    monitored,
    prior,
    said,
)

DAYS = (
    *(
        Row(f"{days} days are {code}", monitored(ln(code), days=days), "", {"code": code})
        for days, code in ((2, "99445"), (15, "99445"), (16, "99454"), (30, "99454"))
    ),
    Row("15 days as 99454", monitored(ln("99454"), days=15), "TH-021@1", {"code": "99445"}),
    Row("16 days as 99445", monitored(ln("99445"), days=16), "TH-021@1", {"code": "99454"}),
    Row("1 day", monitored(ln("99445"), days=1), "TH-021@1", {"code": None}),
    Row("1 day as 99454", monitored(ln("99454"), days=1), "TH-021@1", {"code": None}),
    Row("days not known", monitored(ln("99454")), "", {"code": "absent"}),
    Row(
        "15 days in 2025",
        monitored(ln("99454"), days=15, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
        "TH-021@1",
        {"code": None},
    ),
    Row(
        "16 days in 2025",
        monitored(ln("99454"), days=16, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
    ),
    Row(
        "the short code in 2025",
        monitored(ln("99445"), days=10, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
        "PS-031@1",
    ),
    Row(
        "the short code on its first day",
        monitored(ln("99445"), days=10, dos="2026-01-01", history=(prior("99213", "2025-06-02"),)),
    ),
    *(
        Row(f"{days} days of {full}", monitored(ln(full if days > 15 else short), days=days))
        for full, short in (("98976", "98984"), ("98977", "98985"), ("98978", "98986"))
        for days in (2, 15, 16)
    ),
    *(
        Row(f"15 days as {full}", monitored(ln(full), days=15), "TH-026@1", {"code": short})
        for full, short in (("98976", "98984"), ("98977", "98985"), ("98978", "98986"))
    ),
    Row("16 days as 98985", monitored(ln("98985"), days=16), "TH-026@1", {"code": "98977"}),
    Row("1 day as 98984", monitored(ln("98984"), days=1), "TH-026@1", {"code": None}),
    Row(
        "98985 in 2025",
        monitored(ln("98985"), days=10, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
        "PS-031@1",
    ),
)

MINUTES = (
    Row("20 minutes", monitored(ln("99457", minutes=20)), "", {"code": "99457"}),
    Row("19 minutes", monitored(ln("99457", minutes=19)), "TH-022@1", {"code": "99470"}),
    Row("10 minutes", monitored(ln("99470", minutes=10)), "", {"code": "99470"}),
    Row("9 minutes", monitored(ln("99470", minutes=9)), "TH-022@1", {"code": None}),
    Row("9 minutes as 99457", monitored(ln("99457", minutes=9)), "TH-022@1", {"code": None}),
    Row("20 minutes as 99470", monitored(ln("99470", minutes=20)), "TH-022@1", {"code": "99457"}),
    Row(
        "19 minutes in 2025",
        monitored(
            ln("99457", minutes=19), dos="2025-12-31", history=(prior("99213", "2025-06-02"),)
        ),
        "TH-022@1",
        {"code": None},
    ),
    Row(
        "99470 in 2025",
        monitored(
            ln("99470", minutes=15), dos="2025-12-31", history=(prior("99213", "2025-06-02"),)
        ),
        "PS-031@1",
    ),
    Row("39 minutes and an add-on", monitored(ln("99457", minutes=39), ln("99458")), "TH-022@2"),
    Row("40 minutes and an add-on", monitored(ln("99457", minutes=40), ln("99458"))),
    Row("59 minutes and two", monitored(ln("99457", minutes=59), ln("99458", units=2)), "TH-022@2"),
    Row("60 minutes and two", monitored(ln("99457", minutes=60), ln("99458", units=2))),
    Row("25 minutes and 99470 beside", monitored(ln("99457", minutes=25), ln("99470")), "TH-022@2"),
    Row("no minutes and 99470 beside", monitored(ln("99457"), ln("99470")), "TH-022@2"),
    Row(
        "no live talk",
        monitored(ln("99457", minutes=25), live=False),
        "TH-022@1:interactive",
        {"code": None},
    ),
    Row("nobody says whether", monitored(ln("99457", minutes=25), live=None)),
    Row("29 minutes of review", monitored(ln("99091", minutes=29)), "TH-022@1", {"code": None}),
    Row("30 minutes of review", monitored(ln("99091", minutes=30)), "", {"code": "99091"}),
    Row("therapeutic, 20 minutes", monitored(ln("98980", minutes=20)), "", {"code": "98980"}),
    Row(
        "therapeutic, 19 minutes", monitored(ln("98980", minutes=19)), "TH-026@1", {"code": "98979"}
    ),
    Row("therapeutic, 10 minutes", monitored(ln("98979", minutes=10)), "", {"code": "98979"}),
    Row(
        "therapeutic, 20 minutes as 98979",
        monitored(ln("98979", minutes=20)),
        "TH-026@1",
        {"code": "98980"},
    ),
    Row("therapeutic, 9 minutes", monitored(ln("98979", minutes=9)), "TH-026@1", {"code": None}),
    Row(
        "therapeutic, 39 and an add-on", monitored(ln("98980", minutes=39), ln("98981")), "TH-026@2"
    ),
    Row("therapeutic, 40 and an add-on", monitored(ln("98980", minutes=40), ln("98981"))),
    Row(
        "therapeutic without live talk",
        monitored(ln("98980", minutes=25), live=False),
        "TH-026@1:interactive",
    ),
    Row(
        "therapeutic in 2025, 15 minutes",
        monitored(
            ln("98980", minutes=15), dos="2025-06-02", history=(prior("99213", "2025-01-02"),)
        ),
        "TH-026@1",
        {"code": None},
    ),
)

PERIODS = (
    Row("set-up with 2 days", monitored(ln("99453"), days=2), "", {"code": "99453"}),
    Row("set-up with 1 day", monitored(ln("99453"), days=1), "TH-023@1", {"code": None}),
    Row("set-up of therapy with 1 day", monitored(ln("98975"), days=1), "TH-023@1"),
    Row(
        "set-up in 2025 with 15 days",
        monitored(ln("99453"), days=15, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
        "TH-023@1",
    ),
    Row(
        "set-up in 2025 with 16 days",
        monitored(ln("99453"), days=16, dos="2025-12-31", history=(prior("99213", "2025-06-02"),)),
    ),
    Row(
        "set-up again",
        monitored(ln("99453"), days=20, history=(SEEN, prior("99453", "2026-03-01"))),
        "TH-023@1",
    ),
    Row(
        "set-up for another episode",
        monitored(
            ln("99453"), days=20, history=(SEEN, prior("99453", "2026-03-01", same_problem=False))
        ),
    ),
    Row(
        "set-up after one that was denied",
        monitored(
            ln("99453"), days=20, history=(SEEN, prior("99453", "2026-03-01", status="denied"))
        ),
    ),
    Row(
        "device after 29 days",
        monitored(ln("99454"), days=18, history=(SEEN, prior("99454", "2026-05-02"))),
        "TH-024@1",
    ),
    Row(
        "device after 30 days",
        monitored(ln("99454"), days=18, history=(SEEN, prior("99454", "2026-05-01"))),
    ),
    Row(
        "short after full",
        monitored(ln("99445"), days=5, history=(SEEN, prior("99454", "2026-05-10"))),
        "TH-024@1",
    ),
    Row("short beside full", monitored(ln("99454"), ln("99445")), "TH-024@2"),
    Row(
        "therapy device again",
        monitored(ln("98977"), days=18, history=(SEEN, prior("98985", "2026-05-10"))),
        "TH-024@1",
    ),
    Row(
        "device of another system",
        monitored(ln("98977"), days=18, history=(SEEN, prior("98976", "2026-05-10"))),
    ),
    Row(
        "device of another practitioner",
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-10", rendering_npi=STRANGER)),
        ),
        "TH-027@1",
    ),
    Row(
        "device of another practitioner the same day",
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-31", rendering_npi=STRANGER)),
        ),
        "TH-027@1",
    ),
    Row(
        "device of another practitioner after 30 days",
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-01", rendering_npi=STRANGER)),
        ),
    ),
    Row(
        "device of another practitioner, voided",
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-10", rendering_npi=STRANGER, status="voided")),
        ),
    ),
    Row("both kinds", monitored(ln("99457", minutes=25), ln("98980", minutes=25)), "TH-025@2"),
    Row(
        "both kinds, the other way round",
        monitored(ln("98980", minutes=25), ln("99457", minutes=25)),
        "TH-025@1",
    ),
    Row(
        "both kinds in one month",
        monitored(ln("98980", minutes=25), history=(SEEN, prior("99457", "2026-05-01"))),
        "TH-025@1",
    ),
    Row(
        "both kinds in 30 days",
        monitored(
            ln("98977"), days=18, dos="2026-05-20", history=(SEEN, prior("99454", "2026-04-25"))
        ),
        "TH-025@1",
    ),
    Row(
        "both kinds far apart",
        monitored(ln("98980", minutes=25), history=(SEEN, prior("99457", "2026-03-31"))),
    ),
    Row("a patient nobody saw", monitored(ln("99457", minutes=25), history=()), "TH-028@1"),
    Row(
        "a patient nobody saw, therapy", monitored(ln("98980", minutes=25), history=()), "TH-028@1"
    ),
    Row(
        "only a device is known",
        monitored(ln("99457", minutes=25), history=(prior("99454", "2026-04-01"),)),
        "TH-028@1",
    ),
    Row(
        "seen by a colleague",
        monitored(ln("99457", minutes=25), history=({**SEEN, "rendering_npi": COLLEAGUE},)),
    ),
    Row("history not known", monitored(ln("99457", minutes=25), history=None)),
    Row(
        "not asked by a commercial payer",
        monitored(ln("99457", minutes=25), payer="commercial", history=()),
    ),
    Row(
        "monitoring beside chronic care",
        monitored(ln("99457", minutes=25), ln("99490", minutes=25)),
    ),
)

GROUPS = {"days": DAYS, "minutes": MINUTES, "periods": PERIODS}


@pytest.mark.parametrize("name", GROUPS)
def test_monitoring(name: str) -> None:
    assert faults(GROUPS[name]) == []


def test_the_add_on_of_a_month_has_the_units_its_base_supports() -> None:
    for minutes, units in ((19, 0), (39, 0), (40, 1), (59, 1), (60, 2), (80, 3)):
        result = answer(monitored(ln("99457", minutes=minutes), ln("99458")))
        assert said(result, 2)["units"] == units
