"""A practice's keys: made on first use, wrapped by a key provider, unwrapped for a few minutes.

Every practice has a key for each class of confidentiality, from which values are sealed and which
can be renewed at any time, and one named ``index``, from which blind indexes are made and which
stays, because a new one would need every index written anew. Each is wrapped by the provider and
mixed with the practice's secret (``tenants.practice_secrets``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from uuid import UUID

import msgspec

from audit.event import Event, Purpose, machine
from audit.store import record
from core.confidentiality import FieldClass
from core.crypto import KEY_BYTES, BlindIndex, FieldCipher, KeyContext, practice_key
from core.errors import ConflictError, DestroyedError, NotFoundError
from tenants.ids import new_id
from tenants.key_provider import KeyProvider
from tenants.practice_secrets import PracticeSecrets
from tenants.sealed import BILLING_CLASSES
from tenants.sealer import PracticeKeys, Sealer, TenantSealer
from tenants.store import keys as store
from tenants.store.keys import Connection, WrappedKey

__all__ = ["INDEX", "PURPOSES", "KeyProvider", "Sealer", "TenantKeys", "TenantSealer"]

INDEX = "index"
PURPOSES = (*(one.value for one in FieldClass), INDEX)

KEPT_FOR = timedelta(minutes=5)
KEPT_TENANTS_MAX = 2_000
_VERSION_MAX = 255

_DESTROYED = "the keys of this practice were destroyed; nothing of it can be read any more"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    keys: PracticeKeys
    until: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class TenantKeys:
    """The keys of all practices, one object a process. ``now`` gives the time, in UTC."""

    def __init__(
        self,
        provider: KeyProvider,
        secrets: PracticeSecrets,
        *,
        now: Callable[[], datetime] = _now,
        kept_for: timedelta = KEPT_FOR,
        kept_tenants_max: int = KEPT_TENANTS_MAX,
    ) -> None:
        self.provider = provider
        self.secrets = secrets
        self._now = now
        self.kept_for = kept_for
        self._kept_tenants_max = kept_tenants_max
        self._kept: dict[UUID, _Kept] = {}
        self._lock = Lock()

    def for_tenant(
        self,
        connection: Connection,
        tenant_id: UUID,
        classes: frozenset[FieldClass] = BILLING_CLASSES,
    ) -> TenantSealer:
        """The sealer of a practice for ``classes``; keys are made, and that recorded, on first use.

        ``connection`` is in a transaction of that practice. Use the sealer within the transaction
        only: keys made in it are gone if it is rolled back, and so is what they sealed. A key is
        unwrapped when its class is first used. When the provider does not answer, practices used
        in the last minutes go on and others get ``UnavailableError``; nothing is ever stored
        unsealed. Of a practice whose keys were destroyed the sealer refuses everything.
        """
        return self.of(connection, tenant_id).sealer(classes)

    def of(self, connection: Connection, tenant_id: UUID) -> PracticeKeys:
        """The keys behind the sealers; see ``for_tenant``."""
        kept = self._kept.get(tenant_id)
        if kept is not None and self._now() < kept.until:
            return kept.keys
        rows = self.rows(connection, tenant_id)
        missing = set(PURPOSES) - {row.purpose for row in rows}
        if missing and not any(row.is_destroyed for row in rows):
            if not rows:
                self.secrets.make(tenant_id)
            for purpose in PURPOSES:
                self._add_key(connection, tenant_id, purpose, 1)
            rows = self.rows(connection, tenant_id)
        keys = self._unwrapping(tenant_id, rows)
        if all(row.is_settled for row in rows):
            self._keep(tenant_id, keys)
        return keys

    def renew(self, connection: Connection, tenant_id: UUID, field_class: FieldClass) -> int:
        """Give a class of a practice a new key; its version. Old values stay readable.

        Sealing with it begins when every process must have read it, twice ``kept_for`` from now:
        before that, a value sealed here could not be opened by a process that read its keys a
        minute ago.
        """
        rows = self.rows(connection, tenant_id)
        versions = [row.version for row in rows if row.purpose == field_class]
        if not versions:
            raise NotFoundError("this practice has no key yet; its first use makes one")
        if any(row.is_destroyed for row in rows):
            raise DestroyedError(_DESTROYED)
        version = max(versions) + 1
        if version > _VERSION_MAX:
            raise ConflictError("this practice's key has been renewed as often as is possible")
        if not self._add_key(connection, tenant_id, field_class, version):
            raise ConflictError("this practice's key is being renewed already")
        self.forget(tenant_id)
        return version

    def forget(self, tenant_id: UUID) -> None:
        """Drop a practice's unwrapped keys from the memory of this process."""
        with self._lock:
            self._kept.pop(tenant_id, None)

    def rows(self, connection: Connection, tenant_id: UUID) -> tuple[WrappedKey, ...]:
        """A practice's keys as stored, wrapped."""
        # Twice: a key may be committed a while after the moment its row is dated.
        return store.tenant_keys(connection, tenant_id, self.kept_for * 2)

    def _unwrapping(self, tenant_id: UUID, rows: Sequence[WrappedKey]) -> PracticeKeys:
        return PracticeKeys(
            tenant_id,
            open_cipher=partial(self._cipher, tenant_id, rows),
            open_index=partial(self._index, tenant_id, rows),
            sealing={one: sealing_version(rows, one) for one in FieldClass},
        )

    def _cipher(
        self, tenant_id: UUID, rows: Sequence[WrappedKey], field_class: FieldClass
    ) -> FieldCipher:
        keys = {
            row.version: self._key(tenant_id, row)
            for row in rows
            if row.purpose == field_class and not row.is_retired
        }
        return FieldCipher(tenant_id, keys, sealing=sealing_version(rows, field_class))

    def _index(self, tenant_id: UUID, rows: Sequence[WrappedKey]) -> BlindIndex:
        row = max((row for row in rows if row.purpose == INDEX), key=lambda row: row.version)
        return BlindIndex(self._key(tenant_id, row), row.version)

    def _key(self, tenant_id: UUID, row: WrappedKey) -> bytes:
        if row.is_destroyed:
            raise DestroyedError(_DESTROYED)
        context = KeyContext(tenant_id=tenant_id, purpose=row.purpose, version=row.version)
        secret = self.secrets.read(tenant_id)
        return practice_key(self.provider.unwrap(row.wrapped, context), secret, context)

    def _add_key(self, connection: Connection, tenant_id: UUID, purpose: str, version: int) -> bool:
        context = KeyContext(tenant_id=tenant_id, purpose=purpose, version=version)
        wrapped = self.provider.wrap(os.urandom(KEY_BYTES), context)
        is_ours = store.insert_key(
            connection,
            tenant_id,
            purpose=purpose,
            version=version,
            wrapped=wrapped,
            root_version=self.provider.root_of(wrapped),
        )
        if is_ours:
            record(
                connection,
                (key_event("key.created", tenant_id, self._now(), version=version),),
            )
        return is_ours

    def _keep(self, tenant_id: UUID, keys: PracticeKeys) -> None:
        with self._lock:
            while len(self._kept) >= self._kept_tenants_max:
                del self._kept[next(iter(self._kept))]
            self._kept[tenant_id] = _Kept(keys=keys, until=self._now() + self.kept_for)


def sealing_version(rows: Sequence[WrappedKey], field_class: FieldClass) -> int:
    """The version that seals: the newest one every process has, else the oldest there is."""
    usable = [row for row in rows if row.purpose == field_class and not row.is_retired]
    everywhere = [row.version for row in usable if row.is_everywhere]
    return max(everywhere, default=min((row.version for row in usable), default=0))


def key_event(kind: str, tenant_id: UUID, at: datetime, **counts: int) -> Event:
    """An event about keys, by the program that looks after them."""
    return Event.of(
        kind,
        id=new_id(),
        tenant_id=tenant_id,
        at=at,
        actor=machine("tenants.keys"),
        counts=counts,
        purpose=Purpose.SECURITY,
    )
