"""telehealth.md s.2, s.5: what hospitals and health centers bill on the 837I."""

from __future__ import annotations

from tests.plugins.telehealth.documents import AUDIO, NONE, VISIT, Document, answer, doc, ln

DAY = "2026-05-12"


def found(
    *lines: Document, tob: str = "0711", visit: Document = VISIT, **changes: object
) -> set[str]:
    """What telehealth says of a bill, with the line."""
    dos = str(changes.get("dos", DAY))
    bill = {"form": "837I", "tob": tob, "from": dos, "through": dos}
    result = answer(doc(*lines, visit=visit, **{**bill, **changes}))  # type: ignore[arg-type]
    return {f"{one['rule']}@{one['line']}" for one in result["findings"] if one["rule"][:2] == "TH"}


def test_a_medical_visit_of_a_health_center_is_g2025() -> None:
    visit = ln("99213", rev="0521")
    assert found(visit) == {"TH-031@1"}
    assert found(visit, tob="0771") == {"TH-031@1"}
    assert found(visit, visit=NONE) == set()
    assert found(ln("99213", "95", rev="0521"), visit={"patient_state": "TX"}) == {"TH-031@1"}
    assert found(ln("G2025", rev="0521")) == set()
    assert found(visit, tob="0131") == set()
    assert found(visit, payer="commercial") == set()
    assert found(visit, dos="2027-12-31") == {"TH-031@1"}
    assert found(visit, dos="2028-01-01") == set()


def test_mental_health_of_a_health_center_is_a_visit_with_a_modifier() -> None:
    assert found(ln("90834", "95", rev="0900")) == set()
    assert found(ln("90834", rev="0900")) == {"TH-004@1"}
    assert found(ln("90834", "FQ", rev="0900"), visit=AUDIO) == set()
    assert found(ln("90834", "93", rev="0900"), visit=AUDIO) == set()
    assert found(ln("90834", rev="0900"), visit=AUDIO) == {"TH-005@1"}
    assert found(ln("99213", "95", rev="0900"), dx=("F33.1",)) == set()


def test_therapy_by_video_of_a_hospital_has_95() -> None:
    therapy = ln("97110", "GP", rev="0420", minutes=15)
    assert found(therapy, tob="0131") == {"TH-004@1"}
    assert found({**therapy, "modifiers": ["GP", "95"]}, tob="0131") == set()
    assert found(therapy, tob="0131", dos="2023-12-31") == set()
    assert found(therapy, tob="0131", visit=NONE) == set()


def test_the_site_fee_is_judged_on_either_form() -> None:
    hosted = {**NONE, "patient_location": "facility", "role": "originating"}
    site = ln("Q3014", rev="0780")
    assert found(site, visit={**hosted, "patient_facility_type": "RHC"}) == set()
    assert found(site, visit={**hosted, "patient_facility_type": "school"}) == {"TH-011@1"}
