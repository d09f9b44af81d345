"""Codes of a file in our own words, where we have them: what was decided, and why."""

from __future__ import annotations

from collections.abc import Mapping

from core.eligibility.authorization_words import ACTIONS as REVIEW_ACTIONS
from core.eligibility.authorization_words import DECISION_REASONS
from core.eligibility.words import INFORMATION, REASONS, SERVICE_TYPES
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
    ("EB", 1, 0): INFORMATION,
    ("EB", 3, 0): SERVICE_TYPES,
    ("EQ", 1, 0): SERVICE_TYPES,
    ("HCR", 1, 0): _first(REVIEW_ACTIONS),
    ("HCR", 3, 0): _first(DECISION_REASONS),
    ("IK3", 4, 0): _first(SEGMENT_WORDS),
    ("IK4", 3, 0): _first(ELEMENT_WORDS),
    ("IK5", 1, 0): VERDICT_WORDS,
    ("STC", 3, 0): _BATCH_VERDICTS,
    ("TA1", 4, 0): VERDICT_WORDS,
    ("TA1", 5, 0): _first(INTERCHANGE_WORDS),
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
