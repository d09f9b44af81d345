"""Remittances: each check once, each claim payment with the claim it was matched to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.ports import NewRemittance, NewRemittanceClaim
from core.remittance.values import ClaimPayment, RemittanceHeader
from tenants.store.context import StoreContext, decoder

_PAYMENT = decoder(ClaimPayment)


class RemittanceStore:
    """Implements ``core.ports.Remittances``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def known(self, header: RemittanceHeader) -> tuple[tuple[bytes, str], ...]:
        """What is here under this payer and trace number: content hash and status of each."""
        rows = self._context.rows(
            "SELECT content_sha256, status FROM remittance"
            " WHERE payer_identifier = :payer AND trace_number = :trace ORDER BY id",
            payer=header.payer_identifier,
            trace=header.trace_number,
        )
        return tuple((bytes(row.content_sha256), row.status) for row in rows)

    def add(self, remittance: NewRemittance) -> None:
        """Keep a check."""
        header = remittance.header
        self._context.insert(
            "remittance",
            (
                "id",
                "file_id",
                "payer_identifier",
                "trace_number",
                "payer_name",
                "payment_cents",
                "paid_on",
                "content_sha256",
                "claims_count",
                "status",
                "reason",
            ),
            [
                (
                    remittance.id,
                    remittance.file_id,
                    header.payer_identifier,
                    header.trace_number,
                    header.payer_name,
                    header.payment_cents,
                    header.paid_on,
                    remittance.content_sha256,
                    remittance.claims_count,
                    remittance.status,
                    remittance.reason,
                )
            ],
        )

    def add_claims(self, claims: Sequence[NewRemittanceClaim]) -> None:
        """Keep claim payments, sealed."""
        self._context.later(partial(self._add_claims, claims))

    def _add_claims(self, claims: Sequence[NewRemittanceClaim]) -> None:
        ids = iter(self._context.new_ids(len(claims)))
        self._context.insert(
            "remittance_claim",
            (
                "id",
                "remittance_id",
                "place",
                "segment",
                "claim_id",
                "status",
                "charge_cents",
                "paid_cents",
                "patient_cents",
                "reason",
                "body",
            ),
            (self._row(next(ids), claim) for claim in claims),
        )

    def _row(self, row_id: UUID, claim: NewRemittanceClaim) -> tuple[object, ...]:
        payment = claim.payment
        return (
            row_id,
            claim.remittance_id,
            claim.place,
            payment.segment,
            claim.claim_id,
            payment.status,
            payment.charge_cents,
            payment.paid_cents,
            payment.patient_responsibility_cents,
            claim.reason,
            self._context.seal("remittance_claim", "body", row_id, payment),
        )

    def of_claim(self, claim_id: UUID) -> tuple[tuple[Any, ClaimPayment], ...]:
        """A claim's payments, oldest first, each beside its check (payer_name, paid_on, trace)."""
        rows = self._context.rows(
            "SELECT r.id, r.body, m.payer_name, m.trace_number, m.paid_on, m.payment_cents"
            " FROM remittance_claim r JOIN remittance m ON m.tenant_id = r.tenant_id"
            " AND m.id = r.remittance_id WHERE r.claim_id = :id ORDER BY r.id",
            id=claim_id,
        )
        return tuple(
            (row, self._context.open("remittance_claim", "body", row.id, row.body, _PAYMENT))
            for row in rows
        )
