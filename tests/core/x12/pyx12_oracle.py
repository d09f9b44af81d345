"""pyx12 as the independent judge: of what we write, and of what we say about what others wrote."""

from __future__ import annotations

import io
import json
import logging
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyx12.map_if
import pyx12.map_index
import pyx12.params
import pyx12.x12n_document

from tests.campaign import SOAK

KEPT = Path(__file__).parents[2] / "testdata" / "pyx12_verdicts.json"

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


def verdicts(data: bytes) -> list[bool]:
    """Whether each transaction of a file is accepted.

    The judge is pinned and slow, so what it said of exactly these bytes is kept beside the tests
    (``python -m tests.core.x12.pyx12_oracle`` writes it anew). Other bytes are judged here and
    now, and ``make soak`` judges all of them and compares.
    """
    kept = _kept().get(sha256(data).hexdigest())
    if kept is not None and not SOAK:
        return [one == "A" for one in kept]
    said = _acknowledged(data)
    assert kept in (None, said), "the judge says otherwise than it did"
    return [one == "A" for one in said]


def _acknowledged(data: bytes) -> str:
    """The judge's letter for each transaction: A or R."""
    (group,) = judge(data)[1]["interchanges"][0]["groups"]
    return "".join(transaction["ack_code"] for transaction in group["transactions"])


@cache
def _kept() -> dict[str, str]:
    found: dict[str, str] = json.loads(KEPT.read_text())
    return found


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


def keep() -> None:
    """Ask the judge about every variation of every guide it has, and keep what it says."""
    from core.x12.guides import guides
    from tests.core.x12.guide_variations import JUDGED, files

    told = {
        sha256(data).hexdigest(): _acknowledged(data)
        for guide in guides()
        if guide.kind in JUDGED
        for data in files(guide)
    }
    KEPT.write_text(json.dumps(dict(sorted(told.items())), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    keep()
