"""Codes of a file in our own words, where we have them: what was decided, and why."""

from __future__ import annotations

from collections.abc import Mapping

from core.eligibility.authorization_words import ACTIONS as REVIEW_ACTIONS
from core.eligibility.authorization_words import DECISION_REASONS
from core.eligibility.words import (
    INFORMATION,
    NETWORKS,
    PERIODS,
    QUANTITIES,
    REASONS,
    SERVICE_TYPES,
    WHOM,
)
from core.remittance.words import (
    ADJUSTMENT_GROUPS,
    CLAIM_DECISIONS,
    METHODS,
    PROVIDER_ADJUSTMENTS,
)
from core.x12.ack_codes import (
    ELEMENT_WORDS,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    SEGMENT_WORDS,
    TRANSACTION_WORDS,
    VERDICT_WORDS,
)
from core.x12.claim_status_words import CATEGORIES, ENTITIES, STATUSES

# HI: which list a code is from, and what it is there for.
_DIAGNOSIS_KINDS = {
    "ABF": "diagnosis",
    "ABJ": "admitting diagnosis",
    "ABK": "principal diagnosis",
    "ABN": "external cause",
    "APR": "reason for the visit",
    "BBQ": "other procedure",
    "BBR": "principal procedure",
    "BE": "value",
    "BF": "diagnosis, ICD-9",
    "BG": "condition",
    "BH": "occurrence",
    "BI": "occurrence span",
    "BJ": "admitting diagnosis, ICD-9",
    "BK": "principal diagnosis, ICD-9",
    "BN": "external cause, ICD-9",
    "BP": "anesthesia procedure",
    "BO": "anesthesia procedure",
    "BQ": "other procedure, ICD-9",
    "BR": "principal procedure, ICD-9",
    "DR": "diagnosis-related group",
    "PR": "reason for the visit, ICD-9",
    "TC": "treatment",
}
# REF and DTP, for those whose rows have no name in the guides' tables.
_NUMBERS = {
    "0B": "state licence",
    "1G": "UPIN",
    "1K": "payer's claim number",
    "2U": "payer's own id",
    "BLT": "bill type",
    "D9": "clearinghouse number",
    "EJ": "claim number",
    "FJ": "line number",
    "FY": "claim office",
    "G2": "the payer's number for it",
    "LU": "location",
    "NF": "NAIC code",
    "XZ": "prescription number",
}
_DAYS = {"009": "processed", "050": "received", "472": "service"}
_BATCH_VERDICTS = {"WQ": "taken in", "U": "turned away"}


def _first(words: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {code: both[0] for code, both in words.items()}


_STATUS_PARTS = {1: CATEGORIES, 2: _first(STATUSES), 3: ENTITIES}
# Segment, element and component (0: it has none) -> code -> what it says.
_WORDS: dict[tuple[str, int, int], Mapping[str, str]] = {
    # Reason 04 means one thing in a 271 and another in a 278.
    ("AAA", 3, 0): {code: words for code, words in _first(REASONS).items() if code != "04"},
    ("AK9", 1, 0): VERDICT_WORDS,
    ("BPR", 4, 0): METHODS,
    ("CAS", 1, 0): ADJUSTMENT_GROUPS,
    ("CLP", 2, 0): CLAIM_DECISIONS,
    ("DTP", 1, 0): _DAYS,
    ("EB", 1, 0): INFORMATION,
    ("EB", 2, 0): WHOM,
    ("EB", 3, 0): SERVICE_TYPES,
    ("EB", 6, 0): PERIODS,
    ("EB", 9, 0): QUANTITIES,
    ("EB", 12, 0): {"W": NETWORKS["W"]},
    ("EQ", 1, 0): SERVICE_TYPES,
    ("HCR", 1, 0): _first(REVIEW_ACTIONS),
    ("HCR", 3, 0): _first(DECISION_REASONS),
    ("IK3", 4, 0): _first(SEGMENT_WORDS),
    ("IK4", 3, 0): _first(ELEMENT_WORDS),
    ("IK5", 1, 0): VERDICT_WORDS,
    ("REF", 1, 0): _NUMBERS,
    ("STC", 3, 0): _BATCH_VERDICTS,
    ("TA1", 4, 0): VERDICT_WORDS,
    ("TA1", 5, 0): _first(INTERCHANGE_WORDS),
    **{("HI", place, 1): _DIAGNOSIS_KINDS for place in range(1, 13)},
    **{("PLB", place, 1): PROVIDER_ADJUSTMENTS for place in range(3, 14, 2)},
    **{("AK9", place, 0): _first(GROUP_WORDS) for place in range(5, 10)},
    **{("IK5", place, 0): _first(TRANSACTION_WORDS) for place in range(2, 7)},
    **{("STC", place, n): words for place in (1, 10, 11) for n, words in _STATUS_PARTS.items()},
}


def code_words(segment_id: str, element: int, component: int, code: str) -> str:
    """What a code says, in brackets after a blank; nothing where we have no words for it."""
    known = _WORDS.get((segment_id, element, component))
    text = known.get(code, "") if known is not None else ""
    return f" [{text}]" if text else ""
