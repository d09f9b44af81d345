"""Reading 837s: published files, files from the field with their oddities, and damage."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import Claim, Form
from core.claims.parties import Entity, PayerKind, PayerSequence
from core.errors import X12SyntaxError
from core.x12.claims_reader import ReadClaim, UnreadableClaim, read_claims

SHARED = Path(__file__).parents[4] / "shared"
EXAMPLES = SHARED / "data" / "x12"
MAKER = SHARED / "tools" / "make_x12.py"

ISA = (
    "ISA*00*          *00*          *ZZ*SENDER1        *ZZ*RECEIVER1      *260115*1200*^*00501*"
    "000000007*0*T*:~"
)
HEAD = (
    "BHT*0019*00*B1*20260115*1200*CH~NM1*41*2*BILLING*****46*SUB1~PER*IC*DESK*TE*5125550100~"
    "NM1*40*2*HOUSE*****46*RCV1~"
)
BILLING = (
    "HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*AUSTIN*TX*787010001~"
    "REF*EI*512345678~"
)
SELF = (
    "HL*2*1*22*0~SBR*P*18*GRP1******CI~NM1*IL*1*SMITH*ANN****MI*W1~N3*2 OAK ST~N4*AUSTIN*TX*78701~"
    "DMG*D8*19800131*F~NM1*PR*2*ACME*****PI*60054~"
)
CLM = "CLM*C1*100***11:B:1*Y*A*Y*Y~HI*ABK:I10~"
LINE = "LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20260105~"
VERSIONS = {"P": "005010X222A1", "I": "005010X223A2", "D": "005010X224A2"}


def file(body: str, *, form: str = "P", version: str = "") -> bytes:
    """One interchange with one transaction; this puts the header's 8 segments before ``body``."""
    version = version or VERSIONS[form]
    return (
        f"{ISA}GS*HC*SENDER1*RECEIVER1*20260115*1200*1*X*{version}~ST*837*0001*{version}~{HEAD}"
        f"{body}SE*1*0001~GE*1*1~IEA*1*000000007~"
    ).encode()


WHOLE = file(
    BILLING
    + SELF
    + CLM
    + "NM1*82*1*JONES*EVA****XX*1234567893~PRV*PE*PXC*207Q00000X~"
    + "SBR*S*18*******CI~CAS*OA*23*5~AMT*D*40~OI***Y***Y~NM1*IL*1*SMITH*ANN****MI*M1~"
    + "NM1*PR*2*PAYER*****PI*111~"
    + LINE
    + "LIN**N4*00004196501~CTP****2.5*ML~SVD*111*40*HC:99213**1~CAS*CO*45*60~DTP*573*D8*20260111~"
).decode()


def read_one(body: str, *, form: str = "P") -> ReadClaim:
    (found,) = read_claims(file(body, form=form))
    assert isinstance(found, ReadClaim), found
    return found


def claim_of(body: str, *, form: str = "P") -> Claim:
    return read_one(body, form=form).claim


def lost(read: ReadClaim) -> list[tuple[str, str, int]]:
    return [(each.segment_id, each.loop, each.element) for each in read.not_carried]


def test_a_claim_knows_where_it_stood_and_who_sent_it() -> None:
    read = read_one(BILLING + SELF + CLM + LINE)
    assert (read.segment, read.segment_end) == (20, 24)
    assert (read.transaction_control, read.interchange_control) == ("0001", "000000007")
    assert (read.submitter, read.receiver, read.usage) == ("SUB1", "RCV1", "T")
    assert read.not_carried == ()


def test_the_subscriber_is_the_patient_when_the_claim_is_below_the_subscriber() -> None:
    claim = claim_of(BILLING + SELF + CLM + LINE)
    assert claim.subscriber.is_patient
    assert claim.patient == claim.subscriber.person
    assert claim.patient.birth_date == date(1980, 1, 31)
    assert (claim.payer.payer_id, claim.payer.kind) == ("60054", PayerKind.COMMERCIAL)
    assert claim.billing.tax_id == "512345678"


