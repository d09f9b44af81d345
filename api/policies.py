"""The library of payer policies as pages and commands change it: checked in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from api.bootstrap import Runtime
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose
from audit.store import record
from core.errors import ConflictError, InputError, NotFoundError, RowError
from core.ports import Practice
from core.rules.policy_library import LibraryEntry, check_new, ended, latest
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.store import policies


def enter_policy(connection: Any, entry: LibraryEntry) -> LibraryEntry:
    """Enter a policy. One about the same question, payers and days is followed by it.

    ``InputError`` for what it says itself, ``ConflictError`` naming both papers where another of
    equal rank says something else.
    """
    return _entered(connection, entry, policies.library(connection))


def enter_policies(connection: Any, entries: Sequence[LibraryEntry]) -> None:
    """Enter all of a file, or none: the caller's transaction undoes what went before."""
    for number, entry in enumerate(entries, 1):
        try:
            enter_policy(connection, entry)
        except (InputError, ConflictError, NotFoundError) as problem:
            raise RowError(f"policy {number} of the file: {problem.message}", row=number) from None


def end_policy(
    connection: Any, policy_id: UUID, new_id: UUID, *, on: date, document: str
) -> LibraryEntry:
    """From ``on`` the payer has said nothing about it, on the word of ``document``."""
    known = policies.library(connection)
    found = next((one for one in known if one.id == policy_id and one.value is not None), None)
    if found is None:
        raise NotFoundError("there is no such policy; see: claimwright policy list")
    return _entered(connection, ended(found, new_id, on=on, document=document), known)


def _entered(connection: Any, entry: LibraryEntry, known: Sequence[LibraryEntry]) -> LibraryEntry:
    if entry.supersedes is None:
        before = latest(known, entry)
        entry = replace(entry, supersedes=before.id if before else None)
    check_new(entry, known)
    policies.add(connection, entry)
    return entry


class PolicyWork:
    """One transaction on the library, with the event that says which entries changed."""

    def __init__(self, connection: Any, record: Callable[[Sequence[UUID]], None]) -> None:
        self.connection = connection
        self.changed = record


@contextmanager
def changing(
    runtime: Runtime, practice: Practice | None, actor: Actor, kind: str
) -> Iterator[PolicyWork]:
    """Change the library of one practice, or with None that of all."""
    if practice is not None:
        with runtime.unit_of_work(practice.tenant_id, actor) as uow:
            yield PolicyWork(
                uow.connection,
                lambda ids: uow.record(kind, {"policy": ids}, policies=len(ids)),
            )
        return
    with deployment_transaction(runtime.engine) as connection:

        def note(ids: Sequence[UUID]) -> None:
            event = Event.of(
                kind,
                id=new_id(),
                tenant_id=DEPLOYMENT,
                at=runtime.clock(),
                actor=actor,
                about={ObjectType.POLICY: ids},
                counts={"policies": len(ids)},
                purpose=Purpose.OPERATIONS,
            )
            record(connection, (event,))

        yield PolicyWork(connection, note)
