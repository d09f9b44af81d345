"""telehealth.md s.5, TH-011, TH-029: care management of a month, and who hosts a patient."""

from __future__ import annotations

import pytest

from tests.plugins.telehealth.documents import (
    NONE,
    SEEN,
    STRANGER,
    Row,
    at,
    doc,
    faults,
    ln,
    prior,
    remote,
)

CARE = (
    Row("20 minutes", remote(ln("99490", minutes=20)), "", {"code": "99490"}),
    Row("19 minutes", remote(ln("99490", minutes=19)), "TH-029@1", {"code": None}),
    Row("39 minutes and an add-on", remote(ln("99490", minutes=39), ln("99439")), "TH-029@2"),
    Row("40 minutes and an add-on", remote(ln("99490", minutes=40), ln("99439"))),
    Row("60 minutes and two", remote(ln("99490", minutes=60), ln("99439", units=2))),
    Row("80 minutes and three", remote(ln("99490", minutes=80), ln("99439", units=3)), "TH-029@2"),
    Row("59 complex minutes", remote(ln("99487", minutes=59)), "TH-029@1", {"code": None}),
    Row("60 complex minutes", remote(ln("99487", minutes=60))),
    Row("89 complex and an add-on", remote(ln("99487", minutes=89), ln("99489")), "TH-029@2"),
    Row("90 complex and an add-on", remote(ln("99487", minutes=90), ln("99489"))),
    Row("29 of a physician", remote(ln("99491", minutes=29)), "TH-029@1", {"code": None}),
    Row("30 of a physician", remote(ln("99491", minutes=30))),
    Row(
        "59 of a physician and an add-on", remote(ln("99491", minutes=59), ln("99437")), "TH-029@2"
    ),
    Row("60 of a physician and an add-on", remote(ln("99491", minutes=60), ln("99437"))),
    Row("29 of principal care", remote(ln("99424", minutes=29)), "TH-029@1"),
    Row("60 of principal care and an add-on", remote(ln("99426", minutes=60), ln("99427"))),
    *(
        Row(f"{one} and {other}", remote(ln(one, minutes=60), ln(other, minutes=60)), "TH-029@2")
        for one, other in (
            ("99490", "99487"),
            ("99490", "99491"),
            ("99491", "99487"),
            ("99487", "99490"),
            ("99490", "99424"),
            ("99426", "99491"),
        )
    ),
    Row(
        "advanced primary care and chronic care",
        remote(ln("G0557"), ln("99490", minutes=30)),
        "TH-029@2",
    ),
    Row(
        "principal care and advanced primary care",
        remote(ln("99424", minutes=30), ln("G0556")),
        "TH-029@2",
    ),
    Row(
        "chronic care in the same month before",
        remote(ln("99487", minutes=60), history=(SEEN, prior("99490", "2026-05-01"))),
        "TH-029@1",
    ),
    Row(
        "chronic care in the month before",
        remote(ln("99487", minutes=60), history=(SEEN, prior("99490", "2026-04-30"))),
    ),
    Row(
        "principal care by somebody else",
        remote(
            ln("99490", minutes=25),
            history=(SEEN, prior("99424", "2026-05-02", rendering_npi=STRANGER)),
        ),
    ),
    Row("minutes not known", remote(ln("99490"), ln("99439", units=2))),
)

SITES = (
    Row(
        "a patient in our office",
        doc(
            ln("Q3014", charge="31.85"),
            pos="11",
            visit={
                **NONE,
                "patient_location": "facility",
                "patient_facility_type": "physician_office",
                "role": "originating",
            },
        ),
    ),
    *(
        Row(
            f"a patient in a {kind}",
            doc(
                ln("Q3014"),
                pos="11",
                visit={
                    **NONE,
                    "patient_location": "facility",
                    "patient_facility_type": kind,
                    "role": "originating",
                },
            ),
        )
        for kind in (
            "hospital",
            "CAH",
            "RHC",
            "FQHC",
            "SNF",
            "CMHC",
            "REH",
            "physician office",
            "critical access hospital",
            "hospital renal dialysis",
            "CAH renal dialysis",
            "rural-health clinic",
        )
    ),
    *(
        Row(
            f"a patient in a {kind}",
            doc(
                ln("Q3014"),
                pos="11",
                visit={
                    **NONE,
                    "patient_location": "other",
                    "patient_facility_type": kind,
                    "role": "originating",
                },
            ),
            "TH-011@1:site",
        )
        for kind in ("pharmacy", "school", "assisted_living", "independent dialysis facility")
    ),
    Row(
        "kind not known",
        doc(
            ln("Q3014"),
            pos="11",
            visit={**NONE, "patient_location": "facility", "role": "originating"},
        ),
    ),
    Row("at home", doc(ln("99214"), ln("Q3014")), "TH-011@2:home"),
    Row(
        "for the own visit",
        doc(
            ln("99214"),
            ln("Q3014"),
            pos="02",
            visit=at("facility", patient_facility_type="RHC", role="distant"),
        ),
        "TH-011@2:distant",
    ),
    Row(
        "beside the own visit, nobody says which side",
        doc(ln("99214"), ln("Q3014"), pos="02", visit=at("facility", patient_facility_type="RHC")),
        "TH-011@2:distant",
    ),
    Row(
        "with a modifier",
        doc(
            ln("Q3014", "95"),
            pos="11",
            visit={
                **NONE,
                "patient_location": "facility",
                "patient_facility_type": "RHC",
                "role": "originating",
            },
        ),
        "TH-011@1:modifier",
    ),
    Row(
        "two units",
        doc(
            ln("Q3014", units=2),
            pos="11",
            visit={
                **NONE,
                "patient_location": "facility",
                "patient_facility_type": "RHC",
                "role": "originating",
            },
        ),
        "TH-011@1",
    ),
    Row(
        "hosting a video visit",
        doc(
            ln("Q3014"),
            pos="11",
            visit=at("facility", patient_facility_type="RHC", role="originating"),
        ),
    ),
)

GROUPS = {"care": CARE, "sites": SITES}


@pytest.mark.parametrize("name", GROUPS)
def test_care_and_sites(name: str) -> None:
    assert faults(GROUPS[name]) == []
