"""One firing and one quiet case for every row of situations: edits of small good files.

A case names its row by code, loop and place; ``fires`` and ``quiet`` are replacements of text. The
quiet one is the near miss: the same situation with what is demanded.
"""

from __future__ import annotations

from tests.core.x12.situation_cases_inquiries import BODIES as INQUIRIES
from tests.core.x12.situation_cases_inquiries import CASES as INQUIRY_CASES
from tests.core.x12.situation_cases_inquiries import Case, Edits

_HEAD_837 = (
    "BHT*0019*00*B1*20260115*1200*CH~NM1*41*2*CENTRAL*****46*SUB1~PER*IC*DESK*TE*5125550100~"
    "NM1*40*2*HOUSE*****46*REC1~HL*1**20*1~NM1*85*2*CLINIC*****XX*1260181593~N3*8314 PARK ST~"
    "N4*AUSTIN*TX*787010615~REF*EI*192285142~HL*2*1*22*0~SBR*P*18*GRP1******CI~"
    "NM1*IL*1*JONES*SAM****MI*W1~N3*9552 MAIN ST~N4*FRESNO*CA*937219456~DMG*D8*19770702*M~"
    "NM1*PR*2*MUTUAL*****PI*87726~"
)
BODIES = {
    "837P": (
        "HC",
        "837",
        "005010X222A1",
        _HEAD_837 + "CLM*C1*100***11:B:1*Y*A*Y*Y~REF*D9*T1~HI*ABK:K219*ABF:J069~"
        "NM1*82*1*SCOTT*ROSA****XX*1579754320~LX*1~SV1*HC:99213*100*UN*1***1:2~"
        "DTP*472*D8*20260102~",
    ),
    "837I": (
        "HC",
        "837",
        "005010X223A2",
        _HEAD_837 + "CLM*C1*100***13:A:1**A*Y*Y~DTP*434*RD8*20260102-20260104~CL1*1*1*01~"
        "REF*D9*T1~HI*ABK:N390~NM1*71*1*BAKER*FRED****XX*1993518194~LX*1~"
        "SV2*0636*HC:99213*100*UN*2~DTP*472*D8*20260102~",
    ),
    "837D": (
        "HC",
        "837",
        "005010X224A2",
        _HEAD_837 + "CLM*C1*100***11:B:1*Y*A*Y*Y~DTP*472*D8*20260102~REF*D9*T1~HI*ABK:K0250~"
        "LX*1~SV3*AD:D2740*100****1*****1~TOO*JP*8~",
    ),
    "835": (
        "HP",
        "835",
        "005010X221A1",
        (
            "BPR*I*80*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260116~"
            "TRN*1*TRACE1*1512345678~DTM*405*20260114~N1*PR*ACME~N3*100 WAY~N4*AUSTIN*TX*787010001~"
            "PER*BL*HELP*TE*8005550101~N1*PE*CLINIC*XX*1234567893~LX*1~CLP*C1*1*100*80**12*ICN1*11*1~"
            "NM1*QC*1*HALL*SAM****MI*W1~DTM*232*20260102~DTM*233*20260102~SVC*HC:99213*100*80**1~"
            "DTM*472*20260102~CAS*CO*45*20~"
        ),
    ),
    "277CA": (
        "HN",
        "277",
        "005010X214",
        (
            "BHT*0085*08*A1*20260115*1200*TH~HL*1**20*1~NM1*PR*2*MUTUAL*****PI*87726~TRN*1*T0~"
            "DTP*050*D8*20260114~DTP*009*D8*20260114~HL*2*1*21*1~NM1*41*2*CENTRAL*****46*SUB1~"
            "TRN*2*T1~STC*A1:19:PR*20260115*WQ*100~QTY*90*1~HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1260181593~"
            "TRN*1*T2~STC*A1:19:PR**WQ*100~QTY*QA*1~HL*4*3*PT~NM1*QC*1*HALL*SAM****MI*W1~TRN*2*C1~"
            "STC*A2:20*20260115*WQ*100~DTP*472*D8*20260102~"
        ),
    ),
    "999": (
        "FA",
        "999",
        "005010X231A1",
        (
            "AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK3*CLM*22*2300*8~IK4*2**6~IK5*R*5~"
            "AK9*R*1*1*0~"
        ),
    ),
    **INQUIRIES,
}


