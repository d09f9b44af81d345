"""Encounter and charges -> claim drafts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from core.claims.claim import Claim, Form, LineFacts, OtherPayer, ServiceLine, VisitFacts
from core.claims.grouping import group
from core.claims.parties import PayerSequence, Provider, Value
from core.coding.proposals import Change, applied
from core.intake.coverage import CoverageOnDay, coverage_on
from core.intake.encounter import Charge, Coverage, Encounter
from core.rules.coding import CodingCase
from core.rules.records import readable_visit
from core.rules.rulebook import RuleBook
from core.scrub.finding import Finding, Severity

CAPTURED = "captured"
"""``fee_source`` of a line whose charge came with the encounter."""

LINES_MAXIMUM = {Form.PROFESSIONAL: 50, Form.DENTAL: 50, Form.INSTITUTIONAL: 999}
"""Service lines a claim may have: 837P and 837D 50, 837I 999."""

_SEQUENCES = tuple(PayerSequence)
_VISIT_FIELDS = VisitFacts.__struct_fields__
_LINE_FIELDS = LineFacts.__struct_fields__
_visit_facts = attrgetter(*_VISIT_FIELDS)
_line_facts = attrgetter(*_LINE_FIELDS)

ClaimNumbers = Callable[[int], str] | str


class CodedEncounter(Value, frozen=True, kw_only=True):
    """Claim drafts of one encounter, not yet priced.

    ``findings`` speak of the encounter (no coverage, a coding rule that failed); ``changes`` are
    what coding rules filled in. Without claims the encounter waits for a person.
    """

    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()


class _Placed(msgspec.Struct, frozen=True):
    charge: Charge
    form: Form
    rendering: Provider | None
    coverage: CoverageOnDay


def code(
    encounter: Encounter, rule_book: RuleBook, *, claim_number: ClaimNumbers
) -> CodedEncounter:
    """The claims that ``encounter`` makes: one per form, rendering provider and payer order.

    ``claim_number`` is called with 0, 1, ... or is the first claim's number, to which further
    claims add ``-2``, ``-3``. Line control numbers are the claim number and the line. Never raises
    for bad data: what is wrong comes back as findings. One statement is one bill to one payer, so
    an institutional visit's coverage is that of its statement's first day.
    """
    encounter = readable_visit(encounter, rule_book.records)
    day = first_day(encounter)
    if day is None:
        return CodedEncounter(findings=(_finding("CW-001", "The visit has no date of service"),))
    if not encounter.charges:
        return CodedEncounter(findings=(_finding("CW-002", "The visit has no charge"),))
    findings: list[Finding] = []
    changes: list[Change] = []
    placed: list[_Placed] = []
    known: dict[tuple[date, date, Provider | None], tuple[CoverageOnDay, CodingCase | None]] = {}
    for charge in encounter.charges:
        rendering = charge.rendering or encounter.rendering
        on = charge.service_from or day
        covered_on = encounter.institutional.statement_from if encounter.institutional else on
        key = (covered_on, on, charge.rendering)
        if key not in known:
            covered = coverage_on(encounter.coverages, covered_on)
            known[key] = (covered, _case(encounter, covered, rule_book, on, rendering))
        covered, case = known[key]
        if case is None:
            findings.append(_no_coverage(charge))
            continue
        if covered.contested:
            findings.append(_contested(charge))
        coded, made, faults = applied(charge, case, rule_book.coding_rules)
        changes += made
        findings += faults
        form = _form(coded, encounter, rule_book)
        placed.append(_Placed(coded, form, coded.rendering or encounter.rendering, covered))
    groups = group(placed, _key, lambda one: LINES_MAXIMUM[one.form])
    claims = tuple(
        _claim(encounter, members, _number(claim_number, place), is_whole=len(groups) == 1)
        for place, members in enumerate(groups)
    )
    return CodedEncounter(claims=claims, findings=tuple(findings), changes=tuple(changes))


def first_day(encounter: Encounter) -> date | None:
    """First day of service: of the charges, else the statement's, else the admission."""
    days = [charge.service_from for charge in encounter.charges if charge.service_from]
    if days:
        return min(days)
    if encounter.institutional:
        return encounter.institutional.statement_from
    return encounter.admission_date


def _case(
    encounter: Encounter,
    covered: CoverageOnDay,
    rule_book: RuleBook,
    day: date,
    rendering: Provider | None,
) -> CodingCase | None:
    """What coding rules are given for charges of ``day``; None where nobody covers it."""
    if covered.gap:
        return None
    payer = covered.in_force[0].payer
    policy = rule_book.policy(payer, day)
    return CodingCase(encounter=encounter, payer=payer, policy=policy, day=day, rendering=rendering)


