"""Single defects of SNIP 1: the envelope, and what the standard says of segments and elements."""

from __future__ import annotations

from tests.core.x12.defect_edits import after, drop, put, seen, text, unseen

ENVELOPE = (
    unseen("the group count", "837P", put("IEA", 1, "2"), 1, "IEA", 1, "group-count"),
    unseen("IEA02", "837P", put("IEA", 2, "000000418"), 1, "IEA", 2, "interchange-control"),
    unseen("no IEA", "837P", drop("IEA"), 1, "GE", 0, "interchange-unclosed"),
    unseen("the transaction count", "837P", put("GE", 1, "2"), 1, "GE", 1, "transaction-count"),
    unseen("GE02", "837P", put("GE", 2, "63"), 1, "GE", 2, "group-control"),
    unseen("no GE", "837P", drop("GE"), 1, "IEA", 0, "group-unclosed"),
    unseen("SE02", "837P", put("SE", 2, "0002"), 1, "SE", 2, "transaction-control"),
    unseen("no SE", "837P", drop("SE"), 1, "GE", 0, "transaction-unclosed"),
    unseen("no ST", "837P", drop("ST"), 1, "BHT", 0, "outside", "outside", "transaction-count"),
    unseen("ISA09 is no day", "837P", put("ISA", 9, "260231"), 1, "ISA", 9, "isa-element"),
    unseen("ISA10 is no time", "837P", put("ISA", 10, "2530"), 1, "ISA", 10, "isa-element"),
    unseen("ISA05", "837P", put("ISA", 5, "99"), 1, "ISA", 5, "isa-element"),
    unseen("ISA12", "837P", put("ISA", 12, "00999"), 1, "ISA", 12, "isa-element"),
    unseen(
        "ISA13 holds a letter",
        "837P",
        put("ISA", 13, "00000041X"),
        1,
        "ISA",
        13,
        "isa-element",
        "interchange-control",
    ),
    unseen("ISA06 too short", "837P", put("ISA", 6, "NORTHBILL"), 1, "ISA", 6, "isa-element"),
    unseen("ISA15", "837P", put("ISA", 15, "Z"), 1, "ISA", 15, "isa-element"),
    unseen("GS04 is no day", "837P", put("GS", 4, "20261301"), 1, "GS", 4, "bad-date"),
    unseen("GS05 is no time", "837P", put("GS", 5, "9999"), 1, "GS", 5, "bad-time"),
    unseen(
        "GS06 is no number", "837P", put("GS", 6, "A"), 1, "GS", 6, "bad-number", "group-control"
    ),
    unseen("GS02 too long", "837P", put("GS", 2, "N" * 16), 1, "GS", 2, "too-long"),
    unseen("GS07", "837P", put("GS", 7, "T"), 1, "GS", 7, "code-value"),
    unseen("a group of another kind", "837P", put("GS", 1, "HP"), 1, "ST", 1, "wrong-group"),
    unseen(
        "GS08 is another guide", "837P", put("GS", 8, "005010X223A2"), 2, "ST", 3, "version-differs"
    ),
    unseen(
        "ST02 too short", "837P", put("ST", 2, "1"), 1, "ST", 2, "too-short", "transaction-control"
    ),
    unseen("SE01", "837I", put("SE", 1, "40"), 1, "SE", 1, "segment-count"),
    unseen("SE01 of an 835", "835", put("SE", 1, "1"), 1, "SE", 1, "segment-count"),
    unseen(
        "SE01 is no number", "835", put("SE", 1, "X"), 1, "SE", 1, "bad-number", "segment-count"
    ),
    unseen("GE01 of an 835", "835", put("GE", 1, "3"), 1, "GE", 1, "transaction-count"),
)

