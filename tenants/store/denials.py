"""Denial items."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.denials.items import DenialItem
from tenants.store.context import StoreContext


class DenialStore:
    """Implements ``core.ports.Denials``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, items: Sequence[DenialItem], *, remittance_id: UUID) -> None:
        """Open denial items; one that is there already (same line, same place in the 835) stays."""
        ids = iter(self._context.new_ids(len(items)))
        self._context.insert(
            "denial_item",
            (
                "id",
                "claim_id",
                "line_no",
                "remittance_id",
                "key",
                "group_code",
                "carc",
                "remark_codes",
                "amount_cents",
                "cause",
                "next_step",
                "due_on",
                "status",
            ),
            (
                (
                    next(ids),
                    item.claim_id,
                    item.line_no,
                    remittance_id,
                    f"{remittance_id}:{item.segment}:{item.group}:{item.carc}:{place}",
                    item.group,
                    item.carc,
                    " ".join(item.remark_codes),
                    item.amount_cents,
                    item.cause.value,
                    item.next_step,
                    item.due_on,
                    "open",
                )
                for place, item in enumerate(items)
            ),
            skip_existing=True,
        )
