"""Codes of a file in our own words, where we have them: verdicts, claim status, adjustments."""

from __future__ import annotations

from collections.abc import Mapping

from core.x12.ack_codes import (
    ELEMENT_WORDS,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    SEGMENT_WORDS,
    TRANSACTION_WORDS,
    VERDICT_WORDS,
)
from core.x12.claim_status_words import CATEGORIES, ENTITIES, STATUSES

_CLAIM_DECISIONS = {
    "1": "paid as first payer",
    "2": "paid as second payer",
    "3": "paid as third payer",
    "4": "denied",
    "19": "paid as first payer, forwarded",
    "20": "paid as second payer, forwarded",
    "21": "paid as third payer, forwarded",
    "22": "reversal of a previous payment",
    "23": "not this payer's claim, forwarded",
    "25": "predetermination, no payment",
}
_ADJUSTMENT_GROUPS = {
    "CO": "contract: the provider writes it off",
    "OA": "other adjustment",
    "PI": "the payer's own reduction",
    "PR": "the patient owes it",
}
_BATCH_VERDICTS = {"WQ": "taken in", "U": "turned away"}


def _first(words: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {code: both[0] for code, both in words.items()}


_STATUS_PARTS = {1: CATEGORIES, 2: _first(STATUSES), 3: ENTITIES}
# Segment, element and component (0: it has none) -> code -> what it says.
_WORDS: dict[tuple[str, int, int], Mapping[str, str]] = {
    ("AK9", 1, 0): VERDICT_WORDS,
    ("CAS", 1, 0): _ADJUSTMENT_GROUPS,
    ("CLP", 2, 0): _CLAIM_DECISIONS,
    ("IK3", 4, 0): _first(SEGMENT_WORDS),
    ("IK4", 3, 0): _first(ELEMENT_WORDS),
    ("IK5", 1, 0): VERDICT_WORDS,
    ("STC", 3, 0): _BATCH_VERDICTS,
    ("TA1", 4, 0): VERDICT_WORDS,
    ("TA1", 5, 0): _first(INTERCHANGE_WORDS),
    **{("AK9", place, 0): _first(GROUP_WORDS) for place in range(5, 10)},
    **{("IK5", place, 0): _first(TRANSACTION_WORDS) for place in range(2, 7)},
    **{("STC", place, n): words for place in (1, 10, 11) for n, words in _STATUS_PARTS.items()},
}


def code_words(segment_id: str, element: int, component: int, code: str) -> str:
    """What a code says, in brackets after a blank; nothing where we have no words for it."""
    known = _WORDS.get((segment_id, element, component))
    text = known.get(code, "") if known is not None else ""
    return f" [{text}]" if text else ""
