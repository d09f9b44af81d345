"""What a store sees of keys: a ``Sealer`` of one practice, limited to classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from audit.logging import get_logger
from core.confidentiality import FieldClass
from core.crypto import NONCE_BYTES, BlindIndex, ColumnCipher, FieldCipher, Normaliser
from core.errors import ForbiddenError, SealError
from tenants.sealed import class_of

log = get_logger("tenants.sealer")


class Sealer(Protocol):
    """What a store needs: sealing, opening and blind indexes of one practice."""

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        """``plaintext`` sealed for one cell."""

    def seal_many(
        self, table: str, column: str, rows: Sequence[tuple[UUID, bytes]]
    ) -> tuple[bytes, ...]:
        """(row id, plaintext) pairs of one column sealed in order; quicker than one by one."""

    def seal_row(
        self, table: str, row_id: UUID, groups: Sequence[tuple[str, bytes]]
    ) -> list[bytes]:
        """(column, plaintext) pairs of one row sealed in order."""

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
        """The plaintext of one cell; ``SealError`` when it is not what was sealed there."""

    def open_row(
        self, table: str, row_id: UUID, groups: Sequence[tuple[str, bytes]]
    ) -> list[bytes]:
        """(column, sealed) pairs of one row opened in order."""

    def blind(
        self, table: str, column: str, normaliser: Normaliser, value: str, bits: int
    ) -> bytes:
        """The blind index of ``value``; see ``core.crypto.blind``."""


class PracticeKeys:
    """The keys of one practice, each unwrapped when it is first needed and then kept.

    ``open_cipher`` unwraps every usable version of a class, ``open_index`` the index key. Both may
    ask a key service. A class nobody asks for is never unwrapped.
    """

    def __init__(
        self,
        tenant_id: UUID,
        *,
        open_cipher: Callable[[FieldClass], FieldCipher],
        open_index: Callable[[], BlindIndex],
        sealing: Mapping[FieldClass, int],
    ) -> None:
        self.tenant_id = tenant_id
        self.sealing = sealing
        self._open_cipher = open_cipher
        self._open_index = open_index
        self._ciphers: dict[FieldClass, FieldCipher] = {}
        self._index: BlindIndex | None = None
        self._sealers: dict[frozenset[FieldClass], TenantSealer] = {}

    def cipher(self, field_class: FieldClass) -> FieldCipher:
        """The cipher of a class."""
        found = self._ciphers.get(field_class)
        if found is None:
            # Without a lock: two at once both ask, but nobody waits for another's slow service.
            found = self._ciphers.setdefault(field_class, self._open_cipher(field_class))
        return found

    def index(self) -> BlindIndex:
        """What makes this practice's blind indexes."""
        if self._index is None:
            self._index = self._open_index()
        return self._index

    def sealer(self, classes: frozenset[FieldClass]) -> TenantSealer:
        """The sealer that has these classes and no other."""
        found = self._sealers.get(classes)
        if found is None:
            found = self._sealers.setdefault(classes, TenantSealer(self, classes))
        return found


class TenantSealer:
    """The ``Sealer`` of one practice for some classes. Safe to share between threads.

    ``row_id.int.to_bytes`` is ``row_id.bytes`` without its property: this is done for every cell.
    Nonces come from the operating system at each call (each batch, in ``seal_many``): a stock of
    them kept here would be used twice by a forked process or a restored machine image.
    """

    __slots__ = ("_columns", "_keys", "classes")

    def __init__(self, keys: PracticeKeys, classes: frozenset[FieldClass]) -> None:
        self.classes = classes
        self._keys = keys
        self._columns: dict[tuple[str, str], ColumnCipher] = {}

    @property
    def tenant_id(self) -> UUID:
        return self._keys.tenant_id

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        """See ``Sealer.seal``."""
        cipher = self._columns.get((table, column)) or self._column(table, column)
        return cipher.seal(row_id.int.to_bytes(16, "big"), plaintext, os.urandom(NONCE_BYTES))

    def seal_row(
        self, table: str, row_id: UUID, groups: Sequence[tuple[str, bytes]]
    ) -> list[bytes]:
        """See ``Sealer.seal_row``."""
        columns = self._columns
        row = row_id.bytes
        nonces = os.urandom(NONCE_BYTES * len(groups))
        sealed = []
        at = 0
        for column, plaintext in groups:
            cipher = columns.get((table, column)) or self._column(table, column)
            sealed.append(cipher.seal(row, plaintext, nonces[at : at + NONCE_BYTES]))
            at += NONCE_BYTES
        return sealed

    def seal_many(
        self, table: str, column: str, rows: Sequence[tuple[UUID, bytes]]
    ) -> tuple[bytes, ...]:
        """See ``Sealer.seal_many``."""
        cipher = self._columns.get((table, column)) or self._column(table, column)
        return cipher.seal_many(rows, os.urandom(NONCE_BYTES * len(rows)))

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
        """See ``Sealer.open``."""
        cipher = self._columns.get((table, column)) or self._column(table, column)
        try:
            return cipher.open(row_id.int.to_bytes(16, "big"), sealed)
        except SealError:
            self._say(table, row_id)
            raise

    def open_row(
        self, table: str, row_id: UUID, groups: Sequence[tuple[str, bytes]]
    ) -> list[bytes]:
        """See ``Sealer.open_row``."""
        columns = self._columns
        row = row_id.bytes
        try:
            return [
                (columns.get((table, column)) or self._column(table, column)).open(row, sealed)
                for column, sealed in groups
            ]
        except SealError:
            self._say(table, row_id)
            raise

    def _say(self, table: str, row_id: UUID) -> None:
        # Somebody moved or altered a cell, or a wrong key is in use: whoever watches must know.
        log.error("cell.does_not_open", tenant_id=self.tenant_id, object_id=row_id, kind=table)

    def blind(
        self, table: str, column: str, normaliser: Normaliser, value: str, bits: int
    ) -> bytes:
        """See ``Sealer.blind``."""
        return self._keys.index().blind(table, column, normaliser, value, bits)

    def _column(self, table: str, column: str) -> ColumnCipher:
        field_class = class_of(table, column)
        if field_class not in self.classes:
            raise ForbiddenError(f"this work was not given the key of the class {field_class}")
        found = self._keys.cipher(field_class).column(table, column)
        self._columns[table, column] = found
        return found
