"""The claim page: one claim whole, opened in its practice, the reading recorded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from msgspec.structs import replace

from api.http.answers import in_thread, page, see_other
from api.http.claim_access import (
    opened,
    person_of,
    role_sight,
    seen_finding,
    sees_clinical,
    sight_of,
)
from api.http.forms import FieldError
from api.http.queue import read_number
from api.http.sessions import PageRequest, form_of, house_of, may, visitor
from audit.event import Purpose
from core.claims.claim import ServiceLine
from core.claims.lifecycle import MOVES, allowed
from core.claims.position import Event, Position, Stage
from core.confidentiality import FieldClass
from core.errors import ConflictError, InputError
from core.part_two import NOTICE
from core.ports import ClaimRecord, Practice, StoredFinding
from core.scrub.finding import Severity
from core.scrub.fixes import Change, described
from core.sight import Shown, Sight, seen_claim, seen_payment
from core.usecases.keep_records import records_of
from core.usecases.work_claim import holding
from tenants.access import widened
from tenants.session import tenant_transaction
from tenants.staff import Right
from tenants.store import claim_page, emergencies
from tenants.store.claim_page import FoundClaim, LineMoney, Step, VisitOfClaim

_FOUND_MAX = 20
_UNSENT = frozenset({Stage.DRAFT, Stage.HELD, Stage.READY})

SHOWS = (
    FieldClass.DEMOGRAPHICS,
    FieldClass.IDENTIFIERS,
    FieldClass.CLINICAL,
    FieldClass.SUBSTANCE_USE,
)
"""What a route that shows a claim can show (``opt["shows"]``)."""

PURPOSES = (Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.TREATMENT, Purpose.REQUIRED_BY_LAW)
"""What somebody may give as the purpose of looking behind a mask."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A service line with its findings and its money; ``money`` None: nothing posted yet."""

    line: ServiceLine
    money: LineMoney | None
    findings: int
    worst: str


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person may do with the claim where it stands now."""

    edit: bool
    scrub: bool
    override: bool
    release: bool
    send_again: bool

    @property
    def anything(self) -> bool:
        return self.edit or self.scrub or self.release or self.send_again


def claim_address(practice: Practice, claim_id: UUID) -> str:
    """Where a claim's page is; ids only."""
    return f"/practices/{practice.slug}/claims/{claim_id}"


@get(
    "/practices/{slug:str}/claims/{claim_id:uuid}",
    opt={"access": Right.WORK_QUEUE, "shows": SHOWS, "emergency": True},
)
@in_thread
def claim(request: PageRequest) -> Response[Any]:
    """Everything about one claim that its reader may see."""
    return claim_answer(request)


@post(
    "/practices/{slug:str}/claims/{claim_id:uuid}/reveal",
    opt={"access": Right.WORK_QUEUE, "shows": SHOWS},
)
@in_thread
def reveal(request: PageRequest) -> Response[Any]:
    """The claim once, with a class of fields that is masked for this role, for a stated purpose."""
    form = form_of(request)
    with opened(request) as (uow, record):
        masked = _masked(sight_of(request, uow, record), record)
    try:
        kind = form.choice("class", "what to show", [one.value for one in masked])
        purpose = form.choice("purpose", "a purpose", [one.value for one in PURPOSES])
    except FieldError as problem:
        return claim_answer(request, status=problem.http_status, problem=problem.message)
    return claim_answer(request, revealed=FieldClass(kind), purpose=Purpose(purpose))


def _masked(sight: Sight, record: ClaimRecord) -> tuple[FieldClass, ...]:
    """The classes of this claim that are masked, and can be revealed."""
    kinds = (FieldClass.DEMOGRAPHICS, FieldClass.IDENTIFIERS, record.clinical_class)
    return tuple(kind for kind in kinds if sight[kind] is Shown.MASKED)


