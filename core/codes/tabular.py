"""The ICD-10-CM tabular list as it is published (XML): titles, notes, seventh characters.

Codes are without their point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from core.codes.published import TableFileError
from core.codes.published_xml import read_xml

_ROOT = "ICD10CM.tabular"
_LEVELS = frozenset(("chapter", "section", "diag"))
NOTES = frozenset(
    (
        "includes",
        "inclusionTerm",
        "excludes1",
        "excludes2",
        "codeFirst",
        "codeAlso",
        "useAdditionalCode",
        "notes",
    )
)


class Entry(msgspec.Struct):
    """A chapter (``4``), a section (``A15-A19``) or a code, with what stands under its title.

    ``notes`` are kind and text in their order; ``seventh`` what a seventh character means from
    here down.
    """

    name: str
    level: str
    parent: Entry | None
    title: str = ""
    notes: list[tuple[str, str]] = msgspec.field(default_factory=list)
    seventh: dict[str, str] = msgspec.field(default_factory=dict)
    children: int = 0

    def above(self) -> Iterator[Entry]:
        """This entry, then the ones it stands under."""
        entry: Entry | None = self
        while entry is not None:
            yield entry
            entry = entry.parent

    def extensions(self) -> dict[str, str]:
        """The seventh characters that hold here: the nearest that are defined."""
        return next((entry.seventh for entry in self.above() if entry.seventh), {})


class Tabular(msgspec.Struct, frozen=True):
    """The list in its order; ``version`` is the fiscal year it names itself."""

    version: str
    entries: tuple[Entry, ...]


class _Reader:
    """Gathers entries while the parser walks the file."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.version = ""
        self._open: list[Entry] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._seventh = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != _ROOT:
            raise ValueError("this is no tabular list of ICD-10-CM")
        self._path.append(tag)
        self._text.clear()
        if tag in _LEVELS:
            parent = self._open[-1] if self._open else None
            entry = Entry(attributes.get("id", ""), tag, parent)
            if parent is not None:
                parent.children += 1
            self._open.append(entry)
            self.entries.append(entry)
        elif tag == "extension":
            self._seventh = attributes.get("char", "")

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        self._path.pop()
        text = "".join(self._text).strip()
        self._text.clear()
        if tag in _LEVELS:
            entry = self._open.pop()
            if not entry.name:
                raise ValueError("an entry has no code")
        elif not self._open:
            if tag == "version":
                self.version = text
        elif tag == "name":
            self._open[-1].name = text.replace(".", "")
        elif tag == "desc":
            self._open[-1].title = " ".join(text.split())
        elif tag == "extension":
            self._open[-1].seventh[self._seventh] = text
        elif tag == "note" and self._path and self._path[-1] in NOTES and text:
            self._open[-1].notes.append((self._path[-1], " ".join(text.split())))


def read_tabular(blocks: Iterable[bytes], file: str) -> Tabular:
    """The tabular list in ``blocks`` of bytes; ``TableFileError`` with the row when it is none."""
    reader = _Reader()
    read_xml(reader, blocks, file)
    if not any(entry.level == "diag" for entry in reader.entries):
        raise TableFileError("there is no code in this file", file=file)
    return Tabular(reader.version, tuple(reader.entries))
