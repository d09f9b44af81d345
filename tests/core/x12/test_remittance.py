"""Reading 835s: published files, odd files, and what the writer makes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.claim import Adjustment
from core.errors import InputError, X12SyntaxError
from core.remittance.values import ClaimPayment, ProviderAdjustment, Remittance, RemittanceHeader
from core.x12.remittance_reader import RemittanceEnd, read_remittances, stream_remittance
from core.x12.remittance_writer import write_remittances
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.pyx12_oracle import faults
from tests.core.x12.remittance_values import OFFICE, invented_remittance, without_places

SHARED = Path(__file__).parents[4] / "shared" / "data" / "x12"

ISA = (
    "ISA*00*          *00*          *ZZ*PAYER01        *ZZ*PROVIDER01     *260115*1200*^*00501*"
    "000000001*0*T*:~"
)


def file(*segments: str, version: str = "005010X221A1") -> bytes:
    """An interchange around ``segments``; those of the payment's head are there already."""
    head = f"{ISA}GS*HP*PAYER01*PROVIDER01*20260115*1200*1*X*{version}~"
    body = (
        "ST*835*0001~BPR*I*100*C*CHK************20260115~TRN*1*T1*1512345678~N1*PR*ACME~"
        "N1*PE*CLINIC*XX*1234567893~"
    )
    return (head + body + "".join(s + "~" for s in segments) + "GE*1*1~IEA*1*000000001~").encode()


def read_one(*segments: str) -> Remittance:
    (remittance,) = read_remittances(file(*segments, "SE*1*0001"))
    return remittance


def published() -> Iterator[Path]:
    if SHARED.exists():
        for path in sorted(SHARED.rglob("*")):
            if path.is_file() and b"ST*835*" in path.read_bytes():
                yield path


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the published examples are not beside us")
def test_every_published_835_is_read_with_its_claims() -> None:
    counts = {
        path.name: [len(r.claims) for r in read_remittances(path.read_bytes())]
        for path in published()
    }
    assert counts == {
        "managed-care.835": [2],
        "medicare-part-a.835": [2],
        "secondary-payment.835": [2],
        "tertiary-payment.835": [1],
        "835_mult_loops.txt": [1],
    }


def test_a_claim_payment_knows_its_lines_codes_and_places() -> None:
    remittance = read_one(
        "LX*1",
        "CLP*C1*1*200*100*50*MC*ICN1*11*7**470",
        "CAS*OA*23*10",
        "NM1*QC*1*SMITH*ANN*B**JR*MI*W1",
        "NM1*TT*2*NEXT PAYER*****PI*11122",
        "MOA***MA01*MA02",
        "REF*EA*MR1",
        "DTM*232*20260105",
        "DTM*050*20260110",
        "AMT*AU*150",
        "SVC*HC:99213:25:GT*200*100*0551*2.5*HC:99214*3",
        "DTM*150*20260105",
        "DTM*151*20260106",
        "CAS*CO*45*40**253*1*2",
        "CAS*PR*1*49",
        "REF*6R*L1",
        "REF*LU*11",
        "AMT*B6*150",
        "LQ*HE*N130",
        "LQ*HE*N522",
    )
    (claim,) = remittance.claims
    assert (claim.segment, claim.segment_end) == (9, 27)
    assert (claim.charge_cents, claim.paid_cents) == (20000, 10000)
    assert claim.patient_responsibility_cents == 5000
    assert (claim.filing_indicator, claim.facility_code, claim.frequency) == ("MC", "11", "7")
    assert claim.drg == "470"
    assert claim.patient is not None
    assert claim.patient.suffix == "JR"
    assert claim.member_id == "W1"
    assert (claim.crossover_payer, claim.crossover_payer_id) == ("NEXT PAYER", "11122")
    assert claim.remark_codes == ("MA01", "MA02")
    assert claim.service_from == date(2026, 1, 5)
    assert [(d.qualifier, d.first) for d in claim.dates] == [("050", date(2026, 1, 10))]
    (line,) = claim.lines
    assert line.segment == 18
    assert (line.code, line.modifiers, line.revenue_code) == ("99213", ("25", "GT"), "0551")
    assert (str(line.paid_units), line.original_code, str(line.original_units)) == (
        "2.5",
        "99214",
        "3",
    )
    assert (line.service_from, line.service_to) == (date(2026, 1, 5), date(2026, 1, 6))
    assert [(a.group, a.code, a.amount_cents) for a in line.adjustments] == [
        ("CO", "45", 4000),
        ("CO", "253", 100),
        ("PR", "1", 4900),
    ]
    assert line.remark_codes == ("N130", "N522")
    assert (line.control_number, line.allowed_cents) == ("L1", 15000)


