"""The code lists that ship with the product, and ICD-10-CM from its package, as one value."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from core.codes.diagnoses import DiagnosisTable, release_window
from core.codes.lists import CodeList, parse_list
from core.codes.tables import CodeTables

_ICD_PACKAGE = "simple_icd_10_cm"
_ICD_LISTS = "code-list-*.txt"


@cache
def code_lists() -> dict[str, CodeList]:
    """Every list of ``core/codes/data``, by the name it has in ``lists.csv``."""
    folder = resources.files("core.codes") / "data"
    with (folder / "lists.csv").open(encoding="utf-8") as lines:
        return {
            row["list"]: parse_list(
                row, (folder / f"{row['list']}.csv").read_text(encoding="utf-8").split()
            )
            for row in csv.DictReader(lines)
        }


@cache
def diagnosis_table() -> DiagnosisTable | None:
    """ICD-10-CM of the installed package; None where it is absent or not as we know it.

    Only the package's list of codes is read. To import it would build its tree of descriptions:
    three seconds and 190 megabytes.
    """
    spec = find_spec(_ICD_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted((Path(place) / "data").glob(_ICD_LISTS)):
            window = release_window(path.stem)
            if window is not None:
                return DiagnosisTable(path.read_text(encoding="utf-8"), *window)
    return None


@cache
def code_tables() -> CodeTables:
    """All tables there are."""
    return CodeTables(lists=code_lists(), diagnoses=diagnosis_table())
