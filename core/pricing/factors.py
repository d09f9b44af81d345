"""Two small dated tables of our own: conversion factors, and what part of a fee Medicare allows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from core.codes.mpfs_values import scaled
from core.dates import Window, parse_day
from core.errors import RowError
from core.rules.tables import Edition


class Dated(msgspec.Struct, frozen=True):
    """A number in force for some days, and its row."""

    number: int
    effective: Window
    row: Edition


class DatedNumbers:
    """Numbers by kind, key and day. ``places`` decimals are kept."""

    def __init__(self, name: str, lines: Iterable[str], places: int) -> None:
        self._rows: dict[tuple[str, str], list[Dated]] = {}
        for line, row in _read(lines):
            text = row.get("factor", "") or row.get("share", "")
            number = scaled(text, places)
            if number is None:
                raise RowError("a number was expected", row=line, column="factor or share")
            key = row.get("key", "")
            first, last = row["effective_from"], row["effective_to"]
            window = Window(parse_day(first) if first else None, parse_day(last) if last else None)
            words = " ".join(part for part in (row["kind"], key, text, f"({row['source']})"))
            edition = Edition(table=name, release=first or "always", row=words)
            self._rows.setdefault((row["kind"], key), []).append(Dated(number, window, edition))

    def find(self, kind: str, key: str, day: date) -> Dated | None:
        """The number in force on ``day``."""
        for row in self._rows.get((kind, key), ()):
            if day in row.effective:
                return row
        return None


def _read(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    numbered = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    rows = csv.DictReader(line for _, line in numbered)
    yield from zip((number for number, _ in numbered[1:]), rows, strict=True)


def conversion_factors(lines: Iterable[str]) -> DatedNumbers:
    """``data/conversion_factors.csv``: ten-thousandths of a dollar by kind (``mpfs``) and day."""
    return DatedNumbers("conversion factors", lines, places=4)


def medicare_shares(lines: Iterable[str]) -> DatedNumbers:
    """``data/medicare_shares.csv``: tenths of a percent by kind, key (NP, 80) and day."""
    return DatedNumbers("Medicare shares", lines, places=1)