def claim_answer(
    request: PageRequest,
    *,
    status: int = 200,
    problem: str = "",
    reason: str = "",
    finding: str = "",
    revealed: FieldClass | None = None,
    purpose: Purpose = Purpose.PAYMENT,
) -> Response[Any]:
    """The claim page, where ``problem`` says why an action was not taken."""
    with opened(request, purpose=purpose) as (uow, record):
        practice, claim_id = uow.practice, record.id
        role_sight = sight_of(request, uow, record)
        sight = widened(role_sight, (revealed,)) if revealed else role_sight
        clinical = sight[record.clinical_class]
        findings = _gravest_first(uow.claims.findings(claim_id))
        postings = uow.ledger.of_claim(claim_id)
        money = claim_page.money(postings)
        payments = uow.remittances.of_claim(claim_id)
        shown = replace(record, claim=seen_claim(record, sight))
        values = {
            "record": shown,
            "claim": shown.claim,
            "record_count": len(records_of(shown.claim)),
            "findings": tuple(seen_finding(one, record, sight) for one in findings),
            "overriders": _overriders(uow, findings),
            "changes": _changes(request, record, findings, sight),
            "lines": _lines(shown, findings, money),
            "total": _total(money),
            "loose": money.get(None),
            "steps": (steps := claim_page.steps(uow.connection, claim_id)),
            "visit": _visit(request, uow, record),
            "denials": claim_page.denials(uow.connection, claim_id),
            "payments": [(check, seen_payment(one, record, sight)) for check, one in payments],
            "postings": postings,
            # A rule's tag may say what the claim is about, as its findings do.
            "runs": () if clinical is Shown.HIDDEN else uow.declared_rules.runs(claim_id),
            "today": uow.today,
        }
        uow.record("claim.read", {"claim": [claim_id]}, claims=1)
        if revealed:
            uow.record("claim.revealed", {"claim": [claim_id]}, **{revealed.value: 1})
    return page(
        request,
        "claim.html",
        status=status,
        here="queue",
        practice=practice,
        address=claim_address(practice, claim_id),
        actions=actions_for(request, record, findings),
        overrides=[layer.value for layer in visitor(request).staff.overrides],
        why=_why(record.position, steps),
        problem=problem,
        reason=reason,
        refused=finding,
        masked=[one.value for one in _masked(sight, record)],
        purposes=[one.value for one in PURPOSES],
        clinical=clinical.value,
        people=sight[FieldClass.DEMOGRAPHICS].value,
        notice=NOTICE if record.is_part_two else "",
        **values,
    )


def actions_for(
    request: PageRequest, record: ClaimRecord, findings: Sequence[StoredFinding]
) -> Actions:
    """The table of moves, the person's role and what of the record they see, together."""
    position = record.position
    edits, releases = may(request, Right.EDIT_CLAIM), may(request, Right.RELEASE_CLAIM)
    if visitor(request).practice(request.path_params["slug"]) is None:
        edits = releases = False  # an emergency lets somebody look, not act
    held = position.stage is Stage.HELD
    return Actions(
        edit=edits and sees_clinical(role_sight(request), record) and allowed(position, Event.EDIT),
        scrub=edits and position.stage in _UNSENT,
        override=releases and held,
        release=releases and held and not holding(findings),
        send_again=releases and allowed(position, Event.RESUBMIT),
    )


def _visit(request: PageRequest, uow: Any, record: ClaimRecord) -> VisitOfClaim:
    """The visit, with those statements that this visitor could open."""
    found = claim_page.visit(uow.connection, record.id, record.encounter_id)
    sight = role_sight(request)
    opened_here = [one for one in found.statements if sight[one.field_class] is not Shown.HIDDEN]
    return replace(found, statements=tuple(opened_here))


def _lines(
    record: ClaimRecord,
    findings: Sequence[StoredFinding],
    money: dict[int | None, LineMoney],
) -> tuple[Line, ...]:
    by_line: dict[int, list[Severity]] = {}
    for one in findings:
        if one.finding.line_no is not None and one.overridden_by is None:
            by_line.setdefault(one.finding.line_no, []).append(one.finding.severity)
    return tuple(
        Line(
            line=line,
            money=money.get(line.line_no),
            findings=len(by_line.get(line.line_no, ())),
            worst=max(by_line[line.line_no], key=lambda one: one.weight).value
            if line.line_no in by_line
            else "",
        )
        for line in record.claim.lines
    )


