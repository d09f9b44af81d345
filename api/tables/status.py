"""What is loaded of a kind of table, which days it answers for, and whether it is stale."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from api.tables.store import Manifest
from core.codes.published import Kind

State = Literal["in force", "staged"]


class ReleaseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One loaded release and the days it is for."""

    release: str
    state: State
    first: date
    last: date
    rows: int
    loaded_at: datetime


class KindStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A kind with its releases, the oldest first.

    ``answers_from`` and ``answers_to`` span the days for which a release in force answers; None:
    nothing is in force. ``is_stale``: a newer release is due, since today is after the last day.
    """

    kind: str
    title: str
    releases: tuple[ReleaseStatus, ...]
    answers_from: date | None
    answers_to: date | None
    is_stale: bool


def status_of(kind: Kind, manifest: Manifest, today: date) -> KindStatus:
    """The status of ``kind`` on ``today``."""
    active = [manifest.find(release) for release in manifest.active]
    answers_to = max((one.last for one in active), default=None)
    return KindStatus(
        kind=kind.name,
        title=kind.title,
        releases=tuple(
            ReleaseStatus(
                release=one.release,
                state="in force" if one.release in manifest.active else "staged",
                first=one.first,
                last=one.last,
                rows=one.rows,
                loaded_at=one.loaded_at,
            )
            for one in manifest.releases
        ),
        answers_from=min((one.since for one in active), default=None),
        answers_to=answers_to,
        is_stale=answers_to is not None and bool(kind.months) and answers_to < today,
    )