def test_inpatient_remarks_are_read_from_mia() -> None:
    remittance = read_one("CLP*C1*1*1*1**MA*I1", "MIA*0****MA01***************MA02*MA03")
    assert remittance.claims[0].remark_codes == ("MA01", "MA02", "MA03")


@pytest.mark.parametrize("qualifier", ["HC", "AD", "NU", "HP", "ER", "N4", "WK", "IV"])
def test_every_kind_of_service_code_is_kept(qualifier: str) -> None:
    remittance = read_one("CLP*C1*1*1*1**12*I1", f"SVC*{qualifier}:0450*1*1")
    assert remittance.claims[0].lines[0].code_qualifier == qualifier
    assert remittance.claims[0].lines[0].code == "0450"


def test_lx_may_be_missing_repeated_or_between_services() -> None:
    remittance = read_one(
        "CLP*C1*1*2*2**12*I1", "SVC*HC:1*1*1", "LX*7", "SVC*HC:2*1*1", "LX*7", "CLP*C2*1*1*1**12*I2"
    )
    assert [len(claim.lines) for claim in remittance.claims] == [2, 0]
    assert [(c.segment, c.segment_end) for c in remittance.claims] == [(8, 11), (13, 13)]


def test_joined_remittances_are_read_one_by_one() -> None:
    data = file("CLP*C1*1*1*1**12*I1", "SE*1*0001") + file("CLP*C2*1*1*1**12*I2", "SE*1*0001")
    first, second = read_remittances(data)
    assert (first.claims[0].claim_number, second.claims[0].claim_number) == ("C1", "C2")
    assert second.header.segment == 14


def test_a_payer_repeated_among_the_claims_does_not_touch_them() -> None:
    remittance = read_one(
        "CLP*C1*1*1*1**12*I1", "N1*PR*ACME", "REF*2U*60054", "CLP*C2*1*1*1**12*I2"
    )
    assert remittance.header.payer_name == "ACME"
    assert remittance.claims[0].references == ()


def test_provider_adjustments_are_pairs_with_reason_and_reference() -> None:
    remittance = read_one("PLB*1234567893*20261231*WO:ICN1*25*L6*-.5")
    assert [
        (p.provider_id, p.fiscal_period_end, p.reason, p.reference, p.amount_cents)
        for p in remittance.provider_adjustments
    ] == [
        ("1234567893", date(2026, 12, 31), "WO", "ICN1", 2500),
        ("1234567893", date(2026, 12, 31), "L6", "", -50),
    ]


def test_what_is_not_carried_is_named_once_for_each_kind() -> None:
    parts = list(
        stream_remittance(
            file(
                "PER*BL*HELP*TE*8005550101",
                "CLP*C1*1*1*1**12*I1",
                "NM1*82*1*SMITH",
                "QTY*CA*8",
                "ZZZ*1",
                "CLP*C2*1*1*1**12*I2",
                "QTY*CA*9",
                "SVC*HC:1*1*1",
                "DTM*472*20261331",
                "SE*1*0001",
            )
        )
    )
    end = parts[-1]
    assert isinstance(end, RemittanceEnd)
    assert [(n.segment, n.segment_id, n.loop, n.element) for n in end.not_carried] == [
        (4, "BPR", "header", 1),
        (8, "PER", "1000B", 0),
        (10, "NM1*82", "2100", 0),
        (11, "QTY", "2100", 0),
        (12, "ZZZ", "2100", 0),
        (16, "DTM", "2110", 2),
    ]


@pytest.mark.parametrize(
    ("segments", "segment", "element"),
    [
        (("CLP*C1*1*12,50*1**12*I1", "SE*1*0001"), 8, 3),
        (("CLP*C1*1*1*1**12*I1", "CAS*CO*45*x", "SE*1*0001"), 9, 0),
        (("CLP*C1*1*1*1**12*I1", "CAS*CO**5", "SE*1*0001"), 9, 0),
        (("CLP*C1*1*1*1**12*I1", "SVC*HC:1*1*1**many", "SE*1*0001"), 9, 5),
        (("SVC*HC:1*1*1", "SE*1*0001"), 8, 0),
        (("PLB*1*20261231*WO*1.234", "SE*1*0001"), 8, 4),
        (("BPR*I*5*C*CHK", "SE*1*0001"), 8, 0),
        (("CLP*C1*1*1*1**12*I1",), 9, 0),
    ],
)
def test_a_fault_that_money_hangs_on_stops_at_its_place(
    segments: tuple[str, ...], segment: int, element: int
) -> None:
    with pytest.raises(X12SyntaxError) as caught:
        read_remittances(file(*segments))
    assert (caught.value.segment, caught.value.element) == (segment, element)
    assert "12,50" not in caught.value.message