def test_a_dependent_has_a_subscriber_of_another_name() -> None:
    holder = SELF.replace("*22*0", "*22*1").replace("SBR*P*18*", "SBR*P**")
    patient = (
        "HL*3*2*23*0~PAT*19~NM1*QC*1*SMITH*BEN~N3*2 OAK ST~N4*AUSTIN*TX*78701~DMG*D8*20150101*M~"
    )
    claim = claim_of(BILLING + holder + patient + CLM + LINE)
    assert claim.subscriber.relationship == "19"
    assert (claim.patient.name.first, claim.subscriber.person.name.first) == ("BEN", "ANN")


def test_a_line_has_its_code_units_dates_and_numbers() -> None:
    line = (
        "LX*1~SV1*HC:J1745:JZ:25:::INFUSION*100*UN*1.50*12**1**Y~DTP*472*RD8*20260105-20260107~"
        "DTP*471*D8*20260104~REF*6R*L1~REF*G1*AUTH~REF*9B*RP~NTE*ADD*SLOW~LIN**N4*00004196501~"
        "CTP****2.5*ML~REF*XZ*RX1~NM1*82*1*JONES*EVA****XX*1234567893~PRV*PE*PXC*207Q00000X~"
    )
    read = read_one(BILLING + SELF + CLM + line)
    (only,) = read.claim.lines
    assert (only.code, only.modifiers, only.description) == ("J1745", ("JZ", "25"), "INFUSION")
    assert (only.units, only.place_of_service, only.emergency) == (Decimal("1.5"), "12", True)
    assert (only.service_from, only.service_to) == (date(2026, 1, 5), date(2026, 1, 7))
    assert (only.control_number, only.auth_number) == ("L1", "AUTH")
    assert [(r.qualifier, r.value) for r in only.references] == [("9B", "RP"), ("XZ", "RX1")]
    assert only.drug is not None
    assert (only.drug.ndc, only.drug.quantity, only.drug.unit) == (
        "00004196501",
        Decimal("2.5"),
        "ML",
    )
    assert only.rendering is not None
    assert only.rendering.taxonomy == "207Q00000X"
    assert lost(read) == []


def test_a_home_health_claim_has_its_hipps_line_and_its_type_of_bill() -> None:
    claim = claim_of(
        BILLING + SELF + "CLM*C1*100***32:A:9**A*Y*Y~DTP*434*RD8*20260101-20260130~"
        "DTP*435*DT*202601010800~CL1*9*1*30~HI*ABK:I10:::::::Y~HI*ABF:E11.9~"
        "HI*BH:50:D8:20260101~HI*BE:61:::12420*BE:85:::481.13~"
        "LX*1~SV2*0023*HP:1AA11*100*UN*1~DTP*472*D8*20260101~",
        form="I",
    )
    facts = claim.institutional
    assert facts is not None
    assert (facts.type_of_bill, claim.frequency) == ("0329", "9")
    assert (facts.admission_hour, facts.patient_status) == ("08", "30")
    assert (claim.diagnoses, claim.present_on_admission) == (("I10", "E119"), ("Y", ""))
    assert [(v.code, v.amount_cents) for v in facts.value_codes] == [("61", 1242000), ("85", 48113)]
    assert (claim.lines[0].code_qualifier, claim.lines[0].code) == ("HP", "1AA11")
    assert claim.lines[0].revenue_code == "0023"


def test_a_dental_claims_day_holds_for_lines_without_their_own() -> None:
    claim = claim_of(
        BILLING + SELF + "CLM*C1*100***11:B:1*Y*A*Y*Y**********PB~DTP*472*D8*20260105~DN1*36*20~"
        "DN2*3*M~LX*1~SV3*AD:D2740*60**10:20*R*1~TOO*JP*14*M:O:D~DTP*441*D8*20150101~"
        "LX*2~SV3*AD:D0120*40****1~DTP*472*D8*20260106~",
        form="D",
    )
    assert [line.service_from for line in claim.lines] == [date(2026, 1, 5), date(2026, 1, 6)]
    assert claim.dental is not None
    assert claim.dental.predetermination
    assert claim.dental.orthodontics is not None
    assert claim.dental.orthodontics.months_remaining == 20
    crown = claim.lines[0]
    assert [(tooth.number, tooth.surfaces) for tooth in crown.teeth] == [("14", "MOD")]
    assert (crown.oral_cavity, crown.prosthesis) == (("10", "20"), "R")
    assert crown.prosthesis_prior_on == date(2015, 1, 1)


