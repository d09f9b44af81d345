"""Single defects as data: one edit of a good file, and what must be named where.

An edit works on the list of segments. Segments are found by the text they begin with; ``#2`` behind
it means the second such. Afterwards SE01 is put right, so that the edit is the only thing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Segments = list[str]
Edit = Callable[[Segments], Segments]


class Defect(NamedTuple):
    """``at`` is the segment that must be named in the edited file; ``also`` what may come with it.

    ``judge``: where pyx12 looks first: at the ``same`` segment, ``elsewhere``, or it is ``blind``.
    """

    name: str
    base: str
    edit: Edit
    snip: int
    at: str
    element: int
    code: str
    also: tuple[str, ...] = ()
    judge: str = "same"


def find(segments: Segments, mark: str) -> int:
    """Where the segment that begins with ``mark`` stands, from 0; ``end`` is the last."""
    text, _, times = mark.partition("#")
    places = [n for n, segment in enumerate(segments) if segment.startswith(text)]
    return places[int(times or 1) - 1]


def drop(mark: str, count: int = 1) -> Edit:
    """Leave out ``count`` segments from ``mark`` on."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return segments[:at] + segments[at + count :]

    return edit


def put(mark: str, element: int, value: str) -> Edit:
    """Give one element (or, in ``ISA``, field) another value; nothing else changes."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        values = segments[at].split("*")
        values += [""] * (element + 1 - len(values))
        values[element] = value
        return [*segments[:at], "*".join(values).rstrip("*"), *segments[at + 1 :]]

    return edit


def text(mark: str, whole: str) -> Edit:
    """Put ``whole`` in the place of a segment."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return [*segments[:at], whole, *segments[at + 1 :]]

    return edit


