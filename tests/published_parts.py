"""A part of a published file that lies in memory, for readers that know no files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator


class TextPart:
    """A text as ``core.codes.published.Part`` asks for it; with tabs when it has any."""

    def __init__(self, text: str, name: str = "table.txt") -> None:
        self.name = name
        self._text = text

    def rows(self) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(self._text), delimiter="\t" if "\t" in self._text else ",")

    def lines(self) -> Iterator[str]:
        return iter(self._text.splitlines())

    def blocks(self) -> Iterator[bytes]:
        return iter([self._text.encode()])