def test_several_other_payers_keep_their_own_decisions() -> None:
    other = (
        "SBR*{turn}*18*******CI~CAS*OA*23*5~AMT*D*{paid}~OI***Y***Y~NM1*IL*1*SMITH*ANN****MI*M{turn}~"
        "NM1*PR*2*PAYER {turn}*****PI*{id}~REF*F8*ICN{turn}~"
    )
    decided = "SVD*{id}*{paid}*HC:99213**1~CAS*CO*45*10**97*2.5~CAS*PR*1*3~DTP*573*D8*2026011{n}~"
    claim = claim_of(
        BILLING
        + SELF.replace("SBR*P", "SBR*T")
        + CLM
        + other.format(turn="P", paid="40", id="111")
        + other.format(turn="S", paid="30", id="222")
        + LINE
        + decided.format(id="111", paid="40", n=1)
        + decided.format(id="222", paid="30", n=2)
    )
    assert claim.sequence is PayerSequence.TERTIARY
    first, second = claim.other_payers
    assert (first.paid_cents, second.paid_cents) == (4000, 3000)
    assert (first.payer.payer_id, second.payer.payer_id) == ("111", "222")
    assert (first.subscriber.member_id, second.payer_claim_number) == ("MP", "ICNS")
    assert (first.adjudicated_on, second.adjudicated_on) == (date(2026, 1, 11), date(2026, 1, 12))
    one, two = claim.lines[0].adjudications
    assert (one.payer_id, two.payer_id) == ("111", "222")
    assert [(a.group, a.code, a.amount_cents) for a in two.adjustments] == [
        ("CO", "45", 1000),
        ("CO", "97", 250),
        ("PR", "1", 300),
    ]


def test_the_providers_own_number_at_the_payer_is_the_billing_providers() -> None:
    claim = claim_of(BILLING + SELF + "REF*G2*OWN1~" + CLM + LINE)
    assert [(r.qualifier, r.value) for r in claim.billing.references] == [("G2", "OWN1")]
    assert claim.billing.entity is Entity.ORGANIZATION


def test_what_the_claim_has_no_place_for_is_reported_with_its_loop() -> None:
    read = read_one(
        BILLING
        + "CUR*85*USD~"
        + SELF
        + "REF*FY*1~"
        + CLM
        + "K3*FREE TEXT~CR1*LB*100**A*DH*5~NM1*P3*1*CARE*PRIM~REF*G2*5~"
        + "SBR*S*18*******CI~OI***Y***Y~NM1*IL*1*SMITH*ANN****MI*M1~NM1*PR*2*P*****PI*1~"
        + "NM1*82*1~REF*G2*77~"
        + LINE.replace("***1~", "***1****Y~")
        + "MEA*TR*HT*70~NM1*DQ*1*OVER*SEER~"
    )
    assert lost(read) == [
        ("CUR", "2000A", 0),
        ("REF", "2010BB", 0),
        ("K3", "2300", 0),
        ("CR1", "2300", 0),
        ("NM1", "2310A", 0),
        ("REF", "2310A", 0),
        ("NM1", "2330D", 0),
        ("REF", "2330D", 0),
        ("SV1", "2400", 11),
        ("MEA", "2400", 0),
        ("NM1", "2420D", 0),
    ]
    assert read.claim.references == ()


def test_a_total_that_the_lines_do_not_make_is_kept_beside_their_sum() -> None:
    read = read_one(BILLING + SELF + CLM.replace("*100*", "*90*") + LINE)
    assert lost(read) == []
    assert (read.claim.charge_cents, read.claim.stated_charge_cents) == (10000, 9000)
    assert claim_of(BILLING + SELF + CLM + LINE).stated_charge_cents is None


