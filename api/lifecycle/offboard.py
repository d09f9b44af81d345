"""The stages of leaving: no new work, a request by one person, approval by another, destruction.

A legal hold wins over everything. Before the records' time is over, and without a last export,
only a stated reason gets further. What is destroyed are keys: rows stay as ciphertext, the audit
log and the ledger's totals as they are.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from api.bootstrap import Runtime
from api.evidence import write_evidence
from audit.event import Actor, ActorKind, Event, ObjectType, Purpose
from audit.store import record
from core.claims.parties import PayerKind
from core.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StateError
from core.ports import Practice
from core.retention import Kept, kept
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tenants.shred import finish
from tenants.staff import Staff
from tenants.store import lifecycle as store
from tenants.store import whole
from tenants.store.keys import destroy_keys
from tenants.uow import UnitOfWork

_HELD = "this practice is under a legal hold, which wins over everything; lift it first"


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Where a practice stands on its way out."""

    practice: Practice
    since: datetime | None
    exported_at: datetime | None
    kept: Kept
    holds: int
    request: store.DestructionRequest | None

    def next_step(self, today: date) -> str:
        """What has to happen next, in a sentence."""
        slug = self.practice.slug
        if self.since is None:
            return f"it works as ever; it leaves with: claimwright practice offboard begin {slug}"
        if self.holds:
            return "a legal hold is in force; nothing is destroyed until it is lifted"
        if self.exported_at is None:
            return f"it needs its last export: claimwright practice export {slug} --to DIR"
        if self.request is not None:
            return "a request waits for a second administrator: practice offboard approve"
        if not self.kept.allows_destruction_on(today):
            return f"its records are kept until {self.kept.until} ({self.kept.source})"
        return f"its keys may be destroyed: claimwright practice offboard request {slug}"


