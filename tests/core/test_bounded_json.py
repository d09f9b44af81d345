"""JSON within limits: what is within them reads as it stands, what is beyond is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bounded_json import NUMBER_DIGITS_MAX, read_json
from core.errors import InputError

TEXT = st.text('ab"\\[]{}:,\u2028é\n', max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | TEXT | st.integers(-(10**30), 10**30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def as_text(value: Any) -> Any:
    """The same document with every number as the text it is."""
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def depth_of(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, parts), default=0)


@given(VALUES, st.booleans())
def test_a_document_reads_as_it_stands_up_to_its_own_depth_and_no_less(
    value: Any, ascii_only: bool
) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    depth = depth_of(value)
    assert read_json(data, bytes_max=len(data), depth_max=depth) == as_text(value)
    if depth:
        with pytest.raises(InputError, match="deeper"):
            read_json(data, bytes_max=len(data), depth_max=depth - 1)
    with pytest.raises(InputError, match="longer"):
        read_json(data, bytes_max=len(data) - 1)


@pytest.mark.attack("S-39")
@given(st.binary(max_size=60) | st.text('"\\[]{}:,0e-', max_size=60).map(str.encode))
def test_whatever_the_bytes_are_they_are_read_or_refused(data: bytes) -> None:
    try:
        found = read_json(data, bytes_max=60, depth_max=4)
    except InputError:
        return
    assert depth_of(found) <= 4
    assert as_text(json.loads(data, parse_float=str, parse_int=str)) == found


@pytest.mark.attack("S-39")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'[{"a":{"b":1,"b":2}}]', "twice"),
        (b'{"a":1,"\\u0061":1}', "twice"),
        (b"1" * (NUMBER_DIGITS_MAX + 1), "number"),
        (b"-Infinity", "NaN"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"\xed\xa0\x80", "UTF-8"),
    ],
)
def test_what_readers_disagree_about_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_json(data, bytes_max=1_000)


def test_a_number_stays_the_text_it_was() -> None:
    assert read_json(b"[120.50, 1e2, -0]", bytes_max=99) == ["120.50", "1e2", "-0"]
