"""A practice's charge master and contracts as rules of its book."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from uuid import UUID

from audit.store import Connection
from core.pricing.own_prices import price_rules
from core.rules.rulebook import RuleSet
from tenants.store import price_lists

_REMEMBERED_MAX = 256


class OwnPrices:
    """The rules the prices of each practice are; made again when other editions are in force."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[tuple[UUID, ...], RuleSet]] = {}
        self._lock = Lock()

    def rules(self, connection: Connection, tenant_id: UUID) -> RuleSet | None:
        """The rules of the practice of ``connection``; None: it has no prices of its own."""
        editions = price_lists.in_force(connection)
        if not editions:
            return None
        with self._lock:
            known = self._known.get(tenant_id)
        if known is not None and known[0] == editions:
            return known[1]
        fingerprint = sha256(" ".join(map(str, editions)).encode()).hexdigest()
        made = price_rules(
            price_lists.charge_lists(connection), price_lists.agreements(connection), fingerprint
        )
        with self._lock:
            if len(self._known) >= _REMEMBERED_MAX:
                self._known.clear()
            self._known[tenant_id] = (editions, made)
        return made
