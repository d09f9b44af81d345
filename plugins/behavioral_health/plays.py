"""After a denial (behavioral-health.md s.6), and the day a weekly bundle may be billed again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugins import Deadline, DenialPlay, DueDate, Encounter, VisitFacts
from plugins.behavioral_health import codes, times

_SHEET = "behavioral-health.md s.6"


def _play(number: int, title: str, carcs: tuple[str, ...], step: str, **more: Any) -> DenialPlay:
    return DenialPlay(
        id=f"BH-D{number:02d}", title=title, source=_SHEET, carcs=carcs, step=step, **more
    )


_SESSIONS = tuple(sorted(times.INDIVIDUAL))

DENIAL_PLAYS = (
    _play(
        1,
        "No authorization",
        ("197",),
        "Ask for a retroactive authorization within the payer's window, else peer to peer",
        deadline_days=14,
    ),
    _play(
        2,
        "Time not supported",
        ("150", "151"),
        "Send start and stop times and the progress note",
        deadline_days=45,
        owner="practice",
    ),
    _play(
        3,
        "Session beside an evaluation",
        ("236",),
        "Correct the therapy line to its add-on code and send a corrected claim",
        code_prefixes=_SESSIONS,
    ),
    _play(
        4,
        "Provider not eligible",
        ("170", "185"),
        "Check that the credential is contracted (roster) and the payer's policy on billing under "
        "a supervisor",
    ),
    _play(
        5,
        "Visit maximum",
        ("119",),
        "Ask for a parity review (MHPAEA): medical visits without such a maximum are its measure",
        owner="practice",
    ),
    _play(
        6,
        "Authorization exceeded",
        ("198",),
        "Ask for an extension back to the first visit above it, with the treatment plan",
        deadline_days=14,
    ),
    _play(
        7,
        "Behavioral health carved out",
        ("109",),
        "Find the administrator of the behavioral benefits on the card and bill it; mind its "
        "filing limit",
        deadline_days=14,
    ),
    _play(
        8,
        "Another plan pays first",
        ("22",),
        "Ask the patient about other plans, bill the first one, then this one",
    ),
    _play(
        9,
        "Filed too late",
        ("29",),
        "Send proof of timely filing: the 277CA or 999 that accepted the claim",
    ),
    _play(
        10,
        "Diagnosis does not support",
        ("11", "167"),
        "Look whether a Z code stands first; point to the mental disorder the record has",
    ),
    _play(
        11,
        "Modifier of the credential",
        ("4",),
        "Check the level modifier (HO, HN ...) and the state's U modifiers; send a corrected claim",
    ),
    _play(
        12,
        "Patient share",
        ("1", "2", "3"),
        "Bill the next plan, then the patient; the statement names no substance use program",
        groups=("PR",),
    ),
    _play(
        13,
        "Add-on without primary",
        ("107",),
        "Bill the add-on with its primary service of the day and practitioner",
        code_prefixes=tuple(sorted({*times.ADD_ON, "90785", "90840", *codes.OFFICE_BUNDLE_ADD_ON})),
    ),
    _play(
        14,
        "Part of a program day",
        ("97",),
        "Look whether the day's program or an evaluation includes it; else send the record",
    ),
)


def _next_bundle(visit: VisitFacts) -> DueDate | None:
    """A week after the bundle of a visit the next one may be billed, and not before."""
    charges = visit.charges if isinstance(visit, Encounter) else ()
    days = [
        one.service_from
        for one in charges
        if one.code in codes.OPIOID_BUNDLE and one.service_from is not None
    ]
    if not days:
        return None
    again = max(days) + timedelta(days=BUNDLE_DAYS)
    return DueDate(due=again, opens=again)


BUNDLE_DAYS = 7
"""Days a weekly bundle of an opioid treatment program stands for."""

DEADLINES = (
    Deadline(
        id="BH-T01",
        title="Next weekly bundle of an opioid treatment program",
        source="42 CFR 410.67; behavioral-health.md BH-035",
        due=_next_bundle,
    ),
)
