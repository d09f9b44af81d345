"""Each rule of telehealth: a document on which it fires, and one like it on which it is quiet."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tests.plugins.telehealth.documents import (
    AUDIO,
    NONE,
    SEEN,
    STRANGER,
    VISIT,
    Document,
    at,
    doc,
    ln,
    monitored,
    prior,
    remote,
)


class Trial(NamedTuple):
    """``rule`` must flag ``fires`` and be silent on ``quiet``."""

    rule: str
    fires: Document
    quiet: Document


HOSTED = {**NONE, "patient_location": "facility", "role": "originating"}
OFFICE = {**HOSTED, "patient_facility_type": "physician_office"}
THERAPY = ln("90834", minutes=45)
NEVER_SEEN = {"mental_telehealth": {"first_telehealth_date": "2028-01-10"}}
SEEN_ONCE = {"mental_telehealth": {"first_telehealth_date": "2028-01-10",
                                   "last_in_person": "2027-07-10"}}  # fmt: skip
TAKES = {"accepts_98000": True}
CLINIC: Document = {
    "form": "837I",
    "tob": "0711",
    "from": "2026-05-12",
    "through": "2026-05-12",
}


def clinic(*lines: Document) -> Document:
    """A bill of a rural health center."""
    return doc(*lines, visit=at("home"), **CLINIC)


def therapy_at_hospital(*modifiers: str) -> Document:
    """Therapy by video that a hospital bills as outpatient."""
    return doc(ln("97110", "GP", *modifiers, minutes=15, rev="0420"), **{**CLINIC, "tob": "0131"})


TRIALS = (
    Trial("TH-001", doc(pos="11"), doc(pos="10")),
    Trial("TH-001", doc(pos="10", dos="2023-12-31"), doc(pos="10", dos="2024-01-01")),
    Trial(
        "TH-002",
        doc(ln("99213"), pos="11", dos="2023-12-31"),
        doc(ln("99213", "95"), pos="11", dos="2023-12-31"),
    ),
    Trial("TH-003", doc(pos="10", visit=NONE), doc(pos="11", visit=NONE)),
    Trial("TH-004", doc(payer="commercial"), doc(ln("99214", "95"), payer="commercial")),
    Trial("TH-004", therapy_at_hospital(), therapy_at_hospital("95")),
    Trial("TH-005", doc(visit=AUDIO), doc(ln("99214", "93"), visit=AUDIO)),
    Trial("TH-006", doc(ln("99214", "93")), doc(ln("99214", "93"), visit=AUDIO)),
    Trial(
        "TH-007",
        doc(context={"reference": {"telehealth_list": ["99213"]}}),
        doc(context={"reference": {"telehealth_list": ["99214"]}}),
    ),
    Trial(
        "TH-008",
        doc(ln("99214", "93"), visit={**AUDIO, "practitioner_video_capable": False}),
        doc(ln("99214", "93"), visit=AUDIO),
    ),
    Trial("TH-009", doc(ln("99214", "GT")), doc(ln("99214", "GT"), dos="2017-12-31")),
    Trial(
        "TH-010",
        doc(ln("99214", "GQ"), pos="11", visit={**VISIT, "modality": "async"}),
        doc(
            ln("99214", "GQ"),
            pos="11",
            visit={**VISIT, "modality": "async", "patient_state": "AK"},
        ),
    ),
    Trial(
        "TH-011",
        doc(ln("Q3014"), pos="11", visit={**HOSTED, "patient_facility_type": "pharmacy"}),
        doc(ln("Q3014"), pos="11", visit=OFFICE),
    ),
    Trial(
        "TH-012",
        doc(THERAPY, by="LCSW", dx=("F33.1",), dos="2028-01-10", context=NEVER_SEEN),
        doc(THERAPY, by="LCSW", dx=("F33.1",), dos="2028-01-10", context=SEEN_ONCE),
    ),
    Trial(
        "TH-013",
        doc(visit={**VISIT, "patient_state": "OK"}),
        doc(visit={**VISIT, "patient_state": "OK"}, provider={"licensed_states": ["OK"]}),
    ),
    Trial("TH-014", doc(visit={**VISIT, "patient_state": None}), doc()),
    Trial(
        "TH-015",
        remote(ln("98016", minutes=8), visit={**NONE, "consent_date": "2025-05-11"}),
        remote(ln("98016", minutes=8), visit={**NONE, "consent_date": "2025-05-12"}),
    ),
    Trial(
        "TH-016",
        doc(ln("98006"), payer="commercial"),
        doc(ln("98006"), payer="commercial", policy=TAKES),
    ),
    Trial(
        "TH-017",
        doc(ln("98012"), payer="commercial", policy=TAKES, visit={**AUDIO, "audio_minutes": 10}),
        doc(ln("98012"), payer="commercial", policy=TAKES, visit={**AUDIO, "audio_minutes": 11}),
    ),
    Trial(
        "TH-018",
        remote(ln("G2012", minutes=8), dos="2025-01-01"),
        remote(ln("G2012", minutes=8), dos="2024-12-31"),
    ),
    Trial(
        "TH-019",
        remote(ln("98016"), history=(prior("99213", "2026-05-05"),)),
        remote(ln("98016"), history=(prior("99213", "2026-05-04"),)),
    ),
    Trial("TH-020", remote(ln("99422", minutes=10)), remote(ln("99422", minutes=11))),
    Trial("TH-021", monitored(ln("99454"), days=15), monitored(ln("99454"), days=16)),
    Trial("TH-022", monitored(ln("99457", minutes=19)), monitored(ln("99457", minutes=20))),
    Trial("TH-023", monitored(ln("99453"), days=1), monitored(ln("99453"), days=2)),
    Trial(
        "TH-024",
        monitored(ln("99454"), days=18, history=(SEEN, prior("99454", "2026-05-02"))),
        monitored(ln("99454"), days=18, history=(SEEN, prior("99454", "2026-05-01"))),
    ),
    Trial(
        "TH-025",
        monitored(ln("98980", minutes=25), history=(SEEN, prior("99457", "2026-05-01"))),
        monitored(ln("98980", minutes=25), history=(SEEN, prior("99457", "2026-04-01"))),
    ),
    Trial("TH-026", monitored(ln("98977"), days=15), monitored(ln("98977"), days=16)),
    Trial(
        "TH-027",
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-02", rendering_npi=STRANGER)),
        ),
        monitored(
            ln("99454"),
            days=18,
            history=(SEEN, prior("99454", "2026-05-01", rendering_npi=STRANGER)),
        ),
    ),
    Trial(
        "TH-028",
        monitored(ln("99457", minutes=25), history=()),
        monitored(ln("99457", minutes=25), history=(SEEN,)),
    ),
    Trial("TH-029", remote(ln("99490", minutes=19)), remote(ln("99490", minutes=20))),
    Trial("TH-030", remote(ln("G0320")), remote(ln("G0323"))),
    Trial("TH-031", clinic(ln("99213", "95", rev="0521")), clinic(ln("99213", "95", rev="0900"))),
    Trial(
        "TH-033",
        doc(ln("99214", "G0")),
        doc(ln("99214", "G0"), dx=("I63.9",)),
    ),
    Trial("TH-034", doc(dos="2028-01-01"), doc(dos="2027-12-31")),
    Trial(
        "TH-035", doc(THERAPY, by="LPC", dos="2023-12-31"), doc(THERAPY, by="LPC", dos="2024-01-01")
    ),
    Trial("TH-040", doc(visit={**VISIT, "provider_country": "MX"}), doc()),
)

_seen: Counter[str] = Counter()


def _name(rule: str) -> str:
    _seen[rule] += 1
    return f"{rule}-{_seen[rule]}"


NAMES = tuple(_name(trial.rule) for trial in TRIALS)
"""Each rule's trials are counted from 1; ``docs/rules.md`` speaks of them by these names."""
