"""ICD-10-CM as production has it: what ships, and the releases in force before it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from core.codes.diagnosis_book import IcdBook
from core.codes.diagnosis_search import DiagnosisSearch
from core.codes.diagnosis_table import IcdTable
from core.codes.fiscal_years import Year
from core.codes.icd_index import IndexYear, tabulars
from core.errors import SetupError
from tenants.diagnoses import diagnosis_synonyms, open_diagnoses, search_data


@lru_cache(maxsize=4)
def diagnoses_in_force(
    home: Path, lists: tuple[Year[IcdTable], ...], indexes: tuple[IndexYear, ...]
) -> IcdBook | None:
    """The book of what is in force; None where the package that ships with it is missing."""
    try:
        book = open_diagnoses(home)
    except SetupError:
        return None
    return book.with_loaded(lists, tabulars(indexes)) if lists or indexes else book


@lru_cache(maxsize=2)
def search_of(
    home: Path,
    book: IcdBook,
    lists: tuple[Year[IcdTable], ...],
    indexes: tuple[IndexYear, ...],
    key: str,
) -> DiagnosisSearch:
    """The search over what ships and what is in force; ``key`` says which releases those are.

    The words of the loaded indexes are for people who search. No rule and no suggestion reads them.
    """

    def further() -> Iterator[tuple[str, str, bool]]:
        for year in lists:
            yield from year.codes.named()
        for index in indexes:
            yield from ((one.code, one.words, False) for one in index.phrases())
            if index.tabular is not None:
                yield from index.tabular.named()

    return DiagnosisSearch(book, search_data(home, key, further), diagnosis_synonyms())