def after(mark: str, *more: str) -> Edit:
    """Put segments behind one."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark) + 1
        return [*segments[:at], *more, *segments[at:]]

    return edit


def move(mark: str, behind: str) -> Edit:
    """Take a segment out and put it behind another."""

    def edit(segments: Segments) -> Segments:
        moved = segments[find(segments, mark)]
        rest = [segment for segment in segments if segment is not moved]
        return after(behind, moved)(rest)

    return edit


def again(mark: str, times: int, count: int = 1) -> Edit:
    """Repeat ``count`` segments from ``mark`` on ``times`` more times."""

    def edit(segments: Segments) -> Segments:
        at = find(segments, mark)
        return segments[: at + count] + segments[at : at + count] * times + segments[at + count :]

    return edit


def counted(segments: Segments) -> Segments:
    """SE01 put right."""
    start, fixed = 0, list(segments)
    for number, segment in enumerate(fixed):
        if segment.startswith("ST*"):
            start = number
        elif segment.startswith("SE*"):
            values = segment.split("*")
            fixed[number] = "*".join([*values[:1], str(number - start + 1), *values[2:]])
    return fixed


ENVELOPE = (
    Defect("the group count", "837P", put("IEA", 1, "2"), 1, "IEA", 1, "group-count", (), "blind"),
    Defect("IEA02", "837P", put("IEA", 2, "000000418"), 1, "IEA", 2, "interchange-control", (), "blind"),
    Defect("no IEA", "837P", drop("IEA"), 1, "GE", 0, "interchange-unclosed", (), "blind"),
    Defect("the transaction count", "837P", put("GE", 1, "2"), 1, "GE", 1, "transaction-count", (), "blind"),
    Defect("GE02", "837P", put("GE", 2, "63"), 1, "GE", 2, "group-control", (), "blind"),
    Defect("no GE", "837P", drop("GE"), 1, "IEA", 0, "group-unclosed", (), "blind"),
    Defect("SE02", "837P", put("SE", 2, "0002"), 1, "SE", 2, "transaction-control", (), "blind"),
    Defect("no SE", "837P", drop("SE"), 1, "GE", 0, "transaction-unclosed", (), "blind"),
    Defect("no ST", "837P", drop("ST"), 1, "BHT", 0, "outside", ("outside", "transaction-count"), "blind"),
    Defect("ISA09 is no day", "837P", put("ISA", 9, "260231"), 1, "ISA", 9, "isa-element", (), "blind"),
    Defect("ISA10 is no time", "837P", put("ISA", 10, "2530"), 1, "ISA", 10, "isa-element", (), "blind"),
    Defect("ISA05", "837P", put("ISA", 5, "99"), 1, "ISA", 5, "isa-element", (), "blind"),
    Defect("ISA12", "837P", put("ISA", 12, "00999"), 1, "ISA", 12, "isa-element", (), "blind"),
    Defect("ISA13 holds a letter", "837P", put("ISA", 13, "00000041X"), 1, "ISA", 13, "isa-element", ("interchange-control",), "blind"),
    Defect("ISA06 too short", "837P", put("ISA", 6, "NORTHBILL"), 1, "ISA", 6, "isa-element", (), "blind"),
    Defect("ISA15", "837P", put("ISA", 15, "Z"), 1, "ISA", 15, "isa-element", (), "blind"),
    Defect("GS04 is no day", "837P", put("GS", 4, "20261301"), 1, "GS", 4, "bad-date", (), "blind"),
    Defect("GS05 is no time", "837P", put("GS", 5, "9999"), 1, "GS", 5, "bad-time", (), "blind"),
    Defect("GS06 is no number", "837P", put("GS", 6, "A"), 1, "GS", 6, "bad-number", ("group-control",), "blind"),
    Defect("GS02 too long", "837P", put("GS", 2, "N" * 16), 1, "GS", 2, "too-long", (), "blind"),
    Defect("GS07", "837P", put("GS", 7, "T"), 1, "GS", 7, "code-value", (), "blind"),
    Defect("a group of another kind", "837P", put("GS", 1, "HP"), 1, "ST", 1, "wrong-group", (), "blind"),
    Defect("GS08 is another guide", "837P", put("GS", 8, "005010X223A2"), 2, "ST", 3, "version-differs", (), "blind"),
    Defect("ST02 too short", "837P", put("ST", 2, "1"), 1, "ST", 2, "too-short", ("transaction-control",), "blind"),
    Defect("SE01", "837I", put("SE", 1, "40"), 1, "SE", 1, "segment-count", (), "blind"),
    Defect("SE01 of an 835", "835", put("SE", 1, "1"), 1, "SE", 1, "segment-count", (), "blind"),
    Defect("SE01 is no number", "835", put("SE", 1, "X"), 1, "SE", 1, "bad-number", ("segment-count",), "blind"),
    Defect("GE01 of an 835", "835", put("GE", 1, "3"), 1, "GE", 1, "transaction-count", (), "blind"),
)  # fmt: skip

SYNTAX = (
    Defect("unknown segment", "837P", after("HI", "ZZZ*1"), 1, "ZZZ", 0, "segment-unknown"),
    Defect("segment id in small letters", "837P", text("N3", "n3*12 HARBOR ROAD"), 1, "n3", 0, "segment-unknown", ("segment-missing",)),
    Defect("an empty segment", "837P", after("HI", ""), 1, "#33", 0, "segment-unknown", (), "blind"),
    Defect("separator at the end", "837P", text("REF*EI", "REF*EI*043332221*"), 1, "REF*EI", 3, "trailing-separator", (), "blind"),
    Defect("component separator at the end", "837P", put("SV1", 1, "HC:99213:"), 1, "SV1", 1, "trailing-separator", (), "blind"),
    Defect("too many elements", "837P", text("N3*12", "N3*12 HARBOR ROAD*SUITE 1*FLOOR 2"), 1, "N3", 3, "too-many-elements"),
    Defect("too many components", "837P", put("CLM", 5, "11:B:1:2"), 1, "CLM", 5, "too-many-components", (), "blind"),
    Defect("a component where none may be", "837P", put("NM1*IL", 3, "MORGAN:X"), 1, "NM1*IL", 3, "too-many-components"),
    Defect("a repetition where none may be", "837P", put("NM1*IL", 3, "MORGAN^X"), 1, "NM1*IL", 3, "too-many-repetitions", (), "blind"),
    Defect("birth date is no day", "837P", put("DMG", 2, "19790230"), 1, "DMG", 2, "bad-date"),
    Defect("service date is no day", "837P", put("DTP*472", 3, "20261345"), 1, "DTP*472", 3, "bad-date"),
    Defect("service date of six digits", "837P", put("DTP*472", 3, "260203"), 1, "DTP*472", 3, "bad-date"),
    Defect("one day where two are said", "837P", put("DTP*472", 2, "RD8"), 1, "DTP*472", 3, "bad-date"),
    Defect("BHT05 is no time", "837P", put("BHT", 5, "2561"), 1, "BHT", 5, "bad-time"),
    Defect("charge is no number", "837P", put("SV1", 2, "15O"), 1, "SV1", 2, "bad-number"),
    Defect("charge with a dollar sign", "837P", put("CLM", 2, "$245"), 1, "CLM", 2, "bad-number"),
    Defect("units with a comma", "837P", put("SV1", 4, "1,000"), 1, "SV1", 4, "bad-number"),
    Defect("LX01 is no number", "837P", put("LX", 1, "A"), 1, "LX", 1, "bad-number", ("line-number",)),
    Defect("state of three letters", "837P", put("N4", 2, "MAS"), 1, "N4", 2, "too-long"),
    Defect("city of one letter", "837P", put("N4", 1, "B"), 1, "N4", 1, "too-short"),
    Defect("claim number too long", "837P", put("CLM", 1, "A" * 39), 1, "CLM", 1, "too-long"),
    Defect("last name too long", "837P", put("NM1*IL", 3, "M" * 61), 1, "NM1*IL", 3, "too-long"),
    Defect("postal code too short", "837P", put("N4", 3, "02"), 1, "N4", 3, "too-short"),
    Defect("a letter with an accent", "837P", put("NM1*QC", 4, "TI\u00c9"), 1, "NM1*QC", 4, "bad-characters"),
    Defect("a control character", "837P", put("NM1*QC", 4, "TI\x07M"), 1, "NM1*QC", 4, "bad-characters"),
    Defect("only blanks", "837P", put("NM1*QC", 4, "  "), 1, "NM1*QC", 4, "bad-characters", (), "blind"),
    Defect("NM109 without NM108", "837P", put("NM1*85", 8, ""), 1, "NM1*85", 8, "element-condition"),
    Defect("NM108 without NM109", "837P", put("NM1*85", 9, ""), 1, "NM1*85", 9, "element-condition"),
    Defect("payment date is no day", "835", put("BPR", 16, "20260299"), 1, "BPR", 16, "bad-date"),
    Defect("CLP04 is no number", "835", put("CLP", 4, "152.5.0"), 1, "CLP", 4, "bad-number"),
    Defect("CAS amount is no number", "835", put("CAS", 3, "X"), 1, "CAS", 3, "bad-number"),
    Defect("CAS reason without amount", "835", text("CAS*PR", "CAS*PR*3*20**2"), 1, "CAS*PR", 6, "element-condition"),
    Defect("separator at the end of an 835", "835", text("DTM*405", "DTM*405*20260209*"), 1, "DTM*405", 3, "trailing-separator", (), "blind"),
    Defect("statement period is no period", "837I", put("DTP*434", 3, "20260201"), 1, "DTP*434", 3, "bad-date"),
    Defect("dental charge is no number", "837D", put("SV3", 2, "2.1.0"), 1, "SV3", 2, "bad-number"),
)  # fmt: skip

MISSING = (
    Defect("BHT", "837P", drop("BHT"), 2, "NM1*41", 0, "segment-missing"),
    Defect("submitter", "837P", drop("NM1*41", 2), 2, "NM1*40", 0, "loop-missing"),
    Defect("submitter contact", "837P", drop("PER"), 2, "NM1*40", 0, "segment-missing"),
    Defect("receiver", "837P", drop("NM1*40"), 2, "HL*1", 0, "loop-missing"),
    Defect("billing provider", "837P", drop("NM1*85", 5), 2, "HL*2", 0, "loop-missing"),
    Defect("billing street", "837P", drop("N3"), 2, "N4", 0, "segment-missing"),
    Defect("billing city", "837P", drop("N4"), 2, "REF*EI", 0, "segment-missing"),
    Defect("billing tax id", "837P", drop("REF*EI"), 2, "PER*IC*OFFICE", 0, "segment-missing"),
    Defect("SBR", "837P", drop("SBR"), 2, "NM1*IL", 0, "segment-missing"),
    Defect("subscriber", "837P", drop("NM1*IL", 4), 2, "NM1*PR", 0, "loop-missing"),
    Defect("payer", "837P", drop("NM1*PR", 3), 2, "HL*3", 0, "loop-missing"),
    Defect("PAT", "837P", drop("PAT"), 2, "NM1*QC", 0, "segment-missing"),
    Defect("patient", "837P", drop("NM1*QC", 4), 2, "CLM", 0, "loop-missing"),
    Defect("birth date of the patient", "837P", drop("DMG#2"), 2, "CLM", 0, "segment-missing"),
    Defect("claim of the patient", "837P", drop("CLM", 17), 2, "HL*4", 0, "loop-missing"),
    Defect("CLM", "837P", drop("CLM#2"), 2, "REF*F8", 1, "code-value", ("segment-unexpected", "claim-total")),
    Defect("diagnoses", "837P", drop("HI"), 2, "NM1*DN", 0, "segment-missing"),
    Defect("service facility city", "837P", drop("N4*BOSTON*MA*021105678"), 2, "LX", 0, "segment-missing"),
    Defect("lines", "837P", drop("LX#3", 3), 2, "SE", 0, "loop-missing"),
    Defect("SV1", "837P", drop("SV1"), 2, "DTP*472", 0, "segment-missing"),
    Defect("service date", "837P", drop("DTP*472"), 2, "REF*6R", 0, "segment-missing"),
    Defect("OI", "COB", drop("OI"), 2, "NM1*IL#2", 0, "segment-missing"),
    Defect("other subscriber", "COB", drop("NM1*IL#2", 3), 2, "NM1*PR#2", 0, "loop-missing"),
    Defect("other payer", "COB", drop("NM1*PR*2*LAKE"), 2, "LX", 0, "loop-missing", ("payer-unknown", "payer-paid-total")),
    Defect("date of the other payer", "COB", drop("DTP*573"), 2, "SVD*66340", 0, "segment-missing"),
    Defect("statement period", "837I", drop("DTP*434"), 2, "CL1", 0, "segment-missing"),
    Defect("CL1", "837I", drop("CL1"), 2, "REF*D9", 0, "segment-missing"),
    Defect("principal diagnosis", "837I", drop("HI"), 2, "NM1*71", 0, "segment-missing"),
    Defect("SV2", "837I", drop("SV2"), 2, "DTP*472", 0, "segment-missing"),
    Defect("hospital", "837I", drop("NM1*85", 4), 2, "HL*2", 0, "loop-missing"),
    Defect("SV3", "837D", drop("SV3"), 2, "TOO", 0, "segment-missing"),
    Defect("dentist's tax id", "837D", drop("REF*EI"), 2, "HL*2", 0, "segment-missing"),
    Defect("BPR", "835", drop("BPR"), 2, "TRN", 0, "segment-missing"),
    Defect("TRN", "835", drop("TRN"), 2, "REF*EV", 0, "segment-missing"),
    Defect("payer of an 835", "835", drop("N1*PR", 6), 2, "N1*PE", 0, "loop-missing"),
    Defect("payer's street", "835", drop("N3"), 2, "N4", 0, "segment-missing"),
    Defect("technical contact", "835", drop("PER*BL"), 2, "N1*PE", 0, "segment-missing"),
    Defect("payee", "835", drop("N1*PE", 2), 2, "LX", 0, "loop-missing"),
    Defect("patient of a payment", "835", drop("NM1*QC"), 2, "REF*EA", 0, "segment-missing"),
    Defect("batch status", "277CA", drop("STC"), 2, "QTY", 0, "segment-missing"),
    Defect("claim status", "277CA", drop("STC*A2"), 2, "REF*1K", 0, "segment-missing"),
    Defect("IK5", "999", drop("IK5"), 2, "AK9", 0, "segment-missing"),
)  # fmt: skip

ELEMENTS = (
    Defect("CLM01", "837P", put("CLM", 1, ""), 2, "CLM", 1, "element-missing"),
    Defect("CLM05", "837P", put("CLM", 5, "11:B"), 2, "CLM", 5, "element-missing"),
    Defect("SV107", "837P", text("SV1", "SV1*HC:99213*150*UN*1"), 2, "SV1", 7, "element-missing"),
    Defect("units", "837P", put("SV1", 4, ""), 2, "SV1", 4, "element-missing", ("element-condition",)),
    Defect("code in HI", "837P", put("HI", 2, "ABF"), 2, "HI", 2, "element-missing"),
    Defect("payer id", "837P", put("NM1*PR", 9, ""), 2, "NM1*PR", 9, "element-missing", ("element-condition",)),
    Defect("HL02", "837P", put("HL*2", 2, ""), 2, "HL*2", 2, "element-missing"),
    Defect("NM108", "837P", put("NM1*85", 8, "ZZ"), 2, "NM1*85", 8, "code-value"),
    Defect("NM102", "837P", put("NM1*PR", 2, "1"), 2, "NM1*PR", 2, "code-value"),
    Defect("entity of the billing provider", "837P", put("NM1*85", 1, "86"), 2, "NM1*86", 0, "segment-unexpected", ("loop-missing",)),
    Defect("entity of the payer", "837P", put("NM1*PR", 1, "PX"), 2, "NM1*PX", 0, "segment-unexpected", ("loop-missing",)),
    Defect("SBR01", "837P", put("SBR", 1, "X"), 2, "SBR", 1, "code-value"),
    Defect("SBR02", "837P", put("SBR#2", 2, "19"), 2, "SBR#2", 2, "code-value"),
    Defect("SBR09", "837P", put("SBR", 9, "QQ"), 2, "SBR", 9, "code-value"),
    Defect("PAT01", "837P", put("PAT", 1, "18"), 2, "PAT", 1, "code-value"),
    Defect("sex", "837P", put("DMG", 3, "X"), 2, "DMG", 3, "code-value"),
    Defect("date form", "837P", put("DMG", 1, "D6"), 2, "DMG", 1, "code-value", ("bad-date",)),
    Defect("CLM06", "837P", put("CLM", 6, "X"), 2, "CLM", 6, "code-value"),
    Defect("CLM07", "837P", put("CLM", 7, "X"), 2, "CLM", 7, "code-value"),
    Defect("CLM09", "837P", put("CLM", 9, "N"), 2, "CLM", 9, "code-value"),
    Defect("unit", "837P", put("SV1", 3, "XX"), 2, "SV1", 3, "code-value"),
    Defect("kind of procedure", "837P", put("SV1", 1, "ZZ:99213"), 2, "SV1", 1, "code-value"),
    Defect("kind of diagnosis", "837P", put("HI", 1, "XYZ:J069"), 2, "HI", 1, "code-value"),
    Defect("second principal diagnosis", "837P", put("HI", 2, "ABK:R509"), 2, "HI", 2, "code-value"),
    Defect("kind of reference", "837P", put("REF*D9", 1, "QQ"), 2, "REF*QQ", 1, "code-value"),
    Defect("kind of date", "837P", put("DTP*472", 1, "999"), 2, "DTP*999", 1, "code-value"),
    Defect("kind of a date before the right one", "837P", after("SV1", "DTP*999*D8*20260203"), 2, "DTP*999", 1, "code-value"),
    Defect("pointer 13", "837P", put("SV1", 7, "13"), 2, "SV1", 7, "code-value"),
    Defect("specialty kind", "837P", put("PRV", 2, "ZZ"), 2, "PRV", 2, "code-value"),
    Defect("BHT02", "837P", put("BHT", 2, "99"), 2, "BHT", 2, "code-value"),
    Defect("BHT06", "837P", put("BHT", 6, "XX"), 2, "BHT", 6, "code-value"),
    Defect("HL03", "837P", put("HL*4", 3, "24"), 2, "HL*4", 0, "segment-unexpected"),
    Defect("HL04", "837P", put("HL*3", 4, "1"), 2, "HL*3", 4, "code-value"),
    Defect("NM106 of a provider", "837P", put("NM1*82", 6, "DR"), 2, "NM1*82", 6, "element-not-used"),
    Defect("CLM03", "837P", put("CLM", 3, "1"), 2, "CLM", 3, "element-not-used"),
    Defect("thirteenth diagnosis", "837P", text("HI#2", "HI*ABK:I10" + "*ABF:E119" * 12), 1, "HI#2", 13, "too-many-elements"),
    Defect("HL01 skips", "837P", put("HL*4", 1, "5"), 2, "HL*5", 1, "level-number"),
    Defect("HL02 names another", "837P", put("HL*3", 2, "1"), 2, "HL*3", 2, "level-parent", (), "blind"),
    Defect("LX01 skips", "837P", put("LX*2", 1, "3"), 2, "LX*3", 1, "line-number"),
    Defect("ST03", "837P", put("ST", 3, "005010X223A2"), 2, "ST", 3, "version-differs", ("*",), "blind"),
    Defect("CL103", "837I", put("CL1", 3, ""), 2, "CL1", 3, "element-missing"),
    Defect("revenue code", "837I", put("SV2", 1, ""), 2, "SV2", 1, "element-missing"),
    Defect("unit of a hospital", "837I", put("SV2", 4, "MJ"), 2, "SV2", 4, "code-value"),
    Defect("CLM05-2 of a hospital", "837I", put("CLM", 5, "13:B:1"), 2, "CLM", 5, "code-value"),
    Defect("CLM06 of a hospital", "837I", put("CLM", 6, "Y"), 2, "CLM", 6, "element-not-used"),
    Defect("a person bills as hospital", "837I", put("NM1*85", 2, "1"), 2, "NM1*85", 2, "code-value"),
    Defect("surface", "837D", put("TOO", 3, "M:X"), 2, "TOO", 3, "code-value"),
    Defect("kind of dental procedure", "837D", put("SV3", 1, "HC:D0120"), 2, "SV3", 1, "code-value"),
    Defect("BPR01", "835", put("BPR", 1, "Q"), 2, "BPR", 1, "code-value"),
    Defect("BPR03", "835", put("BPR", 3, "X"), 2, "BPR", 3, "code-value"),
    Defect("BPR04", "835", put("BPR", 4, "XXX"), 2, "BPR", 4, "code-value"),
    Defect("CLP02", "835", put("CLP", 2, "99"), 2, "CLP", 2, "code-value"),
    Defect("CLP06", "835", put("CLP", 6, "QQ"), 2, "CLP", 6, "code-value"),
    Defect("CAS01", "835", put("CAS", 1, "ZZ"), 2, "CAS*ZZ", 1, "code-value"),
    Defect("PLB03-1", "835", put("PLB", 3, "ZZ:1"), 2, "PLB", 3, "code-value"),
    Defect("LQ01", "835", put("LQ", 1, "ZZ"), 2, "LQ", 1, "code-value"),
    Defect("N103 of the payee", "835", put("N1*PE", 3, "ZZ"), 2, "N1*PE", 3, "code-value"),
    Defect("CLP07", "835", put("CLP", 7, ""), 2, "CLP", 7, "element-missing"),
    Defect("TRN03", "835", put("TRN", 3, ""), 2, "TRN", 3, "element-missing"),
    Defect("SVC02", "835", put("SVC", 2, ""), 2, "SVC", 2, "element-missing", ("line-balance", "claim-balance")),
    Defect("STC03", "277CA", put("STC", 3, "X"), 2, "STC", 3, "code-value"),
    Defect("IK304", "999", put("IK3", 4, "77"), 2, "IK3", 4, "code-value"),
    Defect("AK901", "999", put("AK9", 1, "Z"), 2, "AK9", 1, "code-value"),
)  # fmt: skip

ORDER = (
    Defect("street and city changed about", "837P", move("N4", "NM1*85"), 2, "N3", 0, "segment-order", ("segment-missing",), "elsewhere"),
    Defect("HI before REF", "837P", move("HI", "CLM"), 2, "REF*D9", 0, "segment-order"),
    Defect("DMG before N3", "837P", move("DMG", "NM1*IL"), 2, "N3*88", 0, "segment-order"),
    Defect("date before SV1", "837P", move("DTP*472", "LX"), 2, "SV1", 0, "segment-order", ("segment-missing",), "elsewhere"),
    Defect("payer before subscriber", "837P", move("NM1*PR*2*RIVER HEALTH PLAN", "SBR"), 2, "NM1*PR", 0, "loop-missing", ("segment-order", "segment-repeats")),
    Defect("CLM after HI", "837P", move("CLM#2", "HI#2"), 2, "REF*F8", 1, "code-value", ("segment-unexpected", "segment-missing")),
    Defect("TRN before BPR", "835", move("TRN", "ST"), 2, "TRN", 0, "segment-missing", ("segment-order",)),
    Defect("DTM before REF", "835", move("DTM*405", "TRN"), 2, "REF*EV", 0, "segment-order"),
    Defect("CL1 before DTP", "837I", move("CL1", "CLM"), 2, "CL1", 0, "segment-missing", ("segment-order",)),
    Defect("two tax ids", "837P", again("REF*EI", 1), 2, "REF*EI#2", 0, "segment-repeats"),
    Defect("three contacts", "837P", again("PER", 2), 2, "PER#3", 0, "segment-repeats"),
    Defect("two streets", "837P", again("N3*88", 1), 2, "N3*88#2", 0, "segment-repeats"),
    Defect("two SV1", "837P", again("SV1", 1), 2, "SV1#2", 0, "segment-repeats", ("claim-total",)),
    Defect("two HI", "837P", again("HI", 1), 2, "HI#2", 0, "segment-repeats"),
    Defect("two rendering providers", "837P", again("NM1*82", 1, 2), 2, "NM1*82#2", 0, "loop-repeats"),
    Defect("three referring providers", "837P", again("NM1*DN", 2), 2, "NM1*DN#3", 0, "loop-repeats"),
    Defect("two payers", "837P", again("NM1*PR#2", 1), 2, "NM1*PR#3", 0, "loop-repeats"),
    Defect("eleven other payers", "COB", again("SBR*S*18", 9, 5), 2, "SBR*S*18#10", 0, "loop-repeats"),
    Defect("six CAS of one payer", "COB", again("CAS*PR*3*15", 5), 2, "CAS*PR*3*15#6", 0, "segment-repeats", ("payer-paid-total",)),
    Defect("two CL1", "837I", again("CL1", 1), 2, "CL1#2", 0, "segment-repeats"),
    Defect("two principal diagnoses", "837I", again("HI", 1), 2, "HI*ABK#2", 0, "segment-repeats"),
    Defect("two TRN", "835", again("TRN", 1), 2, "TRN#2", 0, "segment-repeats"),
    Defect("three service dates", "835", again("DTM*472", 2), 2, "DTM*472#3", 0, "segment-repeats"),
    Defect("two payees", "835", again("N1*PE", 1, 2), 2, "N1*PE#2", 0, "loop-repeats"),
    Defect("a segment of an 835", "837P", after("HI", "SVC*HC:99213*1*1"), 2, "SVC", 0, "segment-unexpected"),
    Defect("a hospital's segment", "837P", after("HI", "CL1*1*1*01"), 2, "CL1", 0, "segment-unexpected"),
    Defect("SV2 in a doctor's claim", "837P", text("SV1", "SV2*0300*HC:99213*150*UN*1"), 2, "SV2", 0, "segment-unexpected", ("segment-missing",)),
    Defect("TOO in a hospital's claim", "837I", after("SV2", "TOO*JP*14"), 2, "TOO", 0, "segment-unexpected"),
)  # fmt: skip

BALANCE = (
    Defect("CLM02 too high", "837P", put("CLM", 2, "246"), 3, "CLM", 2, "claim-total", (), "blind"),
    Defect("a line too low", "837P", put("SV1#3", 2, "79.99"), 3, "CLM#2", 2, "claim-total", (), "blind"),
    Defect("CLM02 of a hospital", "837I", put("CLM", 2, "1250"), 3, "CLM", 2, "claim-total", (), "blind"),
    Defect("CLM02 of a dentist", "837D", put("CLM", 2, "311"), 3, "CLM", 2, "claim-total", (), "blind"),
    Defect("AMT*D", "COB", put("AMT*D", 2, "126"), 3, "AMT*D", 2, "payer-paid-total", (), "blind"),
    Defect("CAS of the other payer", "COB", put("CAS*PR*3*15", 3, "16"), 3, "AMT*D", 2, "payer-paid-total", (), "blind"),
    Defect("AMT*D of the second payer", "COB", put("AMT*D*30", 2, "31"), 3, "AMT*D#2", 2, "payer-paid-total", (), "blind"),
    Defect("SVD02", "COB", put("SVD", 2, "101"), 3, "SVD", 2, "line-decision", ("payer-paid-total",), "blind"),
    Defect("CAS of a line", "COB", put("CAS*CO*45*60", 3, "61"), 3, "SVD", 2, "line-decision", (), "blind"),
    Defect("CAS of the second decision", "COB", put("CAS*OA", 3, "171"), 3, "SVD*66340", 2, "line-decision", (), "blind"),
    Defect("SVD01 is nobody", "COB", put("SVD*66340", 1, "66341"), 2, "SVD*66341", 1, "payer-unknown", ("payer-paid-total",), "blind"),
    Defect("SVD01 is the payer billed", "COB", put("SVD*66340", 1, "77881"), 2, "SVD*77881", 1, "payer-unknown", ("payer-paid-total",), "blind"),
    Defect("BPR02", "835", put("BPR", 2, "188.5"), 3, "BPR", 2, "payment-total", (), "blind"),
    Defect("PLB amount", "835", put("PLB", 4, "11"), 3, "BPR", 2, "payment-total", (), "blind"),
    Defect("no PLB", "835", drop("PLB"), 3, "BPR", 2, "payment-total", (), "blind"),
    Defect("CLP03", "835", put("CLP", 3, "246"), 3, "CLP", 4, "claim-balance", (), "blind"),
    Defect("CLP04", "835", put("CLP", 4, "151.5"), 3, "CLP", 4, "claim-balance", ("payment-total",), "blind"),
    Defect("SVC02 too high", "835", put("SVC", 2, "151"), 3, "SVC", 3, "line-balance", (), "blind"),
    Defect("SVC03", "835", put("SVC", 3, "99"), 3, "SVC", 3, "line-balance", (), "blind"),
    Defect("CAS of a service", "835", put("CAS*CO*45*30", 3, "29"), 3, "SVC", 3, "line-balance", ("claim-balance",), "blind"),
    Defect("CAS of a payment", "835", put("CAS*CO*45*35", 3, "36"), 3, "CLP#2", 4, "claim-balance", (), "blind"),
)  # fmt: skip

DEFECTS = (*ENVELOPE, *SYNTAX, *MISSING, *ELEMENTS, *ORDER, *BALANCE)
