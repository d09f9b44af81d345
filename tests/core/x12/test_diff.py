"""What differs between two files: found at its place, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.x12.diff import Difference, difference_line, differences
from tests.campaign import rounds
from tests.core.x12.x12_samples import MUTANTS, examples, made, needs_shared


def found(a: bytes, b: bytes, *, ignore_envelope: bool = False) -> list[Difference]:
    return list(differences([a], [b], ignore_envelope=ignore_envelope))


def told(difference: Difference) -> list[tuple[int, int, str, str]]:
    return [(e.element, e.component, e.old, e.new) for e in difference.elements]


KINDS = ["837P", "837I", "837D", "835", "277CA", "999"]


@needs_shared
@pytest.mark.parametrize("kind", KINDS)
def test_separators_and_line_breaks_are_no_difference(kind: str) -> None:
    data = made(kind, 6)
    assert found(data, data) == []
    assert found(data, made(kind, 6, "--delims", "|'>!", "--crlf")) == []
    assert found(data, b"\xef\xbb\xbf" + data.replace(b"~", b"~\n")) == []


@needs_shared
@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("837P__22-bad-qualifier", [("", "2000A/2010AA", "NM1", 10, 10)]),
        ("837P__05-se-count", [("", "", "SE", 192, 192)]),
        ("837P__32-replacement-no-f8", [("C00000001", "2000A/2000B/2300", "CLM", 24, 24)]),
        ("837P__19-missing-sv1", [("C00000001", "2000A/2000B/2300/2400", "SV1", 34, 0),
                                  ("", "", "SE", 192, 191)]),
        ("837P__33-birth-after-service", [("C00000001", "2000A/2000B/2010BA", "DMG", 20, 20)]),
    ],
)  # fmt: skip
def test_a_single_defect_is_the_one_difference(
    name: str, places: list[tuple[str, str, str, int, int]]
) -> None:
    base = (MUTANTS / "837P__00-base.x12").read_bytes()
    got = found(base, (MUTANTS / f"{name}.x12").read_bytes())
    assert [(d.claim, d.loop, d.segment_id, d.a, d.b) for d in got] == places
    assert all(difference_line(one) for one in got)


@needs_shared
def test_a_component_is_named_with_its_value_before_and_after() -> None:
    data = made("837P", 2)
    other = data.replace(b"CLM*C00000002*", b"CLM*C00000002*9", 1).replace(b"11:B:1", b"12:B:1", 1)
    first, second = found(data, other)
    assert (first.claim, told(first)) == ("C00000001", [(5, 1, "11", "12")])
    assert first.elements[0].name == "place or bill type"
    (amount,) = second.elements
    assert (second.claim, amount.element, amount.name) == ("C00000002", 2, "charge")
    assert amount.new == "9" + amount.old


def renumbered(data: bytes) -> bytes:
    """``data`` with its level numbers counting on, as a program that leaves a claim out would."""
    numbers: dict[bytes, bytes] = {b"": b""}

    def renumber(match: re.Match[bytes]) -> bytes:
        numbers[match[1]] = str(len(numbers)).encode()
        return b"~HL*%s*%s*" % (numbers[match[1]], numbers[match[2]])

    return re.sub(rb"~HL\*(\d+)\*(\d*)\*", renumber, data)


@needs_shared
def test_a_claim_left_out_is_one_difference_and_moves_nothing_else() -> None:
    data = made("837P", 9)
    at = data.index(b"CLM*C00000005*")
    start, end = data.rindex(b"HL*", 0, at), data.index(b"HL*", at)
    shorter = data[:start] + data[end:]
    shorter = renumbered(shorter)
    (gone,) = found(data, shorter)
    assert (gone.claim, gone.segment_id, gone.b) == ("C00000005", "CLM", 0)
    assert gone.segments == data[start:end].count(b"~")
    (added,) = found(shorter, data)
    assert (added.claim, added.a, added.b) == ("C00000005", 0, gone.a)
    assert "only in B" in difference_line(added)


@needs_shared
def test_payments_in_another_order_are_the_same() -> None:
    data = made("835", 4)
    second, third = data.index(b"CLP*C00000002*"), data.index(b"CLP*C00000003*")
    fourth = data.index(b"CLP*C00000004*")
    swapped = data[:second] + data[third:fourth] + data[second:third] + data[fourth:]
    assert found(data, swapped) == []
    (change,) = found(data, swapped.replace(b"CLP*C00000003*1*", b"CLP*C00000003*4*"))
    assert (change.claim, told(change)) == ("C00000003", [(2, 0, "1", "4")])


@needs_shared
def test_a_level_with_a_wrong_number_is_a_difference() -> None:
    data = made("837P", 3)
    (wrong,) = found(data, data.replace(b"HL*3*1*22", b"HL*9*1*22").replace(
        b"HL*4*1*22", b"HL*10*1*22"))  # fmt: skip
    assert (wrong.segment_id, wrong.elements[0].new) == ("HL", "9")


@needs_shared
@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("bad", [b"", b"hello", b"cut"])
def test_a_file_that_cannot_be_read_is_named(side: str, bad: bytes) -> None:
    data = made("837P", 2)
    broken = data[:-50] if bad == b"cut" else bad
    pair = (broken, data) if side == "A" else (data, broken)
    with pytest.raises(InputError, match=f"^file {side}: "):
        found(*pair)


@needs_shared
def test_every_published_file_is_the_same_as_itself() -> None:
    for path in examples():
        data = path.read_bytes()
        try:
            assert found(data, data) == [], path.name
        except InputError:
            continue


@needs_shared
@pytest.mark.campaign
@settings(max_examples=rounds(300), deadline=None)
@given(st.data())
def test_any_change_of_one_value_is_found_and_told_as_it_was_and_is(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    whole = made(kind, 4)
    segments = whole.decode().split("~")
    at = data.draw(st.integers(1, len(segments) - 2))
    elements = segments[at].split("*")
    filled = [n for n in range(1, len(elements)) if elements[n] and ":" not in elements[n]]
    assume(filled)
    place = data.draw(st.sampled_from(filled))
    old = elements[place]
    elements[place] = old + "Q7"
    segments[at] = "*".join(elements)
    changed = found(whole, "~".join(segments).encode())
    assert changed
    values = [each.new for one in changed for each in one.elements]
    # A segment that is no longer what opened its claim leaves a claim that only one file has.
    assert f"{old}Q7" in values or any(one.segments > 1 for one in changed)
    back = found("~".join(segments).encode(), whole)
    assert len(back) == len(changed)
