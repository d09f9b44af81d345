"""Loops of a file: where the guide puts each segment, and what becomes of the others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.errors import X12SyntaxError
from core.x12.loops import LoopStream, Part, Wanted, read_transactions

HEAD = (
    "ISA*00*          *00*          *ZZ*SENDER1        *ZZ*RECEIVER1      *260115*1200*^*00501*"
    "000000007*0*T*:~GS*HC*SENDER1*RECEIVER1*20260115*1200*1*X*005010X222A1~"
    "ST*837*0001*005010X222A1~BHT*0019*00*B1*20260115*1200*CH~NM1*41*2*BILLING*****46*SUB1~"
    "PER*IC*DESK*TE*5125550100~NM1*40*2*HOUSE*****46*RCV1~HL*1**20*1~"
    "NM1*85*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*AUSTIN*TX*787010001~REF*EI*512345678~"
    "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*SMITH*ANN****MI*W1~NM1*PR*2*ACME*****PI*60054~"
)
CLAIM = "CLM*C1*170.28***11:B:1*Y*A*Y*Y~HI*ABK:I10~"
LINE = "LX*1~SV1*HC:99213:25*170.28*UN*1.5***1~DTP*472*RD8*20260105-20260107~"
TAIL = "SE*1*0001~GE*1*1~IEA*1*000000007~"
CLAIMS = Wanted(frozenset(("837P",)), "2300")


def parts(body: str, wanted: Wanted = CLAIMS) -> list[Part]:
    return list(LoopStream((HEAD + body + TAIL).encode(), wanted))


def unit(body: str, wanted: Wanted = CLAIMS) -> Part:
    first, end = parts(body, wanted)
    assert end.unit is None
    return first


def test_a_unit_comes_with_the_loops_around_it_and_knows_its_segments() -> None:
    part = unit(CLAIM + LINE)
    assert [loop.id for loop in part.above] == ["", "2000A", "2000B"]
    assert part.unit is not None
    assert (part.unit.number, part.last) == (17, 21)
    (line,) = part.unit.below("2400")
    assert dict(zip(line.numbers, (s[0] for s in line.segments), strict=True)) == {
        19: "LX",
        20: "SV1",
        21: "DTP",
    }


def test_a_typed_reading_gives_money_days_quantities_and_components() -> None:
    part = unit(CLAIM + LINE, CLAIMS._replace(typed=True))
    assert part.unit is not None
    assert part.unit.value("CLM", 2) == 17028
    (line,) = part.unit.below("2400")
    service = line.first("SV1")
    assert service is not None
    assert service[1:5] == [("HC", "99213", "25"), 17028, "UN", Decimal("1.5")]
    assert line.value("DTP", 3) == (date(2026, 1, 5), date(2026, 1, 7))
    assert part.transaction.untyped == []


def test_what_is_not_of_its_type_stays_text_and_is_named() -> None:
    body = (CLAIM + LINE).replace("*170.28*UN", "*17O.28*UN")
    part = unit(body, CLAIMS._replace(typed=True))
    assert part.transaction.untyped == [(20, 2)]
    assert part.unit is not None
    service = part.unit.below("2400")[0].first("SV1")
    assert service is not None
    assert (service[2], service[4]) == ("17O.28", Decimal("1.5"))


def test_a_line_without_lx_begins_at_its_service() -> None:
    part = unit(CLAIM + LINE.replace("LX*1~", ""))
    assert part.unit is not None
    assert [loop.segments[0][0] for loop in part.unit.below("2400")] == ["SV1"]
    assert part.transaction.astray == [19]


def test_a_party_nobody_knows_keeps_what_follows_away_from_the_party_before() -> None:
    rendering = "NM1*82*1*JONES*EVA****XX*1234567893~"
    part = unit(CLAIM + rendering + "NM1*XX*1*OTHER~N3*9 ELM ST~REF*G2*7~" + LINE)
    assert part.unit is not None
    known, line = part.unit.loops
    (unknown,) = known.loops
    assert (known.id, len(known.segments)) == ("2310B", 1)
    assert (unknown.id, [s[0] for s in unknown.segments]) == ("", ["NM1", "N3", "REF"])
    assert line.id == "2400"
    assert part.transaction.astray == [20, 21, 22]


def test_where_going_on_would_mistake_the_patient_reading_stops() -> None:
    wanted = CLAIMS._replace(fatal=frozenset(("HL",)), refusal="whose it is cannot be told")
    with pytest.raises(X12SyntaxError, match="whose it is") as caught:
        parts("HL*3*2*24*0~" + CLAIM + LINE, wanted)
    assert caught.value.segment == 17


def test_claims_do_not_pile_up_in_the_loops_around_them() -> None:
    patient = "HL*{n}*1*22*0~SBR*P*18*******CI~NM1*IL*1*SMITH*ANN****MI*W1~NM1*PR*2*A*****PI*60054~"
    body = "".join(patient.format(n=n) + CLAIM + LINE for n in range(3, 40))
    for part in parts(body):
        assert all(loop.id not in ("2300", "2000B") for each in part.above for loop in each.loops)


def test_a_whole_transaction_keeps_everything() -> None:
    (transaction,) = read_transactions((HEAD + CLAIM + LINE + TAIL).encode(), ("837P",))
    (billing,) = transaction.body.below("2000A")
    (subscriber,) = billing.below("2000B")
    assert [loop.id for loop in subscriber.loops] == ["2010BA", "2010BB", "2300"]
    assert transaction.segment_end == 22


def test_a_transaction_without_end_is_refused_when_it_is_wanted_whole() -> None:
    data = (HEAD + CLAIM + LINE + "GE*1*1~IEA*1*000000007~").encode()
    with pytest.raises(X12SyntaxError, match="no end"):
        list(read_transactions(data, ("837P",)))
