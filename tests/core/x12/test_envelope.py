"""Envelopes: fixed widths, counts and control numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from core.errors import InputError
from core.x12.envelope import Envelope, wrap
from core.x12.syntax import Delimiters, SegmentStream


def envelope(**changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "sender_id": "SENDER",
        "receiver_id": "RECEIVER",
        "created": datetime(2026, 11, 21, 9, 5),  # noqa: DTZ001 - X12 writes local time, no zone
        "interchange_control": 42,
        "group_control": 7,
    }
    return Envelope(**(fields | changes))


def test_the_isa_is_106_characters_and_the_counts_agree() -> None:
    data = wrap(envelope(), "HC", "005010X222A1", [("0001", [["BHT"], ["HL"]]), ("0002", [])])
    assert data.index(b"~") == 105
    segments = {segment[0]: segment for segment in SegmentStream(data)}
    assert [s for s in SegmentStream(data) if s[0] == "SE"] == [
        ["SE", "4", "0001"],
        ["SE", "2", "0002"],
    ]
    assert segments["ST"] == ["ST", "837", "0002", "005010X222A1"]
    assert segments["GE"] == ["GE", "2", "7"]
    assert segments["IEA"] == ["IEA", "1", "000000042"]
    assert segments["GS"][1:] == [
        "HC", "SENDER", "RECEIVER", "20261121", "0905", "7", "X", "005010X222A1",
    ]  # fmt: skip


def test_an_835_has_no_st03() -> None:
    data = wrap(envelope(), "HP", "005010X221A1", [("0001", [])])
    assert b"ST*835*0001~" in data


def test_other_delimiters_are_written_into_the_isa() -> None:
    marks = Delimiters(element="|", component=">", repetition="!", segment="'", line_break="\r\n")
    stream = SegmentStream(wrap(envelope(delimiters=marks), "FA", "005010X231A1", []))
    assert [segment[0] for segment in stream] == ["ISA", "GS", "GE", "IEA"]
    assert stream.delimiters == marks


@pytest.mark.parametrize(
    "changes",
    [
        {"interchange_control": 0},
        {"group_control": 1_000_000_000},
        {"sender_id": ""},
        {"receiver_id": "X" * 16},
        {"application_sender": "X"},
        {"sender_qualifier": "Z"},
    ],
)
def test_an_envelope_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        envelope(**changes)
