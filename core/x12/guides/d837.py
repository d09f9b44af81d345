"""837D, the dental claim: 005010X224A2 (and A3, the same tables)."""

from __future__ import annotations

from core.x12.guides import Guide, Loop, Row
from core.x12.guides.parts_837 import (
    CN1,
    DELAY,
    FILING,
    INSURANCE,
    K3,
    METHOD,
    MOA,
    N3,
    N4,
    ORDER,
    PATIENT_RELATION,
    PAY_TO_PLAN,
    PERSON,
    REPORTS,
    REPRICER,
    YES_NO,
    adjudicated_line,
    amt,
    billing_provider,
    body,
    dtp,
    hi,
    other_insurance,
    other_payer,
    party,
    patient_name,
    pay_to_address,
    payer,
    ref,
    reference_party,
    subscriber_name,
)

_CAUSE = "AA|EM|OA"
_IDS = "0B|1G|G2|LU"
_PROCEDURE = "1R=AD|ER 2R 3 4 5 6 7"
_SURFACE = "B|D|F|I|L|M|O"
_POINTER = "1|2|3|4"
_LINE_IDS = Row("REF", "S", 20, f"1R={_IDS} 2R 4(1R=2U 2R)")
_DX = hi("ABK|BK|TQ", "2R", last=4, others="ABF|BF|TQ")
_HCP = Row("HCP", "S", 1, f"1R={METHOD} 2R 3 4 5 6 7 8 9=AD|ER 10 11=UN 12 {REPRICER}", "repricing")


def _specialty(role: str) -> Row:
    return Row("PRV", "S", 1, f"1R={role} 2R=PXC 3R", "specialty")


def _providers(numbers: dict[str, str], refs: Row, referring: int) -> tuple[Loop, ...]:
    """The providers of a claim or line: entity code -> loop id."""
    rows = {
        "DN|P3": party(
            numbers.get("DN|P3", ""),
            "DN|P3",
            "1",
            "referring provider",
            _specialty("RF"),
            refs,
            repeat=referring,
        ),
        "82": party(numbers["82"], "82", "1|2", "rendering provider", _specialty("PE"), refs),
        "77": party(numbers["77"], "77", "2", "service facility", N3, N4, refs, tail="3R 8=XX 9"),
        "DD": party(numbers["DD"], "DD", "1", "assistant surgeon", _specialty("AS"), refs),
        "DQ": party(numbers["DQ"], "DQ", "1", "supervising provider", refs),
    }
    return tuple(rows[entity] for entity in numbers)


_LINE = Loop(
    "2400",
    "R",
    50,
    (
        Row("LX", "R", 1, "1R", "service line"),
        Row(
            "SV3",
            "R",
            1,
            f"1R({_PROCEDURE}) 2R 3 4(1R 2 3 4 5) 5=I|R 6 11(1R={_POINTER} 2-4={_POINTER})",
            "service",
        ),
        Row(
            "TOO",
            "S",
            32,
            f"1R=JP 2 3(1R={_SURFACE} 2-5={_SURFACE})",
            "tooth",
        ),
        dtp("472", "D8|RD8", name="service date"),
        dtp("139|441", name="prior placement"),
        dtp("452", name="appliance placed"),
        dtp("446", name="appliance replaced"),
        dtp("196", name="treatment started"),
        dtp("198", name="treatment completed"),
        CN1,
        ref("G3", name="predetermination"),
        Row("REF", "S", 5, "1R=G1 2R 4(1R=2U 2R)", "authorization"),
        ref("6R", name="line number"),
        ref("9A"),
        ref("9B"),
        ref("9C"),
        ref("9D"),
        Row("REF", "S", 5, "1R=9F 2R 4(1R=2U 2R)", "referral"),
        amt("T", "tax"),
        K3,
        _HCP,
        *_providers({"82": "2420A", "DD": "2420B", "DQ": "2420C", "77": "2420D"}, _LINE_IDS, 1),
        adjudicated_line(f"1R 2R 3R({_PROCEDURE}) 5R 6"),
    ),
    "service line",
)

