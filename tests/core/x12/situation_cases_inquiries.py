"""Firing and quiet cases of the rows for 270 to 278; see ``situation_cases``.

``278`` is a request, ``278 answered`` its answer; ``275 of 6020`` carries its data in a BDS.
"""

from __future__ import annotations

from typing import NamedTuple

Edits = tuple[tuple[str, str], ...]


class Case(NamedTuple):
    """``kind`` is a key of ``BODIES``; ``row``: code, loop, place."""

    kind: str
    row: str
    fires: Edits
    quiet: Edits


_ABOVE = "HL*1**20*1~NM1*PR*2*MUTUAL*****PI*87726~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1260181593~"
_STATUS_ABOVE = (
    "HL*1**20*1~NM1*PR*2*MUTUAL*****PI*87726~HL*2*1*21*1~NM1*41*2*CENTRAL*****46*SUB1~HL*3*2*19*1~"
    "NM1*1P*2*CLINIC*****XX*1260181593~"
)
_REVIEW_ABOVE = (
    "HL*1**20*1~NM1*X3*2*MUTUAL*****PI*87726~HL*2*1*21*1~NM1*1P*2*CLINIC*****XX*1260181593~"
    "HL*3*2*22*1~NM1*IL*1*JONES*SAM****MI*W1~DMG*D8*19770702*M~HL*4*3*EV*1~"
)
_ATTACHMENT = (
    "BGN*11*A1*20260115~NM1*PR*2*MUTUAL*****PI*87726~PER*IC*DESK*TE*8005550101~"
    "NM1*41*2*CENTRAL*****46*SUB1~PER*IC*DESK*TE*5125550100~NM1*1P*2*CLINIC*****XX*1260181593~"
    "NM1*QC*1*JONES*SAM****MI*W1~REF*1K*ICN1~LX*1~TRN*2*ASKED1~STC*R4:18842-5::LOI*20260110~"
    "DTP*472*RD8*20260102-20260104~DTP*368*D8*20260115~CAT*AE*TX~EFI*05~"
)
BODIES = {
    "270": (
        "HS",
        "270",
        "005010X279A1",
        (
            f"BHT*0022*13*R1*20260115*1200~{_ABOVE}HL*3*2*22*0~NM1*IL*1*JONES*SAM****MI*W1~"
            "DMG*D8*19770702*M~DTP*291*RD8*20260110-20260120~EQ*30~"
        ),
    ),
    "271": (
        "HB",
        "271",
        "005010X279A1",
        (
            f"BHT*0022*11*R1*20260115*1201~{_ABOVE}HL*3*2*22*0~NM1*IL*1*JONES*SAM****MI*W1~"
            "DMG*D8*19770702*M~DTP*346*D8*20260101~EB*1*IND*30*PR*GOLD~EB*A*IND*98*****.2~"
        ),
    ),
    "276": (
        "HR",
        "276",
        "005010X212",
        (
            f"BHT*0010*13*R1*20260115*1200~{_STATUS_ABOVE}HL*4*3*22*0~DMG*D8*19770702*M~"
            "NM1*IL*1*JONES*SAM****MI*W1~TRN*1*T1~REF*EJ*C1~DTP*472*D8*20260102~"
        ),
    ),
    "277": (
        "HN",
        "277",
        "005010X212",
        (
            f"BHT*0010*08*A1*20260115*1200*DG~{_STATUS_ABOVE}HL*4*3*22*0~"
            "NM1*IL*1*JONES*SAM****MI*W1~TRN*2*T1~STC*F1:65*20260114**100*80*20260113**20260114*CHK1~"
            "REF*1K*ICN1~DTP*472*D8*20260102~"
        ),
    ),
    "278": (
        "HI",
        "278",
        "005010X217",
        (
            f"BHT*0007*13*R1*20260115*1200~{_REVIEW_ABOVE}UM*HS*I*1~DTP*435*D8*20260120~"
            "DTP*096*D8*20260122~HL*5*4*SS*0~DTP*472*RD8*20260120-20260122~SV1*HC:99213*100*UN*1~"
        ),
    ),
    "278 answered": (
        "HI",
        "278",
        "005010X217",
        (
            f"BHT*0007*11*R1*20260115*1200*18~{_REVIEW_ABOVE}HCR*A1*AUTH1~DTP*102*D8*20260115~"
            "DTP*036*D8*20260415~HL*5*4*SS*0~HCR*A1*AUTH2~SV1*HC:99213**UN*1~"
        ),
    ),
    "275": ("PI", "275", "005010X314", f"{_ATTACHMENT}BIN*4*NOTE~"),
    "275 of 6020": ("PI", "275", "006020X314", f"{_ATTACHMENT}BDS*ASC*4*NOTE~"),
}

