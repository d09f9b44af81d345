"""One way to a claim for every page: in its practice, by whoever may, seen as far as they may.

``opened`` gives the transaction and the claim; a person who does not meet a demand of the practice
is refused there, and that is recorded. ``sight_of`` says how much of a record a page may show.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from api.http.sessions import NOTHING_HERE, PageRequest, house_of, practice_of, visitor
from audit.event import Actor, ActorKind, Purpose
from core.codes.diagnoses import with_point
from core.confidentiality import FieldClass
from core.errors import ForbiddenError, NotFoundError
from core.ports import ClaimRecord, Practice, StoredFinding
from core.scrub.finding import Finding
from core.sight import Shown, Sight
from tenants.access import SIGHT, in_emergency
from tenants.demands import refusal
from tenants.staff import Right
from tenants.store import demands, emergencies
from tenants.store.sessions import LiveEmergency


class NotAdmittedError(ForbiddenError):
    """The person does not meet a demand of the practice, or of the payer's kind."""

    code = "not-admitted"


def person_of(request: PageRequest) -> Actor:
    """The signed-in person as the actor of audit events."""
    return Actor(kind=ActorKind.PERSON, id=visitor(request).staff.id)


def practice_work(request: PageRequest, purpose: Purpose) -> Any:
    """A transaction of the practice of this address, by the person who is signed in."""
    practice = practice_of(request, request.path_params["slug"])
    return house_of(request).runtime.unit_of_work(
        practice.tenant_id, person_of(request), purpose=purpose
    )


@contextmanager
def opened(
    request: PageRequest, *, purpose: Purpose = Purpose.PAYMENT
) -> Iterator[tuple[Any, ClaimRecord]]:
    """The transaction of the claim's practice, and the claim of this address in it.

    ``NotFoundError`` with one sentence for what is not there, what is another practice's, and what
    an emergency does not reach.
    """
    practice = reachable_practice(request)
    claim_id, runtime = request.path_params["claim_id"], house_of(request).runtime
    person = person_of(request)
    try:
        with runtime.unit_of_work(practice.tenant_id, person, purpose=purpose) as uow:
            record = _claim_of(uow, claim_id)
            _check_reach(request, uow, practice, record)
            _check_demands(request, uow, record)
            yield uow, record
    except NotAdmittedError:
        with runtime.unit_of_work(practice.tenant_id, person, purpose=Purpose.SECURITY) as uow:
            uow.record("access.refused", {"claim": [claim_id]})
        raise


def reachable_practice(request: PageRequest) -> Practice:
    """The practice of the address: an assigned one, or one of an emergency of now."""
    slug = request.path_params["slug"]
    live = visitor(request).emergencies_in(slug)
    return visitor(request).practice(slug) or (
        live[0].practice if live else practice_of(request, slug)
    )


def _claim_of(uow: Any, claim_id: UUID) -> ClaimRecord:
    try:
        found = uow.claims.get(claim_id)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    assert isinstance(found, ClaimRecord), "the store gives records"
    return found


def _check_reach(request: PageRequest, uow: Any, practice: Practice, record: ClaimRecord) -> None:
    if visitor(request).practice(practice.slug) is None and not _reaching(request, uow, record):
        raise NotFoundError(NOTHING_HERE)


def _reaching(request: PageRequest, uow: Any, record: ClaimRecord) -> tuple[LiveEmergency, ...]:
    """The emergencies of now that reach the patient of this claim."""
    live = visitor(request).emergencies_in(uow.practice.slug)
    if not live:
        return ()
    patients = emergencies.patients(uow.connection, [one.id for one in live])
    return tuple(one for one in live if patients.get(one.id) in (None, record.patient_id))


def _check_demands(request: PageRequest, uow: Any, record: ClaimRecord) -> None:
    asked = demands.every(uow.connection)
    if not asked:
        return
    person = visitor(request).staff
    why = refusal(
        asked,
        person,
        demands.credentials(uow.connection, person.id),
        access=Right(request.route_handler.opt["access"]),
        payer_kind=record.claim.payer.kind,
        on=uow.today,
    )
    if why:
        raise NotAdmittedError(why)


def role_sight(request: PageRequest) -> Sight:
    """What the visitor sees by role alone; what is changed goes by it, in an emergency too."""
    return SIGHT[visitor(request).staff.role]


def sight_of(request: PageRequest, uow: Any, record: ClaimRecord) -> Sight:
    """What the visitor sees of this claim: by role, and more while an emergency reaches it."""
    sight = role_sight(request)
    for one in _reaching(request, uow, record):
        sight = in_emergency(sight, part_two=one.medical)
    return sight


def form_sight(sight: Sight, record: ClaimRecord) -> Sight:
    """``sight`` as the fields of the edit form ask it: with what is clinical on this claim."""
    return {**sight, FieldClass.CLINICAL: sight[record.clinical_class]}


def sees_clinical(sight: Sight, record: ClaimRecord) -> bool:
    """Whether anything clinical of the claim is seen at all; else there is nothing to edit."""
    return sight[record.clinical_class] is not Shown.HIDDEN


def seen_finding(one: StoredFinding, record: ClaimRecord, sight: Sight) -> StoredFinding:
    """A stored finding as far as its words may be read; a reason may speak of the patient."""
    if sight[record.clinical_class] is Shown.WHOLE:
        return one
    return replace(one, finding=seen_words(one.finding, record, sight), override_reason="")


def seen_words(finding: Finding, record: ClaimRecord, sight: Sight) -> Finding:
    """What a rule said, as far as it may be read.

    A rule names the code it judges: a diagnosis, which is hidden from whoever does not see the
    claim's, or a service, which of a Part 2 program's claim is hidden with the rest.
    """
    kind = record.clinical_class
    if sight[kind] is Shown.WHOLE:
        return finding
    words = f"{finding.message} {finding.suggestion} {finding.table_row}"
    hidden = kind is FieldClass.SUBSTANCE_USE and sight[kind] is Shown.HIDDEN
    if not hidden and not any(
        form in words for code in record.claim.diagnoses for form in (code, with_point(code))
    ):
        return finding
    return replace(
        finding,
        message="Its words are not shown to your role",
        suggestion="",
        table_row="",
        fix=None,
    )
