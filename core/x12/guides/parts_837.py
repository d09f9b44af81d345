"""What the three 837 guides share: header, parties, other insurance, adjudicated lines."""

from __future__ import annotations

import msgspec

from core.x12.guides import MANY, Loop, Row

YES_NO = "N|Y"
ORDER = "A|B|C|D|E|F|G|H|P|S|T|U"
FILING = "11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ"
PATIENT_RELATION = "01|19|20|21|39|40|53|G8"
RELATION = f"18|{PATIENT_RELATION}"
INSURANCE = "12|13|14|15|16|41|42|43|47"
# Of the submitter alone, ED (a number for data exchange, from version 4010) is still taken.
SUBMITTER_CONTACT = "3R=ED|EM|FX|TE 4R 5=ED|EM|EX|FX|TE 6 7=ED|EM|EX|FX|TE 8"
CONTACT = "3R=EM|FX|TE 4R 5=EM|EX|FX|TE 6 7=EM|EX|FX|TE 8"
PHONE = "1R=IC 2 3R=TE 4R 5=EX 6"
REPORTS = (
    "03|04|05|06|07|08|09|10|11|13|15|21|77|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG"
    "|DJ|DS|EB|HC|HR|I5|IR|LA|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|P6|P7|PE|PN|PO|PQ|PY|PZ|RB|RR"
    "|RT|RX|SG|V5|XP"
)
DELAY = "1|2|3|4|5|6|7|8|9|10|11|15"
PERSON = "3R 4 5 7 8=XX 9"
ORGANIZATION = "3R 8=XX 9"
METHOD = "00|01|02|03|04|05|06|07|08|09|10|11|12|13|14"
# HCP13 to 15: why a repricer refused, whether rules were kept, which exception holds.
REPRICER = "13=T1|T2|T3|T4|T5|T6 14=1|2|3|4|5 15=1|2|3|4|5|6"
POINTER = "1|2|3|4|5|6|7|8|9|10|11|12"
POINTERS = f"1R={POINTER} 2={POINTER} 3={POINTER} 4={POINTER}"
CONTRACT = "1R=01|02|03|04|05|06|09 2 3 4 5 6"

N3 = Row("N3", "R", 1, "1R 2", "street")
N4 = Row("N4", "R", 1, "1R 2 3 4 7", "city")
N3_MAYBE = Row("N3", "S", 1, "1R 2", "street")
N4_MAYBE = Row("N4", "S", 1, "1R 2 3 4 7", "city")
K3 = Row("K3", "S", 10, "1R", "fixed data")
CN1 = Row("CN1", "S", 1, CONTRACT, "contract")
DEMOGRAPHICS = "1R=D8 2R 3R=F|M|U"


def ref(kinds: str, repeat: int = 1, usage: str = "S", name: str = "") -> Row:
    """A reference number of one of ``kinds``."""
    return Row("REF", usage, repeat, f"1R={kinds} 2R", name)


def dtp(kind: str, form: str = "D8", repeat: int = 1, usage: str = "S", name: str = "") -> Row:
    """A date of ``kind`` in one of the forms."""
    return Row("DTP", usage, repeat, f"1R={kind} 2R={form} 3R", name)


def amt(kind: str, name: str = "") -> Row:
    """An amount of ``kind``."""
    return Row("AMT", "S", 1, f"1R={kind} 2R", name)


def hi(kinds: str, parts: str, *, last: int = 12, others: str = "", repeat: int = 1) -> Row:
    """A row of coded facts: the first of ``kinds``, up to ``last`` of ``others`` (or the same)."""
    rest = f" 2-{last}(1R={others or kinds} {parts})" if last > 1 else ""
    return Row("HI", "S", repeat, f"1R(1R={kinds} {parts}){rest}")


