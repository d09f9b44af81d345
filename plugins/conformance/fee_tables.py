"""The csv tables beside a plugin's code: their source, their days, and rows that meet."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from core.dates import Window
from core.errors import InputError
from plugins.conformance.code import CodeFile, PluginCode
from plugins.conformance.fault import Fault
from plugins.tables import window_of

_KEYS = frozenset(
    {"code", "modifier", "place", "pos", "state", "payer", "payer_kind", "locality", "kind"}
)
"""Columns that tell rows apart; the rest are what the row says."""


def table_faults(code: PluginCode) -> Iterator[Fault]:
    """Every fault of every csv, with its line."""
    for one in code.tables():
        yield from _of(one)


def _of(table: CodeFile) -> Iterator[Fault]:
    def fault(line: int, message: str, *, is_warning: bool = False) -> Fault:
        where = f"{table.path}:{line}"
        return Fault(check="tables", where=where, message=message, is_warning=is_warning)

    lines = table.text.splitlines()
    sources = [line.partition(":")[2].strip() for line in lines if line.startswith("# source:")]
    if not any(sources):
        yield fault(1, 'the table does not state its source; begin it with "# source: ..."')
    numbered = [(at, line) for at, line in enumerate(lines, 1) if line and not line.startswith("#")]
    if len(numbered) < 2:
        yield fault(1, "the table has no rows", is_warning=True)
        return
    rows = csv.reader(line for _, line in numbered)
    header = next(rows)
    seen: dict[tuple[str, ...], list[tuple[int, Window]]] = {}
    for (at, _), cells in zip(numbered[1:], rows, strict=False):
        if len(cells) != len(header):
            yield fault(at, "the row has more or fewer columns than the header")
            continue
        row = dict(zip(header, cells, strict=True))
        if not {"effective_from", "effective_to"} & row.keys():
            continue
        try:
            window = window_of(row)
        except InputError as error:
            yield fault(at, f"the row's days: {error.message}")
            continue
        if "code" not in row:
            continue
        key = tuple(row[name] for name in header if name in _KEYS)
        for earlier, other in seen.setdefault(key, []):
            if window.overlaps(other):
                yield fault(
                    at,
                    f"holds on days on which line {earlier} holds for the same "
                    f"{row.get('code', 'row')}; end one before the other begins",
                )
                break
        seen[key].append((at, window))
