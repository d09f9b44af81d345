"""Remittances: each check once, each claim payment with the claim it was matched to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.ports import NewRemittance, NewRemittanceClaim
from core.remittance.values import ClaimPayment, RemittanceHeader
from tenants.sealer import Sealer
from tenants.store.context import StoreContext, decoder
from tenants.store.either import EitherColumn
from tenants.store.groups import encode

_LIES = EitherColumn("remittance_claim")
PAYMENT_COLUMNS = "r.id AS payment_id, r.body AS payment, r.substance_use AS payment_part_two"
"""What a query of ``remittance_claim r`` asks for ``opened_payment``."""

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
                *_LIES.columns,
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
            *_LIES.seal(self._context.sealer, row_id, encode(payment), claim.sensitivity),
        )

    def of_claim(self, claim_id: UUID) -> tuple[tuple[Any, ClaimPayment], ...]:
        """A claim's payments, oldest first, each beside its check (payer_name, paid_on, trace)."""
        rows = self._context.rows(
            f"SELECT {PAYMENT_COLUMNS}, m.payer_name, m.trace_number, m.paid_on, m.payment_cents"
            " FROM remittance_claim r JOIN remittance m ON m.tenant_id = r.tenant_id"
            " AND m.id = r.remittance_id WHERE r.claim_id = :id ORDER BY r.id",
            id=claim_id,
        )
        return tuple((row, opened_payment(self._context.sealer, row)) for row in rows)


def opened_payment(sealer: Sealer, row: Any) -> ClaimPayment:
    """A payer's decision, of a row with ``PAYMENT_COLUMNS``."""
    found = _LIES.open(sealer, row.payment_id, row.payment, row.payment_part_two)
    assert found is not None, "the database keeps no decision without what it says"
    return _PAYMENT.decode(found)
