"""275, additional information to support a claim: 005010X314 (and its draft 005010X210)."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row

_DATA = Row("BIN", "R", 1, "1R 2R", "data")
_STATUS = "1R 2R 4=LOI"


def _party(loop: str, entity: str, kinds: str, numbers: str, name: str, *rows: Row) -> Loop:
    opener = Row("NM1", "R", 1, f"1R={entity} 2R={kinds} 3 4 5 6 7 8R={numbers} 9R", name)
    return Loop(loop, "R", 1, (opener, *rows), name)


def _ref(kind: str, name: str) -> Row:
    return Row("REF", "S", 1, f"1R={kind} 2R", name)


_PER = Row("PER", "S", 1, "1R=IC 2 3R=EM|FX|TE 4R 5=EM|EX|FX|TE 6 7=EM|EX|FX|TE 8", "contact")
_PATIENT = _party(
    "1000D",
    "QC",
    "1",
    "II|MI",
    "patient",
    _ref("1K", "payer's claim number"),
    _ref("EJ", "patient account"),
    _ref("X1", "provider's claim number"),
    _ref("EA", "medical record"),
    _ref("D9", "clearinghouse's claim number"),
    _ref("BLT", "bill type"),
    Row("DTP", "S", 1, "1R=472 2R=D8|RD8 3R", "service"),
)


def attachment_guide(version: str, *further: str, data: Row = _DATA) -> Guide:
    """The guide of a release; releases differ in the segment that carries the data."""
    document = Loop(
        "2100A",
        "R",
        MANY,
        (
            Row("DTP", "R", 1, "1R=368 2R=D8 3R", "sent"),
            Row("CAT", "R", 1, "1R=AE 2R=HL|IA|MB|TX|UL 3", "content"),
            Row("OOI", "S", 1, "1R 2R 3R", "object"),
            Row("EFI", "S", 1, "1R 2-16", "format"),
            data,
        ),
        "document",
    )
    assigned = Loop(
        "2000A",
        "R",
        MANY,
        (
            Row("LX", "R", 1, "1R", "attachment"),
            Row("TRN", "R", 1, "1R=1|2 2R", "attachment control number"),
            Row(
                "STC",
                "S",
                MANY,
                f"1R({_STATUS}) 2 10({_STATUS}) 11({_STATUS})",
                "what was asked for",
            ),
            _ref("6R|FJ", "service line"),
            _ref("RB", "revenue code"),
            Row("DTP", "S", 1, "1R=472 2R=D8|RD8 3R", "service"),
            document,
        ),
        "attachment",
    )
    return Guide(
        "275",
        "275",
        "PI",
        (version, *further),
        Loop(
            "",
            "R",
            1,
            (
                Row("ST", "R", 1, "1R=275 2R 3R", "transaction"),
                Row("BGN", "R", 1, "1R=02|11 2R 3R 4", "start"),
                _party("1000A", "PR", "2", "PI|XV", "payer", _PER),
                _party("1000B", "41", "1|2", "46", "submitter", _PER),
                _party("1000C", "1P", "1|2", "24|34|FI|SV|XX", "provider", _ref("G2", "number")),
                _PATIENT,
                assigned,
            ),
        ),
        "TRN",
    )


GUIDE = attachment_guide("005010X314", "005010X210")
