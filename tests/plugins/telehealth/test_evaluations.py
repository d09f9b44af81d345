"""telehealth.md s.5: 98000 to 98015 and the codes that ended, by payer and minutes."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import (
    AUDIO,
    VISIT,
    Document,
    Row,
    doc,
    faults,
    ln,
    remote,
)

TAKES = {"accepts_98000": True}


def audio(minutes: int | None, **facts: object) -> Document:
    return {**AUDIO, "audio_minutes": minutes, **facts}


FAMILY = (
    Row(
        "video to Medicare",
        doc(ln("98006")),
        "TH-016@1",
        {"code": "99214", "modifiers": [], "pos": "10"},
    ),
    Row(
        "audio to Medicare",
        doc(ln("98013"), visit=audio(22)),
        "TH-016@1",
        {"code": "99213", "modifiers": ["93"], "pos": "10"},
    ),
    Row(
        "audio from elsewhere",
        doc(ln("98013"), pos="02", visit=audio(22, patient_location="facility")),
        "TH-016@1",
        {"code": "99213", "modifiers": ["93"], "pos": "02"},
    ),
    Row("Medicare never takes it", doc(ln("98006"), policy=TAKES), "TH-016@1"),
    Row(
        "video to a payer without them",
        doc(ln("98005"), payer="commercial"),
        "TH-016@1",
        {"code": "99213", "modifiers": ["95"], "pos": "10"},
    ),
    Row("video to a payer with them", doc(ln("98006"), payer="commercial", policy=TAKES)),
    Row(
        "a payer that did not say, by its kind",
        doc(ln("98006"), payer="commercial", policy={"accepts_98000": "unsaid"}),
        "TH-016@1",
    ),
    Row(
        "a payer nobody knows",
        doc(ln("98006"), payer="tricare", policy={"accepts_98000": "unsaid"}),
    ),
    Row("not yet a code", doc(ln("98006"), dos="2024-12-31"), "PS-031@1"),
    Row("first day", doc(ln("98006"), dos="2025-01-01"), "TH-016@1"),
    *(
        Row(f"{code} stands for {office}", doc(ln(code), by="NP"), "TH-016@1", {"code": office})
        for code, office in {
            "98000": "99202",
            "98001": "99203",
            "98002": "99204",
            "98003": "99205",
            "98004": "99212",
            "98005": "99213",
            "98006": "99214",
            "98007": "99215",
        }.items()
    ),
    *(
        Row(
            f"{code} stands for {office} with 93",
            doc(ln(code), visit=audio(45)),
            "TH-016@1",
            {"code": office, "modifiers": ["93"]},
        )
        for code, office in {
            "98008": "99202",
            "98009": "99203",
            "98010": "99204",
            "98011": "99205",
            "98012": "99212",
            "98013": "99213",
            "98014": "99214",
            "98015": "99215",
        }.items()
    ),
    Row("11 minutes", doc(ln("98012"), payer="commercial", policy=TAKES, visit=audio(11))),
    Row(
        "10 minutes",
        doc(ln("98012"), payer="commercial", policy=TAKES, visit=audio(10)),
        "TH-017@1",
        {"code": "98016"},
    ),
    Row(
        "5 minutes",
        doc(ln("98013"), payer="commercial", policy=TAKES, visit=audio(5)),
        "TH-017@1",
        {"code": "98016"},
    ),
    Row(
        "4 minutes",
        doc(ln("98012"), payer="commercial", policy=TAKES, visit=audio(4)),
        "TH-017@1",
        {"code": None},
    ),
    Row(
        "new patient, 10 minutes",
        doc(ln("98008"), payer="commercial", policy=TAKES, visit=audio(10)),
        "TH-017@1",
        {"code": None},
    ),
    Row(
        "new patient, 11 minutes",
        doc(ln("98008"), payer="commercial", policy=TAKES, visit=audio(11)),
    ),
    Row("minutes not known", doc(ln("98012"), payer="commercial", policy=TAKES, visit=audio(None))),
    Row(
        "too short and not taken",
        doc(ln("98012"), visit=audio(8)),
        "TH-016@1 TH-017@1",
        {"code": "98016"},
    ),
    Row(
        "video needs no such minutes",
        doc(ln("98004", minutes=10), payer="commercial", policy=TAKES),
    ),
)

ENDED = (
    Row("G2012 in 2024", remote(ln("G2012", minutes=8), dos="2024-12-31")),
    Row(
        "G2012 in 2025",
        remote(ln("G2012", minutes=8), dos="2025-01-01"),
        "TH-018@1",
        {"code": "98016"},
    ),
    Row(
        "G2012 too short",
        remote(ln("G2012", minutes=4), dos="2025-02-04"),
        "TH-018@1",
        {"code": None},
    ),
    Row("99442 in 2024", doc(ln("99442", "93"), dos="2024-12-31", visit=audio(15))),
    Row(
        "99442 to Medicare in 2025",
        doc(ln("99442"), dos="2025-01-01", visit=audio(15)),
        "TH-018@1",
        {"code": "99212", "modifiers": ["93"], "pos": "10"},
    ),
    Row(
        "99443 to Medicare",
        doc(ln("99443"), dos="2025-06-02", pos="11", visit=audio(25)),
        "TH-018@1",
        {"code": "99213", "modifiers": ["93"], "pos": "10"},
    ),
    Row(
        "99441 to Medicare",
        doc(ln("99441"), dos="2025-06-02", visit=audio(None)),
        "TH-018@1",
        {"code": "99212", "modifiers": ["93"]},
    ),
    Row(
        "99443 to a payer with the new codes",
        doc(ln("99443"), dos="2025-06-02", payer="commercial", policy=TAKES, visit=audio(25)),
        "TH-018@1",
        {"code": "98013", "modifiers": []},
    ),
    Row(
        "99442 to a payer with the new codes",
        doc(ln("99442"), dos="2025-06-02", payer="commercial", policy=TAKES, visit=audio(15)),
        "TH-018@1",
        {"code": "98012"},
    ),
    Row(
        "99441 to a payer with the new codes",
        doc(ln("99441"), dos="2025-06-02", payer="commercial", policy=TAKES, visit=audio(8)),
        "TH-018@1",
        {"code": "98016"},
    ),
    Row(
        "99443 to a payer without them",
        doc(ln("99443"), dos="2025-06-02", payer="commercial", visit=audio(25)),
        "TH-018@1",
        {"code": "99213", "modifiers": ["93"]},
    ),
)

OTHERS = (
    *(
        Row(f"{code} on an 837P", remote(ln(code)), "TH-030@1")
        for code in ("G0320", "G0321", "G0322")
    ),
    Row("G2025 on an 837P", remote(ln("G2025")), "TH-031@1"),
    Row(
        "modality async and a message",
        remote(ln("99421", minutes=6), visit={**VISIT, "modality": "async"}),
    ),
)

GROUPS = {"family": FAMILY, "ended": ENDED, "others": OTHERS}


@pytest.mark.parametrize("name", GROUPS)
def test_evaluations(name: str) -> None:
    assert faults(GROUPS[name]) == []
