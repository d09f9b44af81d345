"""The index of fees: which row answers for a code, day, modifier and payer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations

import msgspec

from core.claims.parties import Payer
from core.dates import Window
from core.errors import InputError
from core.rules.pricing import Fee, FeePurpose, FeeSchedule


class RankedFee(msgspec.Struct, frozen=True):
    """One row with the schedule it stands in.

    ``rank`` compares, higher wins. ``source`` is what a line's ``fee_source`` says: schedule, code,
    modifier, place and first day.
    """

    rank: tuple[int, bool, bool, bool, bool]
    schedule: FeeSchedule
    fee: Fee
    source: str


FeeIndex = Mapping[tuple[FeePurpose, str], tuple[RankedFee, ...]]
"""Rows by purpose and code, the winner first."""


def index_fees(schedules: Iterable[FeeSchedule]) -> FeeIndex:
    """Every row of ``schedules``; ``InputError`` where two of equal rank answer alike."""
    found: dict[tuple[FeePurpose, str], list[RankedFee]] = {}
    for schedule in schedules:
        for fee in schedule.fees:
            ranked = RankedFee(_rank(schedule, fee), schedule, fee, _source(schedule, fee))
            found.setdefault((schedule.purpose, fee.code), []).append(ranked)
    for rows in found.values():
        if len(rows) > 1:
            rows.sort(key=lambda row: row.source)
            rows.sort(key=lambda row: row.rank, reverse=True)
            _refuse_clash(rows)
    return {key: tuple(rows) for key, rows in found.items()}


def find_fee(
    fees: FeeIndex,
    purpose: FeePurpose,
    code: str,
    modifiers: tuple[str, ...],
    payer: Payer | None,
    day: date | None,
    place: str = "",
) -> RankedFee | None:
    """The row that counts, or None. Without a day only rows that always hold can answer.

    ``payer`` None: only what is the same for all payers.
    """
    for row in fees.get((purpose, code), ()):
        schedule, fee = row.schedule, row.fee
        if fee.modifier and fee.modifier not in modifiers:
            continue
        if fee.place and fee.place != place:
            continue
        if not _is_for(schedule, payer):
            continue
        if _holds(fee.effective, day) and _holds(schedule.effective, day):
            return row
    return None


def _is_for(schedule: FeeSchedule, payer: Payer | None) -> bool:
    if payer is None:
        return not schedule.payer_ids and not schedule.payer_kinds
    return (not schedule.payer_ids or payer.payer_id in schedule.payer_ids) and (
        not schedule.payer_kinds or payer.kind in schedule.payer_kinds
    )


def _holds(window: Window, day: date | None) -> bool:
    if day is None:
        return window.first is None and window.last is None
    return day in window


def _source(schedule: FeeSchedule, fee: Fee) -> str:
    first = fee.effective.first or schedule.effective.first
    parts = (schedule.id, fee.code, fee.modifier, fee.place, str(first or ""))
    return ":".join(part for part in parts if part)


def _rank(schedule: FeeSchedule, fee: Fee) -> tuple[int, bool, bool, bool, bool]:
    return (
        schedule.rank.weight,
        bool(schedule.payer_ids),
        bool(schedule.payer_kinds),
        bool(fee.modifier),
        bool(fee.place),
    )


def _refuse_clash(rows: list[RankedFee]) -> None:
    for one, two in combinations(rows, 2):
        alike = (one.rank, one.fee.modifier, one.fee.place) == (
            two.rank,
            two.fee.modifier,
            two.fee.place,
        )
        if alike and _meet(one, two):
            raise InputError(
                f"fee schedules {one.schedule.id} and {two.schedule.id} both price one code on "
                "one day at equal rank; end one row before the other begins"
            )


def _meet(one: RankedFee, two: RankedFee) -> bool:
    a, b = one.schedule, two.schedule
    return (
        one.fee.effective.overlaps(two.fee.effective)
        and a.effective.overlaps(b.effective)
        and one.fee.effective.overlaps(b.effective)
        and two.fee.effective.overlaps(a.effective)
        and _share(a.payer_ids, b.payer_ids)
        and _share(a.payer_kinds, b.payer_kinds)
    )


def _share(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    return not one or not two or not set(one).isdisjoint(two)
