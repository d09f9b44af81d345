"""The unit of work: one transaction of one practice, with its stores, sealer and audit events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from audit.event import Actor, Event, ObjectType, Purpose
from audit.store import record
from core.confidentiality import FieldClass
from core.errors import IntegrityError
from core.ports import Practice
from core.reference import NO_REFERENCE
from core.rule_ports import Reference
from tenants.ids import new_id, new_ids
from tenants.keys import TenantKeys
from tenants.sealed import BILLING_CLASSES
from tenants.session import tenant_transaction
from tenants.store import practices
from tenants.store.authorizations import AuthorizationStore
from tenants.store.back_tests import BackTestStore
from tenants.store.claims import ClaimStore
from tenants.store.consents import ConsentStore
from tenants.store.context import StoreContext
from tenants.store.counters import CounterStore
from tenants.store.declared_rules import DeclaredRuleStore
from tenants.store.denials import DenialStore
from tenants.store.disclosures import DisclosureStore
from tenants.store.emergencies import EmergencyReasons
from tenants.store.encounters import EncounterStore
from tenants.store.files import FileStore
from tenants.store.ledger import LedgerStore
from tenants.store.masters import MasterStore
from tenants.store.notes import NoteStore
from tenants.store.patients import PatientStore
from tenants.store.practice_plugins import PracticePluginStore
from tenants.store.record_versions import RecordVersionStore
from tenants.store.remittances import RemittanceStore
from tenants.store.shadows import ShadowStore
from tenants.store.statements import StatementStore
from tenants.store.waivers import WaiverStore

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class UnitOfWork:
    """Implements ``core.ports.UnitOfWork``; made by ``UnitsOfWork.begin`` and nowhere else."""

    def __init__(
        self,
        connection: Connection,
        *,
        practice: Practice,
        keys: TenantKeys,
        actor: Actor,
        now: datetime,
        today: date,
        purpose: Purpose,
        classes: frozenset[FieldClass],
        reference: Reference,
    ) -> None:
        self.connection = connection
        self.reference = reference
        self.practice = practice
        self.actor = actor
        self.now = now
        self.today = today
        self._purpose = purpose
        self._events: list[Event] = []
        self._context = StoreContext(
            connection,
            tenant_id=practice.tenant_id,
            sealer=keys.for_tenant(connection, practice.tenant_id, classes),
            new_ids=self.new_ids,
            today=today,
            actor=f"{actor.kind.value}:{actor.id}",
        )
        context = self._context
        self.masters = MasterStore(context)
        self.patients = PatientStore(context, self.masters)
        self.encounters = EncounterStore(context, self.patients, self.masters)
        self.claims = ClaimStore(context)
        self.files = FileStore(context)
        self.ledger = LedgerStore(context)
        self.remittances = RemittanceStore(context)
        self.denials = DenialStore(context)
        self.statements = StatementStore(context, self.patients)
        self.authorizations = AuthorizationStore(context, actor.id)
        self.declared_rules = DeclaredRuleStore(context)
        self.waivers = WaiverStore(context)
        self.back_tests = BackTestStore(context)
        self.plugins = PracticePluginStore(context)
        self.shadows = ShadowStore(context)
        self.record_versions = RecordVersionStore(context)
        self.counters = CounterStore(context)
        self.consents = ConsentStore(context, actor.id)
        self.notes = NoteStore(context)
        self.emergency_reasons = EmergencyReasons(context)
        self.disclosures = DisclosureStore(context)

    @property
    def tenant_id(self) -> UUID:
        return self.practice.tenant_id

    @property
    def actor_id(self) -> UUID:
        return self.actor.id

    def new_ids(self, count: int) -> list[UUID]:
        """``count`` new row ids, ascending."""
        return list(new_ids(count))

    def record(
        self,
        kind: str,
        about: Mapping[str, Sequence[UUID]] | None = None,
        *,
        digests: Mapping[str, bytes] | None = None,
        **counts: int,
    ) -> None:
        """An audit event of this transaction, about objects by type (``{"claim": [...]}``)."""
        self._events.append(
            Event.of(
                kind,
                id=new_id(),
                tenant_id=self.tenant_id,
                at=self.now,
                actor=self.actor,
                about={ObjectType(name): ids for name, ids in (about or {}).items()},
                counts=counts,
                digests=digests,
                purpose=self._purpose,
            )
        )

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        """``plaintext`` sealed for one cell of this practice."""
        return self._context.sealer.seal(table, column, row_id, plaintext)

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
        """What was sealed for that cell."""
        return self._context.sealer.open(table, column, row_id, sealed)

    def flush(self) -> None:
        """Write the events; a change without one is our own mistake and does not commit."""
        self._context.settle()
        if self._context.wrote and not self._events:
            raise IntegrityError("a change was about to be made without an audit event; it was not")
        record(self.connection, self._events)

    def close(self) -> None:
        """Let nothing run on beyond the end of the transaction."""
        self._context.close()


class UnitsOfWork:
    """Begins units of work; one object a process."""

    def __init__(
        self,
        engine: Engine,
        keys: TenantKeys,
        *,
        clock: Clock = utc_now,
        reference: Reference = NO_REFERENCE,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock
        self._reference = reference

    @contextmanager
    def begin(
        self,
        tenant_id: UUID,
        actor: Actor,
        *,
        purpose: Purpose = Purpose.PAYMENT,
        as_of: date | None = None,
        found: Callable[[Connection], Practice] | None = None,
        classes: frozenset[FieldClass] = BILLING_CLASSES,
    ) -> Iterator[UnitOfWork]:
        """A transaction of the practice: committed at the end, rolled back when anything raises.

        ``as_of`` replaces today, for old files on purpose; event times stay real. ``found`` makes
        the practice in this transaction, for the one that founds it. ``classes`` are the classes of
        confidentiality this work may open and seal; psychotherapy notes are never among them
        unless they are asked for.
        """
        now = self._clock()
        with tenant_transaction(self._engine, tenant_id) as connection:
            practice = found(connection) if found else practices.by_id(connection, tenant_id)
            work = UnitOfWork(
                connection,
                practice=practice,
                keys=self._keys,
                actor=actor,
                now=now,
                today=as_of or now.astimezone(ZoneInfo(practice.time_zone)).date(),
                purpose=purpose,
                classes=classes,
                reference=self._reference,
            )
            try:
                yield work
                work.flush()
            finally:
                work.close()
