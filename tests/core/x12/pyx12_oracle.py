"""pyx12 as the independent judge: of what we write, and of what we say about what others wrote."""

from __future__ import annotations

import io
import json
import logging
from functools import cache
from typing import Any

import pyx12.map_if
import pyx12.map_index
import pyx12.params
import pyx12.x12n_document

logging.getLogger("pyx12").setLevel(logging.CRITICAL)

# It would load its maps anew for every file, which takes longer than most files.
pyx12.map_if.load_map_file = cache(pyx12.map_if.load_map_file)
pyx12.map_index.map_index = cache(pyx12.map_index.map_index)
_PARAMS = pyx12.params.params()


def _verdict(text: str) -> tuple[bool, dict[str, Any]]:
    findings = io.StringIO()
    accepted = pyx12.x12n_document.x12n_document(
        _PARAMS, io.StringIO(text), None, None, None, findings
    )
    return bool(accepted), json.loads(findings.getvalue())


def judge(data: bytes) -> tuple[bool, dict[str, Any]]:
    """Valid or not, and the findings, of any file. Raises where there is no map."""
    return _verdict(data.lstrip(b"\xef\xbb\xbf \r\n").decode("latin-1").replace("\r", ""))


def _segments(findings: dict[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every segment with the errors of it and of its elements."""
    return [
        (segment, [*segment["errors"], *(e for one in segment["elements"] for e in one["errors"])])
        for interchange in findings["interchanges"]
        for group in interchange["groups"]
        for transaction in group["transactions"]
        for segment in transaction["segments"]
    ]


def judged(data: bytes) -> tuple[bool, list[tuple[int, str]]]:
    """The verdict, and the places (segment number, segment id) it finds fault with."""
    valid, findings = judge(data)
    return valid, [
        (segment["cur_line"], segment["seg_id"])
        for segment, errors in _segments(findings)
        if errors
    ]


def faults(data: bytes) -> list[str]:
    """What is wrong with a file of ours, as text; empty when the judge takes it."""
    accepted, findings = _verdict(data.decode())
    found = [
        f"{segment['seg_id']} {segment['cur_line']}: {error['err_str']}"
        for segment, errors in _segments(findings)
        for error in errors
    ]
    return found or ([] if accepted else ["not accepted, no reason given"])
