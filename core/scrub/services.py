"""Who did a service and what else was done for the patient: on the claim and before it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.rules.facts import PriorService

COUNTED = frozenset({"paid", "pending"})
"""States of an earlier service that a payer's edits count."""

_REPLACES = frozenset({"7", "8"})


class Service(NamedTuple):
    """A service as an edit compares it; ``line_no`` None: it stands on an earlier claim."""

    line_no: int | None
    code: str
    day: date
    modifiers: tuple[str, ...]
    units: Decimal
    npi: str
    group: str
    specialty: str


def counted_history(case: Case) -> tuple[PriorService, ...]:
    """Paid and pending services of other claims: of the one this claim replaces or voids, none."""
    return case.once(_counted) if case.facts.history else ()


def _counted(case: Case) -> tuple[PriorService, ...]:
    own = case.claim.claim_number
    replaced = _replaced(case) if case.claim.frequency in _REPLACES else frozenset()
    return tuple(
        prior
        for prior in case.facts.history or ()
        if prior.status in COUNTED
        and (prior.claim_number != own if prior.claim_number else _key(prior) not in replaced)
    )


def _replaced(case: Case) -> frozenset[tuple[str, date | None, str]]:
    """The same services on the claim before, where history does not say which claim it is."""
    return frozenset(
        (line.code, case.day_of(line), case.rendering_npi(line)) for line in case.claim.lines
    )


def _key(prior: PriorService) -> tuple[str, date | None, str]:
    return prior.code, prior.service_on, prior.rendering_npi


def service_of(case: Case, line: ServiceLine, day: date) -> Service:
    """The line as a service of ``day``."""
    return Service(
        line.line_no,
        line.code,
        day,
        line.modifiers,
        line.units,
        case.rendering_npi(line),
        case.group_of(line),
        case.specialty_of(line),
    )


def service_before(prior: PriorService) -> Service:
    """An earlier service."""
    return Service(
        None,
        prior.code,
        prior.service_on,
        prior.modifiers,
        prior.units,
        prior.rendering_npi,
        prior.group_npi,
        prior.taxonomy,
    )


def same_physician(one: Service, other: Service) -> bool:
    """The same person, or the same group and exactly the same specialty (CPM ch. 12 s. 30.6)."""
    if one.npi and one.npi == other.npi:
        return True
    return bool(
        one.group
        and one.group == other.group
        and one.specialty
        and one.specialty == other.specialty
    )


def services(case: Case) -> list[Service]:
    """The lines with a day, then the counted history. Rules ask ``case.once(services)``."""
    found = []
    for line in case.claim.lines:
        day = line.service_from or case.day
        if day is not None and line.code:
            found.append(service_of(case, line, day))
    found += [service_before(prior) for prior in counted_history(case)]
    return found
