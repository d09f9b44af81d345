"""Answering scrub documents without a database: one line or body in, one result out.

Rule books are made once a set of plugins; the specialties are imported when a document names one.
ICD-10-CM is the one that ships, so that nothing that was loaded changes an answer.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from core.bounded_json import read_json
from core.errors import ClaimwrightError, InputError
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.rules.tables import DiagnosisBook
from core.scrub.document import read_document, scrub_document
from core.scrub.platform import SHEETS

DOCUMENT_BYTES_MAX = 5_000_000
"""A scrub document with its history and tables; far above what a claim needs."""

# The fingerprint tells the host's books with and without the core rules apart.
_NO_CORE_RULES = msgspec.structs.replace(
    SHEETS, claim_edits=(), derivations=(), fingerprint="no core rules"
)
_BOOKS_MAX = 64


class StatelessScrub:
    """The scrub of documents. ``today`` is the day of those that state none."""

    def __init__(self, today: date, diagnoses: DiagnosisBook | None = None) -> None:
        self._today, self._diagnoses = today, diagnoses

    def line(self, data: bytes) -> bytes:
        """The result of one line as one line of JSON; what is no document becomes its error."""
        return self.answered(data)[0]

    def answered(self, data: bytes) -> tuple[bytes, bool]:
        """The result as JSON, and whether ``data`` was a document."""
        found: Any = None
        try:
            found = decoded(data)
            return msgspec.json.encode(self.result(found)), True
        except ClaimwrightError as error:
            said = error.message
        except Exception as mistake:
            # One document must not end the batch; the sentence quotes nothing of it.
            from audit.logging import place_of

            said = f"something went wrong on our side ({type(mistake).__name__} at "
            said += f"{place_of(mistake)}); please report it"
        return msgspec.json.encode({"id": _id_of(found), "error": {"message": said}}), False

    def result(self, data: Any) -> dict[str, Any]:
        """The result of one decoded document; ``InputError`` says why it is none."""
        if not isinstance(data, dict):
            raise InputError("a scrub document is a JSON object")
        if not isinstance(data.get("id"), str):
            raise InputError("id must be a text in quotes")
        document = read_document(data, today=self._today, diagnoses=self._diagnoses)
        book = _compiled(tuple(sorted(set(document.plugins))), document.by_form)
        return scrub_document(document, book)


def open_stateless(home: Path, today: date) -> StatelessScrub:
    """The scrub with ICD-10-CM as it ships, which is made below ``home`` on first need."""
    from tenants.diagnoses import open_diagnoses

    return StatelessScrub(today, open_diagnoses(home))


def decoded(data: bytes) -> Any:
    """The JSON of a document, its numbers exact; ``InputError`` when it is no JSON."""
    return read_json(data, bytes_max=DOCUMENT_BYTES_MAX, exact_numbers=True)


def _id_of(data: Any) -> Any:
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str | int) else None


def base_rules(*, by_form: bool) -> RuleSet:
    """The platform's rules for a document: with those of a form where it names one."""
    return SHEETS if by_form else _NO_CORE_RULES


@lru_cache(_BOOKS_MAX)
def _compiled(plugins: tuple[str, ...], by_form: bool) -> RuleBook:
    base = base_rules(by_form=by_form)
    if not plugins:
        return compile_rule_book([base])
    from plugins.host import EnabledPlugin, default_host

    host = default_host()
    known = {manifest.name for manifest in host.available()}
    if not known.issuperset(plugins):
        raise InputError(
            "plugins names one that this installation does not have; there are "
            f"{', '.join(sorted(known))}"
        )
    return host.build_rule_book([EnabledPlugin(name=name) for name in plugins], platform=base)