class Destroyed(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed, and the certificate of it."""

    practice: Practice
    keys: int
    certificate: Path


def begin(running: Runtime, slug: str, person: Staff) -> Practice:
    """From now on nothing new is taken in or filed; what payers still answer is posted."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id, _actor(person)) as uow:
        if store.set_leaving(uow.connection, practice.tenant_id, uow.now):
            uow.record("practice.leaving", {"practice": [practice.tenant_id]})
    return practice


def standing(running: Runtime, slug: str) -> Leaving:
    """Where the practice stands."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id) as uow:
        return _standing(uow)


def _standing(uow: UnitOfWork) -> Leaving:
    connection, tenant_id = uow.connection, uow.tenant_id
    since = store.leaving_since(connection, tenant_id)
    facts = store.standing(connection)
    states = {
        stored.provider.address.state
        for stored in uow.masters.active_providers("billing")
        if stored.provider.address is not None
    }
    return Leaving(
        practice=uow.practice,
        since=since,
        exported_at=store.exported_at(connection, tenant_id, since) if since else None,
        kept=kept(facts.last_act, payer_kinds=map(PayerKind, facts.payer_kinds), states=states),
        holds=sum(hold.lifted_at is None for hold in store.holds(connection)),
        request=store.waiting_request(connection),
    )


def request_destruction(
    running: Runtime,
    slug: str,
    person: Staff,
    *,
    shred_now: bool = False,
    without_export: bool = False,
    because: str = "",
) -> Leaving:
    """The first of two persons asks that the practice's keys be destroyed."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id, _actor(person)) as uow:
        found = _standing(uow)
        _refuse_unless_allowed(found, uow.today, shred_now, without_export, because)
        request_id = new_id()
        store.add_request(
            uow.connection,
            uow.tenant_id,
            request_id,
            requested_by=person.id,
            before_retention_ends=not found.kept.allows_destruction_on(uow.today),
            without_export=found.exported_at is None,
            reason=because.strip(),
        )
        uow.record("destruction.requested", {"practice": [uow.tenant_id]})
        return _standing(uow)


def _refuse_unless_allowed(
    found: Leaving, today: date, shred_now: bool, without_export: bool, because: str
) -> None:
    if found.holds:
        raise ForbiddenError(_HELD)
    if found.since is None:
        raise StateError("this practice works; it must leave first: practice offboard begin")
    if found.exported_at is None and not without_export:
        raise StateError(
            "this practice was not exported since it began to leave; export it, or say "
            "--without-export and --because"
        )
    if not found.kept.allows_destruction_on(today) and not shred_now:
        raise StateError(
            f"the records of this practice are kept until {found.kept.until} "
            f"({found.kept.source}); sooner only with --shred-now and --because"
        )
    early = shred_now and not found.kept.allows_destruction_on(today)
    if (early or found.exported_at is None) and not because.strip():
        raise InputError("say why with --because; it stands on the certificate")


def withdraw(running: Runtime, slug: str, person: Staff) -> None:
    """Take back the request that waits."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id, _actor(person)) as uow:
        if not store.withdraw_request(uow.connection, uow.now):
            raise NotFoundError("no request waits for approval")
        uow.record("destruction.withdrawn", {"practice": [practice.tenant_id]})


def approve_destruction(running: Runtime, slug: str, person: Staff) -> Destroyed:
    """The second person agrees: keys, exchanged files and access are gone when this returns.

    One transaction destroys and records; then the practice's secret is removed, and the files of
    the exchange folder, which are plain, and the certificate is written.
    """
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id) as uow:
        found = _standing(uow)
        if found.holds:
            raise ForbiddenError(_HELD)
        if found.request is None:
            raise NotFoundError("no request waits for approval; make one first")
        if found.request.requested_by == person.id:
            raise ForbiddenError("the person who asked cannot agree; another administrator must")
    running.sequence_audit()
    with tenant_transaction(running.engine, practice.tenant_id) as connection:
        keys = _destroy(connection, running.clock(), practice, found.request, person)
    finish(running.keys, practice.tenant_id)
    shutil.rmtree(running.settings.exchange / practice.slug, ignore_errors=True)
    running.sequence_audit()
    certificate = _certificate(running, practice, found, person, keys)
    return Destroyed(practice=practice, keys=keys, certificate=certificate)


def _destroy(
    connection: store.Connection,
    now: datetime,
    practice: Practice,
    request: store.DestructionRequest,
    person: Staff,
) -> int:
    """All in one transaction, with what was checked before checked again under its locks."""
    waiting = store.waiting_request(connection)
    if waiting is None or waiting.id != request.id:
        raise ConflictError("the request was withdrawn or approved by somebody else meanwhile")
    if any(hold.lifted_at is None for hold in store.holds(connection)):
        raise ForbiddenError(_HELD)
    store.approve_request(connection, request.id, approved_by=person.id, at=now)
    keys = destroy_keys(connection, practice.tenant_id)
    store.set_destroyed(connection, practice.tenant_id)
    event = Event.of(
        "practice.destroyed",
        id=new_id(),
        tenant_id=practice.tenant_id,
        at=now,
        actor=_actor(person),
        about={
            ObjectType.PRACTICE: [practice.tenant_id],
            ObjectType.STAFF: [request.requested_by, person.id],
        },
        counts={"keys": keys},
        purpose=Purpose.SECURITY,
    )
    record(connection, [event])
    return keys


def _certificate(
    running: Runtime, practice: Practice, found: Leaving, person: Staff, keys: int
) -> Path:
    with tenant_transaction(running.engine, practice.tenant_id) as connection:
        trees = whole.signed_trees(connection)
        balances = whole.balances(connection)
    assert found.request is not None
    return write_evidence(
        running,
        "destruction-certificate",
        running.clock(),
        {
            "what": "every key of this practice was destroyed; what it sealed cannot be opened",
            "practice": practice.tenant_id,
            "number": practice.number,
            "keys": keys,
            "requested by": found.request.requested_by,
            "requested at": found.request.requested_at,
            "approved by": person.id,
            "kept until": found.kept.until,
            "kept because of": found.kept.source,
            "before that day": found.request.before_retention_ends,
            "without export": found.request.without_export,
            "because": found.request.reason,
            "audit log": [{"size": tree.size, "note": tree.note.split("\n")} for tree in trees],
            "ledger": {one.account: one.cents for one in balances},
            "still to do": "claimwright backup forget-keys DIR, for every folder of backups",
        },
    )


def place_hold(running: Runtime, slug: str, person: Staff, because: str) -> UUID:
    """A legal hold: nothing of the practice is destroyed until every hold is lifted."""
    if not because.strip():
        raise InputError("say what the hold is for with --because; it is kept sealed")
    practice = running.practice(slug)
    hold_id = new_id()
    with running.unit_of_work(practice.tenant_id, _actor(person)) as uow:
        reason = uow.seal("legal_hold", "reason", hold_id, because.strip().encode())
        store.add_hold(uow.connection, uow.tenant_id, hold_id, reason=reason, placed_by=person.id)
        uow.record("hold.placed", {"practice": [practice.tenant_id]})
    return hold_id


def lift_hold(running: Runtime, slug: str, person: Staff, hold_id: UUID) -> None:
    """Lift a hold."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id, _actor(person)) as uow:
        store.lift_hold(uow.connection, hold_id, lifted_by=person.id, at=uow.now)
        uow.record("hold.lifted", {"practice": [practice.tenant_id]})


def list_holds(running: Runtime, slug: str) -> tuple[tuple[store.Hold, str], ...]:
    """Every hold of the practice with its reason."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id) as uow:
        return tuple(
            (hold, uow.open("legal_hold", "reason", hold.id, hold.reason).decode())
            for hold in store.holds(uow.connection)
        )


def today_of(running: Runtime, practice: Practice) -> date:
    """Today where the practice is."""
    return running.clock().astimezone(ZoneInfo(practice.time_zone)).date()


def _actor(person: Staff) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=person.id)
