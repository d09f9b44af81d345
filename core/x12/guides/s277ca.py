"""277CA, the claim acknowledgement: 005010X214."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row

_STATUS = "1R 2R 3 4"
_OPEN_STATUS = f"10({_STATUS}) 11({_STATUS})"
_COUNTS = (
    Row("AMT", "S", 1, "1R=YU 2R", "accepted amount"),
    Row("AMT", "S", 1, "1R=YY 2R", "rejected amount"),
)


def _level(loop: str, code: str, usage: str, name: str, *items: Row | Loop) -> Loop:
    children = {"20": "4R=1", "PT": "4=0"}.get(code, "4R=0|1")
    parent = "" if code == "20" else "2R "
    opener = Row("HL", "R", 1, f"1R {parent}3R={code} {children}", name)
    return Loop(loop, usage, MANY, (opener, *items), name)


def _trace(kind: str) -> Row:
    return Row("TRN", "R", 1, f"1R={kind} 2R", "trace number")


def _dtp(kind: str, usage: str, form: str = "D8") -> Row:
    return Row("DTP", usage, 1, f"1R={kind} 2R={form} 3R")


def _ref(kinds: str, repeat: int = 1) -> Row:
    return Row("REF", "S", repeat, f"1R={kinds} 2R")


_SERVICE = Loop(
    "2220D",
    "S",
    MANY,
    (
        Row("SVC", "R", 1, "1R(1R=AD|ER|HC|HP|IV|N4|NU|WK 2R 3-6) 2R 4 7", "service"),
        Row("STC", "R", MANY, f"1R({_STATUS}) 2 3R=U|WQ 4 {_OPEN_STATUS} 12", "service status"),
        _ref("FJ"),
        _ref("XZ"),
        _dtp("472", "S", "D8|RD8"),
    ),
    "service",
)

_PATIENT = _level(
    "2000D",
    "PT",
    "S",
    "patient level",
    Loop(
        "2100D",
        "R",
        1,
        (Row("NM1", "R", 1, "1R=QC 2R=1 3R 4 5 6 7 8R=II|MI 9R", "patient"),),
        "patient",
    ),
    Loop(
        "2200D",
        "S",
        MANY,
        (
            _trace("2"),
            Row("STC", "R", MANY, f"1R({_STATUS}) 2R 3R=U|WQ 4R {_OPEN_STATUS} 12", "claim status"),
            _ref("1K"),
            _ref("D9"),
            _ref("BLT"),
            _dtp("472", "R", "D8|RD8"),
            _SERVICE,
        ),
        "claim status",
    ),
)

_PROVIDER = _level(
    "2000C",
    "19",
    "S",
    "provider level",
    Loop(
        "2100C",
        "R",
        MANY,
        (Row("NM1", "R", 1, "1R=85 2R=1|2 3R 4 5 6 7 8R=FI|SV|XX 9R", "billing provider"),),
        "billing provider",
    ),
    Loop(
        "2200C",
        "S",
        1,
        (
            _trace("1"),
            Row("STC", "R", MANY, f"1R({_STATUS}) 2 3R=U|WQ 4 {_OPEN_STATUS}", "provider status"),
            _ref("0B|1G|G2|LU|SY|TJ", 3),
            Row("QTY", "S", 1, "1R=QA 2R", "accepted claims"),
            Row("QTY", "S", 1, "1R=QC 2R", "rejected claims"),
            *_COUNTS,
        ),
        "provider status",
    ),
    _PATIENT,
)

_RECEIVER = _level(
    "2000B",
    "21",
    "R",
    "receiver level",
    Loop(
        "2100B",
        "R",
        1,
        (Row("NM1", "R", 1, "1R=41 2R=1|2 3R 4 5 8R=46 9R", "information receiver"),),
        "information receiver",
    ),
    Loop(
        "2200B",
        "R",
        1,
        (
            _trace("2"),
            Row("STC", "R", MANY, f"1R({_STATUS}) 2R 3R=U|WQ 4R {_OPEN_STATUS}", "batch status"),
            Row("QTY", "S", 1, "1R=90 2R", "accepted claims"),
            Row("QTY", "S", 1, "1R=AA 2R", "rejected claims"),
            *_COUNTS,
        ),
        "batch status",
    ),
    _PROVIDER,
)

_SOURCE = _level(
    "2000A",
    "20",
    "R",
    "source level",
    Loop(
        "2100A",
        "R",
        1,
        (Row("NM1", "R", 1, "1R=AY|PR 2R=2 3R 8R=46|FI|PI|XV 9R", "information source"),),
        "information source",
    ),
    Loop(
        "2200A",
        "R",
        MANY,
        (_trace("1"), _dtp("050", "R"), _dtp("009", "R")),
        "receipt of the batch",
    ),
    _RECEIVER,
)

GUIDE = Guide(
    "277CA",
    "277",
    "HN",
    ("005010X214",),
    Loop(
        "",
        "R",
        1,
        (
            Row("ST", "R", 1, "1R=277 2R 3R", "transaction"),
            Row("BHT", "R", 1, "1R=0085 2R=08 3R 4R 5R 6R=TH", "start"),
            _SOURCE,
        ),
    ),
    "TRN",
)
