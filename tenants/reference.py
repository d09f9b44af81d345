"""Tables that ship with the product, read from the packages they belong to."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from core.denials.causes import CauseTable, parse_causes


@cache
def cause_table() -> CauseTable:
    """What each CARC means for the money and the work (``core/denials/data``)."""
    source = resources.files("core.denials") / "data" / "carc_dispositions.csv"
    with source.open(encoding="utf-8") as lines:
        return parse_causes(csv.DictReader(line for line in lines if not line.startswith("#")))
