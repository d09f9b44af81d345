"""How a row of the platform's tables becomes an edit, and the touches the rows share."""

from __future__ import annotations

from core.claims.claim import Form
from core.claims.parties import PayerKind
from core.dates import ALWAYS, DateBasis, Window
from core.rules.edits import Check, ClaimEdit
from core.rules.needs import Needs
from core.rules.rule import NO_NEEDS, Confidence, Layer, Scope, Stops, Touches
from core.scrub.finding import Severity

VERSION = "2026.11"

REJECT, DENY, WARN = Severity.REJECT, Severity.DENY, Severity.WARN

PROFESSIONAL = Touches(forms=(Form.PROFESSIONAL,))
INSTITUTIONAL = Touches(forms=(Form.INSTITUTIONAL,))
DENTAL = Touches(forms=(Form.DENTAL,))
MEDICARE_PROFESSIONAL = Touches(forms=(Form.PROFESSIONAL,), payer_kinds=(PayerKind.MEDICARE,))
MEDICARE_INSTITUTIONAL = Touches(forms=(Form.INSTITUTIONAL,), payer_kinds=(PayerKind.MEDICARE,))


def edit(
    id: str,
    title: str,
    severity: Severity,
    check: Check,
    place_837: str,
    source: str,
    *,
    touches: Touches = PROFESSIONAL,
    scope: Scope = Scope.LINE,
    carc: str = "",
    rarc: str = "",
    effective: Window = ALWAYS,
    basis: DateBasis = DateBasis.SERVICE_FROM,
    confidence: Confidence = Confidence.HIGH,
    supersedes: tuple[str, ...] = (),
    stops: Stops = Stops.NOTHING,
    needs: Needs = NO_NEEDS,
) -> ClaimEdit:
    """An edit of the platform. ``source`` names the place in the fact sheet, and the law."""
    return ClaimEdit(
        id=id,
        title=title,
        severity=severity,
        check=check,
        place_837=place_837,
        source=source,
        touches=touches,
        scope=scope,
        carc=carc,
        rarc=rarc,
        effective=effective,
        basis=basis,
        confidence=confidence,
        supersedes=supersedes,
        stops=stops,
        needs=needs,
        version=VERSION,
        layer=Layer.PLATFORM,
    )