def file_of(kind: str, edits: Edits = ()) -> bytes:
    """The small good file of ``kind`` with ``edits``; each must find something to replace."""
    group, transaction, version, text = BODIES[kind]
    for old, new in edits:
        assert old in text, f"nothing to replace: {old}"
        text = text.replace(old, new, 1)
    st03 = "" if kind == "835" else f"*{version}"
    count = text.count("~") + 2
    return (
        "ISA*00*          *00*          *ZZ*S              *ZZ*R              *260115*1200*^*00501"
        f"*000000001*0*T*:~GS*{group}*SS*RR*20260115*1200*1*X*{version}~ST*{transaction}*0001{st03}~"
        f"{text}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    ).encode()


# Pieces that several cases insert.
PATIENT = (
    "HL*3*2*23*0~PAT*19~NM1*QC*1*JONES*ANN~N3*1 OAK ST~N4*FRESNO*CA*937219456~DMG*D8*20150203*F~"
)
EARLIER = "SBR*P*18*G2******CI~AMT*D*50~OI***Y***Y~NM1*IL*1*JONES*SAM****MI*P1~"
FIRST_PAYER = "NM1*PR*2*FIRST*****PI*11122~"
DAY = "DTP*573*D8*20260110~"
DECISION = f"SVD*11122*50*HC:99213**1~CAS*CO*45*50~{DAY}"


def _dependent(subscriber: str, level: str = "1", sbr02: str = "") -> Edits:
    return (
        ("HL*2*1*22*0", f"HL*2*1*22*{level}"),
        ("SBR*P*18", f"SBR*P*{sbr02}"),
        ("CLM*", f"{subscriber}CLM*"),
    )


def _second(*more: str, line: str = "") -> Edits:
    """The claim goes to a second payer; ``more`` is its loop 2320."""
    edits: Edits = (("SBR*P*18", "SBR*S*18"), ("LX*1", "".join(more) + "LX*1"))
    return (*edits, ("DTP*472*D8*20260102~", f"DTP*472*D8*20260102~{line}")) if line else edits


P, N, D, R = "837P", "837I", "837D", "835"
_TRIP = "CR1*LB*140**A*DH*12~"
_PICK_UP = "NM1*PW*2~N3*1 OAK ST~N4*FRESNO*CA*937219456~"
_INPATIENT = ("13:A:1", "11:A:1")
_ADMITTED = ("CL1*1*1*01", "DTP*435*D8*20260102~CL1*1*1*01")

CASES = (
    # Any party
    Case(
        P,
        "organization-first-name * NM104",
        (("2*CLINIC*", "2*CLINIC*ANN"),),
        (("2*CLINIC**", "1*CLINIC*ANN*"),),
    ),
    Case(
        P,
        "state-missing * N402",
        (("N4*AUSTIN*TX", "N4*AUSTIN*"),),
        (("N4*AUSTIN*TX*787010615", "N4*PARIS***FR"),),
    ),
    Case(
        P,
        "postal-code-missing * N403",
        (("*TX*787010615", "*TX"),),
        (("*TX*787010615", "**75001*FR"),),
    ),
    # Levels
    Case(
        P,
        "made-after-group  BHT04",
        (("B1*20260115", "B1*20260117"),),
        (("B1*20260115", "B1*20260116"),),
    ),
    Case(P, "children-missing 2000B HL04", (("22*0", "22*1"),), _dependent(PATIENT)),
    Case(P, "children-denied 2000B HL04", _dependent(PATIENT, level="0"), _dependent(PATIENT)),
    Case(P, "patient-unknown 2000B SBR02", (("SBR*P*18", "SBR*P*"),), _dependent(PATIENT)),
    Case(P, "patient-twice 2000B SBR02", _dependent(PATIENT, sbr02="18"), _dependent(PATIENT)),
    Case(
        P,
        "member-number-missing 2010BA NM109",
        (("SAM****MI*W1~", "SAM~"),),
        (("IL*1*JONES*SAM****MI*W1~", "IL*2*JONES LTD~"),),
    ),
    Case(
        P,
        "subscriber-facts 2010BA NM1",
        (("DMG*D8*19770702*M~", ""),),
        (*_dependent(PATIENT), ("DMG*D8*19770702*M~", "")),
    ),
    Case(
        P,
        "patient-is-subscriber 2000C PAT01",
        (*_dependent(PATIENT), ("PAT*19", "PAT*18")),
        _dependent(PATIENT),
    ),
    Case(
        P,
        "birth-future 2010BA|2010CA DMG02",
        (("19770702", "20260116"),),
        (("19770702", "20260102"),),
    ),
    Case(
        P,
        "other-payer-missing 2300 2000B/SBR01",
        (("SBR*P", "SBR*S"),),
        _second(EARLIER, FIRST_PAYER, DAY),
    ),
    Case(
        P,
        "sequence-repeated 2300 2320/SBR01",
        (("LX*1", f"{EARLIER}{FIRST_PAYER}{DAY}LX*1"),),
        _second(EARLIER, FIRST_PAYER, DAY),
    ),
    Case(
        P,
        "post-office-box 2010AA N3",
        (("8314 PARK ST", "P.O. BOX 12"),),
        (("9552 MAIN ST", "PO BOX 12"),),
    ),
    # Claims of any kind
    Case(
        P,
        "claim-number-missing 2300 CLM05-3",
        (("11:B:1", "11:B:7"),),
        (("11:B:1", "11:B:8"), ("REF*D9", "REF*F8*ICN1~REF*D9")),
    ),
    Case(P, "charge-negative 2300 CLM02", (("C1*100", "C1*-100"),), (("C1*100", "C1*0"),)),
    Case(
        P,
        "attachment-number 2300|2400 PWK06",
        (("REF*D9", "PWK*OZ*FX~REF*D9"),),
        (("REF*D9", "PWK*OZ*AA~PWK*OZ*EL***AC*A12~REF*D9"),),
    ),
    Case(
        P,
        "date-reversed * DTP",
        (("D8*20260102", "RD8*20260104-20260102"),),
        (("D8*20260102", "RD8*20260102-20260104"),),
    ),
    Case(
        P,
        "decision-day-missing 2300 2320/AMT*D.02",
        _second(EARLIER, FIRST_PAYER),
        _second(EARLIER, FIRST_PAYER, line=DECISION),
    ),
    Case(
        P,
        "paid-amount-missing 2300 2320/SBR",
        (*_second(EARLIER, FIRST_PAYER, line=DECISION), ("AMT*D*50~", "")),
        _second(EARLIER, FIRST_PAYER, line=DECISION),
    ),
    Case(
        P,
        "paid-amount-missing 2320 CAS01",
        (*_second(EARLIER, FIRST_PAYER, DAY), ("AMT*D*50", "CAS*CO*45*50")),
        (*_second(EARLIER, FIRST_PAYER, DAY), ("AMT*D*50", "CAS*CO*45*50~AMT*D*50")),
    ),
    Case(
        P,
        "patient-paid 2300 AMT*F5.02",
        (("REF*D9", "AMT*F5*100.01~REF*D9"),),
        (("REF*D9", "AMT*F5*100~REF*D9"),),
    ),
    Case(
        P,
        "date-future 2330B|2430 DTP*573.03",
        (*_second(EARLIER, FIRST_PAYER, DAY), ("20260110", "20260116")),
        (*_second(EARLIER, FIRST_PAYER, DAY), ("20260110", "20260115")),
    ),
    # Professional and dental
    Case(
        P,
        "accident-date 2300 CLM11",
        (("*Y*A*Y*Y", "*Y*A*Y*Y**OA"),),
        (("*Y*A*Y*Y", "*Y*A*Y*Y**EM"),),
    ),
    Case(
        P,
        "accident-state 2300 CLM11-4",
        (("*Y*A*Y*Y", "*Y*A*Y*Y**AA"),),
        (("*Y*A*Y*Y", "*Y*A*Y*Y**AA:::TX"),),
    ),
    Case(
        P,
        "insurance-kind 2000B SBR05",
        (*_second(EARLIER, FIRST_PAYER, DAY), ("GRP1******CI", "GRP1******MB")),
        (*_second(EARLIER, FIRST_PAYER, DAY), ("GRP1******CI", "GRP1**12****MB")),
    ),
    Case(
        P,
        "billing-zip 2010AA|2310C|2420C N403",
        (("787010615", "78701"),),
        (("937219456", "93721"),),
    ),
    Case(
        P,
        "admission-missing 2300 CLM05-1",
        (("11:B:1", "21:B:1"),),
        (("11:B:1", "21:B:1"), ("REF*D9", "DTP*435*D8*20260101~REF*D9")),
    ),
    Case(
        P,
        "date-future 2300 DTP*431|454|304|453|439|484|455|471|297|435|096|444.03",
        (("REF*D9", "DTP*431*D8*20260116~REF*D9"),),
        (("REF*D9", "DTP*431*D8*20260101~DTP*296*D8*20270101~REF*D9"),),
    ),
    Case(
        P,
        "discharge-before-admission 2300 DTP*096.03",
        (("REF*D9", "DTP*435*D8*20260103~DTP*096*D8*20260102~REF*D9"),),
        (("REF*D9", "DTP*435*D8*20260102~DTP*096*D8*20260102~REF*D9"),),
    ),
    Case(
        P,
        "date-future 2000B|2000C PAT06",
        (("NM1*IL", "PAT*****D8*20260116~NM1*IL"),),
        (("NM1*IL", "PAT*****D8*20260115~NM1*IL"),),
    ),
    Case(
        P,
        "birth-after-service 2400 patient/DMG02",
        (("19770702", "20260103"),),
        (("19770702", "20260102"),),
    ),
    Case(P, "diagnosis-pointer 2400 SV107", (("1:2~", "1:3~"),), (("1:2~", "2:1~"),)),
    Case(P, "diagnosis-pointer-twice 2400 SV107", (("1:2~", "1:1~"),), (("1:2~", "1~"),)),
    Case(
        P, "charge-negative 2400 SV102", (("99213*100", "99213*-100"),), (("99213*100", "99213*0"),)
    ),
    Case(P, "units-none 2400 SV104", (("UN*1", "UN*0"),), (("UN*1", "UN*.5"),)),
    Case(
        P,
        "anesthesia-minutes 2400 SV101",
        (("99213", "00142"),),
        (("99213", "00142"), ("UN*1", "MJ*30")),
    ),
    Case(
        P,
        "ambulance-facts 2300 CLM05-1",
        (("11:B:1", "41:B:1"),),
        (("11:B:1", "41:B:1"), ("HI*", f"{_TRIP}HI*"), ("LX*1", f"{_PICK_UP}LX*1")),
    ),
    Case(
        P,
        "date-future 2400 DTP*472|471|304|738|739|455|454.03",
        (("20260102", "20260116"),),
        (("20260102", "20260115"),),
    ),
    Case(
        P,
        "service-end-future 2400 DTP*472.03",
        (("D8*20260102", "RD8*20260102-20260131"),),
        (("D8*20260102", "RD8*20260102-20260115"),),
    ),
    # Institutional
    Case(N, "billing-zip 2010AA N403", (("787010615", "78701"),), (("TX*787010615", "*75001*FR"),)),
    Case(
        N,
        "billing-zip 2310E N403",
        (("LX*1", "NM1*77*2*HOSPITAL~N3*1 OAK ST~N4*FRESNO*CA*93721~LX*1"),),
        (("LX*1", "NM1*77*2*HOSPITAL~N3*1 OAK ST~N4*FRESNO*CA*937219456~LX*1"),),
    ),
    Case(N, "admission-missing 2300 CLM05-1", (_INPATIENT,), (_INPATIENT, _ADMITTED)),
    Case(
        N,
        "admission-type 2300 CL101",
        (_INPATIENT, ("CL1*1*1*01", "CL1**1*01")),
        (_INPATIENT, _ADMITTED),
    ),
    Case(
        N,
        "admitting-diagnosis 2300 CLM05-1",
        (_INPATIENT, _ADMITTED),
        (_INPATIENT, _ADMITTED, ("HI*ABK:N390", "HI*ABK:N390~HI*ABJ:N390")),
    ),
    Case(
        N,
        "discharge-hour 2300 DTP*096.03",
        (("DTP*434", "DTP*096*TM*1130~DTP*434"),),
        (_INPATIENT, _ADMITTED, ("DTP*434", "DTP*096*TM*1130~DTP*434")),
    ),
    Case(
        N,
        "still-a-patient 2300 CL103",
        (_INPATIENT, _ADMITTED, ("1*1*01", "1*1*30")),
        (("13:A:1", "11:A:2"), _ADMITTED, ("1*1*01", "1*1*30")),
    ),
    Case(
        N,
        "date-future 2300 DTP*434|435.03",
        (("20260102-20260104", "20260116-20260117"),),
        (("20260102-20260104", "20260115-20260115"),),
    ),
    Case(
        N,
        "date-future 2300 DTP*434.03",
        (("-20260104", "-20260116"),),
        (("-20260104", "-20260115"),),
    ),
    Case(
        N,
        "admission-after-statement 2300 DTP*435.03",
        (_ADMITTED, ("D8*20260102~CL1", "D8*20260105~CL1")),
        (_ADMITTED, ("D8*20260102~CL1", "D8*20260104~CL1")),
    ),
    Case(
        N,
        "birth-after-service 2300 patient/DMG02",
        (("19770702", "20260105"), ("DTP*472*D8*20260102~", "")),
        (("19770702", "20260104"), ("DTP*472*D8*20260102~", "")),
    ),
    Case(
        N,
        "birth-after-service 2400 patient/DMG02",
        (("19770702", "20260103"),),
        (("19770702", "20260102"),),
    ),
    Case(
        N,
        "date-future 2300 HI*BBR|BR|CAH|BBQ|BQ",
        (("NM1*71", "HI*BBR:0DB60ZZ:D8:20260116~NM1*71"),),
        (("NM1*71", "HI*BBR:0DB60ZZ:D8:20260103~NM1*71"),),
    ),
    Case(
        N,
        "occurrence-future 2300 HI*BH|BI",
        (("NM1*71", "HI*BH:11:D8:20260101*BH:42:D8:20260116~NM1*71"),),
        (("NM1*71", "HI*BH:11:D8:20260101~NM1*71"),),
    ),
    Case(
        N,
        "date-reversed 2300 HI*BI",
        (("NM1*71", "HI*BI:70:RD8:20260104-20260102~NM1*71"),),
        (("NM1*71", "HI*BI:70:RD8:20260102-20260104~NM1*71"),),
    ),
    Case(
        N,
        "procedure-outside-statement 2300 HI*BBR|BR|CAH|BBQ|BQ",
        (("NM1*71", "HI*BBR:0DB60ZZ:D8:20251229~NM1*71"),),
        (("NM1*71", "HI*BBR:0DB60ZZ:D8:20251230~NM1*71"),),
    ),
    Case(
        N, "charge-negative 2400 SV203", (("99213*100", "99213*-100"),), (("99213*100", "99213*0"),)
    ),
    Case(N, "units-negative 2400 SV205", (("UN*2", "UN*-2"),), (("UN*2", "UN*0"),)),
    Case(
        N,
        "service-date-missing 2400 SV202",
        (("DTP*472*D8*20260102~", ""),),
        (("DTP*472*D8*20260102~", ""), ("13:A:1", "12:A:1")),
    ),
    Case(
        N,
        "date-future 2400 DTP*472.03",
        (("472*D8*20260102", "472*D8*20260116"),),
        (("472*D8*20260102", "472*D8*20260104"),),
    ),
    Case(
        N,
        "service-outside-statement 2400 DTP*472.03",
        (("472*D8*20260102", "472*D8*20260105"),),
        (("472*D8*20260102", "472*D8*20260104"),),
    ),
    # Dental
    Case(
        D,
        "billing-zip 2010AA|2310C|2420D N403",
        (("787010615", "78701"),),
        (("937219456", "93721"),),
    ),
    Case(
        D,
        "date-future 2300 DTP*439|452|472.03",
        (("20260102", "20260116"),),
        (("20260102", "20260115"),),
    ),
    Case(
        D,
        "diagnosis-pointer 2400 SV311",
        (("*****1~", "*****2~"),),
        (("HI*ABK:K0250", "HI*ABK:K0250*ABF:K0251"), ("*****1~", "*****2~")),
    ),
    Case(
        D,
        "diagnosis-pointer-twice 2400 SV311",
        (("*****1~", "*****1:1~"),),
        (("HI*ABK:K0250", "HI*ABK:K0250*ABF:K0251"), ("*****1~", "*****1:2~")),
    ),
    Case(
        D, "charge-negative 2400 SV302", (("D2740*100", "D2740*-100"),), (("D2740*100", "D2740*0"),)
    ),
    Case(D, "units-none 2400 SV306", (("****1***", "****0***"),), (("****1***", "****2***"),)),
    Case(
        D,
        "service-date-missing 2400 SV3",
        (("DTP*472*D8*20260102~", ""),),
        (("DTP*472*D8*20260102~", ""), ("TOO*JP*8~", "TOO*JP*8~DTP*472*D8*20260102~")),
    ),
    Case(
        D,
        "service-date-of-a-plan 2300|2400 DTP*472.03",
        (("*Y*A*Y*Y", "*Y*A*Y*Y**********PB"),),
        (("*Y*A*Y*Y", "*Y*A*Y*Y**********PB"), ("DTP*472*D8*20260102~", "")),
    ),
    Case(
        D,
        "prior-placement 2400 SV305",
        (("*100****1", "*100***R*1"),),
        (("*100****1", "*100***R*1"), ("TOO*JP*8~", "TOO*JP*8~DTP*441*D8*20200102~")),
    ),
    Case(
        D,
        "orthodontics 2400 SV301-2",
        (("D2740", "D8080"),),
        (("D2740", "D8080"), ("REF*D9", "DN1*24*20~REF*D9")),
    ),
    Case(
        D,
        "date-future 2400 DTP*472|441|139|452|196|198.03",
        (("TOO*JP*8~", "TOO*JP*8~DTP*472*D8*20260116~"),),
        (("TOO*JP*8~", "TOO*JP*8~DTP*472*D8*20260115~"),),
    ),
    # Remittances
    Case(R, "payment-not-moved  BPR02", (("C*ACH", "C*NON"),), (("I*80*C*ACH", "H*0*C*NON"),)),
    Case(R, "payment-of-nothing  BPR04 error", (("I*80", "I*0"),), (("I*80*C*ACH", "I*0*C*NON"),)),
    Case(
        R,
        "payment-of-nothing  BPR04 warning",
        (("I*80*C*ACH", "I*0*C*CHK"),),
        (("C*ACH", "C*CHK"),),
    ),
    Case(R, "payment-negative  BPR02", (("I*80", "I*-80"),), (("I*80", "I*.5"),)),
    Case(
        R,
        "bank-data-missing  BPR",
        (("*DA*98765", ""),),
        (
            (
                "C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765",
                "C*CHK" + "*" * 11,
            ),
        ),
    ),
    Case(R, "payment-format-missing  BPR05", (("ACH*CCP", "ACH*"),), (("ACH*CCP", "FWT*"),)),
    Case(
        R,
        "bank-data-unused  BPR04",
        (("C*ACH", "C*CHK"),),
        (
            (
                "C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765",
                "C*CHK" + "*" * 11,
            ),
        ),
    ),
    Case(
        R,
        "payment-date-future  BPR16",
        (("20260116~", "20260317~"),),
        (("20260116~", "20260316~"),),
    ),
    Case(
        R,
        "originator-differs  TRN03",
        (("TRACE1*1512345678", "TRACE1*1512345679"),),
        (("*1512345678**01", "***01"),),
    ),
    Case(
        R,
        "originator-number  TRN03",
        (("TRACE1*1512345678", "TRACE1*9512345678"), ("*1512345678**01", "*9512345678**01")),
        (("TRACE1*1512345678", "TRACE1*1512345679"), ("*1512345678**01", "*1512345679**01")),
    ),
    Case(R, "date-future  DTM*405.02", (("20260114", "20260116"),), (("20260114", "20260115"),)),
    Case(
        R,
        "adjustment-zero  PLB",
        (("CAS*CO*45*20~", "CAS*CO*45*20~PLB*1234567893*20261231*WO:A1*0~"),),
        (("CAS*CO*45*20~", "CAS*CO*45*20~PLB*1234567893*20261231*WO:A1*5~"),),
    ),
    Case(
        R,
        "reversal-positive 2100 CLP02",
        (("C1*1*100", "C1*22*100"),),
        (("C1*1*100*80", "C1*22*-100*-80"),),
    ),
    Case(
        R,
        "charge-negative 2100 CLP03",
        (("C1*1*100", "C1*1*-100"),),
        (("C1*1*100*80", "C1*22*-100*-80"),),
    ),
    Case(
        R,
        "denied-but-paid 2100 CLP04",
        (("C1*1*100", "C1*4*100"),),
        (("C1*1*100*80", "C1*4*100*0"),),
    ),
    Case(
        R,
        "not-payable-but-paid 2100 CLP04",
        (("C1*1*100", "C1*25*100"),),
        (("C1*1*100*80", "C1*25*100*0"),),
    ),
    Case(
        R,
        "crossover-missing 2100 CLP02",
        (("C1*1*100", "C1*19*100"),),
        (("C1*1*100", "C1*19*100"), ("DTM*232", "NM1*TT*2*NEXT*****PI*55~DTM*232")),
    ),
    Case(
        R,
        "crossover-unexpected 2100 NM1*TT",
        (("DTM*232", "NM1*TT*2*NEXT*****PI*55~DTM*232"),),
        (("C1*1*100", "C1*19*100"), ("DTM*232", "NM1*TT*2*NEXT*****PI*55~DTM*232")),
    ),
    Case(
        R,
        "service-date-missing 2100 CLP",
        (
            (
                "DTM*232*20260102~DTM*233*20260102~SVC*HC:99213*100*80**1~DTM*472*20260102~CAS*CO*45*20~",
                "",
            ),
        ),
        (("DTM*233*20260102~SVC*HC:99213*100*80**1~DTM*472*20260102~CAS*CO*45*20~", ""),),
    ),
    Case(
        R,
        "date-future 2100 DTM*232|050.02",
        (("232*20260102", "232*20260116"),),
        (("232*20260102", "232*20260115"), ("233*20260102", "233*20260115")),
    ),
    Case(
        R,
        "service-end-future 2100 DTM*233.02",
        (("233*20260102", "233*20260116"),),
        (("233*20260102", "233*20260115"),),
    ),
    Case(
        R,
        "date-reversed 2100 DTM*233.02",
        (("233*20260102", "233*20260101"),),
        (("233*20260102", "233*20260103"),),
    ),
    Case(
        R,
        "service-date-missing 2110 SVC",
        (("DTM*232*20260102~DTM*233*20260102~", ""), ("DTM*472*20260102~", "")),
        (("DTM*472*20260102~", ""),),
    ),
    Case(
        R,
        "date-future 2110 DTM*472|150.02",
        (("472*20260102", "472*20260116"),),
        (("472*20260102", "472*20260115"),),
    ),
    Case(
        R,
        "service-end-future 2110 DTM*151.02",
        (("DTM*472*20260102", "DTM*150*20260102~DTM*151*20260116"),),
        (("DTM*472*20260102", "DTM*150*20260102~DTM*151*20260115"),),
    ),
    Case(
        R,
        "date-reversed 2110 DTM*151.02",
        (("DTM*472*20260102", "DTM*150*20260102~DTM*151*20260101"),),
        (("DTM*472*20260102", "DTM*150*20260102~DTM*151*20260102"),),
    ),
    Case(
        R,
        "units-negative 2110 SVC05",
        (("80**1~", "80**-1~"),),
        (("80**1~", "80**-1~"), ("C1*1*100*80", "C1*22*-100*-80")),
    ),
    Case(
        R,
        "reason-repeated 2100|2110 CAS05",
        (("CAS*CO*45*20", "CAS*CO*45*10**45*10"),),
        (("CAS*CO*45*20", "CAS*CO*45*10**97*10"),),
    ),
    Case(
        R,
        "adjustment-zero 2100|2110 CAS",
        (("CAS*CO*45*20", "CAS*CO*45*20**97*0"),),
        (("CAS*CO*45*20", "CAS*CO*45*19.5**97*.5"),),
    ),
    Case(
        R,
        "remark-missing 2100|2110 CAS02",
        (("CAS*CO*45*20", "CAS*CO*16*20"),),
        (("CAS*CO*45*20", "CAS*CO*16*20~LQ*HE*N130"),),
    ),
    Case(
        R,
        "remark-missing 2100|2110 CAS05",
        (("CAS*CO*45*20", "CAS*CO*45*10**96*10"),),
        (("CAS*CO*45*20", "CAS*CO*45*10**96*10"), ("DTM*232", "MOA***MA01~DTM*232")),
    ),
    # Acknowledgements
    Case(
        "277CA",
        "status-against-action 2200B|2200C|2200D|2220D STC03 A3",
        (("A2:20*20260115", "A3:21*20260115"),),
        (("A2:20*20260115*WQ", "A3:21*20260115*U"),),
    ),
    Case(
        "277CA",
        "status-against-action 2200B|2200C|2200D|2220D STC03 A0",
        (("A2:20*20260115*WQ", "A2:20*20260115*U"),),
        (("A2:20*20260115", "A1:20*20260115"),),
    ),
    Case(
        "277CA",
        "status-category 2200B|2200C|2200D|2220D STC01-1",
        (("A2:20", "F1:65"),),
        (("A2:20", "A0:16"),),
    ),
    Case("277CA", "claim-count 2000B 2200B/QTY*90.02", (("QTY*90*1", "QTY*90*2"),), ()),
    Case(
        "277CA",
        "claim-count 2000B 2200B/QTY*AA.02",
        (("QTY*90*1", "QTY*90*1~QTY*AA*1"),),
        (("QTY*90*1", "QTY*90*1~QTY*AA*0"),),
    ),
    Case("277CA", "claim-count 2000C 2200C/QTY*QA.02", (("QTY*QA*1", "QTY*QA*2"),), ()),
    Case(
        "277CA",
        "claim-count 2000C 2200C/QTY*QC.02",
        (("QTY*QA*1", "QTY*QC*1"),),
        (("QTY*QA*1", "QTY*QC*0"),),
    ),
    Case(
        "999",
        "more-accepted-than-received  AK904",
        (("1*1*0", "1*1*2"),),
        (("R*1*1*0", "A*1*1*1"),),
    ),
    Case(
        "999",
        "verdict-against-counts  AK901",
        (("AK9*R*1*1*0", "AK9*A*1*1*0"),),
        (("AK9*R*1*1*0", "AK9*A*1*1*1"),),
    ),
    Case(
        "999",
        "element-faults-missing 2100 IK304",
        (("IK4*2**6~", ""),),
        (("2300*8~IK4*2**6~", "2300*3~"),),
    ),
    Case(
        "999", "accepted-with-faults 2000 IK501", (("IK5*R*5", "IK5*A"),), (("IK5*R*5", "IK5*E*5"),)
    ),
    *INQUIRY_CASES,
)
