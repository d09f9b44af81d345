"""Which edition of the ICD a claim's codes are in: its dates decide, as the rule has it."""

from __future__ import annotations

from datetime import date

from core.claims.claim import Claim

# ICD-10 is used for services (institutional claims: through dates) from this day on,
# 45 CFR 162.1002.
ICD10_FROM = date(2015, 10, 1)


def is_icd10(claim: Claim) -> bool:
    """Whether the claim's dates call for ICD-10 codes, else ICD-9; without a date, ICD-10."""
    if claim.institutional is not None:
        return claim.institutional.statement_to >= ICD10_FROM
    day = claim.service_from
    return day is None or day >= ICD10_FROM
