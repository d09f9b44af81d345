"""The library of payer policies: what each rests on, what took its place, and what is stale.

Entries are never changed: a later one supersedes an earlier one from its first day on, and both
stay to be read. One whose value is None ends the line: from its first day on the payer has said
nothing. Which entry wins for a payer on a day is decided in one place, ``PayerPolicy.rank``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import PayerKind, Value
from core.dates import Window
from core.errors import ConflictError, InputError
from core.rules.knobs import read_knob
from core.rules.policy import PayerPolicy, collide
from core.rules.rule import Layer

REVIEW_NOTICE_DAYS = 30


class LibraryEntry(Value, frozen=True, kw_only=True):
    """One knob as entered, with the paper that says so. Empty selectors mean any payer.

    ``layer`` is payer (every practice follows it) or practice. ``value`` is decoded JSON, None in
    an entry that ends another; ``supersedes`` is the entry it follows.
    """

    id: UUID
    layer: Layer
    knob: str
    value: object
    document: str
    page: str = ""
    payer_kind: str = ""
    payer_id: str = ""
    payer_name: str = ""
    plan: str = ""
    state: str = ""
    first_day: date | None = None
    last_day: date | None = None
    review_by: date | None = None
    supersedes: UUID | None = None

    @property
    def source(self) -> str:
        """Document and page in one."""
        return f"{self.document} {self.page}".strip()


class Stale(StrEnum):
    """Why an entry wants looking at."""

    EXPIRED = "expired"
    REVIEW_DUE = "review due"
    NO_DOCUMENT = "no document"


class Standing(Value, frozen=True, kw_only=True):
    """An entry with the days it holds, who took its place, and why it wants looking at."""

    entry: LibraryEntry
    window: Window | None
    superseded_by: UUID | None = None
    stale: tuple[Stale, ...] = ()


def standings(entries: Iterable[LibraryEntry], today: date) -> tuple[Standing, ...]:
    """Every entry as it stands on ``today``, in the order given.

    A superseded entry holds until the day before its successor begins; with a successor that
    begins before all days it does not hold at all (``window`` None), and it is not stale.
    """
    given = tuple(entries)
    after = {one.supersedes: one for one in given if one.supersedes is not None}
    return tuple(_standing(one, after.get(one.id), today) for one in given)


def _standing(one: LibraryEntry, successor: LibraryEntry | None, today: date) -> Standing:
    if successor is None:
        window = Window(one.first_day, one.last_day)
        return Standing(entry=one, window=window, stale=_why_stale(one, today))
    return Standing(entry=one, window=_until(one, successor.first_day), superseded_by=successor.id)


def _until(one: LibraryEntry, next_day: date | None) -> Window | None:
    if next_day is None or (one.first_day is not None and next_day <= one.first_day):
        return None
    last = next_day - timedelta(days=1)
    return Window(one.first_day, min(last, one.last_day) if one.last_day else last)


def _why_stale(one: LibraryEntry, today: date) -> tuple[Stale, ...]:
    found: list[Stale] = []
    if one.value is None:
        return ()
    if one.last_day is not None and one.last_day < today:
        found.append(Stale.EXPIRED)
    soon = today + timedelta(days=REVIEW_NOTICE_DAYS)
    if one.review_by is not None and one.review_by <= soon:
        found.append(Stale.REVIEW_DUE)
    if not one.document.strip():
        found.append(Stale.NO_DOCUMENT)
    return tuple(found)


def policies_of(entries: Iterable[LibraryEntry]) -> tuple[PayerPolicy, ...]:
    """The entries as the rule book takes them, each on the days it holds."""
    return tuple(
        _policy(one.entry, one.window)
        for one in standings(entries, date.min)
        if one.window is not None and one.entry.value is not None
    )


def _policy(entry: LibraryEntry, window: Window) -> PayerPolicy:
    return PayerPolicy(
        id=f"PRACTICE-{entry.id}",
        title=entry.knob.replace("_", " "),
        source=entry.source,
        layer=entry.layer,
        effective=window,
        knobs={entry.knob: read_knob(entry.knob, entry.value)},
        payer_kinds=(PayerKind(entry.payer_kind),) if entry.payer_kind else (),
        payer_ids=(entry.payer_id,) if entry.payer_id else (),
        plans=(entry.plan,) if entry.plan else (),
        states=(entry.state,) if entry.state else (),
    )


def check_new(new: LibraryEntry, known: Sequence[LibraryEntry]) -> None:
    """Raise unless ``new`` may be added to ``known``: ``InputError`` for what it says itself,
    ``ConflictError`` where another entry of equal rank says something else (both papers named),
    and where the entry it would follow already has a successor or is about something else.
    """
    earlier = {one.id: one for one in known}.get(new.supersedes) if new.supersedes else None
    if new.value is not None:
        read_knob(new.knob, new.value)
    if new.first_day and new.last_day and new.last_day < new.first_day:
        raise InputError("the last day lies before the first")
    if not new.document.strip():
        raise InputError("name the document that says so")
    if new.plan and not new.payer_id:
        raise InputError("a plan belongs to a payer; name the payer too")
    if new.supersedes is not None:
        if earlier is None:
            raise ConflictError("the policy this one follows is not there")
        if any(one.supersedes == new.supersedes for one in known):
            raise ConflictError("another policy follows that one already; follow the latest")
        if whose(earlier) != whose(new):
            raise ConflictError("a policy follows one about the same question and the same payers")
    papers = {f"PRACTICE-{one.id}": one for one in (*known, new)}
    made = policies_of((*known, new))
    mine = next((one for one in made if one.id == f"PRACTICE-{new.id}"), None)
    if mine is None:
        return
    for other in made:
        if other.id != mine.id and other.rank == mine.rank and collide(mine, other):
            said, says = _paper(papers[other.id]), _paper(new)
            raise ConflictError(
                f"{says} and {said} disagree about {new.knob.replace('_', ' ')} for the same "
                "payers and days; follow the other policy, or give one a narrower window"
            )


def whose(one: LibraryEntry) -> tuple[str, ...]:
    """What an entry is about: the question, and for whom."""
    return (one.layer.value, one.knob, one.payer_kind, one.payer_id, one.plan, one.state)


def _paper(one: LibraryEntry) -> str:
    return one.source or "an entry without a document"


def ended(entry: LibraryEntry, new_id: UUID, *, on: date, document: str) -> LibraryEntry:
    """What ends ``entry``: from ``on`` the payer has said nothing, on the word of ``document``."""
    return replace(
        entry,
        id=new_id,
        value=None,
        document=document,
        page="",
        first_day=on,
        last_day=None,
        review_by=None,
        supersedes=entry.id,
    )


def latest(entries: Iterable[LibraryEntry], about: LibraryEntry) -> LibraryEntry | None:
    """The last entry about the same question and payers whose days meet those of ``about``."""
    given = tuple(entries)
    followed = {one.supersedes for one in given}
    window = Window(about.first_day, about.last_day)
    return next(
        (
            one
            for one in given
            if one.id not in followed
            and whose(one) == whose(about)
            and Window(one.first_day, one.last_day).overlaps(window)
        ),
        None,
    )
