"""Deadlines and denial plays of home health."""

from __future__ import annotations

from datetime import timedelta

from plugins import Deadline, DenialPlay, DueDate, VisitFacts, read
from plugins.home_health.records import EPISODE, Episode


def _notice(visit: VisitFacts) -> DueDate | None:
    episode = read(visit.records, EPISODE.id, Episode)
    if episode is None or episode.notice_received is not None:
        return None
    return DueDate(due=episode.start_of_care + timedelta(days=5), opens=episode.start_of_care)


def _recertification(visit: VisitFacts) -> DueDate | None:
    episode = read(visit.records, EPISODE.id, Episode)
    one = visit.institutional
    if episode is None or one is None or one.patient_status != "30":
        return None
    done = (one.statement_to - episode.start_of_care).days // 60 + 1
    end = episode.start_of_care + timedelta(days=60 * done)
    return DueDate(due=end - timedelta(days=1), opens=end - timedelta(days=5))


DEADLINES = (
    Deadline(
        id="HH-T01",
        title="Notice of admission, day 5",
        source="42 CFR 484.205; home-health.md s.3",
        due=_notice,
    ),
    Deadline(
        id="HH-T02",
        title="Recertification, last five days of the 60",
        source="42 CFR 484.55; home-health.md s.4",
        due=_recertification,
        owner="practice",
    ),
)

DENIAL_PLAYS = (
    DenialPlay(
        id="HH-D01",
        title="Certification or plan missing",
        source="home-health.md s.4",
        carcs=("50", "16"),
        code_prefixes=("G0", "1", "2", "3", "4"),
        step="Send certification, face-to-face note and signed plan of care",
        deadline_days=45,
        owner="practice",
    ),
)
