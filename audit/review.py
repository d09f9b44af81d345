"""Unusual access, found in the events: what a reviewer should look into (164.308(a)(1)(ii)(D)).

Nothing here says that an access was wrong, only that somebody should ask. A finding has an id made
from what it is about, so the same access is the same finding at every reading, and the sign-off of
it is an event about that id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

_FINDINGS = UUID("7d0c3b0e-2c38-5b86-9a55-5d6d1f7a90b4")

MANY_RECORDS = 60
"""More than this in an hour is more than a person reads one by one."""

FIRST_HOUR, LAST_HOUR = 6, 20
"""The usual hours, on the practice's clock; Saturday and Sunday are unusual altogether."""


class Rule(StrEnum):
    """Why an access is listed."""

    MANY = "many records in an hour"
    HOUR = "outside the usual hours"
    SURNAME = "same surname as the patient"
    EMERGENCY = "emergency access"


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One read by one person: when, and the patients or claims it showed."""

    at: datetime
    person: UUID
    records: tuple[UUID, ...]
    is_emergency: bool = False


class Unusual(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; ``records`` counts what was read, each once."""

    id: UUID
    rule: Rule
    person: UUID
    first_at: datetime
    last_at: datetime
    records: int


def unusual(
    looks: Iterable[Looked], zone: ZoneInfo, relatives: Mapping[UUID, frozenset[UUID]]
) -> tuple[Unusual, ...]:
    """Every finding in these reads, the latest first.

    ``relatives``: by person, the records of patients with the person's surname.
    """
    by_person: dict[UUID, list[Looked]] = defaultdict(list)
    for look in sorted(looks, key=lambda one: one.at):
        by_person[look.person].append(look)
    found: list[Unusual] = []
    for person, own in by_person.items():
        found += _many(own)
        found += _by_day(Rule.HOUR, [one for one in own if _is_late(one.at, zone)], zone)
        found += _by_day(Rule.EMERGENCY, [one for one in own if one.is_emergency], zone)
        kin = relatives.get(person, frozenset())
        found += _by_day(Rule.SURNAME, [one for one in own if kin.intersection(one.records)], zone)
    return tuple(sorted(found, key=lambda one: (one.last_at, one.id), reverse=True))


def _many(looks: Sequence[Looked]) -> list[Unusual]:
    """Runs of reads in which some hour shows more than ``MANY_RECORDS``; an hour begins anew."""
    found: list[Unusual] = []
    window: list[Looked] = []
    for look in looks:
        if window and look.at - window[0].at >= timedelta(hours=1):
            found += _if_many(window)
            window = []
        window.append(look)
    return found + _if_many(window)


def _if_many(window: Sequence[Looked]) -> list[Unusual]:
    records = {record for look in window for record in look.records}
    return [_finding(Rule.MANY, window)] if len(records) > MANY_RECORDS else []


def _by_day(rule: Rule, looks: Sequence[Looked], zone: ZoneInfo) -> list[Unusual]:
    days: dict[object, list[Looked]] = defaultdict(list)
    for look in looks:
        days[look.at.astimezone(zone).date()].append(look)
    return [_finding(rule, of_day) for of_day in days.values()]


def _finding(rule: Rule, looks: Sequence[Looked]) -> Unusual:
    first = looks[0]
    name = f"{rule.name} {first.person} {first.at.isoformat()}"
    return Unusual(
        id=uuid5(_FINDINGS, name),
        rule=rule,
        person=first.person,
        first_at=first.at,
        last_at=looks[-1].at,
        records=len({record for look in looks for record in look.records}),
    )


def _is_late(at: datetime, zone: ZoneInfo) -> bool:
    there = at.astimezone(zone)
    return there.weekday() >= 5 or not FIRST_HOUR <= there.hour < LAST_HOUR
