"""A run of ``bench/x12.py`` as text for a terminal and as the block of ``docs/x12.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

MARKERS = ("<!-- figures: bench/x12.py --markdown -->", "<!-- end of figures -->")

Rows = list[Sequence[str]]
_NUMBER = re.compile(r"[\d,.]+")


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def _reach(run: Any) -> Rows:
    return [
        ("", "measured", "asked", ""),
        *((one.goal, _figure(one.measured), one.asked, one.verdict) for one in run.goals),
    ]


def _ours(run: Any) -> Rows:
    return [
        ("", "", "segments/s", "claims/s", "of bare split"),
        *(
            (
                one.kind,
                one.what,
                f"{one.segments_per_s:,.0f}",
                f"{one.claims_per_s:,.0f}",
                f"{one.ratio:.2f}",
            )
            for one in run.rates
        ),
    ]


def _peers(run: Any, yardstick: str) -> Rows:
    bare = {one.kind: one.segments_per_s for one in run.rates if one.what == yardstick}
    return [
        ("", "", "makes", "segments/s", "of bare split", "claims", "peak MB"),
        *(
            (
                one.kind,
                one.name,
                one.builds,
                *(
                    (one.failure, "-", f"{one.claims:,}", "-")
                    if one.failure
                    else (
                        f"{one.segments_per_s:,.0f}",
                        f"{one.segments_per_s / bare[one.kind]:.2f}",
                        f"{one.claims:,}",
                        f"{one.peak_mb:.0f}",
                    )
                ),
            )
            for one in sorted(run.peers, key=lambda one: one.kind, reverse=True)
        ),
    ]


def _notes(run: Any) -> Iterator[str]:
    if run.defects is not None:
        lists = (
            ("not named", run.defects.missed),
            ("named at another segment", run.defects.elsewhere),
            ("good, but alarmed", run.defects.alarms),
        )
        for words, files in lists:
            if files:
                yield f"Single-defect files {words}: {', '.join(files)}."
    if run.field is not None:
        for words, files in (("crashed", run.field.crashes), ("refused", run.field.refused)):
            if files:
                yield f"Files from the field {words}: {'; '.join(files)}."


def _about(run: Any) -> str:
    return (
        f"{run.day}, {run.machine}. Files of {run.claims:,} claims or payments from {run.source},"
        f" best of {run.rounds} rounds, processor time, collector on."
    )


def text(run: Any, yardstick: str) -> str:
    """For a terminal."""
    tables = [_reach(run), _ours(run)]
    if run.peers:
        tables.append(_peers(run, yardstick))
    return "\n\n".join([_about(run), *map(_columns, tables), *_notes(run)])


def _columns(rows: Rows) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if _NUMBER.fullmatch(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(run: Any, yardstick: str) -> str:
    """The block between the markers of the page, the markers with it."""
    parts = [MARKERS[0], _about(run), _table(_reach(run)), "Ours, beside bare Python:"]
    parts.append(_table(_ours(run)))
    if run.peers:
        parts.append("The peers in the same run. Slow ones got a smaller file:")
        parts.append(_table(_peers(run, yardstick)))
    return "\n\n".join([*parts, *_notes(run), MARKERS[1]])


def _table(rows: Rows) -> str:
    lines = [" | ".join(row) for row in rows]
    lines.insert(1, "|".join("---" for _ in rows[0]))
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines)
