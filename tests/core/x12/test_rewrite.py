"""Read and written again, a clean file is the same, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.x12.check import check
from core.x12.rewrite import rewrite
from core.x12.syntax import Delimiters, SegmentStream, render
from tests.campaign import rounds
from tests.core.x12.defect_bases import BASES
from tests.core.x12.x12_samples import EXAMPLES, MUTANTS, examples, made, needs_shared

MARKS = st.sampled_from("*|~^:>'!+\x1d\x1e\x1f;=%")


def through(data: bytes) -> bytes:
    return b"".join(rewrite(data))


def is_clean(data: bytes) -> bool:
    """Readable to its end, in ASCII, one way of ending a segment, nothing between segments."""
    if not data.startswith(b"ISA") or not data.isascii() or check(data).unreadable:
        return False
    end = data[105:106] + {b"\r\n": b"\r\n"}.get(data[106:108], data[106:107].strip(b"GTI"))
    lines = data.split(end)
    return not any(line != line.strip(b" \r\n\t\x00\x1a") for line in lines)


@needs_shared
@pytest.mark.parametrize(
    "path", [*examples(), *sorted(MUTANTS.glob("*.x12"))], ids=lambda path: path.name
)
def test_a_clean_published_file_is_written_as_it_was_read(path: Path) -> None:
    data = path.read_bytes()
    if not is_clean(data):
        pytest.skip("not a clean file")
    assert through(data) == data


@needs_shared
def test_most_published_files_are_clean() -> None:
    found = [is_clean(path.read_bytes()) for path in examples() if path.suffix != ".json"]
    assert EXAMPLES.exists()
    assert sum(found) > 0.6 * len(found)


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "837I", "837D", "835", "277CA", "999"])
@pytest.mark.parametrize("options", [(), ("--newline",), ("--crlf",), ("--delims", "|'>!")])
def test_a_generated_file_is_written_as_it_was_read(kind: str, options: tuple[str, ...]) -> None:
    data = made(kind, 60, *options)
    assert through(data) == data


def in_marks(segments: list[str], marks: Delimiters) -> bytes:
    """The segments of a base with other delimiters."""
    head = segments[0].split("*")
    head[11], head[16] = marks.repetition, marks.component
    swapped = [
        [value.replace(":", marks.component) for value in segment.split("*")]
        for segment in segments[1:]
    ]
    lines = [marks.element.join(values) for values in [head, *swapped]]
    end = marks.segment + marks.line_break
    return (end.join(lines) + end).encode()


@pytest.mark.campaign
@settings(max_examples=rounds(300))
@given(
    kind=st.sampled_from(sorted(BASES)),
    marks=st.lists(MARKS, min_size=4, max_size=4, unique=True),
    line_break=st.sampled_from(["", "\n", "\r\n"]),
    cut=st.integers(0, 2),
    size=st.sampled_from([1, 100, 5000]),
)
def test_any_legal_delimiters_come_back(
    kind: str, marks: list[str], line_break: str, cut: int, size: int
) -> None:
    delimiters = Delimiters(
        element=marks[0],
        component=marks[1],
        repetition=marks[2],
        segment=marks[3],
        line_break=line_break,
    )
    data = in_marks(BASES[kind], delimiters)
    # The last line break may be missing, and the last terminator.
    data = data[: len(data) - min(cut, 1) * len(line_break)]
    data = data.removesuffix(marks[3].encode()) if cut == 2 else data
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(rewrite(blocks)) == data
    assert not check(data).unreadable


@pytest.mark.parametrize("kind", sorted(BASES))
def test_render_writes_the_segments_that_were_read(kind: str) -> None:
    data = ("~\n".join(BASES[kind]) + "~\n").encode()
    stream = SegmentStream(data)
    segments = list(stream)
    assert render(segments, stream.delimiters) == data


@pytest.mark.campaign
@settings(max_examples=rounds(300))
@given(marks=st.lists(MARKS, min_size=4, max_size=4, unique=True))
def test_a_good_file_is_good_in_any_delimiters(marks: list[str]) -> None:
    delimiters = Delimiters(
        element=marks[0], component=marks[1], repetition=marks[2], segment=marks[3]
    )
    found = check(in_marks(BASES["837P"], delimiters)).transactions[0].errors
    assert [(error.segment, error.code) for error in found if error.snip <= 3] == []
