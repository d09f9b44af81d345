"""telehealth.md s.1, s.2: place and modifiers by payer, day and how the visit was held."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import (
    AUDIO,
    NONE,
    VISIT,
    Row,
    answer,
    at,
    doc,
    faults,
    ln,
)

CLINIC = at("facility", patient_facility_type="RHC")
HOSPITAL = {**VISIT, "practitioner_in_hospital": True}
PAST = {"received_date": None}


def day(dos: str, *modifiers: str, pos: str = "11", **changes: object) -> dict[str, object]:
    return doc(ln("99213", *modifiers), dos=dos, pos=pos, **changes)  # type: ignore[arg-type]


MEDICARE_BY_DAY = (
    Row("2017: 02 wherever the patient is", day("2017-01-01", pos="02"), "", {"pos": "02"}),
    Row("2019 at home: 02", day("2019-06-03", pos="02"), "", {"pos": "02"}),
    Row("2019: not as in person", day("2019-06-03"), "TH-001", {"pos": "02"}),
    Row("2019: not 10", day("2019-06-03", pos="10"), "TH-001", {"pos": "02"}),
    Row("2019: no telephone", day("2019-06-03", "93", pos="02", visit=AUDIO), "TH-008@1:code"),
    Row("last day of 02", day("2020-02-29", pos="02"), "", {"pos": "02"}),
    Row("last day of 02, place in person", day("2020-02-29"), "TH-001"),
    Row("first day of 95", day("2020-03-01", "95"), "", {"pos": "absent"}),
    Row("first day of 95, without", day("2020-03-01"), "TH-002@1", {"modifiers": ["95"]}),
    Row("first day of 95, place 02", day("2020-03-01", pos="02"), "TH-001"),
    Row("2021 hospital outpatient place", day("2021-04-01", "95", pos="22"), ""),
    Row("2021 by telephone before 93", day("2021-12-31", visit=AUDIO), ""),
    Row("2021 by telephone with 95 as then asked", day("2021-12-31", "95", visit=AUDIO), ""),
    Row("2022 by telephone without 93", day("2022-01-01", visit=AUDIO), "TH-002@1"),
    Row("2022 by telephone with 93", day("2022-01-01", "93", visit=AUDIO), ""),
    Row("2022 by telephone with FQ elsewhere", day("2022-01-01", "FQ", visit=AUDIO), "TH-002@1"),
    Row("2022 by telephone with 95", day("2022-01-01", "95", visit=AUDIO), "TH-006@1"),
    Row(
        "2022 telephone code needs no 93", doc(ln("99442"), dos="2022-03-01", pos="11", visit=AUDIO)
    ),
    Row("2023 place 10", day("2023-05-01", "95", pos="10"), "TH-001", {"pos": "absent"}),
    Row("last day of 95", day("2023-12-31", "95"), ""),
    Row("last day of 95, without", day("2023-12-31"), "TH-002@1"),
    Row("first day of 10", day("2024-01-01", pos="10"), "", {"pos": "10"}),
    Row("first day of 10, place in person", day("2024-01-01", "95"), "TH-001", {"pos": "10"}),
    Row("2024 elsewhere: 02", day("2024-06-03", pos="02", visit=CLINIC), "", {"pos": "02"}),
    Row(
        "2024 elsewhere: not 10", day("2024-06-03", pos="10", visit=CLINIC), "TH-001", {"pos": "02"}
    ),
    Row("2025 at home: not 02", day("2025-06-03", pos="02"), "TH-001", {"pos": "10"}),
    Row("other place: 02", day("2026-05-12", pos="02", visit=at("other")), "", {"pos": "02"}),
    Row("nobody says where: both fit", day("2026-05-12", pos="02", visit=at("")), ""),
    Row("nobody says where: 11 does not", day("2026-05-12", visit=at("")), "TH-001"),
    Row("95 is tolerated", day("2026-05-12", "95", pos="10"), "", {"modifiers": ["95"]}),
    Row("from the hospital: 22 with 95", day("2026-05-12", "95", pos="22", visit=HOSPITAL), ""),
    Row("from the hospital: 19 with 95", day("2026-05-12", "95", pos="19", visit=HOSPITAL), ""),
    Row("from the hospital without 95", day("2026-05-12", pos="22", visit=HOSPITAL), "TH-004@1"),
    Row("from the hospital, office place", day("2026-05-12", "95", visit=HOSPITAL), "TH-001"),
)

LAPSES = tuple(
    Row(f"{dos} is a good day", day(dos, pos="10"), "", {"pos": "10"})
    for dos in (
        "2024-12-31", "2025-01-01", "2025-09-30", "2025-10-01", "2025-10-15", "2025-11-11",
        "2025-11-12", "2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03",
        "2026-12-31", "2027-12-31",
    )
)  # fmt: skip

TELEPHONE = (
    Row("with 93", doc(ln("99213", "93"), visit=AUDIO), "", {"pos": "10"}),
    Row("without 93", doc(ln("99213"), visit=AUDIO), "TH-005@1", {"modifiers": ["93"]}),
    Row("95 is not for it", doc(ln("99213", "95"), visit=AUDIO), "TH-006@1", {"modifiers": ["93"]}),
    Row("FQ is for clinics", doc(ln("99213", "FQ"), visit=AUDIO), "TH-005@1"),
    Row(
        "FQ by an opioid program",
        doc(ln("90834", "FQ", minutes=45), visit=AUDIO, billing={"otp_enrolled": True}),
    ),
    Row(
        "FQ by a qualified health center",
        doc(ln("90834", "FQ", minutes=45), visit=AUDIO, billing={"taxonomy": "261QF0400X"}),
    ),
    Row(
        "a payer that wants none",
        doc(payer="commercial", visit=AUDIO, policy={"modifier_audio": "none"}),
    ),
    Row(
        "a payer that wants FQ",
        doc(ln("99213", "93"), payer="commercial", visit=AUDIO, policy={"modifier_audio": "FQ"}),
        "TH-005@1",
    ),
    Row("commercial without 93", doc(payer="commercial", visit=AUDIO), "TH-005@1"),
    Row("commercial before 93", doc(payer="commercial", dos="2021-06-01", pos="02", visit=AUDIO)),
    Row(
        "not from a clinic",
        doc(ln("99213", "93"), pos="02", visit={**AUDIO, "patient_location": "facility"}),
        "TH-008@1:not_home",
    ),
    Row(
        "not from a clinic, last day before",
        doc(
            ln("99213", "93"),
            dos="2024-12-31",
            pos="02",
            visit={**AUDIO, "patient_location": "other"},
        ),
    ),
    Row(
        "not from a clinic, first day",
        doc(
            ln("99213", "93"),
            dos="2025-01-01",
            pos="02",
            visit={**AUDIO, "patient_location": "other"},
        ),
        "TH-008@1:not_home",
    ),
    Row(
        "practitioner without video",
        doc(ln("99213", "93"), visit={**AUDIO, "practitioner_video_capable": False}),
        "TH-008@1:not_capable",
    ),
    Row(
        "patient could use video",
        doc(ln("99213", "93"), visit={**AUDIO, "patient_video_declined_or_unable": False}),
        "TH-008@1:video_possible",
    ),
    Row(
        "nobody says whether",
        doc(
            ln("99213", "93"),
            visit={**VISIT, "modality": "audio", "practitioner_video_capable": None},
        ),
    ),
    Row(
        "a commercial payer asks no such thing",
        doc(
            ln("99213", "93"),
            payer="commercial",
            pos="02",
            visit={**AUDIO, "patient_location": "facility", "practitioner_video_capable": False},
        ),
    ),
    Row(
        "a code the payer takes",
        doc(
            ln("90834", "93", minutes=45),
            payer="commercial",
            visit=AUDIO,
            policy={"audio_codes": ["90834"]},
        ),
    ),
    Row(
        "a code the payer does not take",
        doc(ln("99213", "93"), payer="commercial", visit=AUDIO, policy={"audio_codes": ["90834"]}),
        "TH-008@1:code",
    ),
    Row(
        "a payer that takes none",
        doc(ln("99213", "93"), payer="commercial", visit=AUDIO, policy={"audio_codes": "none"}),
        "TH-008@1:code",
    ),
)

COMMERCIAL = (
    Row("95 at home", doc(ln("99213", "95"), payer="commercial"), "", {"pos": "10"}),
    Row("no 95", doc(payer="commercial"), "TH-004@1", {"modifiers": ["95"]}),
    Row(
        "GT instead", doc(ln("99213", "GT"), payer="commercial"), "TH-004@1", {"modifiers": ["95"]}
    ),
    Row("a payer that wants none", doc(payer="commercial", policy={"modifier_av": None})),
    Row(
        "the default where nothing is said",
        doc(payer="commercial", policy={"modifier_av": "unsaid"}),
        "TH-004@1",
    ),
    Row("elsewhere: 02", doc(ln("99213", "95"), payer="commercial", pos="02", visit=CLINIC)),
    Row("elsewhere: not 10", doc(ln("99213", "95"), payer="commercial", visit=CLINIC), "TH-001"),
    Row(
        "office place",
        doc(ln("99213", "95"), payer="commercial", pos="11"),
        "TH-001",
        {"pos": "10"},
    ),
    Row(
        "always 02",
        doc(ln("99213", "95"), payer="commercial", pos="02", policy={"pos_mode": "always_02"}),
        "",
        {"pos": "02"},
    ),
    Row(
        "always 02, but 10",
        doc(ln("99213", "95"), payer="commercial", policy={"pos_mode": "always_02"}),
        "TH-001",
        {"pos": "02"},
    ),
    Row(
        "as in person",
        doc(ln("99213", "95"), payer="commercial", pos="11", policy={"pos_mode": "in_person"}),
        "",
        {"pos": "absent"},
    ),
    Row(
        "as in person, but 10",
        doc(ln("99213", "95"), payer="commercial", policy={"pos_mode": "in_person"}),
        "TH-001",
    ),
    Row(
        "as Medicare in the emergency",
        doc(ln("99213", "95"), payer="commercial", pos="11", policy={"pos_mode": "medicare_phe"}),
    ),
    Row(
        "as Medicare in the emergency, but 02",
        doc(ln("99213", "95"), payer="commercial", pos="02", policy={"pos_mode": "medicare_phe"}),
        "TH-001",
    ),
    Row(
        "one of two lines",
        doc(ln("99214", "95"), ln("90833", minutes=20), payer="commercial"),
        "TH-004@2",
    ),
    Row(
        "a blood draw takes none", doc(ln("99214", "95"), ln("36415", pos="11"), payer="commercial")
    ),
    Row(
        "Medicaid of a state with GT",
        doc(ln("99213", "GT"), payer="medicaid", pos="02"),
        "",
        {"pos": "02"},
    ),
    Row(
        "Medicaid of a state with GT, 95 billed",
        doc(ln("99213", "95"), payer="medicaid", pos="02"),
        "TH-004@1",
    ),
    Row("a payer that said nothing", doc(payer="tricare", pos="11")),
    Row(
        "an advantage plan that said 95",
        doc(payer="medicare_advantage", policy={"modifier_av": "95", "pos_mode": "medicare"}),
        "TH-004@1",
    ),
)

CONTRADICTIONS = (
    Row("95 and 93", doc(ln("99213", "95", "93"), payer="commercial"), "TH-006@1"),
    Row("95 and GT", doc(ln("99213", "95", "GT"), payer="commercial"), "TH-006@1"),
    Row(
        "93 and GT",
        doc(ln("99213", "93", "GT"), payer="medicaid", pos="02", visit=AUDIO),
        "TH-006@1",
    ),
    Row("93 on video", doc(ln("99213", "93")), "TH-006@1", {"modifiers": []}),
    Row("FQ on video", doc(ln("99213", "FQ")), "TH-006@1"),
    Row("25 and 95 agree", doc(ln("99213", "25", "95"), payer="commercial")),
    Row("GT at Medicare", doc(ln("99213", "GT")), "TH-009@1", {"modifiers": []}),
    Row("GT at Medicare, last day", doc(ln("99213", "GT"), dos="2017-12-31", pos="02")),
    Row(
        "GT at Medicare, first day out",
        doc(ln("99213", "GT"), dos="2018-01-01", pos="02"),
        "TH-009@1",
    ),
    Row("GT and 95 at Medicare", doc(ln("99213", "GT", "95")), "TH-006@1 TH-009@1"),
    Row(
        "GQ in Texas",
        doc(ln("99213", "GQ"), pos="11", visit={**VISIT, "modality": "async"}),
        "TH-010@1",
    ),
    Row(
        "GQ in Alaska",
        doc(
            ln("99213", "GQ"),
            pos="11",
            visit={**VISIT, "modality": "async", "patient_state": "AK"},
            provider={"licensed_states": ["AK"]},
        ),
    ),
    Row(
        "GQ in Hawaii",
        doc(
            ln("99213", "GQ"),
            pos="11",
            visit={**VISIT, "modality": "async", "patient_state": "HI"},
            provider={"licensed_states": ["HI"]},
        ),
    ),
    Row(
        "GQ to a commercial payer",
        doc(ln("99213", "GQ"), payer="commercial", pos="11", visit={**VISIT, "modality": "async"}),
    ),
    Row("G0 and a stroke", doc(ln("99213", "G0"), pos="02", visit=CLINIC, dx=("I63.9",))),
    Row("G0 and a TIA", doc(ln("99213", "G0"), pos="02", visit=CLINIC, dx=("G45.9",))),
    Row(
        "G0 and a stroke scale",
        doc(ln("99213", "G0"), pos="02", visit=CLINIC, dx=("I10", "R29.703")),
    ),
    Row("G0 and high blood pressure", doc(ln("99213", "G0"), pos="02", visit=CLINIC), "TH-033@1"),
    Row("FR beside 95", doc(ln("99213", "95", "FR"), payer="commercial")),
)

IN_PERSON = (
    Row("in person", doc(pos="11", visit=NONE)),
    Row("in person, place 10", doc(visit=NONE), "TH-003"),
    Row("in person, place 02", doc(pos="02", visit=NONE), "TH-003"),
    *(
        Row(
            f"in person, {one}",
            doc(ln("99213", one), pos="11", visit=NONE, payer="commercial"),
            "TH-003@1",
        )
        for one in ("95", "93", "GT", "GQ", "FQ")
    ),
    Row(
        "in person, second line",
        doc(ln("99213"), ln("90833", "95", minutes=20), pos="11", visit=NONE),
        "TH-003@2",
    ),
    Row("in person, place and modifier", doc(ln("99213", "95"), visit=NONE), "TH-003 TH-003@1"),
    Row("no facts, no marks: in person", doc(pos="11", visit=None)),
    Row("no facts but place 10: the states are missing", doc(visit=None), "TH-014"),
    Row("no facts but 95", doc(ln("99213", "95"), pos="11", visit=None), "TH-014"),
    Row("no state of the patient", doc(visit={**VISIT, "patient_state": None}), "TH-014"),
    Row("no state of the practitioner", doc(visit={**VISIT, "provider_state": None}), "TH-014"),
    Row("no state in person", doc(pos="11", visit={**NONE, "patient_state": None})),
)

LISTS = (
    Row("on the list", doc(context={"reference": {"telehealth_list": ["99214"]}})),
    Row("not on the list", doc(context={"reference": {"telehealth_list": ["99213"]}}), "TH-007@1"),
    Row(
        "on the list of that day",
        doc(
            context={
                "reference": {"telehealth_list": [{"code": "99214", "from": "2026-05-12"}]},
            }
        ),
    ),
    Row(
        "not yet on the list",
        doc(
            dos="2026-05-11",
            context={"reference": {"telehealth_list": {"99214": {"from": "2026-05-12"}}}},
        ),
        "TH-007@1",
    ),
    Row(
        "an addition of 2026 before its day",
        doc(ln("90849"), dos="2025-12-31", policy={"covered_codes": "medicare_list"}),
        "TH-007@1",
    ),
    Row(
        "an addition of 2026 on its day",
        doc(ln("90849"), dos="2026-01-01", policy={"covered_codes": "medicare_list"}),
    ),
    Row(
        "Medicare goes by its list where nothing is said",
        doc(ln("90849"), dos="2025-12-31", policy={"covered_codes": "unsaid"}),
        "TH-007@1",
    ),
    Row(
        "a blood draw beside the visit",
        doc(ln("99214"), ln("36415", pos="11"), policy={"covered_codes": "medicare_list"}),
    ),
    Row("no list, no opinion", doc(policy={"covered_codes": "medicare_list"})),
    Row(
        "a payer with a list of its own",
        doc(ln("99213", "95"), payer="commercial", policy={"covered_codes": ["90834"]}),
        "TH-007@1",
    ),
    Row(
        "the code on it",
        doc(ln("99213", "95"), payer="commercial", policy={"covered_codes": ["99213"]}),
    ),
    Row(
        "a payer that follows Medicare",
        doc(
            ln("99213", "95"),
            payer="commercial",
            policy={"covered_codes": "medicare_list"},
            context={"reference": {"telehealth_list": ["99214"]}},
        ),
        "TH-007@1",
    ),
    Row(
        "a payer that takes all",
        doc(
            ln("99213", "95"),
            payer="commercial",
            context={"reference": {"telehealth_list": ["99214"]}},
        ),
    ),
    Row(
        "in person the list is no matter",
        doc(pos="11", visit=NONE, policy={"covered_codes": ["90834"]}),
    ),
    Row(
        "what is not covered asks for no modifier",
        doc(payer="commercial", policy={"covered_codes": ["90834"]}),
        "TH-007@1",
    ),
    Row(
        "remote by nature",
        doc(
            ln("98016", minutes=8),
            pos="11",
            visit=NONE,
            history=None,
            policy={"covered_codes": ["90834"]},
        ),
    ),
)

GROUPS = {
    "Medicare by day": MEDICARE_BY_DAY,
    "lapses": LAPSES,
    "telephone": TELEPHONE,
    "commercial": COMMERCIAL,
    "contradictions": CONTRADICTIONS,
    "in person": IN_PERSON,
    "lists": LISTS,
}


@pytest.mark.parametrize("name", GROUPS)
def test_place_and_modifiers(name: str) -> None:
    assert faults(GROUPS[name]) == []


def test_a_place_can_be_put_right_with_one_click() -> None:
    (finding,) = answer(doc(pos="11"))["findings"]
    assert finding["suggestion"] == "Use 10"
