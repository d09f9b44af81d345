"""Whatever the bytes: a report or a refusal, in a bounded stretch of the data and of the memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.x12.check import check
from core.x12.guides import guides
from core.x12.syntax import SEGMENT_BYTES_MAX
from tests.campaign import rounds
from tests.core.x12.defect_bases import BASES
from tests.core.x12.defect_edits import Segments, counted
from tests.core.x12.every_reader import READERS, read_with_all
from tests.core.x12.guide_variations import JUDGED, file_of, variations

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.x12"))
HEAD = "~".join(BASES["837P"][:3]) + "~"
TAIL = "~".join(BASES["837P"][-3:]) + "~"


def joined(segments: Segments) -> bytes:
    return ("~".join(segments) + "~").encode()


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_what_once_broke_something_is_read_or_refused(path: Path) -> None:
    read_with_all(path.read_bytes())


def test_there_are_regression_files() -> None:
    assert REGRESSIONS


@pytest.mark.attack("S-40")
@pytest.mark.parametrize("kind", sorted(BASES))
def test_a_file_cut_anywhere_is_read_or_refused_by_everything(kind: str) -> None:
    data = joined(BASES[kind])
    edges = [at for at, byte in enumerate(data) if byte == ord("~")]
    for cut in {
        *range(0, 120, 7),
        *range(120, len(data), 61),
        *edges[::2],
        *(at + 1 for at in edges),
    }:
        read_with_all(data[:cut])


@pytest.mark.attack("S-42")
@pytest.mark.parametrize("kind", sorted(BASES))
def test_any_one_segment_may_be_missing_doubled_bare_or_last(kind: str) -> None:
    segments = BASES[kind]
    for at, segment in enumerate(segments):
        before, behind = segments[:at], segments[at + 1 :]
        name = segment.partition("*")[0]
        read_with_all(joined(counted([*before, *behind])))
        read_with_all(joined(counted([*before, segment, segment, *behind])))
        read_with_all(joined([*before, name, *behind]))
        read_with_all(joined([*before, f"{name}*", *segments[-3:]]))


VALUES = st.sampled_from([
    "", "*", ":", "^", "::::", "^^", "~", "-", ".", "-.", "1e9", "NaN", "\u00b2", "\u0663", "\x00",
    "\ufeff", "9" * 40, "A" * 300, "20260230", "20269999-20260101", "00000000", "ISA", "IEA*1", " ",
])  # fmt: skip
PLACES = st.integers(0, 10**6)
KINDS = st.sampled_from(["drop", "double", "swap", "retype", "value", "cut"])
EDITS = st.lists(
    st.tuples(KINDS, PLACES, PLACES, VALUES),
    min_size=1,
    max_size=8,
)  # fmt: skip
IDS = sorted({segment.partition("*")[0] for base in BASES.values() for segment in base})


def edited(segments: Segments, edits: Iterable[tuple[str, int, int, str]]) -> Segments:
    """Each edit done to the list as the ones before left it."""
    done = list(segments)
    for what, first, second, value in edits:
        at = first % len(done)
        values = done[at].split("*")
        match what:
            case "drop" if len(done) > 1:
                del done[at]
            case "double":
                done.insert(second % len(done), done[at])
            case "swap":
                other = second % len(done)
                done[at], done[other] = done[other], done[at]
            case "retype":
                done[at] = "*".join([IDS[second % len(IDS)], *values[1:]])
            case "value":
                values[second % len(values)] = value
                done[at] = "*".join(values)
            case "cut":
                done[at] = "*".join(values[: second % len(values) + 1])
    return done


@pytest.mark.attack("S-44")
@pytest.mark.control("R32")
@pytest.mark.campaign
@settings(max_examples=rounds(1_500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(BASES)), edits=EDITS)
def test_a_file_edited_at_random_is_read_or_refused(
    kind: str, edits: list[tuple[str, int, int, str]]
) -> None:
    read_with_all(joined(edited(BASES[kind], edits)))


TREES = {
    guide.kind: file_of(guide, [v for _, what, v in variations(guide) if what == "there"][::3])
    for guide in guides()
    if guide.kind in JUDGED
}


@pytest.mark.attack("S-44")
@pytest.mark.campaign
@settings(max_examples=rounds(600), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(sorted(TREES)), start=PLACES, edits=EDITS)
def test_a_tree_of_the_guide_edited_at_random_is_read_or_refused(
    kind: str, start: int, edits: list[tuple[str, int, int, str]]
) -> None:
    segments = TREES[kind].decode().split("~")
    start = start % max(len(segments) - 150, 1)
    read_with_all(joined(edited([*segments[:2], *segments[start : start + 150]], edits)))


@pytest.mark.attack("S-41")
@pytest.mark.campaign
@settings(max_examples=rounds(600), deadline=None)
@given(st.text("*:~^|ISA GSTE01\n\r\x00", max_size=60), st.integers(0, 107))
def test_delimiters_that_lie_are_read_or_refused(words: str, at: int) -> None:
    data = joined(BASES["835"]).decode()
    read_with_all((data[:at] + words + data[at + len(words) :]).encode())


def counting(blocks: Iterable[bytes], taken: list[int]) -> Iterator[bytes]:
    for block in blocks:
        taken[0] += len(block)
        yield block


def endless(byte: bytes) -> Iterator[bytes]:
    """A gigabyte without a terminator."""
    yield HEAD.encode()
    for _ in range(1 << 14):
        yield byte * (1 << 16)


@pytest.mark.attack("S-40")
@pytest.mark.parametrize("byte", [b"x", b"*", b":", b"\x00", b"\xff", b"IEA*"])
@pytest.mark.parametrize("name", ["check", *READERS])
def test_a_gigabyte_without_a_terminator_is_refused_early(name: str, byte: bytes) -> None:
    taken = [0]
    data = counting(endless(byte), taken)
    if name == "check":
        assert check(data).has_errors
    else:
        with pytest.raises(InputError):
            READERS[name](data)
    assert taken[0] < 6 * SEGMENT_BYTES_MAX


@pytest.mark.attack("S-40")
def test_a_gigabyte_that_is_no_x12_is_refused_at_once() -> None:
    for start in (b"", b"ISA", b"ISA*00*", b"\xef\xbb\xbfISA", b"ISA" + b" " * 500):
        taken = [0]
        blocks = (start + b"A" * (1 << 16) for _ in range(1 << 14))
        assert check(counting(blocks, taken)).has_errors
        assert taken[0] < 1 << 20


BOMBS = {
    "a segment of 5 MB": HEAD + "NTE*ADD*" + "A" * 5_000_000 + "~" + TAIL,
    "empty segments": HEAD + "~" * 20_000 + TAIL,
    "bare separators": HEAD + "*~" * 20_000 + TAIL,
    "an element bomb": HEAD + "HI" + "*ABK:I10" * 100_000 + "~" + TAIL,
    "a component bomb": HEAD + "HI*ABK" + ":" * 200_000 + "~" + TAIL,
    "a repetition bomb": HEAD + "HI*ABK" + "^" * 200_000 + "~" + TAIL,
    "groups": "~".join(BASES["837P"][:1]) + "~" + (BASES["837P"][1] + "~") * 5_000 + TAIL,
    "transactions": HEAD + (BASES["837P"][2] + "~") * 5_000 + TAIL,
    "levels": HEAD + "".join(f"HL*{n}*{n - 1}*22*1~" for n in range(1, 5_000)) + TAIL,
    "interchanges": "".join(BASES["837P"][0] + "~" for _ in range(1_000)),
    "claims without lines": "~".join(BASES["837P"][:23]) + "~" + "CLM*A*1~" * 6_000 + TAIL,
    "the same segment": "~".join(BASES["835"][:3]) + "~" + "PLB*1*20261231*WO:1*1~" * 12_000 + TAIL,
    "no digits": HEAD + "CLM*A*" + "-" * 1000 + "~" + "CLM*A*" + "9" * 100_000 + "~" + TAIL,
}


@pytest.mark.attack("S-40")
@pytest.mark.attack("S-42")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_read_or_refused_by_everything(bomb: str) -> None:
    assert read_with_all(bomb.encode()).has_errors


@pytest.mark.attack("S-40")
@pytest.mark.parametrize(
    "segment", ["REF*D9*1~", "ZZ*1~", "~", "PLB*1*20261231*WO:1*1~", "CAS*CO*45*1~"]
)
def test_a_segment_without_end_of_repeats_does_not_fill_the_memory(segment: str) -> None:
    block = segment.encode() * 3_000

    def blocks() -> Iterator[bytes]:
        yield ("~".join(BASES["835"][:14]) + "~").encode()
        for times in range(7):
            if times == 4:
                # Until here the file has filled whatever a check may keep of one.
                tracemalloc.start()
            yield block

    check(blocks())
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert grown < 1_800_000
