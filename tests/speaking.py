"""The statement by which a plain driver connection of a test speaks for a practice or a person."""

from __future__ import annotations

import time
from uuid import UUID

from tenants.context import TOKEN_SECONDS, ContextSigner, Speaker
from tenants.postgres import DatabaseUrls

APP = "claimwright_app"
MIGRATOR = "claimwright_migrator"


def speaks_for(
    urls: DatabaseUrls,
    tenant: UUID | None = None,
    *,
    staff: UUID | None = None,
    role: str = APP,
    seconds: int = TOKEN_SECONDS,
) -> str:
    """``SET LOCAL`` for one of both, as ``role``, good for ``seconds`` from now."""
    signer = ContextSigner(urls.context_key, role)
    expires_at = int(time.time()) + seconds
    if tenant is not None:
        return signer.statement(Speaker.TENANT, tenant, expires_at=expires_at)
    assert staff is not None
    return signer.statement(Speaker.STAFF, staff, expires_at=expires_at)
