"""837I, the institutional claim: 005010X223A2 (and A3, the same tables)."""

from __future__ import annotations

from core.x12.guides import Guide, Loop, Row
from core.x12.guides.parts_837 import (
    CN1,
    DELAY,
    FILING,
    K3,
    METHOD,
    MIA_OTHER_PAYER,
    MOA,
    N3,
    N4,
    ORDER,
    ORGANIZATION,
    PATIENT_RELATION,
    PAY_TO_PLAN,
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

_PROCEDURE = "1R=ER|HC|HP|IV|WK 2R 3 4 5 6 7"
_IDS = "0B|1G|G2|LU"
_PRESENT = "9=N|U|W|Y"
_CODE_AND_DAY = "2R 3R=D8 4R"
_HCP_CLAIM = Row("HCP", "S", 1, f"1R={METHOD} 2R 3 4 5 6 7 8 11=DA|UN 12 {REPRICER}", "repricing")
_HCP_LINE = Row(
    "HCP",
    "S",
    1,
    f"1R={METHOD} 2R 3 4 5 6 7 8 9=ER|HC|HP|IV|WK 10 11=DA|UN 12 {REPRICER}",
    "repricing",
)
_NOTES = "ALG|DCP|DGN|DME|MED|NTR|ODT|RHB|RLH|RNH|SET|SFM|SPT|UPI"

_PRINCIPAL = Row("HI", "R", 1, f"1R(1R=ABK|BK 2R {_PRESENT})", "principal diagnosis")
_HEALTH_CODES = (
    _PRINCIPAL,
    Row("HI", "S", 1, "1R(1R=ABJ|BJ 2R)", "admitting diagnosis"),
    hi("APR|PR", "2R", last=3),
    hi("ABN|BN", f"2R {_PRESENT}"),
    Row("HI", "S", 1, "1R(1R=DR 2R)", "diagnosis related group"),
    hi("ABF|BF", f"2R {_PRESENT}", repeat=2),
    Row("HI", "S", 1, f"1R(1R=BBR|BR|CAH {_CODE_AND_DAY})", "principal procedure"),
    hi("BBQ|BQ", _CODE_AND_DAY, repeat=2),
    hi("BI", "2R 3R=RD8 4R", repeat=2),
    hi("BH", _CODE_AND_DAY, repeat=2),
    hi("BE", "2R 5R", repeat=2),
    hi("BG", "2R", repeat=2),
    hi("TC", "2R", repeat=2),
)

_LINE = Loop(
    "2400",
    "R",
    999,
    (
        Row("LX", "R", 1, "1R", "service line"),
        Row("SV2", "R", 1, f"1R 2({_PROCEDURE}) 3R 4R=DA|UN 5R 7", "service"),
        Row("PWK", "S", 10, f"1R={REPORTS} 2R=AA|BM|EL|EM|FT|FX 5=AC 6", "report"),
        dtp("472", "D8|RD8", name="service date"),
        ref("6R", name="line number"),
        ref("9B"),
        ref("9D"),
        amt("GT", "service tax"),
        amt("N8", "facility tax"),
        Row("NTE", "S", 1, "1R=TPO 2R", "note for third parties"),
        _HCP_LINE,
        Loop(
            "2410",
            "S",
            1,
            (
                Row("LIN", "R", 1, "2R=N4 3R", "drug"),
                Row("CTP", "R", 1, "4R 5R(1R=F2|GR|ME|ML|UN)", "drug quantity"),
                ref("VY|XZ"),
            ),
            "drug",
        ),
        *(
            party(loop, entity, "1", name, Row("REF", "S", 20, f"1R={ids} 2R 4(1R=2U 2R)"))
            for loop, entity, name, ids in (
                ("2420A", "72", "operating physician", _IDS),
                ("2420B", "ZZ", "other operating physician", _IDS),
                ("2420C", "82", "rendering provider", _IDS),
                ("2420D", "DN", "referring provider", "0B|1G|G2"),
            )
        ),
        adjudicated_line(f"1R 2R 3({_PROCEDURE}) 4R 5R 6"),
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
            f"1R 2R 5R(1R 2R=A 3R) 7R=A|B|C 8R={YES_NO}|W 9R=I|Y 20={DELAY}",
            "claim",
        ),
        dtp("096", "TM", name="discharge hour"),
        dtp("434", "RD8", usage="R", name="statement period"),
        dtp("435", "D8|DT", name="admission"),
        dtp("050", name="received by repricer"),
        Row("CL1", "R", 1, "1 2 3R", "admission and discharge"),
        Row("PWK", "S", 10, f"1R={REPORTS} 2R=AA|BM|EL|EM|FT|FX 5=AC 6", "report"),
        CN1,
        amt("F3", "patient owes"),
        ref("4N"),
        ref("9F", name="referral"),
        ref("G1", name="authorization"),
        ref("F8", name="payer claim number"),
        ref("9A"),
        ref("9C"),
        ref("LX", 5),
        ref("D9", name="clearinghouse number"),
        ref("LU"),
        ref("EA", name="medical record number"),
        ref("P4"),
        ref("G4"),
        K3,
        Row("NTE", "S", 10, f"1R={_NOTES} 2R", "claim note"),
        Row("NTE", "S", 1, "1R=ADD 2R", "billing note"),
        Row("CRC", "S", 1, f"1R=ZZ 2R={YES_NO} 3R=AV|NU|S2|ST 4-5=AV|NU|S2|ST", "EPSDT referral"),
        *_HEALTH_CODES,
        _HCP_CLAIM,
        party(
            "2310A",
            "71",
            "1",
            "attending provider",
            Row("PRV", "S", 1, "1R=AT 2R=PXC 3R", "specialty"),
            ref(_IDS, 4),
        ),
        party("2310B", "72", "1", "operating physician", ref(_IDS, 4)),
        party("2310C", "ZZ", "1", "other operating physician", ref(_IDS, 4)),
        party("2310D", "82", "1", "rendering provider", ref(_IDS, 4)),
        party("2310E", "77", "2", "service facility", N3, N4, ref("0B|G2|LU", 3), tail="3R 8=XX 9"),
        party("2310F", "DN", "1", "referring provider", ref("0B|1G|G2", 3)),
        other_insurance(
            "",
            f"3R={YES_NO}|W 6R=I|Y",
            (MIA_OTHER_PAYER, MOA),
            other_payer(),
            (
                reference_party(
                    "2330C",
                    "71",
                    "1",
                    "other payer's attending provider",
                    ref("0B|1G|G2|LU", 4, "R"),
                ),
                reference_party(
                    "2330D",
                    "72",
                    "1",
                    "other payer's operating physician",
                    ref("0B|1G|G2|LU", 4, "R"),
                ),
                reference_party(
                    "2330E",
                    "ZZ",
                    "1",
                    "other payer's other operating physician",
                    ref("0B|1G|G2|LU", 4, "R"),
                ),
                reference_party(
                    "2330F", "77", "2", "other payer's facility", ref("0B|G2|LU", 3, "R")
                ),
                reference_party(
                    "2330G",
                    "82",
                    "1",
                    "other payer's rendering provider",
                    ref("0B|1G|G2|LU", 4, "R"),
                ),
                reference_party(
                    "2330H", "DN", "1", "other payer's referring provider", ref("0B|1G|G2", 3, "R")
                ),
                reference_party(
                    "2330I", "85", "2", "other payer's billing provider", ref("G2|LU", 2, "R")
                ),
            ),
        ),
        _LINE,
    ),
    "claim",
)

GUIDE = Guide(
    "837I",
    "837",
    "HC",
    ("005010X223", "005010X223A1", "005010X223A2", "005010X223A3"),
    body(
        (
            Row("PRV", "S", 1, "1R=BI 2R=PXC 3R", "specialty"),
            Row("CUR", "S", 1, "1R=85 2R", "currency"),
            billing_provider("2", ORGANIZATION, ref("EI", usage="R", name="tax id")),
            pay_to_address("2"),
            PAY_TO_PLAN,
        ),
        (
            Row("SBR", "R", 1, f"1R={ORDER} 2=18 3 4 9={FILING}", "insurance"),
            subscriber_name(),
            payer(1),
        ),
        (Row("PAT", "R", 1, f"1R={PATIENT_RELATION}", "relationship"), patient_name()),
        _CLAIM,
    ),
    "CLM",
)
