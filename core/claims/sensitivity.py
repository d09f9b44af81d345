"""How sensitive a visit or a claim is, by the records that were made of it."""

from __future__ import annotations

from collections.abc import Iterable

from core.claims.claim import LineFacts, VisitFacts
from core.confidentiality import Sensitivity


def sensitivity_of(visit: VisitFacts, lines: Iterable[LineFacts]) -> Sensitivity:
    """The strictest of the records on the visit and on its services."""
    for record in visit.records:
        if record.sensitivity is Sensitivity.SUBSTANCE_USE:
            return Sensitivity.SUBSTANCE_USE
    for line in lines:
        for record in line.records:
            if record.sensitivity is Sensitivity.SUBSTANCE_USE:
                return Sensitivity.SUBSTANCE_USE
    return Sensitivity.NONE


def stricter(one: Sensitivity, other: Sensitivity) -> Sensitivity:
    """The stricter of two: a label once given is not lost by an edit."""
    return one if other is Sensitivity.NONE else other