_DEPENDENT_270 = "HL*4*3*23*0~NM1*03*1*JONES*ANN~DMG*D8*20150203*F~EQ*30~"
_DEPENDENT_271 = "HL*4*3*23*0~NM1*03*1*JONES*ANN~DMG*D8*20150203*F~DTP*346*D8*20260101~EB*1**30~"
_DEPENDENT_276 = "HL*5*4*23~DMG*D8*20150203*F~NM1*QC*1*JONES*ANN~TRN*1*T2~REF*EJ*C2~"
_DEPENDENT_277 = "HL*5*4*23~NM1*QC*1*JONES*ANN~TRN*2*T2~STC*P3:297*20260114~"
_END = {
    "270": ("EQ*30~", f"EQ*30~{_DEPENDENT_270}"),
    "271": ("98*****.2~", f"98*****.2~{_DEPENDENT_271}"),
    "276": ("DTP*472*D8*20260102~", f"DTP*472*D8*20260102~{_DEPENDENT_276}"),
    "277": ("DTP*472*D8*20260102~", f"DTP*472*D8*20260102~{_DEPENDENT_277}"),
}


def _level_cases(kind: str, above: str) -> tuple[Case, Case]:
    low = "22*0"
    parent = (low, "22*1")
    return (
        Case(kind, f"children-missing {above} HL04", (parent,), (parent, _END[kind])),
        Case(kind, f"children-denied {above} HL04", (_END[kind],), (parent, _END[kind])),
    )


def _reversed(kind: str, days: str, turned: str) -> Case:
    return Case(kind, "date-reversed * DTP", ((days, turned),), ())


def _born(kind: str, loop: str) -> Case:
    return Case(
        kind,
        f"birth-future {loop} DMG02",
        (("19770702", "20260116"),),
        (("19770702", "20260115"),),
    )


_BENEFITS, _CLAIMS, _PARTS = "2110C|2110D", "2200D|2200E", "2000E|2000F"
_ANSWER = "278 answered"
_FOUND = ("DTP*346", "AAA*N**71*C~DTP*346")
_NOT_FOUND = ("DMG*D8*19770702*M~", "AAA*N**75*C~DMG*D8*19770702*M~")