_CLAIM = Loop(
    "2300",
    "S",
    100,
    (
        Row(
            "CLM",
            "R",
            1,
            f"1R 2R 5R(1R 2R=B 3R) 6R={YES_NO} 7R=A|B|C 8R={YES_NO}|W 9R=I|Y"
            f" 11(1R={_CAUSE} 2={_CAUSE} 3={_CAUSE} 4 5) 12=01|02|03|05 19=PB 20={DELAY}",
            "claim",
        ),
        dtp("439", name="accident"),
        dtp("452", name="appliance placed"),
        dtp("472", "D8|RD8", name="service date"),
        dtp("050", name="received by repricer"),
        Row("DN1", "S", 1, "1 2 3=N|Y 4", "orthodontics"),
        Row("DN2", "S", 35, "1R 2R=E|M 6R=JP", "tooth status"),
        Row("PWK", "S", 10, f"1R={REPORTS} 2R=AA|BM|EL|EM|FT|FX 5=AC 6", "report"),
        CN1,
        amt("F5", "patient paid"),
        ref("G3", name="predetermination"),
        ref("4N"),
        ref("F8", name="payer claim number"),
        ref("9F", name="referral"),
        ref("G1", name="authorization"),
        ref("9A"),
        ref("9C"),
        ref("D9", name="clearinghouse number"),
        K3,
        Row("NTE", "S", 5, "1R=ADD 2R", "note"),
        Row("HI", "S", 1, _DX.elements, "diagnoses"),
        _HCP,
        *_providers(
            {"DN|P3": "2310A", "82": "2310B", "77": "2310C", "DD": "2310D", "DQ": "2310E"},
            ref(_IDS, 4),
            2,
        ),
        other_insurance(
            f"5={INSURANCE}",
            f"3R={YES_NO}|W 4=P 6R=I|Y",
            (MOA,),
            other_payer(ref("G3")),
            (
                reference_party(
                    "2330C",
                    "DN|P3",
                    "1",
                    "other payer's referring provider",
                    ref("0B|1G|G2", 3, "R"),
                    2,
                ),
                reference_party(
                    "2330D",
                    "82",
                    "1|2",
                    "other payer's rendering provider",
                    ref("0B|1G|G2|LU", 3, "R"),
                ),
                reference_party(
                    "2330E",
                    "DQ",
                    "1",
                    "other payer's supervising provider",
                    ref("0B|1G|G2|LU", 3, "R"),
                ),
                reference_party(
                    "2330F", "85", "1|2", "other payer's billing provider", ref("G2|LU", 2, "R")
                ),
                reference_party(
                    "2330G", "77", "2", "other payer's facility", ref("0B|G2|LU", 3, "R")
                ),
                reference_party(
                    "2330H",
                    "DD",
                    "1",
                    "other payer's assistant surgeon",
                    ref("0B|1G|G2|LU", 3, "R"),
                ),
            ),
        ),
        _LINE,
    ),
    "claim",
)

GUIDE = Guide(
    "837D",
    "837",
    "HC",
    ("005010X224", "005010X224A1", "005010X224A2", "005010X224A3"),
    body(
        (
            Row("PRV", "S", 1, "1R=BI 2R=PXC 3R", "specialty"),
            Row("CUR", "S", 1, "1R=85 2R", "currency"),
            billing_provider(
                "1|2", PERSON, ref("EI|SY", usage="R", name="tax id"), ref("0B|1G", 2)
            ),
            pay_to_address("1|2"),
            PAY_TO_PLAN,
        ),
        (
            Row("SBR", "R", 1, f"1R={ORDER} 2=18 3 4 5={INSURANCE} 9={FILING}", "insurance"),
            subscriber_name(),
            payer(2),
        ),
        (Row("PAT", "R", 1, f"1R={PATIENT_RELATION} 4=F|N|P", "relationship"), patient_name()),
        _CLAIM,
    ),
    "CLM",
)