def test_icd9_codes_on_new_claims_are_reported() -> None:
    assert lost(read_one(BILLING + SELF + CLM.replace("ABK", "BK") + LINE)) == [("HI", "2300", 1)]
    old = LINE.replace("20260105", "20140105")
    assert lost(read_one(BILLING + SELF + CLM.replace("ABK:I10", "BK:4019") + old)) == []


def test_lines_without_lx_and_with_wrong_numbers_are_counted_from_one() -> None:
    one = LINE.replace("LX*1~", "")
    claim = claim_of(BILLING + SELF + CLM.replace("*100*", "*300*") + one + one + "LX*9~" + one)
    assert [line.line_no for line in claim.lines] == [1, 2, 3]


def test_level_numbers_may_begin_anew_in_each_transaction() -> None:
    whole = file(BILLING + SELF + CLM + LINE).decode()
    part = whole[whole.index("ST*") : whole.index("GE*")]
    data = whole.replace(part, part + part.replace("C1", "C2")).encode()
    assert [r.claim.claim_number for r in read_claims(data) if isinstance(r, ReadClaim)] == [
        "C1",
        "C2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        ("*100***11:B:1", "*1OO***11:B:1", 20),
        ("11:B:1", "", 20),
        ("11:B:1", "11:A:1", 20),
        ("20260105", "20261305", 24),
        ("99213*100", "99213*x", 23),
        ("***1~DTP", "***A~DTP", 23),
        ("SBR*P*18", "SBR*A*18", 20),
        ("DMG*D8*19800131*F", "DMG*D8*19800131*Z", 18),
        ("HL*2*1*22", "HL*2*9*22", 13),
        ("SV1*HC:99213*100*UN*1***1~", "", 22),
        ("LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20260105~", "", 20),
    ],
)
def test_a_fault_in_one_claim_stands_in_its_place_and_the_next_is_read(
    old: str, new: str, segment: int
) -> None:
    body = SELF + CLM + LINE
    assert old in body
    good = (SELF + CLM + LINE).replace("HL*2*", "HL*3*").replace("C1", "C2")
    bad, fine = read_claims(file(BILLING + body.replace(old, new) + good))
    assert isinstance(bad, UnreadableClaim)
    assert (bad.segment, bad.claim_number_present) == (segment, True)
    assert not {"1OO", "20261305", "SMITH", "C1"} & set(bad.reason.split())
    assert isinstance(fine, ReadClaim)
    assert fine.claim.claim_number == "C2"


@pytest.mark.parametrize("version", ["004010X098A1", "005010X279A1", "9"])
def test_another_version_is_named_and_refused(version: str) -> None:
    with pytest.raises(X12SyntaxError, match=version) as caught:
        list(read_claims(file(BILLING, version=version)))
    assert caught.value.segment == 3


def test_a_file_without_claims_says_so() -> None:
    with pytest.raises(X12SyntaxError, match="no claim transaction"):
        list(read_claims(f"{ISA}IEA*0*000000007~".encode()))


def test_a_file_that_breaks_off_gives_what_came_before_and_then_raises() -> None:
    data = file(BILLING + SELF + CLM + LINE + SELF.replace("HL*2", "HL*3") + CLM + LINE)
    found = []
    with pytest.raises(X12SyntaxError):  # noqa: PT012 (what came before counts)
        for each in read_claims(data[: data.rindex(b"LX*") + 8]):
            found.append(each)
    assert len(found) == 1


ODD_SEGMENTS = (
    *("SVD*1*2", "SVD", "CAS*CO*1*2", "CAS", "CTP****1", "DMG*D8*1*F", "OI", "SV1", "SV3"),
    *("HL*9**20", "HL*9*1*22", "HL", "NM1", "NM1*QC", "SBR", "SBR*Q", "LX", "CLM", "TOO", "LIN"),
    *("N3*A", "N4", "PRV", "REF*EI*1", "ST*837", "ST*835*1", "SE", "AMT*D*x", "DTP*573*D8*1"),
)