def _form(charge: Charge, encounter: Encounter, rule_book: RuleBook) -> Form:
    for shape in rule_book.claim_shapes:
        if charge.code and shape.touches.takes_code(charge.code):
            return shape.form
    return encounter.form


def _key(one: _Placed) -> tuple[Form, str | Provider | None, tuple[UUID, ...]]:
    rendering = one.rendering if one.form is not Form.INSTITUTIONAL else None
    # Without an NPI only the whole provider tells one from another.
    who = (rendering.npi or rendering) if rendering else None
    return one.form, who, tuple(coverage.id for coverage in one.coverage.in_force)


def _number(claim_number: ClaimNumbers, place: int) -> str:
    if isinstance(claim_number, str):
        return claim_number if place == 0 else f"{claim_number}-{place + 1}"
    return claim_number(place)


def _claim(
    encounter: Encounter, members: Sequence[_Placed], number: str, *, is_whole: bool
) -> Claim:
    first = members[0]
    billed, others, sequence = _payers(encounter, first.coverage.in_force)
    facts: dict[str, Any] = dict(zip(_VISIT_FIELDS, _visit_facts(encounter), strict=True))
    facts["form"] = first.form
    if not is_whole:
        # A total that came with the visit is that of no part of it.
        facts["stated_charge_cents"] = None
    facts["place_of_service"] = encounter.place_of_service or first.charge.place_of_service
    return Claim(
        **facts,
        claim_number=number,
        frequency=_frequency(encounter, first.form),
        payer_claim_number=encounter.payer_claim_number,
        sequence=sequence,
        payer=billed.payer,
        subscriber=billed.subscriber,
        patient=encounter.patient.person,
        billing=encounter.billing,
        rendering=first.rendering,
        lines=tuple(_line(one, number, place + 1) for place, one in enumerate(members)),
        other_payers=others,
        patient_paid_cents=encounter.patient_paid_cents,
    )


def _frequency(encounter: Encounter, form: Form) -> str:
    """On an institutional claim the fourth character of the type of bill says it (NUBC)."""
    if form is Form.INSTITUTIONAL and encounter.institutional:
        return encounter.institutional.type_of_bill[3:4] or encounter.frequency
    return encounter.frequency


def _line(one: _Placed, number: str, line_no: int) -> ServiceLine:
    charge = one.charge
    facts: dict[str, Any] = dict(zip(_LINE_FIELDS, _line_facts(charge), strict=True))
    facts["line_no"] = line_no
    # Such a claim has one rendering provider and carries it once; its lines do not repeat it.
    if one.form is not Form.INSTITUTIONAL:
        facts["rendering"] = None
    return ServiceLine(
        **facts,
        charge_cents=charge.charge_cents or 0,
        control_number=f"{number}-{line_no}",
        charge_id=charge.id,
        fee_source=CAPTURED if charge.charge_cents is not None else "",
    )


def _payers(
    encounter: Encounter, in_force: Sequence[Coverage]
) -> tuple[Coverage, tuple[OtherPayer, ...], PayerSequence]:
    """Who is billed, who else there is, and whose turn it is.

    Payers that decided before the visit reached us (``encounter.other_payers``) are not billed
    again, unless no other coverage is left.
    """
    decided = {(one.payer.id_qualifier, one.payer.payer_id) for one in encounter.other_payers}
    open_ones = [
        one for one in in_force if (one.payer.id_qualifier, one.payer.payer_id) not in decided
    ]
    billed = (open_ones or list(in_force))[0]
    start = _SEQUENCES.index(encounter.sequence)
    # A policy without a member id cannot be billed by anybody; it is another record of this one.
    rest = [one for one in open_ones if one is not billed and one.subscriber.member_id]
    waiting = tuple(
        OtherPayer(sequence=sequence, payer=one.payer, subscriber=one.subscriber)
        for sequence, one in zip(_SEQUENCES[start + 1 :], rest, strict=False)
    )
    return billed, (*encounter.other_payers, *waiting), encounter.sequence


def _finding(
    rule: str, message: str, *, severity: Severity = Severity.REJECT, line_no: int | None = None
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        line_no=line_no,
        source="Claimwright intake",
    )


def _no_coverage(charge: Charge) -> Finding:
    message = "No coverage is in force on the date of service; find the payer or bill the patient"
    return _finding("CW-003", message, line_no=charge.line_no)


def _contested(charge: Charge) -> Finding:
    message = "Two coverages claim the same rank on the date of service; the newer one was used"
    return _finding("CW-004", message, severity=Severity.WARN, line_no=charge.line_no)
