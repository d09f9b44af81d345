"""Puts what is of Part 2 programs under the key of such records, where it lies elsewhere.

The worker does it when it starts and every hour, ``keys rewrap`` at once.
"""

from __future__ import annotations

from uuid import UUID

from api.bootstrap import Runtime
from tenants import part_two
from tenants.rotation import Progress, Rewrapped, silent
from tenants.session import make_engine


def set_apart(running: Runtime, tenant_id: UUID, *, progress: Progress = silent) -> Rewrapped:
    """Move what is left of a practice; the owner's rights are used only where something is."""
    if part_two.is_all_apart(running.engine, tenant_id):
        return Rewrapped(rows=0, left=0, damaged=0)
    urls = running.urls
    owner = make_engine(urls.migrator, context_key=urls.context_key, pool_size=1)
    try:
        return part_two.set_apart(
            owner, running.keys, tenant_id, now=running.clock, progress=progress
        )
    finally:
        owner.dispose()
