"""telehealth.md s.5: e-visits and virtual check-ins, by minutes and what stands beside them."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import (
    COLLEAGUE,
    SEEN,
    STRANGER,
    Row,
    faults,
    ln,
    prior,
    remote,
)

MESSAGES = (
    *(
        Row(
            f"{payer}: {minutes} minutes are {code}",
            remote(ln(code, minutes=minutes), payer=payer),
            "",
            {"code": code},
        )
        for payer in ("medicare", "commercial")
        for minutes, code in (
            (5, "99421"),
            (10, "99421"),
            (11, "99422"),
            (20, "99422"),
            (21, "99423"),
            (90, "99423"),
        )
    ),
    Row("4 minutes are none", remote(ln("99421", minutes=4)), "TH-020@1", {"code": None}),
    Row("10 minutes are no 99422", remote(ln("99422", minutes=10)), "TH-020@1", {"code": "99421"}),
    Row("20 minutes are no 99423", remote(ln("99423", minutes=20)), "TH-020@1", {"code": "99422"}),
    Row("21 minutes as 99421 is modest", remote(ln("99421", minutes=21)), "", {"code": "99423"}),
    Row("minutes not known", remote(ln("99423")), "", {"code": "absent"}),
    Row("by a social worker", remote(ln("98971", minutes=15), by="LCSW"), "", {"code": "98971"}),
    Row(
        "99422 by a social worker",
        remote(ln("99422", minutes=15), by="LCSW"),
        "TH-020@1",
        {"code": "98971"},
    ),
    Row("98971 by a physician", remote(ln("98971", minutes=15)), "TH-020@1", {"code": "99422"}),
    Row(
        "98970 by a dietitian, 4 minutes",
        remote(ln("98970", minutes=4), by="RD"),
        "TH-020@1",
        {"code": None},
    ),
    Row(
        "again after 6 days",
        remote(ln("99421", minutes=6), history=(SEEN, prior("99422", "2026-05-06"))),
        "TH-020@1",
    ),
    Row(
        "again after 7 days",
        remote(ln("99421", minutes=6), history=(SEEN, prior("99422", "2026-05-05"))),
    ),
    Row(
        "again after 6 days, the first one denied",
        remote(
            ln("99421", minutes=6), history=(SEEN, prior("99422", "2026-05-06", status="denied"))
        ),
    ),
    Row(
        "7 days after a visit for it",
        remote(ln("99421", minutes=6), history=(prior("99213", "2026-05-05"),)),
        "TH-020@1",
        {"code": None},
    ),
    Row(
        "8 days after a visit for it",
        remote(ln("99421", minutes=6), history=(prior("99213", "2026-05-04"),)),
    ),
    Row(
        "3 days after a visit for something else",
        remote(ln("99421", minutes=6), history=(prior("99213", "2026-05-09", same_problem=False),)),
    ),
    Row(
        "3 days after a visit, nobody says for what",
        remote(ln("99421", minutes=6), history=(prior("99213", "2026-05-09", same_problem=None),)),
    ),
    Row(
        "led to a visit after 5 days",
        remote(ln("99421", minutes=6), history=(SEEN, prior("99213", "2026-05-17"))),
        "TH-020@1",
    ),
)

CHECK_INS = (
    Row("8 minutes", remote(ln("98016", minutes=8)), "", {"code": "98016"}),
    Row("11 minutes are G2252", remote(ln("G2252", minutes=11)), "", {"code": "G2252"}),
    Row("by a social worker", remote(ln("G2251", minutes=8), by="LCSW"), "", {"code": "G2251"}),
    *(
        Row(
            f"{code} 7 days after a visit for it",
            remote(ln(code), history=(prior("99213", "2026-05-05"),)),
            "TH-019@1",
        )
        for code in ("98016", "G2010", "G2250", "G2251", "G2252")
    ),
    Row("8 days after it", remote(ln("98016"), history=(prior("99213", "2026-05-04"),))),
    Row(
        "after a visit for something else",
        remote(ln("98016"), history=(prior("99213", "2026-05-09", same_problem=False),)),
    ),
    Row(
        "after a visit with somebody else",
        remote(ln("98016"), history=(SEEN, prior("99213", "2026-05-09", rendering_npi=STRANGER))),
    ),
    Row(
        "after a voided visit",
        remote(ln("98016"), history=(SEEN, prior("99213", "2026-05-09", status="voided"))),
    ),
    Row(
        "led to a visit the next day",
        remote(ln("98016"), history=(SEEN, prior("99213", "2026-05-13"))),
        "TH-019@1",
    ),
    Row(
        "led to one the same day",
        remote(ln("98016"), history=(SEEN, prior("99213", "2026-05-12"))),
        "TH-019@1",
    ),
    Row(
        "a visit two days later", remote(ln("98016"), history=(SEEN, prior("99213", "2026-05-14")))
    ),
    Row("beside the visit it led to", remote(ln("99213"), ln("98016")), "TH-019@2"),
    Row("new patient", remote(ln("98016"), history=()), "TH-019@1"),
    Row("history not known", remote(ln("98016"), history=None)),
    Row(
        "seen by a colleague", remote(ln("98016"), history=({**SEEN, "rendering_npi": COLLEAGUE},))
    ),
    Row(
        "seen more than 3 years ago",
        remote(ln("98016"), history=(prior("99213", "2023-05-11"),)),
        "TH-019@1",
    ),
    Row("seen 3 years ago", remote(ln("98016"), history=(prior("99213", "2023-05-12"),))),
)

GROUPS = {"messages": MESSAGES, "check-ins": CHECK_INS}


@pytest.mark.parametrize("name", GROUPS)
def test_brief_services(name: str) -> None:
    assert faults(GROUPS[name]) == []
