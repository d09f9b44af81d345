"""Numbers without gaps: taken in the transaction that uses them, given back when it fails."""

from __future__ import annotations

from sqlalchemy import text

from core.errors import UnavailableError
from tenants.store.context import StoreContext

# ISA13 has nine digits.
_INTERCHANGE_MAX = 999_999_999


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

    def take_interchange(self, count: int) -> int:
        """The first of ``count`` interchange control numbers, unique in the deployment.

        One sender, one series: the row stays locked until this transaction ends, so take the
        numbers late in it.
        """
        last = int(
            self._context.connection.execute(
                text(
                    "INSERT INTO control_number (name, last) VALUES ('interchange', :count)"
                    " ON CONFLICT (name) DO UPDATE SET last = control_number.last + EXCLUDED.last"
                    " RETURNING last"
                ),
                {"count": count},
            ).scalar_one()
        )
        if last > _INTERCHANGE_MAX:
            raise UnavailableError("interchange control numbers are used up; start a new series")
        return last - count + 1