SYNTAX = (
    seen("unknown segment", "837P", after("HI", "ZZZ*1"), 1, "ZZZ", 0, "segment-unknown"),
    seen(
        "segment id in small letters",
        "837P",
        text("N3", "n3*12 HARBOR ROAD"),
        1,
        "n3",
        0,
        "segment-unknown",
        "segment-missing",
    ),
    unseen("an empty segment", "837P", after("HI", ""), 1, "#33", 0, "segment-unknown"),
    seen(
        "separator at the end",
        "837P",
        text("REF*EI", "REF*EI*043332221*"),
        1,
        "REF*EI",
        3,
        "trailing-separator",
    ),
    seen(
        "too many elements",
        "837P",
        text("N3*12", "N3*12 HARBOR ROAD*SUITE 1*FLOOR 2"),
        1,
        "N3",
        3,
        "too-many-elements",
    ),
    unseen(
        "too many components", "837P", put("CLM", 5, "11:B:1:2"), 1, "CLM", 5, "too-many-components"
    ),
    seen(
        "a component where none may be",
        "837P",
        put("NM1*IL", 3, "MORGAN:X"),
        1,
        "NM1*IL",
        3,
        "too-many-components",
    ),
    unseen(
        "a repetition where none may be",
        "837P",
        put("NM1*IL", 3, "MORGAN^X"),
        1,
        "NM1*IL",
        3,
        "too-many-repetitions",
    ),
    seen("birth date is no day", "837P", put("DMG", 2, "19790230"), 1, "DMG", 2, "bad-date"),
    seen(
        "service date is no day", "837P", put("DTP*472", 3, "20261345"), 1, "DTP*472", 3, "bad-date"
    ),
    seen(
        "service date of six digits",
        "837P",
        put("DTP*472", 3, "260203"),
        1,
        "DTP*472",
        3,
        "bad-date",
    ),
    seen(
        "one day where two are said", "837P", put("DTP*472", 2, "RD8"), 1, "DTP*472", 3, "bad-date"
    ),
    seen("BHT05 is no time", "837P", put("BHT", 5, "2561"), 1, "BHT", 5, "bad-time"),
    seen("charge is no number", "837P", put("SV1", 2, "15O"), 1, "SV1", 2, "bad-number"),
    seen("charge with a dollar sign", "837P", put("CLM", 2, "$245"), 1, "CLM", 2, "bad-number"),
    seen("units with a comma", "837P", put("SV1", 4, "1,000"), 1, "SV1", 4, "bad-number"),
    seen("LX01 is no number", "837P", put("LX", 1, "A"), 1, "LX", 1, "bad-number", "line-number"),
    seen("state of three letters", "837P", put("N4", 2, "MAS"), 1, "N4", 2, "too-long"),
    seen("city of one letter", "837P", put("N4", 1, "B"), 1, "N4", 1, "too-short"),
    seen("claim number too long", "837P", put("CLM", 1, "A" * 39), 1, "CLM", 1, "too-long"),
    seen("last name too long", "837P", put("NM1*IL", 3, "M" * 61), 1, "NM1*IL", 3, "too-long"),
    seen("postal code too short", "837P", put("N4", 3, "02"), 1, "N4", 3, "too-short"),
    seen(
        "a letter with an accent",
        "837P",
        put("NM1*QC", 4, "TI\u00c9"),
        1,
        "NM1*QC",
        4,
        "bad-characters",
    ),
    seen(
        "a control character", "837P", put("NM1*QC", 4, "TI\x07M"), 1, "NM1*QC", 4, "bad-characters"
    ),
    seen("NM109 without NM108", "837P", put("NM1*85", 8, ""), 1, "NM1*85", 8, "element-condition"),
    seen("NM108 without NM109", "837P", put("NM1*85", 9, ""), 1, "NM1*85", 9, "element-condition"),
    seen("payment date is no day", "835", put("BPR", 16, "20260299"), 1, "BPR", 16, "bad-date"),
    seen("CLP04 is no number", "835", put("CLP", 4, "152.5.0"), 1, "CLP", 4, "bad-number"),
    seen("CAS amount is no number", "835", put("CAS", 3, "X"), 1, "CAS", 3, "bad-number"),
    seen(
        "CAS reason without amount",
        "835",
        text("CAS*PR", "CAS*PR*3*20**2"),
        1,
        "CAS*PR",
        6,
        "element-condition",
    ),
    seen(
        "separator at the end of an 835",
        "835",
        text("DTM*405", "DTM*405*20260209*"),
        1,
        "DTM*405",
        3,
        "trailing-separator",
    ),
    seen(
        "statement period is no period",
        "837I",
        put("DTP*434", 3, "20260201"),
        1,
        "DTP*434",
        3,
        "bad-date",
    ),
    seen("dental charge is no number", "837D", put("SV3", 2, "2.1.0"), 1, "SV3", 2, "bad-number"),
)
