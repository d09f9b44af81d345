"""The steps of the cycle for one practice, each looped over its batches.

Every step can be run again at any time: what is done is done, what is missing is made up. Jobs,
commands and the demonstration all come here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec

from api import shadows
from api.bootstrap import Runtime
from api.plugin_faults import count_faults
from api.receive import Received, quarantine, receive
from api.transports.folder import FolderOutbox, inbound_files, set_aside
from audit.event import Actor
from core.errors import CollisionError, InputError
from core.ports import Practice
from core.usecases.bill_next_payer import NextBilled, bill_next_payers
from core.usecases.bill_patients import Billed, issue_statements
from core.usecases.prepare import Prepared, prepare_claims
from core.usecases.rescrub import Rescrubbed, rescrub_changed
from core.usecases.submit import FiledFile, file_claims, hold_unwritable, send_files
from plugins.confined.faults import gathered
from tenants.uow import UnitOfWork

_PREPARE_ENCOUNTERS = 2_000

# A collision passes when the other is through; what still collides then is told.
_PAUSES_SECONDS = (0.05, 0.2, 0.5)

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")


class Cycle:
    """The steps of one practice. ``as_of`` replaces today; event times stay real.

    ``actor`` is who has them done; nobody given, it is the system.
    """

    def __init__(
        self,
        runtime: Runtime,
        practice: Practice,
        *,
        as_of: date | None = None,
        actor: Actor | None = None,
    ) -> None:
        self._runtime = runtime
        self._practice = practice
        self._as_of = as_of
        self._actor = actor

    @property
    def _tenant_id(self) -> UUID:
        return self._practice.tenant_id

    def _batch(self, act: Callable[[UnitOfWork], R]) -> R:
        """One transaction; a few times over when it meets another's and the database undoes it."""
        for pause_seconds in (*_PAUSES_SECONDS, None):
            try:
                with self._runtime.unit_of_work(
                    self._tenant_id, self._actor, as_of=self._as_of
                ) as uow:
                    return act(uow)
            except CollisionError:
                if pause_seconds is None:
                    raise
                time.sleep(pause_seconds)
        raise AssertionError("the last try returns or raises")

    def _judging(self, act: Callable[[UnitOfWork], R]) -> R:
        """A batch that asks plugins; what failed in them is counted in the same transaction."""

        def counted(uow: UnitOfWork) -> R:
            with gathered() as faults:
                result = act(uow)
            if faults:
                count_faults(uow, self._runtime, faults)
            return result

        return self._batch(counted)

    def prepare(self) -> Prepared:
        """Code, price and scrub every encounter that waits."""
        book = self._runtime.rule_book(self._tenant_id)
        total = Prepared()
        while True:
            part = self._judging(lambda uow: prepare_claims(uow, book, limit=_PREPARE_ENCOUNTERS))
            if not part.encounters:
                break
            total = _sum(total, part)
        self.shadow()
        return total

    def shadow(self) -> int:
        """Judge claims a second time with what is only tried here; how many.

        Nothing of it counts, and nothing that goes wrong with it is raised.
        """
        return shadows.go_on(self._runtime, self._tenant_id, self._batch)

    def rescrub(self) -> Rescrubbed:
        """Scrub again every open claim that other rules or releases have judged."""
        book = self._runtime.rule_book(self._tenant_id)
        total = Rescrubbed()
        last: UUID | None = None
        while True:
            part = self._judging(partial(rescrub_changed, rule_book=book, after=last))
            if part.last is None:
                return total
            last = part.last
            total = _sum(total, msgspec.structs.replace(part, last=None))

    def file(self) -> tuple[FiledFile, ...]:
        """File every claim that is ready, and send what waits to be sent.

        What is filed was judged by the rules and releases in force.
        """
        self.rescrub()
        given = self._runtime.settings
        files: list[FiledFile] = []
        while True:
            try:
                part = self._batch(
                    lambda uow: file_claims(
                        uow,
                        self._runtime.sender,
                        limit=given.claims_per_file,
                        claims_per_transaction=given.claims_per_transaction,
                    )
                )
            except InputError:
                if not self._batch(lambda uow: hold_unwritable(uow, limit=given.claims_per_file)):
                    raise
                continue
            self.send()
            if not part:
                return tuple(files)
            files += part

    def send(self) -> tuple[str, ...]:
        """Send the files that wait."""
        outbox = FolderOutbox(self._runtime.settings.exchange, self._practice.slug)
        return self._batch(lambda uow: send_files(uow, outbox))

    def receive_waiting(self) -> tuple[Received, ...]:
        """Take in every file of the inbound folder, in the order of their names."""
        found = []
        for path in inbound_files(self._runtime.settings.exchange, self._practice.slug):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # another worker took it between the listing and now
            found.append(self.receive_file(path.name, data))
            set_aside(path)
        return tuple(found)

    def receive_file(self, name: str, data: bytes) -> Received:
        """Take in one file: applied whole, or put aside whole."""
        plays = self._runtime.rule_book(self._tenant_id).denial_plays
        try:
            return self._batch(lambda uow: receive(uow, name, data, plays=plays))
        except InputError as problem:
            # Bound anew: the name of a caught error ends with its clause.
            why = problem
            return self._batch(lambda uow: quarantine(uow, name, data, why))

    def bill_next_payers(self) -> NextBilled:
        """Make the claims to next payers that decisions call for."""
        book = self._runtime.rule_book(self._tenant_id)
        total = NextBilled()
        while True:
            part = self._judging(lambda uow: bill_next_payers(uow, book))
            if not part.decided:
                return total
            total = _sum(total, part)

    def issue_statements(self) -> Billed:
        """Issue the statements that are due."""
        from api.documents.statements import render_statements

        total = Billed()
        last: UUID | None = None
        while True:
            part = self._batch(partial(issue_statements, render=render_statements, after=last))
            if part.last is None:
                return total
            last = part.last
            total = _sum(total, msgspec.structs.replace(part, last=None))


def _sum(one: T, other: T) -> T:
    """Field by field."""
    fields = one.__struct_fields__
    return type(one)(
        **{
            name: getattr(one, name) + getattr(other, name)
            for name in fields
            if isinstance(getattr(one, name), int)
        }
    )
