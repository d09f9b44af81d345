"""The tabular list and the index of ICD-10-CM (XML): notes for the rules, words for the search.

A release is the tabular list, one or more of the indexes (diseases, external causes, neoplasms,
drugs), or both. An index is read as phrases that lead to a code. The same is read with tabs and a
heading (term, code).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

import msgspec

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.diagnosis_table import IcdTable, codes_of, make_table
from core.codes.fiscal_years import Year
from core.codes.icd_files import icd_release
from core.codes.published import Kind, Loaded, Part, Reading, TableFileError, plain
from core.codes.published_xml import read_xml
from core.codes.tabular import Tabular, read_tabular

_CODE = re.compile(r"[A-Z][0-9A][0-9A-Z][0-9A-Z]{0,4}", re.ASCII).fullmatch
_ROOT = "ICD10CM.index"
_SEPARATORS = str.maketrans("", "", ".-–✓ ")
_TITLE = "ICD-10-CM tabular list and index"
_DEPTH_MAX = 64


class Phrase(msgspec.Struct, frozen=True):
    """Words of the index and the code (without its point, perhaps a heading) they lead to."""

    code: str
    words: str


class _Term:
    """A term that is open while the parser walks below it."""

    def __init__(self) -> None:
        self.title = ""
        self.codes: list[tuple[str, str]] = []


class _Reader:
    def __init__(self) -> None:
        self.phrases: list[Phrase] = []
        self.version = ""
        self._path: list[str] = []
        self._terms: list[_Term] = []
        self._text: list[str] = []
        self._columns: dict[str, str] = {}
        self._column = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != _ROOT:
            raise ValueError("this is no index of ICD-10-CM")
        if len(self._path) >= _DEPTH_MAX:
            raise ValueError("terms stand deeper below each other than in any index")
        self._path.append(tag)
        if tag in ("mainTerm", "term"):
            self._terms.append(_Term())
        elif tag in ("head", "cell"):
            self._column = attributes.get("col", "")
        # A modifier in brackets belongs to the title it stands in.
        if tag != "nemod":
            self._text.clear()

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        self._path.pop()
        if tag == "nemod":
            return
        text = " ".join("".join(self._text).split())
        if tag == "version" and not self._terms:
            self.version = text
        elif tag == "head":
            self._columns[self._column] = text
        elif tag == "title" and self._terms:
            self._terms[-1].title = text
        elif tag in ("code", "manif") and self._terms:
            self._lead(text, "")
        elif tag == "cell" and self._terms:
            self._lead(text, self._columns.get(self._column, ""))
        elif tag in ("mainTerm", "term"):
            self._terms.pop()
        self._text.clear()

    def _lead(self, code: str, column: str) -> None:
        code = code.translate(_SEPARATORS)
        if not code:
            return  # a table's empty cell
        if not _CODE(code):
            raise ValueError("a term leads to what is no code of ICD-10-CM")
        words = ", ".join(term.title for term in self._terms if term.title)
        self.phrases.append(Phrase(code, f"{words}, {column}" if column else words))


def read_index(blocks: Iterable[bytes], file: str) -> tuple[str, list[Phrase]]:
    """Version and phrases of an index; ``TableFileError`` with the row when it is none."""
    reader = _Reader()
    read_xml(reader, blocks, file)
    if not reader.phrases:
        raise TableFileError("no term in it leads to a code", file=file)
    return reader.version, reader.phrases


def every_code(tabular: Tabular) -> Iterator[str]:
    """The codes of a tabular list, with those that a seventh character makes."""
    for entry in tabular.entries:
        if entry.level != "diag":
            continue
        yield entry.name
        if not entry.children:
            for character in entry.extensions():
                yield entry.name.ljust(6, "X") + character


def read_parts(parts: Sequence[Part], given: str) -> Reading:
    """The compact form of one release of tabular list and indexes."""
    tabular: Tabular | None = None
    phrases: list[Phrase] = []
    versions = []
    for part in parts:
        kind = _kind_of(part)
        if kind == "tabular":
            if tabular is not None:
                raise TableFileError("there is a second tabular list in it", file=part.name)
            tabular = read_tabular(part.blocks(), part.name)
            versions.append(tabular.version)
        elif kind == "index":
            version, found = read_index(part.blocks(), part.name)
            versions.append(version)
            phrases += found
        else:
            phrases += _phrases_in_cells(part)
    names = [part.name for part in parts]
    if not given and not any(re.search(r"20\d\d", name) for name in names):
        names = [f"{names[0]} {version}".strip() for version in versions or [""]]
    release, first, last = icd_release(names, given)
    _refuse_other_version(versions, last, parts[0].name)
    table = b""
    if tabular is not None:
        table = make_table(codes_of(tabular, every_code(tabular)), tabular, {"release": release})
    lines = sorted({f"{one.code}\t{one.words}" for one in phrases})
    return Reading(
        release=release,
        first=first,
        last=last,
        since=first,
        rows=len(lines) + (len(tabular.entries) if tabular else 0),
        data=pack({"tabular": table, "phrases": texts_to_bytes(lines)}, {"release": release}),
    )


def _refuse_other_version(versions: Sequence[str], last: date, file: str) -> None:
    said = {version for version in versions if version}
    if said - {f"{last.year}"}:
        raise TableFileError(
            f"the files call themselves version {', '.join(sorted(said))}, which is not the fiscal "
            f"year {last.year}",
            file=file,
        )


def _kind_of(part: Part) -> str:
    start = next(iter(part.blocks()), b"")[:4096]
    if b"<ICD10CM.tabular" in start:
        return "tabular"
    if b"<ICD10CM.index" in start or start.lstrip().startswith(b"<"):
        return "index"
    return "cells"


def _phrases_in_cells(part: Part) -> Iterator[Phrase]:
    places: tuple[int, int] | None = None
    width = 0
    for number, cells in enumerate(part.rows(), 1):
        if places is None:
            heading = [plain(cell) for cell in cells]
            if "term" not in heading or "code" not in heading:
                raise TableFileError(
                    "this is neither the XML of a tabular list or an index nor a table of term "
                    "and code",
                    file=part.name,
                    row=1,
                )
            places, width = (heading.index("code"), heading.index("term")), len(cells)
            continue
        if not any(cells):
            continue
        if len(cells) != width:
            raise TableFileError(
                f"there are {len(cells)} cells where the heading has {width}",
                file=part.name,
                row=number,
            )
        code, words = cells[places[0]].translate(_SEPARATORS), " ".join(cells[places[1]].split())
        if not _CODE(code):
            raise TableFileError(
                "this is no code of ICD-10-CM", file=part.name, row=number, column="code"
            )
        if not words:
            raise TableFileError("there are no words", file=part.name, row=number, column="term")
        yield Phrase(code, words)


class IndexYear:
    """One release in force: the notes of its tabular list, and the phrases of its indexes."""

    def __init__(self, loaded: Loaded) -> None:
        self.first, self.last, self.release = loaded.first, loaded.last, loaded.release
        self._runs = unpack(loaded.data)[0]

    @cached_property
    def tabular(self) -> IcdTable | None:
        """The tabular list; None where only indexes were loaded."""
        run = self._runs["tabular"]
        return IcdTable(run) if len(run) else None

    def phrases(self) -> Iterator[Phrase]:
        """What the indexes lead to."""
        for line in texts(self._runs["phrases"]):
            code, _, words = line.partition("\t")
            yield Phrase(code, words)


def tabulars(indexes: Sequence[IndexYear]) -> list[Year[IcdTable]]:
    """The tabular lists among what was loaded, each with its days."""
    return [Year(one.first, one.last, one.tabular) for one in indexes if one.tabular is not None]


def opened_indexes(releases: Sequence[Loaded]) -> tuple[IndexYear, ...]:
    """The releases in force."""
    return tuple(IndexYear(one) for one in releases)


def _rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    year = IndexYear(loaded)
    found: dict[str, dict[str, Hashable]] = {}
    for phrase in year.phrases():
        found.setdefault(phrase.code, {})[f"term {phrase.words}"] = True
    table = year.tabular
    if table is not None:
        for name, kind, text in table.own_notes():
            found.setdefault(name, {})[f"{kind} {text}"] = True
        for place in range(len(table)):
            found.setdefault(table.code_at(place), {})["title"] = table.words_at(place)
    yield from sorted(found.items(), key=lambda one: one[0])


KINDS = (
    Kind(
        name="icd10cm-index",
        title=_TITLE,
        read=read_parts,
        open=opened_indexes,
        rows=_rows,
        months=6,
        suffixes=("xml", "tsv", "csv"),
        member=r"tabular|index|neoplasm|drug|inclusion",
    ),
)
