"""S-40, S-41: very long files and very long values, within the memory a short one takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from core.errors import X12SyntaxError
from core.x12.check import check
from core.x12.kinds import kinds
from core.x12.syntax import SegmentStream
from tests.campaign import SOAK, rounds
from tests.core.x12.defect_bases import BASES
from tests.core.x12.every_reader import read_with_all

HEAD = "~".join(BASES["837P"][:3]).encode() + b"~"
TAIL = "~".join(BASES["837P"][-3:]).encode() + b"~"
SEGMENT = b"REF*D9*" + b"1" * 40 + b"~"
WHOLE = "~".join(BASES["835"]).encode() + b"~"


@pytest.mark.attack("S-40")
@pytest.mark.campaign
def test_a_million_segments_take_the_memory_of_a_thousand() -> None:
    peaks = []
    check(HEAD + SEGMENT + TAIL)
    for count in (1_000, 1_000_000 if SOAK else 20_000):

        def blocks(segments: int = count) -> Iterator[bytes]:
            yield HEAD
            for _ in range(segments // 1_000):
                yield SEGMENT * 1_000
            yield TAIL

        tracemalloc.start()
        report = check(blocks())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.has_errors
    assert peaks[1] < peaks[0] + 2_000_000


@pytest.mark.attack("S-40")
@pytest.mark.parametrize(
    "value", [b"A" * 1_000_000, b"A^" * 100_000, b"A:" * 100_000, b"A*" * 100_000, b"9" * 1_000_000]
)
def test_one_value_of_a_megabyte_is_read_or_refused_by_everything(value: bytes) -> None:
    for element in (b"REF*D9*", b"CLM*A*"):
        data = HEAD + element + value + b"~" + TAIL
        read_with_all(data)
        assert check(data).has_errors


@pytest.mark.attack("S-40")
@pytest.mark.campaign
def test_a_file_cut_at_every_byte_is_refused_or_lacks_its_end() -> None:
    cuts = range(0, len(WHOLE) - 1, len(WHOLE) // rounds(len(WHOLE)) or 1)
    for cut in cuts:
        assert check(WHOLE[:cut]).has_errors, cut


@pytest.mark.attack("S-41")
@pytest.mark.parametrize(
    "data",
    [
        WHOLE.decode().encode("utf-16"),
        WHOLE.decode().encode("utf-16-le"),
        WHOLE.decode().encode("utf-32"),
        WHOLE[:50] + WHOLE[51:],
        WHOLE[:103] + b"**~" + WHOLE[106:],
        WHOLE[:105] + b"A" + WHOLE[106:],
        b"\xef\xbb\xbf\xef\xbb\xbf" + WHOLE,
    ],
    ids=["utf-16", "utf-16-le", "utf-32", "ISA short", "two marks alike",
         "a letter ends", "two marks"],
)  # fmt: skip
def test_what_only_looks_like_an_isa_is_refused_at_the_first_segment(data: bytes) -> None:
    for act in (kinds, lambda whole: list(SegmentStream(whole))):
        with pytest.raises(X12SyntaxError) as refused:
            act(data)
        assert refused.value.segment in (0, 1)
    assert check(data).has_errors


@pytest.mark.attack("S-41")
@pytest.mark.parametrize("odd", [b"\x00", b"\xff\xfe", "Ś".encode(), b"\x1b[31m", b"\r\n", b"\x85"])
def test_odd_bytes_in_a_value_never_move_an_edge(odd: bytes) -> None:
    data = WHOLE.replace(b"N1*PR*", b"N1*PR*" + odd, 1)
    assert data != WHOLE
    read_with_all(data)
    assert len(list(SegmentStream(data))) == len(list(SegmentStream(WHOLE)))
