"""Answering scrub documents without a database: one line or body in, one result out.

Rule books are made once a set of plugins; the specialties are imported when a document names one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from core.bounded_json import read_json
from core.errors import ClaimwrightError, InputError
from core.rules.rulebook import RuleBook, compile_rule_book
from core.rules.tables import DiagnosisBook
from core.scrub.document import ScrubDocument, read_document, scrub_document
from core.scrub.platform import SHEETS

DOCUMENT_BYTES_MAX = 5_000_000
"""A scrub document with its history and tables; far above what a claim needs."""

# The fingerprint tells the host's books with and without the core rules apart.
_NO_CORE_RULES = msgspec.structs.replace(
    SHEETS, claim_edits=(), derivations=(), fingerprint="no core rules"
)
_PLUGINS_MAX = 50


class StatelessScrub:
    """The scrub of documents. ``today`` is the day of those that state none."""

    def __init__(self, today: date, diagnoses: DiagnosisBook | None = None) -> None:
        self._today, self._diagnoses = today, diagnoses
        self._books: dict[tuple[tuple[str, ...], bool], RuleBook] = {}

    def line(self, data: bytes) -> bytes:
        """The result of one line as one line of JSON; what is no document becomes its error."""
        found: Any = None
        try:
            found = decoded(data)
            result = self.result(found)
        except ClaimwrightError as error:
            result = {"id": _id_of(found), "error": {"message": error.message}}
        return msgspec.json.encode(result)

    def result(self, data: Any) -> dict[str, Any]:
        """The result of one decoded document; ``InputError`` says why it is none."""
        if not isinstance(data, dict):
            raise InputError("a scrub document is a JSON object")
        if not isinstance(data.get("id"), str):
            raise InputError("id must be a text in quotes")
        document = read_document(data, today=self._today, diagnoses=self._diagnoses)
        return scrub_document(document, self._book(document))

    def _book(self, document: ScrubDocument) -> RuleBook:
        key = tuple(sorted(set(document.plugins))), document.by_form
        book = self._books.get(key)
        if book is None:
            book = self._books[key] = _compiled(*key)
        return book


def decoded(data: bytes) -> Any:
    """The JSON of a document, its numbers exact; ``InputError`` when it is no JSON."""
    return read_json(data, bytes_max=DOCUMENT_BYTES_MAX, exact_numbers=True)


def _id_of(data: Any) -> Any:
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str | int) else None


def _compiled(plugins: tuple[str, ...], by_form: bool) -> RuleBook:
    base = SHEETS if by_form else _NO_CORE_RULES
    if not plugins:
        return compile_rule_book([base])
    from plugins.host import EnabledPlugin, default_host

    host = default_host()
    known = {manifest.name for manifest in host.available()}
    for at, name in enumerate(plugins, 1):
        if name not in known:
            raise InputError(
                f"plugins[{at}] names no plugin of this installation; there are "
                f"{', '.join(sorted(known))}"
            )
    return host.build_rule_book([EnabledPlugin(name=name) for name in plugins], platform=base)
