"""A practice's keys: made on first use, wrapped by a key provider, unwrapped for a few minutes.

Stores see a ``Sealer`` and nothing else. Every practice has two keys: ``data``, from which values
are sealed and which can be renewed at any time, and ``index``, from which blind indexes are made
and which stays, because a new one would need every index written anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol
from uuid import UUID

import msgspec

from audit.event import Event, Purpose, machine
from audit.store import record
from core.crypto import (
    KEY_BYTES,
    NONCE_BYTES,
    BlindIndex,
    FieldCipher,
    KeyContext,
    Normaliser,
)
from core.errors import ConflictError, NotFoundError
from tenants.ids import new_id
from tenants.keyring import LocalKeyring
from tenants.store import keys as store
from tenants.store.keys import Connection

__all__ = ["KeyProvider", "LocalKeyring", "Sealer", "TenantKeys", "TenantSealer"]

DATA = "data"
INDEX = "index"

KEPT_FOR = timedelta(minutes=5)
KEPT_TENANTS_MAX = 2_000
_VERSION_MAX = 255


class KeyProvider(Protocol):
    """Holds the root key and never gives it out: a keyring file, or a key service."""

    @property
    def root_version(self) -> int:
        """The version of the root key that ``wrap`` uses."""

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        """``key`` wrapped for ``context``; ``UnavailableError`` when the service is not there."""

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """The key inside; ``SetupError`` for a wrong root key, ``UnavailableError`` as above."""

    def health(self) -> None:
        """Returns when keys can be wrapped and unwrapped; ``UnavailableError`` when not."""


class Sealer(Protocol):
    """What a store needs: sealing, opening and blind indexes of one practice."""

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        """``plaintext`` sealed for one cell."""

    def seal_many(
        self, table: str, column: str, rows: Sequence[tuple[UUID, bytes]]
    ) -> tuple[bytes, ...]:
        """(row id, plaintext) pairs of one column sealed in order; quicker than one by one."""

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
        """The plaintext of one cell; ``SealError`` when it is not what was sealed there."""

    def blind(
        self, table: str, column: str, normaliser: Normaliser, value: str, bits: int
    ) -> bytes:
        """The blind index of ``value``; see ``core.crypto.blind``."""


class TenantSealer:
    """The ``Sealer`` of one practice. Safe to share between threads.

    Nonces come from the operating system at each call (each batch, in ``seal_many``): a stock of
    them kept here would be used twice by a forked process or a restored machine image.
    """

    __slots__ = ("_cipher", "_index", "tenant_id")

    def __init__(self, tenant_id: UUID, cipher: FieldCipher, index: BlindIndex) -> None:
        self.tenant_id = tenant_id
        self._cipher = cipher
        self._index = index

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        """See ``Sealer.seal``."""
        return self._cipher.column(table, column).seal(row_id, plaintext, os.urandom(NONCE_BYTES))

    def seal_many(
        self, table: str, column: str, rows: Sequence[tuple[UUID, bytes]]
    ) -> tuple[bytes, ...]:
        """See ``Sealer.seal_many``."""
        nonces = os.urandom(NONCE_BYTES * len(rows))
        return self._cipher.column(table, column).seal_many(rows, nonces)

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
        """See ``Sealer.open``."""
        return self._cipher.column(table, column).open(row_id, sealed)

    def blind(
        self, table: str, column: str, normaliser: Normaliser, value: str, bits: int
    ) -> bytes:
        """See ``Sealer.blind``."""
        return self._index.blind(table, column, normaliser, value, bits)


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    sealer: TenantSealer
    until: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class TenantKeys:
    """The keys of all practices, one object a process. ``now`` gives the time, in UTC."""

    def __init__(
        self,
        provider: KeyProvider,
        *,
        now: Callable[[], datetime] = _now,
        kept_for: timedelta = KEPT_FOR,
        kept_tenants_max: int = KEPT_TENANTS_MAX,
    ) -> None:
        self._provider = provider
        self._now = now
        self._kept_for = kept_for
        self._kept_tenants_max = kept_tenants_max
        self._kept: dict[UUID, _Kept] = {}
        self._lock = Lock()

    def for_tenant(self, connection: Connection, tenant_id: UUID) -> TenantSealer:
        """The sealer of a practice; its keys are made, and that recorded, on first use.

        ``connection`` is in a transaction of that practice. Use the sealer within the transaction
        only: keys made in it are gone if it is rolled back, and so is what they sealed. When the
        provider does not answer, practices used in the last minutes go on and others get
        ``UnavailableError``; nothing is ever stored unsealed.
        """
        kept = self._kept.get(tenant_id)
        if kept is not None and self._now() < kept.until:
            return kept.sealer
        rows = self._rows(connection, tenant_id)
        if {DATA, INDEX} - {row.purpose for row in rows}:
            if store.were_destroyed(connection, tenant_id):
                raise NotFoundError(
                    "the keys of this practice were destroyed; nothing it sealed can be opened"
                )
            for purpose in (DATA, INDEX):
                self._add_key(connection, tenant_id, purpose, 1)
            rows = self._rows(connection, tenant_id)
        sealer = self._sealer(tenant_id, rows)
        if all(row.is_settled for row in rows):
            self._keep(tenant_id, sealer)
        return sealer

    def renew(self, connection: Connection, tenant_id: UUID) -> int:
        """Give a practice a new data key; its version. Old values stay readable.

        Sealing with it begins when every process must have read it, twice ``kept_for`` from now:
        before that, a value sealed here could not be opened by a process that read its keys a
        minute ago.
        """
        rows = self._rows(connection, tenant_id)
        versions = [row.version for row in rows if row.purpose == DATA]
        if not versions:
            raise NotFoundError("this practice has no key yet; its first use makes one")
        version = max(versions) + 1
        if version > _VERSION_MAX:
            raise ConflictError("this practice's key has been renewed as often as is possible")
        if not self._add_key(connection, tenant_id, DATA, version):
            raise ConflictError("this practice's key is being renewed already")
        self.forget(tenant_id)
        return version

    def forget(self, tenant_id: UUID) -> None:
        """Drop a practice's unwrapped keys from memory."""
        with self._lock:
            self._kept.pop(tenant_id, None)

    def _rows(self, connection: Connection, tenant_id: UUID) -> tuple[store.WrappedKey, ...]:
        # Twice: a key may be committed a while after the moment its row is dated.
        return store.tenant_keys(connection, tenant_id, self._kept_for * 2)

    def _sealer(self, tenant_id: UUID, rows: Sequence[store.WrappedKey]) -> TenantSealer:
        keys: dict[str, dict[int, bytes]] = {DATA: {}, INDEX: {}}
        for row in rows:
            context = KeyContext(tenant_id=tenant_id, purpose=row.purpose, version=row.version)
            keys[row.purpose][row.version] = self._provider.unwrap(row.wrapped, context)
        everywhere = [row.version for row in rows if row.purpose == DATA and row.is_everywhere]
        sealing = max(everywhere, default=min(keys[DATA]))
        newest_index = max(keys[INDEX])
        return TenantSealer(
            tenant_id,
            FieldCipher(tenant_id, keys[DATA], sealing=sealing),
            BlindIndex(keys[INDEX][newest_index], newest_index),
        )

    def _add_key(self, connection: Connection, tenant_id: UUID, purpose: str, version: int) -> bool:
        context = KeyContext(tenant_id=tenant_id, purpose=purpose, version=version)
        wrapped = self._provider.wrap(os.urandom(KEY_BYTES), context)
        is_ours = store.insert_key(
            connection,
            tenant_id,
            purpose=purpose,
            version=version,
            wrapped=wrapped,
            root_version=self._provider.root_version,
        )
        if is_ours:
            event = Event.of(
                "key.created",
                id=new_id(),
                tenant_id=tenant_id,
                at=self._now(),
                actor=machine("tenants.keys"),
                counts={"version": version},
                purpose=Purpose.SECURITY,
            )
            record(connection, (event,))
        return is_ours

    def _keep(self, tenant_id: UUID, sealer: TenantSealer) -> None:
        with self._lock:
            while len(self._kept) >= self._kept_tenants_max:
                del self._kept[next(iter(self._kept))]
            self._kept[tenant_id] = _Kept(sealer=sealer, until=self._now() + self._kept_for)