def party(
    loop: str, entity: str, kind: str, name: str, *rows: Row, repeat: int = 1, tail: str = PERSON
) -> Loop:
    """A situational loop of one party."""
    opener = Row("NM1", "R", 1, f"1R={entity} 2R={kind} {tail}", name)
    return Loop(loop, "S", repeat, (opener, *rows), name)


def reference_party(
    loop: str, entity: str, kind: str, name: str, numbers: Row, repeat: int = 1
) -> Loop:
    """A party of another payer: its ``numbers`` there, never its name."""
    opener = Row("NM1", "R", 1, f"1R={entity} 2R={kind}", name)
    return Loop(loop, "S", repeat, (opener, numbers), name)


HEADER = (
    Row("BHT", "R", 1, "1R=0019 2R=00|18 3R 4R 5R 6R=31|CH|RP", "start"),
    Loop(
        "1000A",
        "R",
        1,
        (
            Row("NM1", "R", 1, "1R=41 2R=1|2 3R 4 5 8R=46 9R", "submitter"),
            Row("PER", "R", 2, f"1R=IC 2 {SUBMITTER_CONTACT}", "contact"),
        ),
        "submitter",
    ),
    Loop("1000B", "R", 1, (Row("NM1", "R", 1, "1R=40 2R=2 3R 8R=46 9R", "receiver"),), "receiver"),
)


def pay_to_address(kinds: str) -> Loop:
    """Loop 2010AB; ``kinds`` says whether it may be a person's."""
    opener = Row("NM1", "R", 1, f"1R=87 2R={kinds}", "pay-to")
    return Loop("2010AB", "S", 1, (opener, N3, N4), "pay-to address")


PAY_TO_PLAN = Loop(
    "2010AC",
    "S",
    1,
    (
        Row("NM1", "R", 1, "1R=PE 2R=2 3R 8R=PI|XV 9R", "pay-to plan"),
        N3,
        N4,
        ref("2U|FY|NF"),
        ref("EI", usage="R"),
    ),
    "pay-to plan",
)


def billing_provider(kinds: str, tail: str, *refs: Row) -> Loop:
    """Loop 2010AA; ``kinds`` says whether a person may bill."""
    return Loop(
        "2010AA",
        "R",
        1,
        (
            Row("NM1", "R", 1, f"1R=85 2R={kinds} {tail}", "billing provider"),
            N3,
            N4,
            *refs,
            Row("PER", "S", 2, f"1R=IC 2 {CONTACT}", "contact"),
        ),
        "billing provider",
    )


def subscriber_name(*extra: Row) -> Loop:
    """Loop 2010BA."""
    return Loop(
        "2010BA",
        "R",
        1,
        (
            Row("NM1", "R", 1, "1R=IL 2R=1|2 3R 4 5 7 8=II|MI 9", "subscriber"),
            N3_MAYBE,
            N4_MAYBE,
            Row("DMG", "S", 1, DEMOGRAPHICS, "birth and sex"),
            ref("SY"),
            ref("Y4"),
            *extra,
        ),
        "subscriber",
    )


def payer(provider_numbers: int) -> Loop:
    """Loop 2010BB, with how many numbers of the billing provider at this payer."""
    return Loop(
        "2010BB",
        "R",
        1,
        (
            Row("NM1", "R", 1, "1R=PR 2R=2 3R 8R=PI|XV 9R", "payer"),
            N3_MAYBE,
            N4_MAYBE,
            ref("2U|EI|FY|NF", 3),
            ref("G2|LU", provider_numbers),
        ),
        "payer",
    )


def patient_name(*extra: Row) -> Loop:
    """Loop 2010CA."""
    return Loop(
        "2010CA",
        "R",
        1,
        (
            Row("NM1", "R", 1, "1R=QC 2R=1 3R 4 5 7", "patient"),
            N3,
            N4,
            Row("DMG", "R", 1, DEMOGRAPHICS, "birth and sex"),
            ref("Y4"),
            ref("1W|SY"),
            *extra,
        ),
        "patient",
    )


