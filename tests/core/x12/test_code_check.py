"""SNIP 5: each wrong code at its place, none on good files, and what no table covers is said."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.codes.diagnoses import DiagnosisTable
from core.codes.tables import CodeTables
from core.x12 import code_check
from core.x12.acknowledgements import write_999
from core.x12.check import CheckOptions, Status, check
from core.x12.code_judges import Judges
from core.x12.envelope import Envelope
from core.x12.guides import standard
from core.x12.guides.code_sources import PLANS, SOURCES
from core.x12.guides.segments import SEGMENTS
from core.x12.report import FileReport, X12Error
from core.x12.syntax import Delimiters
from tenants.code_tables import code_lists, code_tables
from tests.core.x12.x12_samples import MUTANTS, made, needs_shared

# The diagnoses of the samples, so that the tests stand without the package of ICD-10-CM.
DIAGNOSES = DiagnosisTable(
    "E11 E119 E78 E785 I10 J06 J069 J45 J459 J45909 K21 K219 M54 M545 M5450 N39 N390 R07 R079"
    " Z00 Z0000".replace(" ", "\n"),
    "20251001",
    "20260930",
)
TABLES = CheckOptions(tables=CodeTables(lists=code_lists(), diagnoses=DIAGNOSES))
LISTS_ONLY = CheckOptions(tables=CodeTables(lists=code_lists()))
HCPCS_BY_SHAPE = "code table: HCPCS/CPT (judged by shape)"


def of_codes(report: FileReport) -> list[X12Error]:
    return [e for t in report.transactions for e in t.errors if e.snip == 5]


def found(data: bytes, options: CheckOptions = TABLES) -> list[tuple[str, int, int, str, str]]:
    return [
        (e.segment_id, e.element, e.component, e.code, e.severity)
        for e in of_codes(check(data, options))
    ]


def base(name: str) -> bytes:
    return (MUTANTS / f"{name}__00-base.x12").read_bytes()


def changed(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "837I", "837D", "835", "277CA", "999"])
def test_a_generated_file_has_no_wrong_code(kind: str) -> None:
    report = check(made(kind, 80), TABLES)
    assert of_codes(report) == []
    assert "SNIP 5: code sets" not in report.transactions[0].not_checked


@needs_shared
@pytest.mark.parametrize("path", sorted(MUTANTS.glob("*00-base.x12")), ids=lambda path: path.stem)
def test_a_good_base_raises_no_alarm(path: Path) -> None:
    assert of_codes(check(path.read_bytes(), TABLES)) == []
    assert of_codes(check(path.read_bytes(), CheckOptions(tables=code_tables()))) == []


@needs_shared
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("837P__37-icd-dot", (26, "HI", "2300", 1, 2, "code-shape")),
        ("837P__38-cpt", (34, "SV1", "2400", 1, 2, "code-shape")),
        ("837P__39-modifier", (34, "SV1", "2400", 1, 3, "code-unknown")),
        ("835__19-rarc", (47, "LQ", "2110", 2, 0, "code-unknown")),
    ],
)
def test_a_single_defect_is_found_at_its_segment(
    name: str, place: tuple[int, str, str, int, int, str]
) -> None:
    (error,) = of_codes(check((MUTANTS / f"{name}.x12").read_bytes(), TABLES))
    parts = (error.segment, error.segment_id, error.loop, error.element, error.component)
    assert (*parts, error.code) == place
    assert error.severity == "error"


@needs_shared
def test_an_adjustment_reason_younger_than_most_is_no_error() -> None:
    report = check((MUTANTS / "835__17-carc-new.x12").read_bytes(), TABLES)
    assert of_codes(report) == []
    assert report.transactions[0].status is Status.ACCEPTED


# Base, what stands there, what is put there, and what must be found: element, component, code.
ERRORS = [
    ("837P", "HI*ABK:K219", "HI*ABK:K2199", "HI 1 2 code-unknown"),
    ("837P", "HI*ABK:K219", "HI*ABK:E11", "HI 1 2 code-unknown"),
    ("837P", "HI*ABK:K219", "HI*ABK:00000", "HI 1 2 code-shape"),
    ("837P", "HI*ABK:K219", "HI*BK:53081", "HI 1 1 code-ended"),
    ("837P", "ABF:J069", "ABF:ZZZ99", "HI 2 2 code-unknown"),
    ("837P", "PRV*BI*PXC*207Q00000X", "PRV*BI*PXC*999999999X", "PRV 3 0 code-unknown"),
    ("837P", "*11:B:1*", "*98:B:1*", "CLM 5 1 code-unknown"),
    ("837P", "*11:B:1*", "*11:B:T*", "CLM 5 3 code-unknown"),
    ("837P", "*11:B:1*", "*11:B:Q*", "CLM 5 3 code-unknown"),
    ("837P", "SV1*HC:90471*", "SV1*HC:90471:25:ZZ*", "SV1 1 4 code-unknown"),
    ("837P", "SV1*HC:90471*", "SV1*HC:D0120*", "SV1 1 2 code-shape"),
    ("837P", "UN*2***1:2", "UN*2*98**1:2", "SV1 5 0 code-unknown"),
    ("837P", "*XX*1917034237", "*XX*1917034238", "NM1 9 0 npi-check-digit"),
    ("837P", "*XX*1917034237", "*XX*9917034237", "NM1 9 0 code-shape"),
    ("837P", "*TX*", "*ZZ*", "N4 2 0 code-unknown"),
    ("837P", "*TX*78701", "*TX*7870X", "N4 3 0 code-shape"),
    ("837P", "*TX*787014745", "*TX*787014745*ZZ", "N4 4 0 code-unknown"),
    ("837I", "SV2*0730", "SV2*9999", "SV2 1 0 code-unknown"),
    ("837I", "*13:A:1*", "*99:A:1*", "CLM 5 1 code-unknown"),
    ("837I", "CL1*1*1*01", "CL1*7*1*01", "CL1 1 0 code-unknown"),
    ("837I", "CL1*1*1*01", "CL1*1*Z*01", "CL1 2 0 code-unknown"),
    ("837I", "CL1*1*1*01", "CL1*1*1*99", "CL1 3 0 code-unknown"),
    ("837I", "HI*ABF:R079~", "HI*ABF:R079~HI*BE:@@:::10~", "HI 1 2 code-shape"),
    ("837P-cob", "CAS*CO*45*", "CAS*CO*999*", "CAS 2 0 code-unknown"),
    ("835", "CAS*CO*45*", "CAS*CO*999*", "CAS 2 0 code-unknown"),
    ("835", "CAS*CO*45*", "CAS*CO*15*", "CAS 2 0 code-ended"),
    ("835", "*11*1~NM1*QC", "*98*1~NM1*QC", "CLP 8 0 code-unknown"),
    ("835", "*XX*1234567893~", "*XX*1234567890~", "N1 4 0 npi-check-digit"),
    ("835", "SVC*HC:99214", "SVC*HC:00000", "SVC 1 2 code-shape"),
]


@needs_shared
@pytest.mark.parametrize(("name", "old", "new", "expected"), ERRORS)
def test_a_wrong_code_is_an_error_at_its_component(
    name: str, old: str, new: str, expected: str
) -> None:
    segment_id, element, component, code = expected.split()
    assert found(changed(base(name), old, new)) == [
        (segment_id, int(element), int(component), code, "error")
    ]


@needs_shared
@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("835", "CAS*CO*45*", "CAS*CO*310*", ("CAS", 2, 0, "code-newer")),
        ("835", "LQ*HE*N130", "LQ*HE*N900", ("LQ", 2, 0, "code-newer")),
        ("837P", "PRV*BI*PXC*207Q00000X", "PRV*BI*PXC*207QB9999X", ("PRV", 3, 0, "code-newer")),
        ("837P", "REF*EI*192285142", "REF*EI*19-2285142", ("REF", 2, 0, "code-shape")),
    ],
)
def test_what_may_be_newer_or_is_a_matter_of_writing_is_only_a_warning(
    name: str, old: str, new: str, place: tuple[str, int, int, str]
) -> None:
    data = changed(base(name), old, new)
    assert found(data) == [(*place, "warning")]
    assert check(data, TABLES).transactions[0].status is Status.ACCEPTED


@needs_shared
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("837P", "*11:B:1*", "*27:B:1*"),
        ("837P", "*11:B:1*", "*10:B:7*"),
        ("837P", "SV1*HC:90471*", "SV1*HC:A0428:RH:QL*"),
        ("837P", "SV1*HC:90471*", "SV1*HC:0001F*"),
        ("837P", "*TX*787014745", "*ON*M5V 2T6*CA"),
        ("837P", "*TX*787014745", "**44100*MX"),
        ("837I", "SV2*0730", "SV2*0001"),
        ("837I", "*13:A:1*", "*83:A:Q*"),
        ("837I", "HI*ABF:R079~", "HI*ABF:R079~HI*BE:80:::10~HI*BG:C1*BG:09~"),
        ("835", "*11*1~NM1*QC", "*13*7~NM1*QC"),
        ("835", "SVC*HC:99214", "SVC*NU:0450"),
    ],
)
def test_a_right_code_of_another_kind_is_no_error(name: str, old: str, new: str) -> None:
    assert found(changed(base(name), old, new)) == []


@needs_shared
def test_a_code_is_judged_on_the_day_of_service_not_on_the_day_of_the_file() -> None:
    data = base("837P").replace(b"DTP*472*D8*2026", b"DTP*472*D8*2021")
    data = changed(data, "*11:B:1*", "*10:B:1*")
    places = [e for e in found(data) if e[0] == "CLM"]
    assert places == [("CLM", 5, 1, "code-not-yet", "error")]


@needs_shared
@pytest.mark.parametrize(("year", "code"), [(b"2021", "code-unknown"), (b"2027", "code-newer")])
def test_a_diagnosis_of_another_year_than_the_table_is_only_a_warning(
    year: bytes, code: str
) -> None:
    data = base("837P").replace(b"DTP*472*D8*2026", b"DTP*472*D8*" + year)
    data = changed(data, "HI*ABK:K219", "HI*ABK:K2199")
    assert found(data) == [("HI", 1, 2, code, "warning")]


@needs_shared
def test_icd_9_is_right_before_october_2015_and_icd_10_is_not() -> None:
    data = base("837P").replace(b"DTP*472*D8*2026", b"DTP*472*D8*2015")
    codes = {e[3:] for e in found(data)}
    assert codes == {("code-not-yet", "error")}
    assert found(changed(base("837P"), "ABK:", "BK:")) == [("HI", 1, 1, "code-ended", "error")]


@needs_shared
def test_a_hospital_stay_is_judged_on_its_last_day() -> None:
    stay = "DTP*434*RD8*20150925-20151002"
    data = changed(base("837I"), "DTP*434*RD8*20260102-20260102", stay)
    assert "code-not-yet" not in {e[3] for e in found(data)}


@needs_shared
def test_a_reversal_repeats_reasons_that_have_ended_since() -> None:
    data = changed(base("835"), "CAS*CO*45*", "CAS*CO*15*")
    segments = data.decode().split("~")
    at = next(n for n, text in enumerate(segments) if text.startswith("CAS*CO*15"))
    claim = max(n for n in range(at) if segments[n].startswith("CLP*"))
    values = segments[claim].split("*")
    values[2] = "22"
    segments[claim] = "*".join(values)
    assert found("~".join(segments).encode()) == []


@needs_shared
def test_codes_of_a_claim_acknowledgement_are_judged() -> None:
    data = made("277CA", 5)
    assert found(changed(data, "STC*A2:20:PR", "STC*ZZ:20:PR")) == [
        ("STC", 1, 1, "code-unknown", "error")
    ]
    assert found(changed(data, "STC*A2:20:PR", "STC*A2:9999:PR")) == [
        ("STC", 1, 2, "code-unknown", "error")
    ]
    assert found(changed(data, "STC*A2:20:PR", "STC*A2:780:PR")) == [
        ("STC", 1, 2, "code-newer", "warning")
    ]


@needs_shared
def test_only_the_tables_that_a_file_needs_and_that_are_not_there_are_named() -> None:
    def missed(name: str, options: CheckOptions) -> list[str]:
        points = check(base(name), options).transactions[0].not_checked
        return [point for point in points if not point.startswith("SNIP")]

    assert missed("837P", TABLES) == [HCPCS_BY_SHAPE]
    by_shape = "code table: ICD-10-CM (judged by shape)"
    assert missed("837P", LISTS_ONLY) == [HCPCS_BY_SHAPE, by_shape]
    (dental,) = check(made("837D", 3), TABLES).transactions
    assert "code table: CDT (judged by shape)" in dental.not_checked
    assert HCPCS_BY_SHAPE not in dental.not_checked


@needs_shared
@pytest.mark.parametrize(
    ("name", "old", "new", "point"),
    [
        ("837P", "SV1*HC:90471*", "SV1*ER:X1*", "code table: procedures of a jurisdiction"),
        ("835", "LQ*HE*N130", "LQ*RX*75", "code table: NCPDP reject codes"),
        ("835", "SVC*HC:99214", "SVC*N4:00002143380", "code table: NDC (judged by shape)"),
        ("837I", "HI*ABF:R079~", "HI*ABF:R079~HI*TC:X~", "code table: treatments"),
    ],
)
def test_codes_that_nothing_can_judge_are_named_as_open(
    name: str, old: str, new: str, point: str
) -> None:
    report = check(changed(base(name), old, new), TABLES)
    assert of_codes(report) == []
    assert point in report.transactions[0].not_checked


@needs_shared
def test_more_good_codes_than_are_remembered_change_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(code_check, "GOOD_MAX", 3)
    for kind in ("837P", "837I", "835"):
        assert of_codes(check(made(kind, 80), TABLES)) == []
    data = changed(base("837P"), "*XX*1917034237", "*XX*1917034238")
    assert found(data) == [("NM1", 9, 0, "npi-check-digit", "error")]


@needs_shared
def test_without_tables_the_level_is_named_as_open() -> None:
    (transaction,) = check(base("837P")).transactions
    assert "SNIP 5: code sets" in transaction.not_checked
    assert of_codes(check((MUTANTS / "837P__38-cpt.x12").read_bytes())) == []


@needs_shared
def test_a_999_names_the_component_and_says_the_code_is_not_allowed() -> None:
    report = check((MUTANTS / "837P__39-modifier.x12").read_bytes(), TABLES)
    envelope = Envelope(
        sender_id="A",
        receiver_id="B",
        created=datetime(2026, 1, 16, 12, 0),  # noqa: DTZ001 (local, as X12 has it)
        interchange_control=1,
        group_control=1,
    )
    text = write_999(report, envelope).decode()
    assert "IK3*SV1*" in text
    assert "IK4*1:3**7~" in text.replace("\n", "")


def test_the_sources_of_a_segment_ask_one_element_and_lie_within_it() -> None:
    for segment_id, sources in SOURCES.items():
        assert len({source.by for source in sources if source.by}) <= 1, segment_id
        elements = len(standard(segment_id)[0])
        if elements:  # segments of guides that are not here yet have no line in the standard
            assert max(max(*s.elements, s.by, 0) for s in sources) <= elements, segment_id


def test_every_source_is_judged_and_finds_nonsense() -> None:
    judges = Judges(CodeTables(lists=code_lists(), diagnoses=DIAGNOSES), Delimiters())
    nonsense = {
        "procedure": "HC:@@",
        "health_code": "ABK:@@",
        "place": "@@:B:1",
        "causes": "AA:::@@",
        "status": "@@:1",
    }
    sources = {source.codes for every in SOURCES.values() for source in every}
    sources -= {"pharmacy_reject"}
    for name in sorted(sources):
        assert judges.judge(name, nonsense.get(name, "@@"), "20260115"), name


BASES = ["837P", "837I", "837P-cob", "835"]
CODED = sorted(set(PLANS) & set(SEGMENTS))


@needs_shared
@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(BASES),
    segment_id=st.sampled_from(CODED),
    elements=st.lists(
        st.one_of(
            st.sampled_from(["HC", "ABK", "XX", "8", "", ":::", "HC:::::::99213", "ABK:", "A:B:"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=8),
        ),
        max_size=15,
    ),
)
def test_whatever_stands_in_a_segment_the_check_ends_in_a_report(
    name: str, segment_id: str, elements: list[str]
) -> None:
    texts = base(name).decode().split("~")
    places = [n for n, text in enumerate(texts) if text.partition("*")[0] == segment_id]
    if not places:
        return
    new = "*".join([segment_id, *(e.replace("~", "") for e in elements)])
    texts[places[0]] = new
    for error in of_codes(check("~".join(texts).encode(), TABLES)):
        assert error.segment >= 1
        assert error.element >= 1
