"""837P, the professional claim: 005010X222A1 (and A2, the same tables)."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row
from core.x12.guides.parts_837 import (
    CN1,
    DELAY,
    FILING,
    INSURANCE,
    K3,
    METHOD,
    MOA,
    N3,
    N3_MAYBE,
    N4,
    N4_MAYBE,
    ORDER,
    PATIENT_RELATION,
    PAY_TO_PLAN,
    PERSON,
    PHONE,
    POINTERS,
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
_AMBULANCE = "01|04|05|06|07|08|09|12"
_PROCEDURE = "1R=ER|HC|IV|WK 2R 3 4 5 6 7"
_IDS = "0B|1G|G2|LU"
_DX = hi("ABK|BK", "2R", others="ABF|BF")
_HCP_CLAIM = Row("HCP", "S", 1, f"1R={METHOD} 2R 3 4 5 6 7 {REPRICER}", "repricing")
_HCP_LINE = Row(
    "HCP",
    "S",
    1,
    f"1R={METHOD} 2R 3 4 5 6 7 9=ER|HC|IV|WK 10 11=MJ|UN 12 {REPRICER}",
    "repricing",
)
_CR1 = Row("CR1", "S", 1, "1=LB 2 4R=A|B|C|D|E 5R=DH 6R 9 10", "ambulance")
_CRC_AMBULANCE = Row(
    "CRC", "S", 3, f"1R=07 2R={YES_NO} 3R={_AMBULANCE} 4-7={_AMBULANCE}", "ambulance condition"
)
_PERFORMING = Row("PRV", "S", 1, "1R=PE 2R=PXC 3R", "specialty")
_LINE_IDS = Row("REF", "S", 20, f"1R={_IDS} 2R 4(1R=2U 2R)")
_LINE_REFERRED = Row("REF", "S", 20, "1R=0B|1G|G2 2R 4(1R=2U 2R)")


def _facility(loop: str, *more: Row) -> Loop:
    return party(loop, "77", "2", "service facility", N3, N4, *more, tail="3R 8=XX 9")


def _ambulance_stop(loop: str, entity: str, name: str, tail: str) -> Loop:
    return party(loop, entity, "2", name, N3, N4, tail=tail)


_LINE = Loop(
    "2400",
    "R",
    50,
    (
        Row("LX", "R", 1, "1R", "service line"),
        Row(
            "SV1",
            "R",
            1,
            f"1R({_PROCEDURE}) 2R 3R=MJ|UN 4R 5 7R({POINTERS}) 9=Y 11=Y 12=Y 15=0",
            "service",
        ),
        Row("SV5", "S", 1, "1R(1R=HC 2R) 2R=DA 3R 4R 5R 6R=1|4|6", "durable equipment"),
        Row("PWK", "S", 11, f"1R={REPORTS} 2R=AA|AB|AD|AF|AG|BM|EL|EM|FT|FX|NS 5=AC 6", "report"),
        _CR1,
        Row("CR3", "S", 1, "1R=I|R|S 2R=MO 3R", "equipment certification"),
        _CRC_AMBULANCE,
        Row("CRC", "S", 1, f"1R=70 2R={YES_NO} 3R=65", "hospice employee"),
        Row("CRC", "S", 1, f"1R=09 2R={YES_NO} 3R=38|ZV 4=38|ZV", "equipment condition"),
        dtp("472", "D8|RD8", usage="R", name="service date"),
        dtp("471"),
        dtp("607"),
        dtp("463"),
        dtp("461"),
        dtp("304"),
        dtp("738|739", repeat=2),
        dtp("011"),
        dtp("455"),
        dtp("454"),
        Row("QTY", "S", 1, "1R=PT 2R", "ambulance patients"),
        Row("QTY", "S", 1, "1R=FL 2R", "anesthesia units"),
        Row("MEA", "S", 5, "1R=OG|TR 2R=HT|R1|R2|R3|R4 3R", "test result"),
        CN1,
        ref("9B"),
        ref("9D"),
        Row("REF", "S", 5, "1R=G1 2R 4(1R=2U 2R)", "authorization"),
        ref("6R", name="line number"),
        ref("EW"),
        ref("X4"),
        ref("F4"),
        ref("BT"),
        Row("REF", "S", 5, "1R=9F 2R 4(1R=2U 2R)", "referral"),
        amt("T", "tax"),
        amt("F4", "postage"),
        K3,
        Row("NTE", "S", 1, "1R=ADD|DCP 2R", "note"),
        Row("NTE", "S", 1, "1R=TPO 2R", "note for third parties"),
        Row("PS1", "S", 1, "1R 2R", "purchased service"),
        _HCP_LINE,
        Loop(
            "2410",
            "S",
            1,
            (
                Row("LIN", "R", 1, "2R=EN|EO|HI|N4|ON|UK|UP 3R", "drug"),
                Row("CTP", "R", 1, "4R 5R(1R=F2|GR|ME|ML|UN)", "drug quantity"),
                ref("VY|XZ"),
            ),
            "drug",
        ),
        party("2420A", "82", "1|2", "rendering provider", _PERFORMING, _LINE_IDS),
        party("2420B", "QB", "1|2", "purchased service provider", _LINE_REFERRED, tail="8=XX 9"),
        _facility("2420C", Row("REF", "S", 3, "1R=G2|LU 2R 4(1R=2U 2R)")),
        party("2420D", "DQ", "1", "supervising provider", _LINE_IDS),
        party(
            "2420E",
            "DK",
            "1",
            "ordering provider",
            N3_MAYBE,
            N4_MAYBE,
            _LINE_REFERRED,
            Row("PER", "S", 1, "1R=IC 2 3R=EM|FX|TE 4R 5=EM|EX|FX|TE 6 7=EM|EX|FX|TE 8"),
        ),
        party("2420F", "DN|P3", "1", "referring provider", _LINE_REFERRED, repeat=2),
        _ambulance_stop("2420G", "PW", "ambulance pick-up", ""),
        _ambulance_stop("2420H", "45", "ambulance drop-off", "3"),
        adjudicated_line(f"1R 2R 3R({_PROCEDURE}) 5R 6"),
        Loop(
            "2440",
            "S",
            MANY,
            (
                Row("LQ", "R", 1, "1R=AS|UT 2R", "form"),
                Row("FRM", "R", 99, f"1R 2={YES_NO}|W 3 4 5", "answer"),
            ),
            "form",
        ),
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
            f"1R 2R 5R(1R 2R=B 3R) 6R={YES_NO} 7R=A|B|C 8R={YES_NO}|W 9R=I|Y 10=P"
            f" 11(1R={_CAUSE} 2={_CAUSE} 4 5) 12=02|03|05|09 20={DELAY}",
            "claim",
        ),
        dtp("431", name="onset"),
        dtp("454", name="first treatment"),
        dtp("304", name="last seen"),
        dtp("453", name="acute manifestation"),
        dtp("439", name="accident"),
        dtp("484", name="last menstrual period"),
        dtp("455", name="last x-ray"),
        dtp("471", name="prescription"),
        dtp("314|360|361", "D8|RD8", name="disability"),
        dtp("297", name="last worked"),
        dtp("296", name="may return to work"),
        dtp("435", name="admission"),
        dtp("096", name="discharge"),
        dtp("090|091", repeat=2, name="care taken over or given up"),
        dtp("444", name="first contact"),
        dtp("050", name="received by repricer"),
        Row("PWK", "S", 10, f"1R={REPORTS} 2R=AA|BM|EL|EM|FT|FX 5=AC 6", "report"),
        CN1,
        amt("F5", "patient paid"),
        ref("4N"),
        ref("F5"),
        ref("EW"),
        ref("9F", name="referral"),
        ref("G1", name="authorization"),
        ref("F8", name="payer claim number"),
        ref("X4", name="CLIA number"),
        ref("9A"),
        ref("9C"),
        ref("LX"),
        ref("D9", name="clearinghouse number"),
        ref("EA", name="medical record number"),
        ref("P4"),
        ref("1J"),
        K3,
        Row("NTE", "S", 1, "1R=ADD|CER|DCP|DGN|TPO 2R", "note"),
        _CR1,
        Row("CR2", "S", 1, "8R=A|C|D|E|F|G|M 10 11", "spinal manipulation"),
        _CRC_AMBULANCE,
        Row(
            "CRC",
            "S",
            3,
            f"1R=E1|E2|E3 2R={YES_NO} 3R=L1|L2|L3|L4|L5 4-7=L1|L2|L3|L4|L5",
            "vision condition",
        ),
        Row("CRC", "S", 1, "1R=75 2R=Y 3R=IH", "homebound"),
        Row("CRC", "S", 1, f"1R=ZZ 2R={YES_NO} 3R=AV|NU|S2|ST 4-5=AV|NU|S2|ST", "EPSDT referral"),
        Row("HI", "R", 1, _DX.elements, "diagnoses"),
        Row("HI", "S", 1, "1R(1R=BP 2R) 2(1R=BO 2R)", "anesthesia procedures"),
        hi("BG", "2R", repeat=2),
        _HCP_CLAIM,
        party("2310A", "DN|P3", "1", "referring provider", ref("0B|1G|G2", 3), repeat=2),
        party("2310B", "82", "1|2", "rendering provider", _PERFORMING, ref(_IDS, 4)),
        _facility("2310C", ref("0B|G2|LU", 3), Row("PER", "S", 1, PHONE)),
        party("2310D", "DQ", "1", "supervising provider", ref(_IDS, 4)),
        _ambulance_stop("2310E", "PW", "ambulance pick-up", ""),
        _ambulance_stop("2310F", "45", "ambulance drop-off", "3"),
        other_insurance(
            f"5={INSURANCE}",
            f"3R={YES_NO}|W 4=P 6R=I|Y",
            (MOA,),
            other_payer(),
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
                    "2330E", "77", "2", "other payer's facility", ref("0B|G2|LU", 3, "R")
                ),
                reference_party(
                    "2330F",
                    "DQ",
                    "1",
                    "other payer's supervising provider",
                    ref("0B|1G|G2|LU", 3, "R"),
                ),
                reference_party(
                    "2330G", "85", "1|2", "other payer's billing provider", ref("G2|LU", 2, "R")
                ),
            ),
        ),
        _LINE,
    ),
    "claim",
)

_DEATH = "5=D8 6 7=01 8 9=Y"
_PHONE = Row("PER", "S", 1, PHONE, "contact")

GUIDE = Guide(
    "837P",
    "837",
    "HC",
    ("005010X222", "005010X222A1", "005010X222A2"),
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
            Row("PAT", "S", 1, _DEATH, "patient facts"),
            subscriber_name(_PHONE),
            payer(2),
        ),
        (
            Row("PAT", "R", 1, f"1R={PATIENT_RELATION} {_DEATH}", "relationship"),
            patient_name(_PHONE),
        ),
        _CLAIM,
    ),
    "CLM",
)
