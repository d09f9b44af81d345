"""Claim acknowledgements (277CA, 005010X214): read, write, and say in words."""

from __future__ import annotations

from core.x12.claim_status_reader import read_277ca
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.claim_status_words import sentence
from core.x12.claim_status_writer import write_277ca

__all__ = [
    "ClaimStatus",
    "ClaimStatusReport",
    "LineStatus",
    "ProviderStatus",
    "Status",
    "StatusCode",
    "read_277ca",
    "sentence",
    "write_277ca",
]