def adjustments(repeat: int = 5, groups: str = "CO|CR|OA|PI|PR") -> Row:
    """CAS: a group code and up to six reasons with their amounts."""
    return Row("CAS", "S", repeat, f"1R={groups} 2R 3R 4 5-19", "adjustments")


OTHER_SUBSCRIBER = Loop(
    "2330A",
    "R",
    1,
    (
        Row("NM1", "R", 1, "1R=IL 2R=1|2 3R 4 5 7 8R=II|MI 9R", "other subscriber"),
        N3_MAYBE,
        N4_MAYBE,
        ref("SY", 2),
    ),
    "other subscriber",
)


def other_payer(*more: Row) -> Loop:
    """Loop 2330B; ``more`` are reference numbers of one guide alone."""
    return Loop(
        "2330B",
        "R",
        1,
        (
            Row("NM1", "R", 1, "1R=PR 2R=2 3R 8R=PI|XV 9R", "other payer"),
            N3_MAYBE,
            N4_MAYBE,
            dtp("573", name="adjudicated"),
            ref("2U|EI|FY|NF", 2),
            ref("G1"),
            ref("9F"),
            *more,
            ref("T4"),
            ref("F8"),
        ),
        "other payer",
    )


MOA = Row("MOA", "S", 1, "1 2 3 4 5 6 7 8 9", "outpatient adjudication")
MIA = Row("MIA", "S", 1, "1R 2-24", "inpatient adjudication")
MIA_OTHER_PAYER = Row("MIA", "S", 1, "1R 3-24", "inpatient adjudication")


def other_insurance(
    sbr: str, oi: str, middle: tuple[Row, ...], payer: Loop, parties: tuple[Loop, ...]
) -> Loop:
    """Loop 2320, up to ten other payers."""
    return Loop(
        "2320",
        "S",
        10,
        (
            Row("SBR", "R", 1, f"1R={ORDER} 2R={RELATION} 3 4 {sbr} 9={FILING}", "other insurance"),
            adjustments(),
            amt("D", "paid"),
            amt("A8", "not covered"),
            amt("EAF", "patient owes"),
            Row("OI", "R", 1, oi, "other coverage"),
            *middle,
            OTHER_SUBSCRIBER,
            payer,
            *parties,
        ),
        "other insurance",
    )


def adjudicated_line(svd: str) -> Loop:
    """Loop 2430: what one earlier payer decided on the line."""
    return Loop(
        "2430",
        "S",
        15,
        (
            Row("SVD", "R", 1, svd, "line decision"),
            adjustments(),
            dtp("573", usage="R", name="adjudicated"),
            amt("EAF", "patient owes"),
        ),
        "line decision",
    )


def body(
    billing: tuple[Row | Loop, ...],
    subscriber: tuple[Row | Loop, ...],
    patient: tuple[Row | Loop, ...],
    claim: Loop,
) -> Loop:
    """The tree: billing provider, subscriber, patient. Both of the last carry the same claim.

    A patient level is there for a claim; a subscriber level may do without.
    """
    of_patient = msgspec.structs.replace(claim, usage="R")
    level_c = Loop(
        "2000C",
        "S",
        MANY,
        (Row("HL", "R", 1, "1R 2R 3R=23 4R=0", "patient level"), *patient, of_patient),
        "patient level",
    )
    level_b = Loop(
        "2000B",
        "R",
        MANY,
        (
            Row("HL", "R", 1, "1R 2R 3R=22 4R=0|1", "subscriber level"),
            *subscriber,
            claim,
            level_c,
        ),
        "subscriber level",
    )
    level_a = Loop(
        "2000A",
        "R",
        MANY,
        (Row("HL", "R", 1, "1R 3R=20 4R=1", "billing level"), *billing, level_b),
        "billing level",
    )
    start = Row("ST", "R", 1, "1R=837 2R 3R", "transaction")
    return Loop("", "R", 1, (start, *HEADER, level_a))
