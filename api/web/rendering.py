"""Templates, and our few files, read once at start."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from minijinja import Environment

from api.web import reasons, words
from core.money import dollars, plain
from core.rules.knobs import said_knob

_HERE = Path(__file__).parent
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class StaticFile(msgspec.Struct, frozen=True):
    """One of our own files."""

    body: bytes
    media_type: str


class Pages:
    """The templates of this version, and the files they link to.

    An undefined name in a template is an error, and an error of a template shows none of its
    values: ``debug`` would write them into the message.
    """

    def __init__(self) -> None:
        self.files = {
            path.name: StaticFile(path.read_bytes(), _MEDIA_TYPES[path.suffix])
            for path in sorted((_HERE / "static").iterdir())
        }
        digest = hashlib.sha256()
        for name, file in self.files.items():
            digest.update(name.encode() + b"\0" + file.body)
        self.version = digest.hexdigest()[:16]
        self._environment = Environment(
            templates={
                path.name: path.read_text(encoding="utf-8")
                for path in sorted((_HERE / "templates").glob("*.html"))
            },
            filters=dict(_FILTERS),
            globals={"static": f"/static/{self.version}"},
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            debug=False,
        )

    def render(self, template: str, **values: Any) -> str:
        """The page ``template`` with ``values``; its name ends in ``.html``, so it escapes."""
        assert template.endswith(".html"), "escaping goes by the name of the template"
        return self._environment.render_template(template, **values)


def _money(amount_cents: int | None) -> str:
    return "" if amount_cents is None else dollars(amount_cents)


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%b} {day.day}, {day.year}"


def _day_near(day: date | None, today: date) -> str:
    """Without the year where that is this year's."""
    return f"{day:%b} {day.day}" if day is not None and day.year == today.year else _day(day)


def _iso(day: date | datetime | None) -> str:
    return "" if day is None else day.isoformat()


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%b} {at.day}, {at.year} {at:%H:%M}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}"


def _number(value: Decimal | int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{value:,}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "knob": said_knob,
    "money": _money,
    "plain": lambda amount_cents: "" if amount_cents is None else plain(amount_cents),
    "day": _day,
    "day_near": _day_near,
    "iso": _iso,
    "moment": _moment,
    "clock": _clock,
    "number": _number,
    "diagnosis": words.diagnosis,
    "count_of": _count,
    "sum_cents": lambda postings: sum(posting.amount_cents for posting in postings),
    "sum_of": lambda rows, name: sum(getattr(row, name) for row in rows),
    "text": str,
    "is_late": lambda due_on, today: due_on is not None and due_on < today,
    "words": words.words,
    "reason": reasons.reason,
    "adjustment_word": reasons.adjustment,
    "waiting": words.waiting,
    "waiting_short": words.waiting_short,
    "stage_word": words.stage,
    "tone": words.tone,
    "claim_status": words.claim_status,
}