@given(st.data())
def test_damage_ends_in_a_place_and_nothing_else(data: st.DataObject) -> None:
    whole = write_remittances([invented_remittance(2, claims=2)], ENVELOPE, office=OFFICE)
    rows = whole.decode().split("~")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(1, len(rows) - 2))
        elements = rows[place].split("*")
        kind = data.draw(st.sampled_from(("drop", "repeat", "element")))
        if kind == "drop" and len(rows) > 6:
            del rows[place]
        elif kind == "repeat":
            rows.insert(place, rows[data.draw(st.integers(1, len(rows) - 2))])
        else:
            at = data.draw(st.integers(0, len(elements) - 1))
            odd = ("", "x", "-", ":::::::::", "9" * 40, "1E9", "SVC", "N1")
            elements[at] = data.draw(st.sampled_from(odd))
            rows[place] = "*".join(elements)
    with contextlib.suppress(X12SyntaxError):
        for part in stream_remittance("~".join(rows).encode()):
            assert part.segment > 0


def test_an_older_version_is_refused_by_name() -> None:
    with pytest.raises(X12SyntaxError, match="004010X091A1"):
        read_remittances(file("SE*1*0001", version="004010X091A1"))


def test_a_file_without_a_remittance_says_so() -> None:
    data = f"{ISA}IEA*0*000000001~".encode()
    with pytest.raises(X12SyntaxError, match="no remittance"):
        read_remittances(data)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_write_then_read_gives_the_same_remittance(seed: int) -> None:
    remittance = invented_remittance(seed)
    (read,) = read_remittances(write_remittances([remittance], ENVELOPE, office=OFFICE))
    assert without_places(read) == remittance


def test_the_stream_gives_header_claims_adjustments_and_end_of_each() -> None:
    remittances = [invented_remittance(seed) for seed in (3, 4)]
    data = write_remittances(remittances, ENVELOPE, office=OFFICE)
    kinds = [type(part) for part in stream_remittance(data)]
    expected: list[type] = []
    for each in remittances:
        expected += [RemittanceHeader, *[ClaimPayment] * len(each.claims)]
        expected += [ProviderAdjustment] * len(each.provider_adjustments) + [RemittanceEnd]
    assert kinds == expected


def test_pyx12_takes_the_invented_remittances() -> None:
    # The guide repeats PLB; pyx12 takes only one in each remittance.
    remittances = [
        remittance
        for remittance in map(invented_remittance, range(40))
        if len(remittance.provider_adjustments) <= 6
    ]
    assert faults(write_remittances(remittances, ENVELOPE, office=OFFICE)) == []


def _with(remittance: Remittance, **changes: object) -> Remittance:
    header = msgspec.structs.replace(remittance.header, **changes)
    return msgspec.structs.replace(remittance, header=header)


def test_an_unbalanced_remittance_is_not_written() -> None:
    good = invented_remittance(1)
    with pytest.raises(InputError, match="check is not the sum"):
        write_remittances(
            [_with(good, payment_cents=good.header.payment_cents + 1)], ENVELOPE, office=OFFICE
        )
    extra = Adjustment(group="CO", code="45", amount_cents=1)
    claim = msgspec.structs.replace(good.claims[0], adjustments=(extra,))
    with pytest.raises(InputError, match="remittance 1: claim 1: charge less all"):
        write_remittances(
            [msgspec.structs.replace(good, claims=(claim, *good.claims[1:]))],
            ENVELOPE,
            office=OFFICE,
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paid_on": None}, "lacks its date"),
        ({"trace_number": ""}, "trace number"),
        ({"method": "XYZ"}, "payment method"),
        ({"payee_npi": "", "payee_tax_id": ""}, "neither an NPI"),
        ({"control_number": "1"}, "control number"),
    ],
)
def test_what_the_guide_requires_is_asked_for(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        write_remittances([_with(invented_remittance(1), **changes)], ENVELOPE, office=OFFICE)
