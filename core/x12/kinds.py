"""Which transactions a file holds, from its headers alone."""

from __future__ import annotations

from collections.abc import Iterable

from core.x12.syntax import SegmentStream

# Versions of an 837 or 277 that people call by a name of their own, by implementation.
_NAMES = {
    ("837", "X222"): "837P",
    ("837", "X223"): "837I",
    ("837", "X224"): "837D",
    ("837", "X098"): "837P",
    ("837", "X096"): "837I",
    ("837", "X097"): "837D",
    ("277", "X214"): "277CA",
}


def kind_of(transaction: str, version: str) -> str:
    """What people call a transaction: ST01 ``837`` under version ``005010X222A1`` is an 837P."""
    return _NAMES.get((transaction, version[6:10]), transaction)


def kinds(data: bytes | Iterable[bytes]) -> tuple[str, ...]:
    """The kinds of transaction in ``data``, each once, in the order they first appear.

    A TA1 counts as a kind. Raises ``X12SyntaxError`` where the data is not X12 or breaks off.
    """
    found: dict[str, None] = {}
    version = ""
    stream = SegmentStream(data)
    for texts in stream.chunks():
        element = stream.delimiters.element
        heads = {name + element: name for name in ("GS", "ST", "TA1")}
        for text in texts:
            head = heads.get(text[:3]) or heads.get(text[:4])
            if head is None:
                continue
            elements = text.split(element)
            if head == "GS":
                version = elements[8] if len(elements) > 8 else ""
            elif head == "TA1":
                found["TA1"] = None
            elif len(elements) > 1:
                own = elements[3] if len(elements) > 3 else ""
                found[kind_of(elements[1], own or version)] = None
    return tuple(found)
