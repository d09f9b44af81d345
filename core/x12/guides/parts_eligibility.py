"""What 270 and 271 have in common: code lists, levels and the rows of a person."""

from __future__ import annotations

from core.x12.guides import MANY, Loop, Row


def _numbers(first: int, last: int) -> str:
    return "|".join(str(number) for number in range(first, last + 1))


SERVICE_TYPES = (
    f"{_numbers(1, 28)}|30|{_numbers(32, 99)}|A0|A1|A2|A3|A4|A5|A6|A7|A8|A9|AA|AB|AC|AD|AE|AF|AG"
    "|AH|AI|AJ|AK|AL|AM|AN|AO|AQ|AR|B1|B2|B3|BA|BB|BC|BD|BE|BF|BG|BH|BI|BJ|BK|BL|BM|BN|BP|BQ|BR"
    "|BS|BT|BU|BV|BW|BX|BY|BZ|C1|CA|CB|CC|CD|CE|CF|CG|CH|CI|CJ|CK|CL|CM|CN|CO|CP|CQ|DG|DM|DS|GF"
    "|GN|GY|IC|MH|NI|ON|PT|PU|RN|RT|TC|TN|UC"
)
PROCEDURE = "1R=AD|CJ|HC|ID|IV|N4|ZZ 2R 3-6 8"
POINTERS = "1R 2 3 4"
ROLES = "AD|AT|BI|CO|CV|H|HH|LA|OT|P1|P2|PC|PE|R|RF|SB|SK|SU"
ROLE_NUMBERS = "9K|D3|EI|HPI|PXC|SY|TJ"
_WAYS = "ED|EM|FX|TE|UR|WP"
CONTACT = f"1R=IC 2 3={_WAYS} 4 5=EX|{_WAYS} 6 7=EX|{_WAYS} 8"
STREET = Row("N3", "S", 1, "1R 2", "street")
CITY = Row("N4", "S", 1, "1R 2 3 4 7", "city")


def level(loop: str, code: str, usage: str, name: str, children: str, *items: Row | Loop) -> Loop:
    """A level of the hierarchy; ``children`` is the use of HL04."""
    parent = "" if code == "20" else "2R "
    opener = Row("HL", "R", 1, f"1R {parent}3R={code} {children}".strip(), name)
    return Loop(loop, usage, MANY, (opener, *items), name)


SOURCE_NAME = Row(
    "NM1",
    "R",
    1,
    "1R=2B|36|GP|P5|PR 2R=1|2 3 4 5 7 8R=24|46|FI|NI|PI|XV|XX 9R",
    "information source",
)
RECEIVER_NAME = Row(
    "NM1",
    "R",
    1,
    "1R=1P|2B|36|80|FA|GP|P5|PR 2R=1|2 3 4 5 7 8R=24|34|FI|PI|PP|SV|XV|XX 9R",
    "information receiver",
)
RECEIVER_REF = Row(
    "REF",
    "S",
    9,
    "1R=0B|1C|1D|1J|4A|CT|EL|EO|HPI|JD|N5|N7|Q4|SY|TJ 2R 3",
    "receiver number",
)
RECEIVER_ROLE = Row("PRV", "S", 1, f"1R={ROLES} 2=PXC 3", "receiver's specialty")
SUBSCRIBER_NAME = Row("NM1", "R", 1, "1R=IL 2R=1|2 3 4 5 7 8=II|MI 9", "subscriber")
DEPENDENT_NAME = Row("NM1", "R", 1, "1R=03 2R=1 3 4 5 7", "dependent")
PERSON_ROLE = Row("PRV", "S", 1, f"1R={ROLES} 2={ROLE_NUMBERS} 3", "provider of the person")
DIAGNOSES = Row("HI", "S", 1, "1R(1R=ABK|BK 2R) 2-8(1R=ABF|BF 2R)", "diagnoses")
