"""Published XML, read as a stream; a document type is refused: little text could make much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from xml.parsers import expat

from core.codes.published import TableFileError


class Reader(Protocol):
    """What is told of a file as it is read; a ``ValueError`` of it says what is wrong here."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, piece: str) -> None:
        """Text of an element, perhaps in pieces."""


def read_xml(reader: Reader, blocks: Iterable[bytes], file: str) -> None:
    """Tell ``reader`` what stands in ``blocks``; ``TableFileError`` with the row of the damage."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _no_document_type
    try:
        for block in blocks:
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise TableFileError(
            "the XML is damaged here; load the file as it was published",
            file=file,
            row=error.lineno,
        ) from None
    except ValueError as error:
        raise TableFileError(str(error), file=file, row=parser.CurrentLineNumber) from None


def _no_document_type(*_: object) -> None:
    raise ValueError("a published list has no document type")
