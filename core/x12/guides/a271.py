"""271, the answer to an eligibility inquiry: 005010X279A1."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row
from core.x12.guides.parts_eligibility import (
    CITY,
    CONTACT,
    DEPENDENT_NAME,
    DIAGNOSES,
    PERSON_ROLE,
    POINTERS,
    PROCEDURE,
    RECEIVER_NAME,
    RECEIVER_REF,
    RECEIVER_ROLE,
    ROLE_NUMBERS,
    ROLES,
    SERVICE_TYPES,
    SOURCE_NAME,
    STREET,
    SUBSCRIBER_NAME,
    level,
)

_INFORMATION = "1|2|3|4|5|6|7|8|A|B|C|CB|D|E|F|G|H|I|J|K|L|M|MC|N|O|P|Q|R|S|T|U|V|W|X|Y"
_COVERAGE_LEVELS = "CHD|DEP|ECH|EMP|ESP|FAM|IND|SPC|SPO"
_INSURANCE = (
    "12|13|14|15|16|41|42|43|47|AP|C1|CO|CP|D|DB|EP|FF|GP|HM|HN|HS|IN|IP|LC|LD|LI|LT|MA|MB|MC|MH"
    "|MI|MP|OT|PE|PL|PP|PR|PS|QM|RP|SP|TF|WC|WU"
)
_PERIODS = "6|7|13|21|22|23|24|25|26|27|28|29|30|31|32|33|34|35|36"
_QUANTITIES = "8H|99|CA|CE|D3|DB|DY|HS|LA|LE|M2|MN|P6|QA|S7|S8|VS|YY"
_FREQUENCIES = (
    "1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|J|K|L|M|N|O|P|Q|R|S|SA|SB|SC|SD|SG|SL|SP|SX|SY|SZ|T|U|V|W"
    "|X|Y"
)
_NUMBERS = "18|1L|1W|3H|49|6P|CE|CT|EA|EJ|F6|GH|HJ|IF|IG|ML|N6|NQ|Q4|SY|Y4"
_BENEFIT_NUMBERS = "18|1L|1W|49|6P|9F|ALS|CLI|F6|FO|G1|IG|M7|N6|NQ"
_DATES = (
    "096|102|152|291|307|318|340|341|342|343|346|347|356|357|382|435|442|458|472|539|540|636|771"
)
_BENEFIT_DATES = (
    "096|193|194|198|290|291|292|295|304|307|318|346|347|348|349|356|357|435|472|636|771"
)
_RELATED = "13|1I|1P|2B|36|73|FA|GP|GW|I3|IL|LR|OC|P3|P4|P5|PR|PRP|SEP|TTP|VER|VN|VY|X3|Y2"

_ACTIONS = "C|N|P|R|S|W|X|Y"
_SOURCE_REASONS = "04|41|42|79"
_RECEIVER_REASONS = "15|41|43|44|45|46|47|48|50|51|79|97|T4"
_PERSON_REASONS = (
    "15|33|35|42|43|45|47|48|49|51|52|56|57|58|60|61|62|63|64|65|66|67|68|71|72|73|74|75|76|77|78"
)
_BENEFIT_REASONS = "15|33|52|53|54|55|56|57|60|61|62|63|69|70|98|AA|AE|AF|AG|AO|CI|E8|IA|MA"
_RANKS = (
    "A1|A2|A3|B1|B2|C1|C2|C3|C4|C5|C6|C7|C8|C9|E1|F1|F2|F3|F4|G1|G4|L1|L2|L3|L4|L5|L6|M1|M2|M3|M4"
    "|M5|M6|P1|P2|P3|P4|P5|R1|R2|S1|S2|S3|S4|S5|S6|S7|S8|S9|SA|SB|SC|T1|V1|W1"
)
_MILITARY = Row(
    "MPI",
    "S",
    1,
    "1R=A|C|L|O|P|S|T 2R=AE|AO|AS|AT|AU|CC|DD|HD|IR|LX|PE|RE|RM|RR|RU"
    f" 3R=A|B|C|D|E|F|G|H|I|J|K|L|M|N|O|Q|R|S|U|W 4 5={_RANKS} 6=D8|RD8 7",
    "military service",
)


def _rejection(reasons: str, name: str) -> Row:
    return Row("AAA", "S", 9, f"1R=N|Y 3R={reasons} 4R={_ACTIONS}", name)


def _benefit(letter: str) -> Loop:
    """2110C or 2110D with the loops below it; LS and LE bound the related entities."""
    related = Loop(
        f"2120{letter}",
        "R",
        23,
        (
            Row(
                "NM1",
                "R",
                1,
                f"1R={_RELATED} 2R=1|2 3 4 5 7 8=24|34|46|FA|FI|II|MI|NI|PI|PP|SV|XV|XX 9"
                " 10=01|02|27|41|48|65|72",
                "related entity",
            ),
            STREET,
            Row("N4", "S", 1, "1R 2 3 4 5=RJ 6 7", "city"),
            Row("PER", "S", 3, CONTACT, "contact"),
            Row("PRV", "S", 1, f"1R={ROLES} 2={ROLE_NUMBERS} 3", "specialty"),
        ),
        "related entity",
    )
    return Loop(
        f"2110{letter}",
        "S",
        MANY,
        (
            Row(
                "EB",
                "R",
                1,
                f"1R={_INFORMATION} 2={_COVERAGE_LEVELS} 3x99={SERVICE_TYPES} 4={_INSURANCE} 5"
                f" 6={_PERIODS} 7 8 9={_QUANTITIES} 10 11=N|U|Y 12=N|U|W|Y 13({PROCEDURE})"
                f" 14({POINTERS})",
                "benefit",
            ),
            Row(
                "HSD",
                "S",
                9,
                f"1=DY|FL|HS|MN|VS 2 3=DA|MO|VS|WK|YR 4 5={_PERIODS} 6 7={_FREQUENCIES}"
                " 8=A|B|C|D|E|F|G|Y",
                "how often",
            ),
            Row("REF", "S", 9, f"1R={_BENEFIT_NUMBERS} 2R 3", "number"),
            Row("DTP", "S", 20, f"1R={_BENEFIT_DATES} 2R=D8|RD8 3R", "date"),
            _rejection(_BENEFIT_REASONS, "benefit not answered"),
            Row("MSG", "S", 10, "1R", "message"),
            Loop(
                f"2115{letter}",
                "S",
                10,
                (Row("III", "R", 1, "1=GR|NI|ZZ 2 3=44 4", "further information"),),
                "further information",
            ),
            Loop(
                "2120",
                "S",
                1,
                (
                    Row("LS", "R", 1, "1R=2120", "related entities begin"),
                    related,
                    Row("LE", "R", 1, "1R=2120", "related entities end"),
                ),
                "related entities",
            ),
        ),
        "benefit",
    )


def _person(letter: str, name: Row, numbers: str, relationship: str) -> Loop:
    return Loop(
        f"2100{letter}",
        "R",
        1,
        (
            name,
            Row("REF", "S", 9, f"1R={numbers} 2R 3", "number"),
            STREET,
            CITY,
            _rejection(_PERSON_REASONS, "person not answered"),
            PERSON_ROLE,
            Row("DMG", "S", 1, "1=D8 2 3=F|M|U", "birth and sex"),
            Row("INS", "S", 1, f"{relationship} 3=001 4=25 17", "relationship"),
            DIAGNOSES,
            Row("DTP", "S", 9, f"1R={_DATES} 2R=D8|RD8 3R", "date"),
            _MILITARY,
            _benefit(letter),
        ),
        name.name,
    )


_TRACE = Row("TRN", "S", 3, "1R=1|2 2R 3R 4", "trace number")
_DEPENDENT = level(
    "2000D",
    "23",
    "S",
    "dependent level",
    "4R=0",
    _TRACE,
    _person(
        "D",
        DEPENDENT_NAME,
        _NUMBERS + "|MRC",
        "1R=N 2R=01|19|20|21|39|40|53|G8",
    ),
)
_SUBSCRIBER = level(
    "2000C",
    "22",
    "S",
    "subscriber level",
    "4R=0|1",
    _TRACE,
    _person("C", SUBSCRIBER_NAME, _NUMBERS, "1R=Y 2R=18"),
    _DEPENDENT,
)
_RECEIVER = level(
    "2000B",
    "21",
    "S",
    "receiver level",
    "4R=0|1",
    Loop(
        "2100B",
        "R",
        1,
        (
            RECEIVER_NAME,
            RECEIVER_REF,
            STREET,
            CITY,
            _rejection(_RECEIVER_REASONS, "receiver not answered"),
            RECEIVER_ROLE,
        ),
        "information receiver",
    ),
    _SUBSCRIBER,
)
_SOURCE = level(
    "2000A",
    "20",
    "R",
    "source level",
    "4R=0|1",
    _rejection(_SOURCE_REASONS, "request not answered"),
    Loop(
        "2100A",
        "R",
        1,
        (
            SOURCE_NAME,
            Row("PER", "S", 3, CONTACT, "contact"),
            _rejection(_SOURCE_REASONS + "|80|T4", "source not answered"),
        ),
        "information source",
    ),
    _RECEIVER,
)

GUIDE = Guide(
    "271",
    "271",
    "HB",
    ("005010X279", "005010X279A1"),
    Loop(
        "",
        "R",
        1,
        (
            Row("ST", "R", 1, "1R=271 2R 3R", "transaction"),
            Row("BHT", "R", 1, "1R=0022 2R=06|11 3 4R 5R 6=RT", "start"),
            _SOURCE,
        ),
    ),
)
