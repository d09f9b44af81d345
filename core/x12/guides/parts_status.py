"""What 276 and 277 have in common: the levels above a claim, its numbers and its lines."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row

PROCEDURE = "1R=AD|ER|HC|HP|IV|N4|NU|WK 2R 3-6"


def level(loop: str, code: str, usage: str, name: str, *items: Row | Loop) -> Loop:
    """A level of the hierarchy; the lowest (23) says nothing of levels below it."""
    parent = "" if code == "20" else "2R "
    children = {"20": " 4R=1", "23": ""}.get(code, " 4R=0|1")
    opener = Row("HL", "R", 1, f"1R {parent}3R={code}{children}", name)
    return Loop(loop, usage, MANY, (opener, *items), name)


def numbers(kinds: str) -> tuple[Row, ...]:
    """One REF row a kind: each number of a claim comes once."""
    return tuple(Row("REF", "S", 1, f"1R={kind} 2R", "number") for kind in kinds.split("|"))


def days(usage: str) -> Row:
    """The days of service of a claim or line."""
    return Row("DTP", usage, 1, "1R=472 2R=D8|RD8 3R", "days of service")


def named(loop: str, repeat: int, row: Row, *rows: Row) -> Loop:
    """The name loop of a level."""
    return Loop(loop, "R", repeat, (row, *rows), row.name)


PAYER = Row("NM1", "R", 1, "1R=PR 2R=2 3R 8R=PI|XV 9R", "payer")
RECEIVER = Row("NM1", "R", 1, "1R=41 2R=1|2 3 4 5 8R=46 9R", "information receiver")
PROVIDER = Row("NM1", "R", 1, "1R=1P 2R=1|2 3 4 5 7 8R=FI|SV|XX 9R", "provider")
SUBSCRIBER = Row("NM1", "R", 1, "1R=IL 2R=1|2 3R 4 5 7 8R=24|II|MI 9R", "subscriber")
PATIENT = Row("NM1", "R", 1, "1R=QC 2R=1 3R 4 5 7", "patient")


def guide(transaction: str, group: str, bht: str, source: Loop) -> Guide:
    """The guide of 276 or 277 around its outermost level."""
    return Guide(
        transaction,
        transaction,
        group,
        ("005010X212",),
        Loop(
            "",
            "R",
            1,
            (
                Row("ST", "R", 1, f"1R={transaction} 2R 3R", "transaction"),
                Row("BHT", "R", 1, bht, "start"),
                source,
            ),
        ),
        "TRN",
    )
