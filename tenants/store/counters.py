"""Numbers without gaps: taken in the transaction that uses them, given back when it fails."""

from __future__ import annotations

from sqlalchemy import text

from tenants.store.context import StoreContext


class CounterStore:
    """Implements ``core.ports.Counters``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def take(self, name: str, count: int) -> int:
        """The first of ``count`` consecutive numbers of the practice's counter ``name``."""
        context = self._context
        last = context.connection.execute(
            text(
                "INSERT INTO tenant_counter (tenant_id, id, name, last)"
                " VALUES (:tenant, :id, :name, :count) ON CONFLICT (tenant_id, name)"
                " DO UPDATE SET last = tenant_counter.last + EXCLUDED.last RETURNING last"
            ),
            {
                "tenant": context.tenant_id,
                "id": context.new_ids(1)[0],
                "name": name,
                "count": count,
            },
        ).scalar_one()
        return int(last) - count + 1
