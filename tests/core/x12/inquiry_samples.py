"""Published inquiries and answers, and single defects put into them."""

from __future__ import annotations

import re

import pytest

from core.x12.check import X12Error, check
from tests.core.x12.x12_samples import EXAMPLES

FOLDER = EXAMPLES / "linuxforhealth"
PATHS = {
    "270": FOLDER / "270_005010X279A1" / "subscriber-health-benefit-check.270",
    "271": FOLDER / "271_005010X279A1" / "subscriber-health-benefit-check.271",
    "276": FOLDER / "276_005010X212" / "provider-level-status.276",
    "277": FOLDER / "277_005010X212" / "information-receiver-level-status.277",
}
needs_published = pytest.mark.skipif(
    not all(path.exists() for path in PATHS.values()), reason="no published examples beside us"
)


def published(kind: str) -> bytes:
    """The published example of this kind."""
    return PATHS[kind].read_bytes()


def spoiled(data: bytes, old: str, new: str) -> bytes:
    """``data`` with one passage replaced and its segments counted anew."""
    text = data.decode().replace("\n", "")
    assert old in text
    text = text.replace(old, new, 1)
    body = text[text.index("~ST*") : text.index("~SE*")]
    return re.sub(r"~SE\*\d+", f"~SE*{body.count('~') + 1}", text).encode()


def errors(data: bytes) -> list[X12Error]:
    """Everything a check finds."""
    report = check(data)
    return [*report.errors, *(error for t in report.transactions for error in t.errors)]


def beyond_advice(data: bytes) -> list[X12Error]:
    """What a check finds but SNIP 4 warnings: they speak of what should be said besides."""
    return [each for each in errors(data) if (each.snip, each.severity) != (4, "warning")]


def places(data: bytes) -> list[tuple[int, str, int, str]]:
    """Where and what each fault is."""
    return [(e.segment, e.segment_id, e.element, e.code) for e in errors(data)]