def _total(money: dict[int | None, LineMoney]) -> LineMoney | None:
    if not money:
        return None
    found = tuple(money.values())
    return LineMoney(
        line_no=None,
        charged_cents=sum(one.charged_cents for one in found),
        paid_cents=sum(one.paid_cents for one in found),
        adjusted_cents=sum(one.adjusted_cents for one in found),
        insurer_cents=sum(one.insurer_cents for one in found),
        patient_cents=sum(one.patient_cents for one in found),
    )


def _why(position: Position, steps: Sequence[Step]) -> str:
    """Why the claim is due when it is: the reason the table of moves gives for the last step."""
    for step in steps:
        if step.event in set(Event) and step.from_stage in set(Stage):
            found = MOVES.get((Stage(step.from_stage), Event(step.event)))
            if found is not None and found.stage is position.stage:
                return found.reason
    return ""


def _changes(
    request: PageRequest, record: ClaimRecord, findings: Sequence[StoredFinding], sight: Sight
) -> dict[str, Change]:
    """What each finding's fix would change, by finding, for whoever may carry it out."""
    if not actions_for(request, record, findings).edit:
        return {}
    changes = {}
    for one in findings:
        fix = seen_finding(one, record, sight).finding.fix
        if fix is not None:
            # A suggestion that does not fit the claim as it is now is left to the person.
            with suppress(InputError, ConflictError):
                changes[str(one.id)] = described(record.claim, fix)
    return changes


def _gravest_first(findings: Sequence[StoredFinding]) -> tuple[StoredFinding, ...]:
    return tuple(
        sorted(
            findings, key=lambda one: (one.overridden_by is not None, -one.finding.severity.weight)
        )
    )


def _overriders(uow: Any, findings: Sequence[StoredFinding]) -> dict[str, str]:
    ids = {one.overridden_by for one in findings if one.overridden_by is not None}
    found = claim_page.people(uow.connection, ids) if ids else {}
    return {str(person): found.get(person, "somebody") for person in ids}


class FoundIn(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of one practice that a search found."""

    practice: Practice
    claims: tuple[FoundClaim, ...]


def _searched(request: PageRequest) -> tuple[Practice, ...]:
    """The assigned practices, and those whole practices that an emergency of now opens.

    An emergency about one patient leads to the claim by itself; it is no leave to search.
    """
    who, found = visitor(request), []
    for one in who.emergencies:
        if who.practice(one.practice.slug) is None:
            with tenant_transaction(
                house_of(request).runtime.engine, one.practice.tenant_id
            ) as connection:
                if emergencies.patients(connection, [one.id]).get(one.id) is None:
                    found.append(one.practice)
    return (*who.practices, *dict.fromkeys(found))


@get("/find", opt={"access": Right.WORK_QUEUE})
@in_thread
def find(request: PageRequest) -> Response[Any]:
    """Claims by the beginning of their number, in every assigned practice; one goes straight in."""
    number = read_number(request.query_params)
    runtime, person = house_of(request).runtime, person_of(request)
    found = []
    for practice in _searched(request) if number else ():
        with runtime.unit_of_work(practice.tenant_id, person) as uow:
            claims = claim_page.by_number(uow.connection, number, limit=_FOUND_MAX + 1)
            about = {"claim": [one.claim_id for one in claims]}
            uow.record("claim.searched", about, found=len(claims))
        if claims:
            found.append(FoundIn(practice=practice, claims=claims))
    if len(found) == 1 and len(found[0].claims) == 1:
        return see_other(claim_address(found[0].practice, found[0].claims[0].claim_id))
    return page(
        request, "find.html", here="queue", number=number, found=tuple(found), most=_FOUND_MAX
    )
