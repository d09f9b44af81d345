"""What every store of one unit of work shares, and how sealed values are written and read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from threading import get_ident
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.engine import Row

from tenants.sealer import Sealer
from tenants.store import bulk
from tenants.store.groups import encode

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

# Slices waiting for the database are held in memory; a few are enough to keep it busy.
_PUT_OFF_MAX = 4


class StoreContext:
    """One transaction of one practice, as the stores see it."""

    def __init__(
        self,
        connection: Connection,
        *,
        tenant_id: UUID,
        sealer: Sealer,
        new_ids: Callable[[int], list[UUID]],
        today: date,
        actor: str,
    ) -> None:
        self._connection = connection
        self._lane: ThreadPoolExecutor | None = None
        self._pending: deque[Future[Any]] = deque()
        self._lane_thread = 0
        self.tenant_id = tenant_id
        self.sealer = sealer
        self.new_ids = new_ids
        self.today = today
        self.actor = actor
        self.wrote = False

    @property
    def connection(self) -> Connection:
        """The transaction's connection, once everything put off is done."""
        if self._pending and get_ident() != self._lane_thread:
            self.settle()
        return self._connection

    def later(self, act: Callable[[], object]) -> None:
        """Do ``act``, a write whose result nobody asks for, beside what the caller does next.

        One lane a transaction, in order. Whatever uses the connection meanwhile waits for the lane
        first, so nobody sees half of it; an error shows there, at the latest before the commit.
        The database works while this process computes the next slice.
        """
        if self._lane is None:
            self._lane = ThreadPoolExecutor(1, "lane", initializer=self._enter_lane)
        while len(self._pending) >= _PUT_OFF_MAX:
            self._pending.popleft().result()
        self._pending.append(self._lane.submit(act))

    def _enter_lane(self) -> None:
        self._lane_thread = get_ident()

    def settle(self) -> None:
        """Wait for what was put off; raises what went wrong there."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """End the lane, whatever became of it; the transaction ends after it."""
        if self._lane is not None:
            self._lane.shutdown(wait=True, cancel_futures=True)

    def rows(self, statement: str, **values: Any) -> Sequence[Row[Any]]:
        """Run a query with bound parameters."""
        return self.connection.execute(text(statement), values).all()

    def row(self, statement: str, **values: Any) -> Row[Any] | None:
        """The one row, or None."""
        return self.connection.execute(text(statement), values).one_or_none()

    def write(self, statement: str, **values: Any) -> int:
        """Run a change with bound parameters; how many rows it touched."""
        return self._noted(self.connection.execute(text(statement), values).rowcount)

    def _noted(self, touched: int) -> int:
        """A change that found nothing to change needs no audit event."""
        self.wrote = self.wrote or touched > 0
        return touched

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[bulk.Row],
        *,
        skip_existing: bool = False,
    ) -> int:
        """Insert many rows of this practice; ``tenant_id`` is put in front of each."""
        return self._noted(
            bulk.insert(
                self.connection,
                table,
                ("tenant_id", *columns),
                ((self.tenant_id, *row) for row in rows),
                skip_existing=skip_existing,
            )
        )

    def update(
        self,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Iterable[bulk.Row],
        *,
        only_changed: bool = False,
    ) -> int:
        """Change many rows of this practice, found by ``key``; each row is key then columns."""
        return self._noted(
            bulk.update(
                self.connection,
                table,
                ("tenant_id", *key),
                columns,
                ((self.tenant_id, *row) for row in rows),
                only_changed=only_changed,
            )
        )

    def seal(self, table: str, column: str, row_id: UUID, value: Any) -> bytes:
        """The value as msgpack, sealed for exactly this cell."""
        return self.sealer.seal(table, column, row_id, encode(value))

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes, decoder: Decoder[T]) -> T:
        """The value that ``seal`` put into this cell."""
        return decoder.decode(self.sealer.open(table, column, row_id, sealed))


def exact(identifier: str) -> str:
    """An identifier as its blind index takes it whole: ``12-3`` and ``1-23`` are two patients.

    The index leaves out punctuation and case, which helps a search and would merge two records.
    """
    return identifier.encode().hex()


class Decoder(Protocol[T_co]):
    """A typed msgpack decoder."""

    def decode(self, buf: bytes, /) -> T_co: ...


def decoder(kind: type[T]) -> Decoder[T]:
    """The decoder for one type; make it once a module."""
    return msgspec.msgpack.Decoder(kind)
