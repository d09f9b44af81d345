"""Payers of the deployment and providers of the practice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from core.claims.parties import Payer, PayerKind, Provider
from core.ports import StoredPayer, StoredProvider
from tenants.store import bulk
from tenants.store.context import StoreContext, decoder

_PROVIDER = decoder(Provider)
_PAYER_COLUMNS = "id, payer_id, name, kind, filing_indicator, state, confirmed"
_PROVIDER_COLUMNS = "id, role, npi, status, clia, body"


class MasterStore:
    """Implements ``core.ports.Masters``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def payers(self, payer_ids: Iterable[str]) -> dict[str, StoredPayer]:
        """Our payers by payer identifier, for those that are known."""
        rows = self._context.rows(
            f"SELECT {_PAYER_COLUMNS} FROM payer WHERE payer_id = ANY(:ids)", ids=list(payer_ids)
        )
        return {row.payer_id: _payer(row) for row in rows}

    def payers_by_ref(self, refs: Iterable[UUID]) -> dict[UUID, StoredPayer]:
        """Our payers by our own id."""
        rows = self._context.rows(
            f"SELECT {_PAYER_COLUMNS} FROM payer WHERE id = ANY(:ids)", ids=list(refs)
        )
        return {row.id: _payer(row) for row in rows}

    def add_payers(self, payers: Sequence[StoredPayer]) -> None:
        """Add payers to the deployment's list; one that is there meanwhile stays as it is."""
        self._context.wrote = True
        bulk.insert(
            self._context.connection,
            "payer",
            ("id", "payer_id", "name", "kind", "filing_indicator", "state", "confirmed"),
            (
                (
                    stored.id,
                    stored.payer.payer_id,
                    stored.payer.name,
                    stored.payer.kind.value,
                    stored.payer.filing_indicator,
                    stored.payer.state,
                    stored.confirmed,
                )
                for stored in payers
            ),
            skip_existing=True,
        )

    def providers(self, role: str, npis: Iterable[str]) -> dict[str, StoredProvider]:
        """The practice's providers in ``role`` by NPI, for those that are known."""
        rows = self._context.rows(
            f"SELECT {_PROVIDER_COLUMNS} FROM provider WHERE role = :role AND npi = ANY(:npis)",
            role=role,
            npis=list(npis),
        )
        return {row.npi: self._provider(row) for row in rows}

    def providers_by_id(self, ids: Iterable[UUID]) -> dict[UUID, StoredProvider]:
        """The practice's providers by our own id."""
        rows = self._context.rows(
            f"SELECT {_PROVIDER_COLUMNS} FROM provider WHERE id = ANY(:ids)", ids=list(ids)
        )
        return {row.id: self._provider(row) for row in rows}

    def active_providers(self, role: str) -> tuple[StoredProvider, ...]:
        """The practice's active providers in ``role``, oldest first."""
        return self._with_status(role, "active")

    def unconfirmed_providers(self, role: str) -> tuple[StoredProvider, ...]:
        """Those that came in with a file and wait for somebody to look at them."""
        return self._with_status(role, "unconfirmed")

    def _with_status(self, role: str, status: str) -> tuple[StoredProvider, ...]:
        rows = self._context.rows(
            f"SELECT {_PROVIDER_COLUMNS} FROM provider WHERE role = :role"
            " AND status = :status ORDER BY created_at, id",
            role=role,
            status=status,
        )
        return tuple(self._provider(row) for row in rows)

    def add_providers(self, providers: Sequence[StoredProvider]) -> None:
        """Add providers of the practice."""
        context = self._context
        context.insert(
            "provider",
            (
                "id",
                "role",
                "npi",
                "entity",
                "last_name",
                "first_name",
                "taxonomy",
                "credential",
                "clia",
                "status",
                "body",
            ),
            (
                (
                    stored.id,
                    stored.role,
                    stored.provider.npi,
                    stored.provider.entity.value,
                    stored.provider.name.last,
                    stored.provider.name.first,
                    stored.provider.taxonomy,
                    stored.provider.credential,
                    stored.clia,
                    stored.status,
                    context.seal("provider", "body", stored.id, stored.provider),
                )
                for stored in providers
            ),
            skip_existing=True,
        )

    def confirm_providers(self, ids: Sequence[UUID]) -> None:
        """A person has looked at these providers: they are active from now on."""
        self._context.write(
            "UPDATE provider SET status = 'active' WHERE id = ANY(:ids)", ids=list(ids)
        )

    def _provider(self, row: Any) -> StoredProvider:
        return StoredProvider(
            id=row.id,
            role=row.role,
            provider=self._context.open("provider", "body", row.id, row.body, _PROVIDER),
            status=row.status,
            clia=row.clia,
        )


def _payer(row: Any) -> StoredPayer:
    return StoredPayer(
        id=row.id,
        payer=Payer(
            payer_id=row.payer_id,
            name=row.name,
            kind=PayerKind(row.kind),
            filing_indicator=row.filing_indicator,
            state=row.state,
        ),
        confirmed=row.confirmed,
    )
