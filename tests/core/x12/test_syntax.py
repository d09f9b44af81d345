"""Segments out of bytes and back: every separator, block size and broken edge."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, X12SyntaxError
from core.x12.syntax import (
    SEGMENT_BYTES_MAX,
    Delimiters,
    SegmentStream,
    amount,
    composite,
    read_amount,
    render,
)


def isa(
    element: str = "*", component: str = ":", terminator: str = "~", repetition: str = "^"
) -> str:
    fields = ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", "S".ljust(15), "ZZ", "R".ljust(15)]
    fields += ["261121", "1200", repetition, "00501", "000000001", "0", "P", component]
    return element.join(fields) + terminator


SMALL = isa() + "GS*HC*S*R*20261121*1200*1*X*005010X222A1~GE*0*1~IEA*1*000000001~"


def ids(data: bytes | list[bytes]) -> list[str]:
    return [segment[0] for segment in SegmentStream(data)]


@pytest.mark.parametrize("size", [1, 2, 7, 105, 106, 107, 1000])
def test_blocks_of_any_size_give_the_same_segments(size: int) -> None:
    data = (SMALL + "\r\n" + SMALL).encode()
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(SegmentStream(blocks)) == list(SegmentStream(data))
    assert ids(blocks) == ["ISA", "GS", "GE", "IEA"] * 2


def test_the_number_is_the_place_in_the_file_over_several_interchanges() -> None:
    stream = SegmentStream((SMALL + SMALL).encode())
    assert [(stream.number, segment[0]) for segment in stream][4:6] == [(5, "ISA"), (6, "GS")]


def test_each_interchange_has_its_own_delimiters() -> None:
    other = isa("|", ">", "\n", "!") + "GS|HP|S|R\nIEA|1|000000001\n"
    stream = SegmentStream((SMALL + "\n" + other).encode())
    seen = [(stream.delimiters.element, segment[0]) for segment in stream]
    assert seen[-3:] == [("|", "ISA"), ("|", "GS"), ("|", "IEA")]
    assert stream.delimiters == Delimiters(element="|", component=">", repetition="!", segment="\n")


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_line_breaks_are_passed_over_and_remembered(line_break: str) -> None:
    stream = SegmentStream(SMALL.replace("~", "~" + line_break).encode())
    assert [segment[0] for segment in stream] == ["ISA", "GS", "GE", "IEA"]
    assert stream.delimiters.line_break == line_break


def test_a_byte_order_mark_and_blanks_before_the_isa_are_passed_over() -> None:
    assert ids(b"\xef\xbb\xbf \r\n" + SMALL.encode()) == ["ISA", "GS", "GE", "IEA"]


def test_utf8_and_latin1_are_both_read_whatever_the_blocks() -> None:
    text = SMALL.replace("GE*", "N3*Jos\u00e9~GE*").encode("utf-8")
    text = text.replace(b"GE*", b"N3*Jos\xe9~GE*")
    values = [s[1] for s in SegmentStream(text) if s[0] == "N3"]
    assert values == ["Jos\u00e9", "Jos\u00e9"]
    single = [text[at : at + 1] for at in range(len(text))]
    assert [s[1] for s in SegmentStream(single) if s[0] == "N3"] == values


def test_a_value_that_ends_like_an_envelope_segment_is_no_edge() -> None:
    text = SMALL.replace("GE*", "NM1*LISA*GALIEA*1~GE*")
    assert ids(text.encode()) == ["ISA", "GS", "NM1", "GE", "IEA"]


def test_an_interchange_that_never_ends_gives_way_to_the_next() -> None:
    assert ids((SMALL.replace("IEA*1*000000001~", "") + SMALL).encode())[3:5] == ["ISA", "GS"]


def test_only_the_last_iea_may_lack_its_terminator() -> None:
    stream = SegmentStream(SMALL[:-1].encode())
    assert [segment[0] for segment in stream] == ["ISA", "GS", "GE", "IEA"]
    assert stream.unterminated
    with pytest.raises(X12SyntaxError) as caught:
        list(SegmentStream(SMALL[:-18].encode()))
    assert caught.value.segment == 3


@pytest.mark.attack("S-41")
@pytest.mark.control("R32")
@pytest.mark.parametrize(
    ("data", "segment"),
    [
        (b"", 0),
        (b"  \r\n", 0),
        (b"hello, I am no X12 at all", 0),
        (b"ISA", 1),
        (b"ISA*00*", 1),
        (isa()[:104].encode(), 1),
        (isa("*", "*").encode(), 1),
        (isa("*", "A").encode(), 1),
        (b"ISA*" * 200, 1),
        (SMALL.encode() + b"ST*837~", 5),
    ],
)
def test_what_is_not_x12_is_refused_at_its_place(data: bytes, segment: int) -> None:
    with pytest.raises(X12SyntaxError) as caught:
        list(SegmentStream(data))
    assert caught.value.segment == segment


@pytest.mark.attack("S-40")
def test_a_segment_without_end_is_refused_before_it_fills_the_memory() -> None:
    taken = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal taken
        yield isa().encode()
        while True:
            taken += 1 << 16
            yield b"x" * (1 << 16)

    with pytest.raises(X12SyntaxError, match="no end"):
        list(SegmentStream(endless()))
    assert taken < 2 * SEGMENT_BYTES_MAX + (1 << 18)


@pytest.mark.attack("S-41")
@given(cut=st.integers(0, len(SMALL)), junk=st.binary(max_size=30))
def test_a_damaged_file_is_read_or_refused_but_nothing_else(cut: int, junk: bytes) -> None:
    data = SMALL.encode()
    with contextlib.suppress(X12SyntaxError):
        list(SegmentStream(data[:cut] + junk + data[cut:]))


words = st.text(
    st.characters(codec="ascii", exclude_characters="*:~^", min_codepoint=33, max_codepoint=126)
)


@given(st.lists(st.lists(words, min_size=1), max_size=8), st.sampled_from(["", "\n", "\r\n"]))
def test_what_is_rendered_is_read_back(bodies: list[list[str]], line_break: str) -> None:
    delimiters = Delimiters(line_break=line_break)
    head = SMALL.split("~")
    segments = [["N3", *body, "x"] for body in bodies]
    whole = [head[0].split("*"), *segments, ["IEA", "1", "000000001"]]
    assert list(SegmentStream(render(whole, delimiters))) == whole


def test_empty_elements_at_the_end_are_dropped() -> None:
    assert render([["NM1", "85", "", "A", "", ""]], Delimiters()) == b"NM1*85**A~"


@pytest.mark.attack("S-41")
@pytest.mark.parametrize(
    "segment",
    [
        ["N3", "A*B"],
        ["N3", "A~B"],
        ["N3", "A:B"],
        ["N3", "A^B"],
        ["N3", "A\nB"],
        ["HI", "ABK:J45^9"],
        ["CLM", "A:1", "10"],
    ],
)
def test_a_value_with_a_delimiter_is_refused_with_its_place(segment: list[str]) -> None:
    with pytest.raises(InputError, match=r"^segment 2 \(\w+\), element 1: ") as caught:
        render([["LX", "1"], segment], Delimiters())
    assert segment[1] not in caught.value.message


def test_components_are_joined_where_the_guide_has_a_composite() -> None:
    code = composite(["HC", "99213", "", ""], Delimiters())
    assert render([["SV1", code, "10"]], Delimiters()) == b"SV1*HC:99213*10~"
    with pytest.raises(InputError):
        composite(["HC", "99:213"], Delimiters())


@pytest.mark.parametrize(
    ("amount_cents", "text"),
    [(1250, "12.5"), (0, "0"), (-300, "-3"), (7, ".07"), (-1999, "-19.99")],
)
def test_amounts_are_written_short(amount_cents: int, text: str) -> None:
    assert amount(amount_cents) == text


@given(st.integers(-(10**14), 10**14))
def test_every_amount_is_read_back(amount_cents: int) -> None:
    assert read_amount(amount(amount_cents)) == amount_cents
