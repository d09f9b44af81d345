"""National Correct Coding Initiative: pairs, units, add-on codes (professional-scrub.md s.5).

A finding never proposes to append 59: only the record can say that two services were distinct.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.rules.tables import AddOn, Edition, Pair, PairTable, UnitLimit
from core.scrub.finding import Flag
from core.scrub.own_tables import codes_of, rows
from core.scrub.services import Service, counted_history, same_physician, services
from core.scrub.shapes import DISTINCT_SERVICE

Lines = Sequence[ServiceLine]

NEVER, WITH_MODIFIER = "0", "1"
"""Indicators of a pair: no modifier helps; a modifier may. 9: deleted from its beginning."""

PAIR_MODIFIERS = frozenset(row["modifier"] for row in rows("ncci_modifiers.csv"))
"""Modifiers that may part a pair of indicator 1."""

_SITE_MODIFIERS = frozenset(
    row["modifier"] for row in rows("ncci_modifiers.csv") if row["kind"] == "site"
)
_EITHER_COLUMN_FROM = date(2019, 7, 1)

_MONTH, _ANY_SERVICE = "month", 1

_ADD_ON_ROWS = rows("add_on_codes.csv")
OWN_ADD_ONS = {
    row["code"]: AddOn(
        kind=int(row["kind"]),
        primaries=frozenset(codes_of(row["primaries"])),
        edition=Edition(table="add-on codes", release="", row=f"{row['code']} {row['source']}"),
    )
    for row in _ADD_ON_ROWS
}
"""Add-on codes known without a loaded NCCI table."""

_MONTHLY = frozenset(row["code"] for row in _ADD_ON_ROWS if row["period"] == _MONTH)


def never_together(case: Case, lines: Lines) -> Iterator[Flag]:
    """A pair that no modifier parts: column 2 is not paid beside column 1."""
    for second, first, pair in _pairs(case, NEVER):
        yield Flag(
            line_no=second.line_no,
            message=f"{second.code} is not paid beside {first.code} on one day; no modifier helps",
            suggestion=f"Take {second.code} off the claim",
            table_row=str(pair.edition),
        )


def needs_pair_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    """A pair that a modifier may part, and neither line has one."""
    for second, first, pair in _pairs(case, WITH_MODIFIER):
        yield Flag(
            line_no=second.line_no,
            message=f"{second.code} is part of {first.code} on one day unless it was a distinct "
            "service",
            suggestion="Bill both only if the record shows a distinct service, with the modifier "
            f"that says why; else take {second.code} off",
            table_row=str(pair.edition),
        )


def _parted(first: Service, second: Service) -> bool:
    if not PAIR_MODIFIERS.isdisjoint(second.modifiers):
        return True
    for one in first.modifiers:
        if one in PAIR_MODIFIERS:
            return one not in DISTINCT_SERVICE or second.day >= _EITHER_COLUMN_FROM
    return False


def _pairs(case: Case, indicator: str) -> Iterator[tuple[Service, Service, Pair]]:
    """Column-2 lines of the claim with their column-1 service, one for each line."""
    flagged: set[int | None] = set()
    for second, first, pair in case.once(_pairs_of_the_day):
        if pair.indicator != indicator or second.line_no in flagged:
            continue
        if indicator == NEVER or not _parted(first, second):
            flagged.add(second.line_no)
            yield second, first, pair


def _pairs_of_the_day(case: Case) -> list[tuple[Service, Service, Pair]]:
    """Every column-2 line with each of its column-1 services, in the order of the claim."""
    table = case.tables.ptp_practitioner
    if table is None or _alone(case):
        return []
    done = case.once(services)
    found = []
    for at, one in enumerate(done):
        if one.line_no is None:
            break
        for place in range(at + 1, len(done)):
            pair = _pair(table, one, done[place])
            if pair is None:
                continue
            second, first = (at, place) if pair.column2 == one.code else (place, at)
            if done[second].line_no is not None:
                found.append((second, first, pair))
    found.sort(key=_BY_PLACE)
    return [(done[second], done[first], pair) for second, first, pair in found]


_BY_PLACE = itemgetter(0, 1)


def _alone(case: Case) -> bool:
    return len(case.claim.lines) < 2 and not case.facts.history


def _pair(table: PairTable, one: Service, other: Service) -> Pair | None:
    if one.code == other.code or one.day != other.day or one.npi != other.npi:
        return None
    return table.pair(one.code, other.code, one.day)


def distinct_service_doubted(case: Case, lines: Lines) -> Iterator[Flag]:
    """59 where a modifier of the line says more, or where no pair asks for it."""
    marked = [line for line in case.claim.lines if "59" in line.modifiers]
    if not marked:
        return
    table = case.tables.ptp_practitioner
    every = case.once(services) if table else []
    done = {service.line_no: service for service in every}
    for line in marked:
        if not _SITE_MODIFIERS.isdisjoint(line.modifiers):
            yield Flag(
                line_no=line.line_no,
                message="The line has 59 beside a modifier that already names the site",
                suggestion="Keep the modifier that says more",
            )
            continue
        mine = done.get(line.line_no)
        if table is None or mine is None or _repeated(mine, every):
            continue
        if not any(
            (pair := _pair(table, mine, other)) and pair.indicator == WITH_MODIFIER
            for other in every
        ):
            yield Flag(
                line_no=line.line_no,
                message="The line has 59, and no pair of the day asks for it",
                suggestion="Take off 59 unless the payer asks for it",
            )


def _repeated(mine: Service, every: list[Service]) -> bool:
    """Whether 59 tells the line apart from another of the same code and day."""
    return any(
        other.code == mine.code and other.day == mine.day and other.line_no != mine.line_no
        for other in every
    )


def units_above_limit(case: Case, lines: Lines) -> Iterator[Flag]:
    """Medically unlikely units: by line (MAI 1), or by day over the lines (MAI 2 and 3)."""
    table = case.tables.mue_practitioner
    if table is None:
        return
    last: dict[tuple[str, date, str], tuple[ServiceLine, UnitLimit]] = {}
    sums: dict[tuple[str, date, str], Decimal] = {}
    for line in lines:
        day = line.service_from or case.day
        if day is None or line.unit_basis == "MJ" or case.policy_on(line).text(_SOURCE) == _NONE:
            continue
        limit = table.limit(line.code, day)
        if limit is None:
            continue
        units = _units_a_day(line)
        if limit.mai == 1:
            if units > limit.units:
                yield _too_many(line, units, limit.units, 1, str(limit.edition))
            continue
        key = (line.code, day, case.rendering_npi(line))
        last[key] = line, limit
        sums[key] = sums[key] + units if key in sums else units
    for key, (line, limit) in last.items():
        total = sums[key]
        if case.facts.history:
            total += _units_before(case, key)
        if total > limit.units:
            yield _too_many(line, total, limit.units, limit.mai, str(limit.edition))


_SOURCE, _NONE = "mue_source", "none"


def _units_a_day(line: ServiceLine) -> Decimal:
    """Units of a line over several days count by day, rounded to a whole unit."""
    first, last = line.service_from, line.service_to
    if first is None or last is None or last <= first:
        return line.units
    days = (last - first).days + 1
    return (line.units / days).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def _units_before(case: Case, key: tuple[str, date, str]) -> Decimal:
    code, day, npi = key
    return sum(
        (
            prior.units
            for prior in counted_history(case)
            if prior.code == code and prior.service_on == day and prior.rendering_npi == npi
        ),
        Decimal(0),
    )


def _too_many(line: ServiceLine, units: Decimal, most: int, mai: int, row: str) -> Flag:
    where = "on the line" if mai == 1 else "on the day"
    return Flag(
        line_no=line.line_no,
        rarc="N362",
        message=f"{line.code}: {units.normalize():f} units {where}, the unlikely-units limit is "
        f"{most}",
        suggestion=_LIMIT_ADVICE[mai],
        table_row=row,
    )


_LIMIT_ADVICE = {
    1: "Correct the units; split the line only where the record shows repeated or separate service",
    2: "Correct the units; this limit is absolute and cannot be appealed",
    3: "Correct the units, or keep the record ready for an appeal",
}


def add_on_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    """An add-on code with none of its primary services by the same provider that day."""
    table = case.tables.add_on
    every: list[Service] = []
    for line in lines:
        day = line.service_from or case.day
        known = OWN_ADD_ONS.get(line.code) if table is None else None
        if day is None or (table is None and known is None):
            continue
        rule = table.add_on(line.code, day) if table is not None else known
        if rule is None:
            continue
        every = every or case.once(services)
        mine = next(one for one in every if one.line_no == line.line_no)
        if not any(_is_primary(case, rule, mine, other) for other in every):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is an add-on code and none of its primary services is there",
                suggestion="Bill it with its primary service, or take it off",
                table_row=str(rule.edition),
            )


def _is_primary(case: Case, rule: AddOn, mine: Service, other: Service) -> bool:
    if other.code == mine.code or not _together(case, mine, other):
        return False
    if other.code in rule.primaries:
        return True
    # Kinds 2 and 3 leave the primaries to the contractor: another service may be one.
    return rule.kind != _ANY_SERVICE and not _is_add_on(case, other)


def _together(case: Case, mine: Service, other: Service) -> bool:
    if mine.code in _MONTHLY:
        same_month = (mine.day.year, mine.day.month) == (other.day.year, other.day.month)
        return same_month and (mine.npi == other.npi or same_physician(mine, other))
    if mine.day != other.day:
        return False
    # Some payers take a group of one specialty for one practitioner.
    in_group = case.policy.text("same_day_scope") == "group" and same_physician(mine, other)
    return mine.npi == other.npi or in_group


def _is_add_on(case: Case, other: Service) -> bool:
    table = case.tables.add_on
    if table is None:
        return other.code in OWN_ADD_ONS
    return table.add_on(other.code, other.day) is not None
