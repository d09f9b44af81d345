"""Data read by its length: whatever a BIN or BDS holds, the segments around it are untouched."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import X12SyntaxError
from core.x12.check import check
from core.x12.kinds import kinds
from core.x12.show import show, to_json
from core.x12.syntax import (
    BINARY_BYTES_MAX,
    BLOCK_BYTES,
    BinarySegment,
    Delimiters,
    SegmentStream,
    render,
)
from tests.core.x12.test_syntax import isa

NASTY = b"%PDF-1.7\r\n~IEA*1*000000001~ISA*00*BIN*5*hello~\x00\xff\xfe^:*~SE*2*0001~"


def file(*segments: bytes, element: str = "*", terminator: str = "~", after: str = "") -> bytes:
    """A 275 with these segments between BGN and SE."""
    end = (terminator + after).encode()
    head = isa(element=element, terminator=terminator).encode() + after.encode()
    words = ["GS*PI*S1*R1*20260302*1200*1*X*005010X314", "ST*275*0001*005010X314"]
    words += ["BGN*02*A1*20260302"]
    tail = [f"SE*{len(segments) + 3}*0001", "GE*1*1", "IEA*1*000000001"]
    before = [word.replace("*", element).encode() for word in words]
    behind = [word.replace("*", element).encode() for word in tail]
    return head + b"".join(segment + end for segment in (*before, *segments, *behind))


def binary(payload: bytes) -> bytes:
    return b"BIN*%d*%s" % (len(payload), payload)


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def payloads(data: bytes | Iterator[bytes]) -> list[tuple[int, bytes]]:
    stream = SegmentStream(data)
    return [(stream.number, s.payload) for s in stream if isinstance(s, BinarySegment)]


def test_data_may_hold_separators_line_breaks_and_an_end_of_interchange() -> None:
    stream = SegmentStream(file(binary(NASTY), b"LX*2"))
    segments = list(stream)
    assert [segment[0] for segment in segments] == [
        "ISA", "GS", "ST", "BGN", "BIN", "LX", "SE", "GE", "IEA",
    ]  # fmt: skip
    assert segments[4] == ["BIN", str(len(NASTY)), f"{len(NASTY)} bytes"]
    assert payloads(file(binary(NASTY))) == [(5, NASTY)]


@pytest.mark.parametrize("size", [1, 3, 64, 106, 110, 1000, BLOCK_BYTES])
@pytest.mark.parametrize("length", [0, 1, 63, BLOCK_BYTES - 300, BLOCK_BYTES, 3 * BLOCK_BYTES + 7])
def test_blocks_of_any_size_give_the_same_data(size: int, length: int) -> None:
    if length > 1000 and size < 64:
        size *= 997
    payload = (NASTY * (length // len(NASTY) + 1))[:length]
    data = file(b"LX*1", binary(payload), binary(b"~"), b"LX*2", binary(payload))
    expected = [(6, payload), (7, b"~"), (9, payload)]
    assert payloads(blocks(data, size)) == expected


def test_each_data_segment_is_a_chunk_of_its_own() -> None:
    stream = SegmentStream(file(binary(b"a~b"), binary(b"")))
    seen = [(texts, stream.payload) for texts in stream.chunks()]
    assert [payload for _, payload in seen] == [None, b"a~b", b"", None]
    assert seen[1][0] == ["BIN*3*3 bytes"]


def test_the_base64_of_release_006020_is_read_by_its_length_too() -> None:
    data = file(b"BDS*B64*8*aGVsbG8=").replace(b"005010X314", b"006020X314")
    (found,) = [s for s in SegmentStream(data) if isinstance(s, BinarySegment)]
    assert (found, found.payload) == (["BDS", "B64", "8", "8 bytes"], b"aGVsbG8=")


@pytest.mark.parametrize("after", ["", "\n", "\r\n"])
def test_line_breaks_between_segments_are_no_part_of_the_data(after: str) -> None:
    data = file(b"LX*1", binary(b"\r\n~\r\n"), b"LX*2", after=after)
    assert payloads(data) == [(6, b"\r\n~\r\n")]
    assert [segment[0] for segment in SegmentStream(data)][5:7] == ["BIN", "LX"]


def test_other_separators_are_as_good() -> None:
    data = file(b"BIN|4||\n|\n", element="|", terminator="\n")
    assert payloads(data) == [(5, b"|\n|\n")]


def test_without_a_275_a_segment_that_is_called_bin_is_a_segment_like_others() -> None:
    data = file(b"BIN*99*abc").replace(b"ST*275", b"ST*837")
    assert [segment for segment in SegmentStream(data) if segment[0] == "BIN"] == [
        ["BIN", "99", "abc"]
    ]


def test_the_next_interchange_starts_afresh() -> None:
    plain = file(b"BIN*99*abc").replace(b"ST*275", b"ST*837")
    data = file(binary(NASTY)) + plain + file(binary(b"*"))
    assert payloads(data) == [(5, NASTY), (21, b"*")]


@pytest.mark.parametrize(
    ("segment", "element", "words"),
    [
        (b"BIN*5*abc", 1, "does not end where its length says"),
        (b"BIN*2*abc", 1, "does not end where its length says"),
        (b"BIN*0*abc", 1, "does not end where its length says"),
        (b"BIN*x*abc", 1, "without its length"),
        (b"BIN*-3*abc", 1, "without its length"),
        (b"BIN**abc", 1, "without its length"),
        (b"BIN*3", 1, "without its length"),
        (b"BIN*" + b"9" * 80 + b"*abc", 1, "without its length"),
        (b"BIN*67108865*abc", 1, "64 MB at the most"),
        (b"BIN*999999999999999*abc", 1, "64 MB at the most"),
        (b"BIN*5000*abc", 0, "breaks off within this attachment"),
        (b"BDS*B64*9*abc", 2, "does not end where its length says"),
        (b"BDS*B64", 2, "without its length"),
    ],
)
def test_a_wrong_length_is_refused_at_its_segment(segment: bytes, element: int, words: str) -> None:
    data = file(b"LX*1", segment)
    with pytest.raises(X12SyntaxError, match=words) as caught:
        list(SegmentStream(data))
    assert (caught.value.segment, caught.value.element) == (6, element)
    (unreadable,) = check(data).unreadable
    assert (unreadable.segment, unreadable.code) == (6, "unreadable")


def test_a_file_that_breaks_off_anywhere_is_refused_where_it_does() -> None:
    data = file(b"LX*1", binary(NASTY), b"LX*2")
    begin = data.index(b"BIN*")
    end = data.index(NASTY) + len(NASTY)
    for cut in range(begin + 1, end + 1):
        with pytest.raises(X12SyntaxError) as caught:
            list(SegmentStream(data[:cut]))
        assert caught.value.segment == 6, cut


def test_what_is_read_is_written_back_byte_for_byte() -> None:
    data = file(b"LX*1", binary(NASTY), binary(bytes(range(256)) * 300), b"LX*2", after="\r\n")
    stream = SegmentStream(data)
    segments = list(stream)
    assert render(segments, stream.delimiters) == data


@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(1, 90))
def test_any_data_comes_back(datas: list[bytes], size: int) -> None:
    segments = [BinarySegment.of("BIN", data) for data in datas]
    data = file(*(render([segment], Delimiters())[:-1] for segment in segments))
    assert [payload for _, payload in payloads(blocks(data, size))] == datas


@given(cut=st.integers(0, 400), junk=st.binary(max_size=20))
def test_damage_ends_in_a_report_and_nothing_else(cut: int, junk: bytes) -> None:
    data = file(b"LX*1", binary(NASTY))
    damaged = data[:cut] + junk + data[cut:]
    with contextlib.suppress(X12SyntaxError):
        list(SegmentStream(damaged))
    check(damaged)


def test_an_attachment_without_end_is_refused_before_it_fills_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        head, _, _ = file(b"BIN*%d*" % (BINARY_BYTES_MAX + 1)).partition(b"SE*")
        yield head.rstrip(b"~")
        while True:
            yield b"x" * BLOCK_BYTES

    tracemalloc.start()
    with pytest.raises(X12SyntaxError, match="64 MB"):
        list(SegmentStream(endless()))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_large_attachment_takes_about_twice_its_size() -> None:
    size = 8 << 20
    data = file(binary(b"~" * size))
    tracemalloc.start()
    (found,) = payloads(blocks(data, BLOCK_BYTES))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found[1]) == size
    assert peak < 2.2 * size


def test_nobody_who_shows_a_file_shows_the_data() -> None:
    data = file(b"LX*1", binary(NASTY))
    lines = "\n".join(show(data))
    assert f"bytes {len(NASTY)}, data {len(NASTY)} bytes" in lines
    assert "PDF" not in lines
    (place,) = [place for place in to_json(data) if place["id"] == "BIN"]
    assert place["elements"][1] == {"element": 2, "name": "data", "value": f"{len(NASTY)} bytes"}
    assert kinds(data) == ("275",)
