"""Which claims travel in one file: by form and receiver, in the order of their billing providers.

Grouping works on slips, small values without health information beyond the claim's number, so that
fifty thousand claims are sorted into files before the first of them is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from core.claims.claim import Claim, Form
from core.claims.parties import Value

CLAIMS_A_TRANSACTION_MAX = 5000
"""The guides of the 837 recommend no more claims than this in one transaction set."""

CLAIMS_A_FILE_MAX = 50_000
"""Keeps one damaged file from holding up everything."""


class FilingSlip(Value, frozen=True, kw_only=True):
    """A claim that is ready: what decides where it goes. ``receiver`` is the trading partner's id.

    ``usage`` is P (production) or T (test): the two never share a file.
    """

    claim_id: UUID
    claim_number: str
    form: Form
    receiver: str
    usage: str = "P"
    billing_key: tuple[str, ...] = ()


class FileBatch(Value, frozen=True, kw_only=True):
    """One file to one receiver: transactions of slips, in the order they are to be written."""

    form: Form
    receiver: str
    usage: str
    transactions: tuple[tuple[FilingSlip, ...], ...]

    @property
    def claims(self) -> int:
        return sum(len(transaction) for transaction in self.transactions)


def slip(claim_id: UUID, claim: Claim, *, receiver: str, usage: str = "P") -> FilingSlip:
    """The slip of ``claim``; its billing key is NPI, tax id, taxonomy and name."""
    billing = claim.billing
    return FilingSlip(
        claim_id=claim_id,
        claim_number=claim.claim_number,
        form=claim.form,
        receiver=receiver,
        usage=usage,
        billing_key=(
            billing.npi,
            billing.tax_id,
            billing.taxonomy,
            billing.name.last,
            billing.name.first,
        ),
    )


def group_for_files(
    slips: Iterable[FilingSlip],
    *,
    claims_a_transaction_max: int = CLAIMS_A_TRANSACTION_MAX,
    claims_a_file_max: int = CLAIMS_A_FILE_MAX,
) -> tuple[FileBatch, ...]:
    """Files for the slips, the same whatever order they come in; each slip is in exactly one."""
    assert 0 < claims_a_transaction_max <= claims_a_file_max, "a file holds whole transactions"
    ordered = sorted(
        slips,
        key=lambda one: (*_destination(one), one.billing_key, one.claim_number, one.claim_id.int),
    )
    files = []
    for (form, receiver, usage), group in groupby(ordered, key=_destination):
        alike = tuple(group)
        for first in range(0, len(alike), claims_a_file_max):
            part = alike[first : first + claims_a_file_max]
            files.append(
                FileBatch(
                    form=form,
                    receiver=receiver,
                    usage=usage,
                    transactions=tuple(
                        part[place : place + claims_a_transaction_max]
                        for place in range(0, len(part), claims_a_transaction_max)
                    ),
                )
            )
    return tuple(files)


def _destination(one: FilingSlip) -> tuple[Form, str, str]:
    return one.form, one.receiver, one.usage
