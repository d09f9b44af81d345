"""The tables hold together, and the fast pattern never accepts what the slow reading refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.x12.guides import Element, Guide, Loop, Row, elements_of, guide_for, guides, qualifier
from core.x12.rows import faults, pattern
from core.x12.syntax import REPEATED, STANDARD, Delimiters
from core.x12.walk import Node, tree


def rows(loop: Loop) -> Iterator[Row]:
    for item in loop.items:
        if isinstance(item, Row):
            yield item
        else:
            yield from rows(item)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for slot in node.slots:
        if slot.child is not None:
            yield from nodes(slot.child)


EVERY_ROW = sorted({row for guide in guides() for row in rows(guide.body)}, key=repr)


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.kind)
def test_every_row_can_be_read_and_every_required_element_has_a_name(guide: Guide) -> None:
    for row in rows(guide.body):
        elements = elements_of(row)
        assert any(element.usage != "N" for element in elements), row
        assert all(element.name for element in elements)
        assert row.usage in ("R", "S")


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.kind)
def test_no_two_rows_at_one_place_can_be_confused(guide: Guide) -> None:
    for node in nodes(tree(guide)):
        for segment_id, slots in node.by_id.items():
            for slot in slots:
                others = [s for s in slots if s is not slot and s.position == slot.position]
                for other in others:
                    assert slot.codes, (node.loop.id, segment_id)
                    assert not slot.codes & other.codes, (node.loop.id, segment_id, slot.codes)


@pytest.mark.parametrize(
    ("transaction", "version", "kind"),
    [
        ("837", "005010X222A1", "837P"),
        ("837", "005010X222A2", "837P"),
        ("837", "005010X223A2", "837I"),
        ("837", "005010X223A3", "837I"),
        ("837", "005010X224A2", "837D"),
        ("835", "005010X221A1", "835"),
        ("277", "005010X214", "277CA"),
        ("999", "005010X231A1", "999"),
        ("999", "005010X231", "999"),
        ("270", "005010X279A1", "270"),
        ("271", "005010X279", "271"),
        ("276", "005010X212", "276"),
        ("277", "005010X212", "277"),
    ],
)
def test_addenda_are_served_by_the_same_table(transaction: str, version: str, kind: str) -> None:
    guide = guide_for(transaction, version)
    assert guide is not None
    assert guide.kind == kind


@pytest.mark.parametrize(
    ("transaction", "version"),
    [
        ("834", "005010X220A1"),
        ("270", "004010X092A1"),
        ("837", "004010X098A1"),
        ("837", "005010X222A9"),
        ("", ""),
        ("835", "005010X222A1"),
    ],
)
def test_what_has_no_table_has_none(transaction: str, version: str) -> None:
    assert guide_for(transaction, version) is None


def test_subscriber_and_patient_carry_one_claim_not_two_copies() -> None:
    for version in ("005010X222A1", "005010X223A2", "005010X224A2"):
        guide = guide_for("837", version)
        assert guide is not None
        found = [node.loop for node in nodes(tree(guide)) if node.loop.id == "2300"]
        assert len(found) == 2
        assert found[0].items is found[1].items


def test_a_qualifier_is_found_where_it_stands() -> None:
    assert qualifier(Row("NM1", "R", 1, "1R=85 2R")) == (1, ("85",))
    assert qualifier(Row("HL", "R", 1, "1R 3R=20 4R")) == (3, ("20",))
    assert qualifier(Row("HI", "R", 1, "1R(1R=ABK|BK 2R)")) == (1, ("ABK", "BK"))
    assert qualifier(Row("N3", "R", 1, "1R")) == (0, ())


NAME = Row("NM1", "R", 1, "1R=85 2R=1|2 3R 4 5 7 8=XX 9")
DATE = Row("DTP", "R", 1, "1R=472 2R=D8|RD8 3R")
CODES = Row("HI", "R", 1, "1R(1R=ABK|BK 2R) 2-12(1R=ABF|BF 2R)")
ADJUSTMENT = Row("CAS", "S", 5, "1R=CO|PR 2R 3R 4 5-19")
LINE = Row("SV1", "R", 1, "1R(1R=HC 2R 3 4 5 6 7) 2R 3R=MJ|UN 4R 5 7R(1R 2 3 4)")
REFERENCE = Row("REF", "S", 1, "1R=G1 2R 4(1R=2U 2R)")
BENEFIT = Row("EB", "R", 1, "1R=1|B 2=IND 3x3=1|30|UC 7 9=VS 10")
PROCEDURES = Row("EQ", "R", 1, "1x2=1|30 2x2(1R=HC 2R 3)")


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        (NAME, "NM1*85*2*CLINIC*****XX*1234567893", []),
        (NAME, "NM1*85*2*CLINIC", []),
        (NAME, "NM1*85*3*CLINIC", [(2, 2, 0, "code-value")]),
        (NAME, "NM1*85*2", [(2, 3, 0, "element-missing")]),
        (NAME, "NM1*85*2*CLINIC*****XX", [(1, 9, 0, "element-condition")]),
        (NAME, "NM1*85*2*CLINIC***DR", [(2, 6, 0, "element-not-used")]),
        (NAME, "NM1*85*2*" + "C" * 61, [(1, 3, 0, "too-long")]),
        (NAME, "NM1*85*2*CLINIC*", [(1, 4, 0, "trailing-separator")]),
        (NAME, "NM1*85*2*CL\u00cdNIC", [(1, 3, 0, "bad-characters")]),
        (NAME, "NM1*85*2*CLINIC:B", [(1, 3, 0, "too-many-components")]),
        (NAME, "NM1*85*2*CLINIC^B", [(1, 3, 0, "too-many-repetitions")]),
        (
            NAME,
            "NM1*85*2*A*B*C**D*XX*12*****",
            [(1, 13, 0, "too-many-elements"), (1, 14, 0, "trailing-separator")],
        ),
        (DATE, "DTP*472*D8*20240229", []),
        (DATE, "DTP*472*RD8*20240229-20240301", []),
        (DATE, "DTP*472*D8*20230229", [(1, 3, 0, "bad-date")]),
        (DATE, "DTP*472*RD8*20240229", [(1, 3, 0, "bad-date")]),
        (DATE, "DTP*472*TM*1200", [(2, 2, 0, "code-value")]),
        (CODES, "HI*ABK:I10*ABF:E119*ABF:J069", []),
        (CODES, "HI*ABK:I10*ABK:E119", [(2, 2, 1, "code-value")]),
        (CODES, "HI*ABK", [(2, 1, 2, "element-missing")]),
        (CODES, "HI*ABK:I10::", [(1, 1, 4, "trailing-separator")]),
        (ADJUSTMENT, "CAS*CO*45*10**97*2.5*1", []),
        (ADJUSTMENT, "CAS*CO*45*10**97", [(1, 6, 0, "element-condition")]),
        (ADJUSTMENT, "CAS*CO*45*10***2.5", [(1, 5, 0, "element-condition")]),
        (ADJUSTMENT, "CAS*CO*45*1O", [(1, 3, 0, "bad-number")]),
        (ADJUSTMENT, "CAS*CO*45 *10", [(1, 2, 0, "bad-characters")]),
        (ADJUSTMENT, "CAS*CO*45*-.123456", []),
        (ADJUSTMENT, "CAS*CO*45*12345678901234567.1", []),
        (ADJUSTMENT, "CAS*CO*45*123456789012345678.1", [(1, 3, 0, "too-long")]),
        (LINE, "SV1*HC:99213:25*100.5*UN*1***1:2", []),
        (
            LINE,
            "SV1*HC:99213*100*UN****1",
            [(2, 4, 0, "element-missing"), (1, 4, 0, "element-condition")],
        ),
        (LINE, "SV1*HC:99213*100*UN*1***1:X", [(1, 7, 2, "bad-number")]),
        (REFERENCE, "REF*G1*A1**2U:1", []),
        (REFERENCE, "REF*G1*A1**2U", [(2, 4, 2, "element-missing")]),
        (BENEFIT, "EB*1**30", []),
        (BENEFIT, "EB*1*IND*1^30^UC****10", []),
        (BENEFIT, "EB*1**1^30^UC^1", [(1, 3, 0, "too-many-repetitions")]),
        (BENEFIT, "EB*1**1^X9^X8", [(2, 3, 0, "code-value")]),
        (BENEFIT, "EB*1**1^^30", [(1, 3, 0, "trailing-separator")]),
        (BENEFIT, "EB*1**1^", [(1, 3, 0, "trailing-separator")]),
        (BENEFIT, "EB*1*IND^IND*30", [(1, 2, 0, "too-many-repetitions")]),
        (BENEFIT, "EB*1**1:30", [(1, 3, 0, "too-many-components")]),
        (BENEFIT, "EB*1********VS", [(1, 10, 0, "element-condition")]),
        (PROCEDURES, "EQ**HC:99213:25^HC:99214", []),
        (
            PROCEDURES,
            "EQ**HC:99213^HC:",
            [(2, 2, 2, "element-missing"), (1, 2, 2, "trailing-separator")],
        ),
        (PROCEDURES, "EQ*30*HC:99213^ID:99214", [(2, 2, 1, "code-value")]),
    ],
)
def test_each_fault_of_a_segment_is_named_at_its_place(
    row: Row, text: str, expected: list[tuple[int, int, int, str]]
) -> None:
    found = faults(row, text.split("*"), STANDARD)
    assert [fault[:4] for fault in found] == expected
    if expected:
        assert not pattern(row, STANDARD).match(text)


def words(element: Element) -> st.SearchStrategy[str]:
    """Values that are often right, sometimes wrong."""
    right = [*element.codes[:4], "1", "20240131", "12.5", "ABC", ""]
    if element.repeat > 1:
        right += ["^".join(element.codes[:3]), "1^", "^".join(["30"] * 99), "^".join(["30"] * 100)]
    wrong = ["", "@@", "-1", "20240231", "0" * 90, " ", ".", "1200", "A ", "\u00cd", "A\t"]
    edges = ["1" * element.maximum, "1" * (element.maximum + 1), "1" * element.maximum + ".5"]
    parts = ["1.", ".5", "-.25", "1.23456", "." + "1" * element.maximum, "A B"]
    return st.sampled_from([*right, *wrong, *edges, *parts])


@st.composite
def segments(draw: st.DrawFn) -> tuple[Row, str]:
    row = draw(st.sampled_from(EVERY_ROW))
    values = []
    for element in elements_of(row):
        if element.parts:
            parts = [draw(words(part)) for part in element.parts]
            values.append(":".join(parts).rstrip(":"))
        else:
            values.append(draw(words(element)))
    keep = draw(st.integers(1, len(values)))
    return row, "*".join([row.id, *values[:keep]])


@given(segments())
def test_what_the_pattern_accepts_has_no_fault(case: tuple[Row, str]) -> None:
    row, text = case
    if pattern(row, STANDARD).match(text):
        assert faults(row, text.split("*"), STANDARD) == []


def test_without_a_repetition_separator_nothing_repeats() -> None:
    old = Delimiters(repetition="")
    assert pattern(BENEFIT, old).match("EB*1**30")
    assert [f[:4] for f in faults(BENEFIT, ["EB", "1", "", "1^30"], old)] == [(1, 3, 0, "too-long")]


def cleaned(element: Element) -> str:
    """A right value for the element."""
    if element.codes:
        return element.codes[0]
    kinds = {"N0": "1", "R": "1", "DT": "20240131", "TM": "1200"}
    if element.name in ("date", "birth date", "death date"):
        return "20240131"
    return kinds.get(element.type, "A" * element.minimum).ljust(element.minimum, "1")


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_a_right_segment_passes_both_readings(row: Row) -> None:
    values = [row.id]
    for element in elements_of(row):
        if element.usage != "R":
            values.append("")
        elif element.parts:
            parts = [cleaned(part) if part.usage == "R" else "" for part in element.parts]
            values.append(":".join(parts).rstrip(":"))
        else:
            values.append(cleaned(element))
    text = "*".join(values).rstrip("*")
    found = [f for f in faults(row, text.split("*"), STANDARD) if f.code != "element-condition"]
    by_form = row.id in ("DTP", "HI") and any(
        form in repr(elements_of(row)) for form in ("'RD8'", "'DT'", "'TM'")
    )
    if not by_form and len(text) > len(row.id):
        assert found == []


def test_each_guide_has_a_tree_of_its_own() -> None:
    trees = [tree(guide) for guide in guides()]
    assert all(node.loop is guide.body for node, guide in zip(trees, guides(), strict=True))
    assert len({id(node) for node in trees}) == len(guides())


def test_the_elements_that_may_repeat_are_those_of_the_tables() -> None:
    found: set[tuple[str, int]] = set()
    loops = [guide.body for guide in guides()]
    while loops:
        for item in loops.pop().items:
            if isinstance(item, Loop):
                loops.append(item)
            else:
                found |= {(item.id, n) for n, e in enumerate(elements_of(item), 1) if e.repeat > 1}
    assert found == REPEATED
