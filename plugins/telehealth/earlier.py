"""What else was done for the patient, as rules of telehealth compare it with a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from plugins import Case, PriorService, ServiceLine, add_years
from plugins.telehealth import codes

_NOT_BILLED = frozenset({"denied", "voided"})


class Other(msgspec.Struct, frozen=True):
    """Another service: of this claim (``line_no``) or of an earlier one.

    ``is_same_problem`` None: nobody wrote it down.
    """

    code: str
    day: date
    npi: str
    group: str
    specialty: str
    is_same_problem: bool | None
    is_billed: bool
    line_no: int | None = None


def others(case: Case, line: ServiceLine) -> Iterator[Other]:
    """Every other service that is known, those of the claim first; none that was voided."""
    for one in case.claim.lines:
        day = case.day_of(one)
        if one is not line and day is not None and one.code:
            yield Other(
                code=one.code,
                day=day,
                npi=case.rendering_npi(one),
                group=case.group_of(one),
                specialty=case.specialty_of(one),
                is_same_problem=_shares_diagnosis(line, one),
                is_billed=True,
                line_no=one.line_no,
            )
    for prior in case.facts.history or ():
        if prior.status != "voided" and not _is_of_claim(case, prior):
            yield Other(
                code=prior.code,
                day=prior.service_on,
                npi=prior.rendering_npi,
                group=prior.group_npi,
                specialty=prior.taxonomy,
                is_same_problem=prior.same_problem,
                is_billed=prior.status not in _NOT_BILLED,
            )


def _shares_diagnosis(one: ServiceLine, other: ServiceLine) -> bool | None:
    """Two lines of one claim are about one problem when they point to one diagnosis."""
    return not set(one.pointers).isdisjoint(other.pointers) or None


def _is_of_claim(case: Case, prior: PriorService) -> bool:
    """Whether it stands on this claim, or on the one this claim replaces."""
    if prior.claim_number:
        return prior.claim_number == case.claim.claim_number
    return case.claim.frequency in ("7", "8") and any(
        prior.code == line.code and prior.service_on == case.day_of(line)
        for line in case.claim.lines
    )


def by_same_person(case: Case, line: ServiceLine, other: Other) -> bool:
    """Whether the practitioner of the line did it; where it names none, one of the specialty."""
    if other.npi:
        return other.npi == case.rendering_npi(line)
    return _by_colleague(case, line, other)


def by_same_practice(case: Case, line: ServiceLine, other: Other) -> bool:
    """Whether the practitioner, or a colleague of the same group and specialty, did it."""
    return by_same_person(case, line, other) or _by_colleague(case, line, other)


def _by_colleague(case: Case, line: ServiceLine, other: Other) -> bool:
    specialty = case.specialty_of(line)
    return bool(specialty) and (other.group, other.specialty) == (case.group_of(line), specialty)


def by_same_group(case: Case, line: ServiceLine, other: Other) -> bool:
    """Whether somebody of the same group did it, as far as the record says who did."""
    if other.npi and other.npi == case.rendering_npi(line):
        return True
    return not other.group or other.group == case.group_of(line)


def was_seen(case: Case, line: ServiceLine, day: date) -> bool:
    """Whether the practice saw the patient within three years up to ``day``."""
    first = add_years(day, -3)
    return any(
        first <= other.day <= day
        and codes.is_visit(other.code, other.day)
        and by_same_group(case, line, other)
        for other in others(case, line)
    )


def same_month(one: date, other: date) -> bool:
    """Whether both days lie in one calendar month."""
    return (one.year, one.month) == (other.year, other.month)