@given(st.data())
def test_damage_ends_in_a_place_and_nothing_else(data: st.DataObject) -> None:
    rows = WHOLE.split("~")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(1, len(rows) - 2))
        kind = data.draw(st.sampled_from(("drop", "odd", "repeat", "element")))
        if kind == "drop" and len(rows) > 6:
            del rows[place]
        elif kind == "odd":
            rows.insert(place, data.draw(st.sampled_from(ODD_SEGMENTS)))
        elif kind == "repeat":
            rows.insert(place, rows[data.draw(st.integers(1, len(rows) - 2))])
        else:
            elements = rows[place].split("*")
            at = data.draw(st.integers(0, len(elements) - 1))
            elements[at] = data.draw(st.sampled_from(("", "x", "-", ":::::::::", "9" * 40, "1E9")))
            rows[place] = "*".join(elements)
    with contextlib.suppress(X12SyntaxError):
        for each in read_claims("~".join(rows).encode()):
            assert each.segment > 0


# What becomes of the published files: claims read, claims that are unreadable.
PUBLISHED = {
    "sample_837_0.txt": (5, 0),
    "sample_837_1.txt": (0, 1),
    "sample_837_2.txt": (0, 1),
    "sample_837_6.txt": (0, 1),
    "sample_837_7.txt": (0, 1),
    "sample_837_9.txt": (0, 1),
    "sample_837_10.txt": (0, 1),
    "sample_837_11.txt": (1, 0),
    "demo.autoaccident.837": (1, 0),
    "demo.cob.example3.A.837": (1, 0),
    "demo.cob.example4.837": (1, 0),
    "demo.drug.example10.2.837": (1, 0),
    "demo.example11.837": (0, 1),
    "demo.example2.837": (1, 0),
    "demo.example8.837": (1, 0),
    "institutional-claim.837i": (1, 0),
    "ppo-repriced-claim.837i": (0, 1),
    "two-claims-single-provider.837i": (2, 0),
}


def published() -> Iterator[Path]:
    for path in sorted(EXAMPLES.rglob("*")):
        if path.is_file() and b"*X*005010X22" in path.read_bytes():
            yield path


@pytest.mark.shared
@pytest.mark.skipif(not EXAMPLES.exists(), reason="the published examples are not beside us")
def test_every_published_837_is_read_or_refused_at_a_place() -> None:
    for path in published():
        kinds: Counter[str] = Counter()
        try:
            for each in read_claims(path.read_bytes()):
                kinds[type(each).__name__] += 1
                assert each.segment > 0
        except X12SyntaxError:
            kinds["refused whole"] += 1
        if path.name in PUBLISHED:
            assert not kinds["refused whole"], path.name
            assert (kinds["ReadClaim"], kinds["UnreadableClaim"]) == PUBLISHED[path.name], path.name


@pytest.mark.shared
@pytest.mark.skipif(not EXAMPLES.exists(), reason="the published examples are not beside us")
@pytest.mark.parametrize("path", sorted((EXAMPLES / "linuxforhealth").glob("837_004010*/*.837")))
def test_a_published_4010_file_is_refused_by_version(path: Path) -> None:
    with pytest.raises(X12SyntaxError, match="004010"):
        list(read_claims(path.read_bytes()))


@pytest.mark.shared
@pytest.mark.skipif(not MAKER.exists(), reason="the file maker is not beside us")
@pytest.mark.parametrize("form", list(Form))
def test_generated_files_are_carried_without_loss(form: Form) -> None:
    command = [
        sys.executable,
        str(MAKER),
        form.value,
        "60",
        "--crlf",
        "--delims",
        "|!>^",
        "--per-st",
    ]
    made = subprocess.run([*command, "7"], capture_output=True, check=True).stdout
    read = list(read_claims(made))
    assert len(read) == 60
    assert all(isinstance(each, ReadClaim) and not each.not_carried for each in read)
    blocks = [made[start : start + 37] for start in range(0, len(made), 37)]
    assert list(read_claims(blocks)) == read