CASES = (
    *_level_cases("270", "2000C"),
    *_level_cases("271", "2000C"),
    *_level_cases("276", "2000D"),
    *_level_cases("277", "2000D"),
    _born("270", "2100C|2100D"),
    _born("271", "2100C|2100D"),
    _born("276", "2000D|2000E"),
    _born("278", "2010C|2010D"),
    _reversed("270", "20260110-20260120", "20260121-20260120"),
    Case(
        "271",
        "date-reversed * DTP",
        (("346*D8*20260101", "291*RD8*20260102-20260101"),),
        (("346*D8*20260101", "291*RD8*20260101-20260101"),),
    ),
    Case(
        "276",
        "date-reversed * DTP",
        (("D8*20260102", "RD8*20260104-20260102"),),
        (("D8*20260102", "RD8*20260102-20260104"),),
    ),
    Case(
        "277",
        "date-reversed * DTP",
        (("D8*20260102", "RD8*20260104-20260102"),),
        (("D8*20260102", "RD8*20260102-20260104"),),
    ),
    _reversed("278", "20260120-20260122", "20260123-20260122"),
    _reversed("275", "20260102-20260104", "20260105-20260104"),
    # 270
    Case(
        "270",
        "inquiry-missing 2100C NM1",
        (("EQ*30~", ""),),
        (("22*0", "22*1"), ("EQ*30~", _DEPENDENT_270)),
    ),
    Case(
        "270",
        "person-unnamed 2100C NM103",
        (("*JONES*SAM****MI*W1", ""),),
        (("*JONES*SAM****MI*W1~", "~REF*SY*123456789~"),),
    ),
    # 271
    Case(
        "271",
        f"amount-and-percent {_BENEFITS} EB08",
        (("98*****.2", "98****10*.2"),),
        (("98*****.2", "98****10"),),
    ),
    Case(
        "271",
        f"percent-above-one {_BENEFITS} EB08",
        (("98*****.2", "98*****20"),),
        (("98*****.2", "98*****1.00"),),
    ),
    Case(
        "271",
        f"coverage-undated {_BENEFITS} EB01",
        (("DTP*346*D8*20260101~", ""),),
        (("DTP*346*D8*20260101~", ""), ("GOLD~", "GOLD~DTP*291*D8*20260101~")),
    ),
    Case(
        "271",
        f"active-and-refused {_BENEFITS} AAA",
        (("GOLD~", "GOLD~AAA*N**62*C~"),),
        ((".2~", ".2~AAA*N**62*C~"),),
    ),
    Case("271", "coverage-of-nobody 2100C AAA03", (_NOT_FOUND,), (_NOT_FOUND, ("EB*1*", "EB*6*"))),
    Case(
        "271",
        "coverage-of-nobody 2100D AAA03",
        (("22*0", "22*1"), _END["271"], ("ANN~", "ANN~AAA*N**67*C~")),
        (("22*0", "22*1"), _END["271"], ("ANN~", "ANN~AAA*N**71*C~")),
    ),
    Case(
        "271",
        f"entity-missing {_BENEFITS} EB01",
        (("EB*A*IND*98*****.2", "EB*R*IND*98"),),
        (("EB*A*IND*98*****.2~", "EB*R*IND*98~LS*2120~NM1*PRP*2*FIRST*****PI*11122~LE*2120~"),),
    ),
    # 276 and 277
    Case(
        "276",
        "claim-missing 2000D HL04",
        (("TRN*1*T1~REF*EJ*C1~DTP*472*D8*20260102~", ""),),
        (("REF*EJ*C1~DTP*472*D8*20260102~", ""),),
    ),
    Case(
        "276",
        f"claim-unidentified {_CLAIMS} TRN",
        (("REF*EJ*C1~DTP*472*D8*20260102~", ""),),
        (("REF*EJ*C1~", ""),),
    ),
    Case(
        "276",
        f"date-future {_CLAIMS}|2210D|2210E DTP*472.03",
        (("20260102", "20260116"),),
        (("20260102", "20260115"),),
    ),
    Case(
        "277",
        "claim-missing 2000D HL04",
        (
            (
                (
                    "TRN*2*T1~STC*F1:65*20260114**100*80*20260113**20260114*CHK1~"
                    "REF*1K*ICN1~DTP*472*D8*20260102~"
                ),
                "",
            ),
        ),
        (("REF*1K*ICN1~DTP*472*D8*20260102~", ""),),
    ),
    Case(
        "277",
        f"paid-amount-missing {_CLAIMS} STC05",
        (("100*80*", "100**"),),
        (("F1:65", "P3:297"), ("100*80*", "100**")),
    ),
    Case(
        "277",
        f"decision-day-missing {_CLAIMS} STC06",
        (("80*20260113*", "80**"),),
        (("F1:65", "P3:297"), ("80*20260113*", "80**")),
    ),
    Case(
        "277",
        f"check-day-missing {_CLAIMS} STC08",
        (("*20260114*CHK1", "**CHK1"),),
        (("*20260114*CHK1", ""),),
    ),
    Case(
        "277",
        f"claim-number-missing {_CLAIMS} STC01-1",
        (("REF*1K*ICN1~", ""),),
        (("REF*1K*ICN1", "REF*EJ*C1"),),
    ),
    # 278
    Case(
        "278",
        "event-missing 2000C HL",
        (
            (
                (
                    "HL*4*3*EV*1~UM*HS*I*1~DTP*435*D8*20260120~DTP*096*D8*20260122~HL*5*4*SS*0~"
                    "DTP*472*RD8*20260120-20260122~SV1*HC:99213*100*UN*1~"
                ),
                "",
            ),
        ),
        (),
    ),
    Case(
        "278",
        "discharge-before-admission 2000E DTP*096.03",
        (("096*D8*20260122", "096*D8*20260119"),),
        (("096*D8*20260122", "096*D8*20260120"),),
    ),
    Case(
        _ANSWER,
        f"decision-missing {_PARTS} HL",
        (("HCR*A1*AUTH1~", ""), ("HCR*A1*AUTH2~", "")),
        (("HCR*A1*AUTH2~", ""),),
    ),
    Case(
        _ANSWER,
        f"certification-number-missing {_PARTS} HCR02",
        (("HCR*A1*AUTH1", "HCR*A1"),),
        (("HCR*A1*AUTH2", "HCR*A1"),),
    ),
    Case(
        _ANSWER,
        f"expires-before-issue {_PARTS} DTP*036.03",
        (("20260415", "20260114"),),
        (("20260415", "20260115"),),
    ),
    # 275
    Case(
        "275",
        "document-empty 2100A BIN01",
        (("BIN*4*NOTE", "BIN*0*"),),
        (("BIN*4*NOTE", "BIN*1*N"),),
    ),
    Case(
        "275 of 6020",
        "document-empty 2100A BDS02",
        (("ASC*4*NOTE", "ASC*0*"),),
        (("ASC*4*NOTE", "ASC*1*N"),),
    ),
    Case(
        "275",
        "question-missing 2000A TRN",
        (("STC*R4:18842-5::LOI*20260110~", ""),),
        (("STC*R4:18842-5::LOI*20260110~", ""), ("BGN*11", "BGN*02"), ("TRN*2", "TRN*1")),
    ),
    Case(
        "275",
        "claim-number-missing 1000D NM1",
        (("REF*1K", "REF*EJ"),),
        (("REF*1K", "REF*EJ"), ("BGN*11", "BGN*02")),
    ),
    Case(
        "275",
        "account-missing 1000D NM1",
        (("BGN*11", "BGN*02"), ("REF*1K", "REF*EA")),
        (("BGN*11", "BGN*02"), ("REF*1K", "REF*EJ")),
    ),
)

# An answer in which nobody is told anything, and how each part of it may be settled: whether the
# rule of decisions is quiet then.
DECISIONS = (
    ((), False),
    ((("HCR*A1*AUTH1~", "AAA*N**33*C~"),), True),
    ((("HCR*A1*AUTH2~", "AAA*N**33*C~"),), True),
    ((("NM1*X3*2*MUTUAL*****PI*87726~", "NM1*X3*2*MUTUAL*****PI*87726~AAA*N**42*R~"),), True),
    ((("DMG*D8", "AAA*N**75*C~DMG*D8"),), True),
)
