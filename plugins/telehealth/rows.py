"""What the rows of telehealth rules have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from plugins import (
    ALWAYS,
    Case,
    ClaimEdit,
    Confidence,
    Flag,
    Form,
    HistoryNeed,
    Needs,
    PayerKind,
    Scope,
    ServiceLine,
    Severity,
    Touches,
    Window,
)

SHEET = "telehealth.md s.6"
PROFESSIONAL = (Form.PROFESSIONAL,)
ANY = Touches(forms=PROFESSIONAL)
BILLED = Touches(forms=(Form.PROFESSIONAL, Form.INSTITUTIONAL))
"""Both forms: hospitals and health centers bill some of it on the 837I."""

MEDICARE = Touches(forms=PROFESSIONAL, payer_kinds=(PayerKind.MEDICARE,))
NOTHING = Needs()

Check = Callable[[Case, Sequence[ServiceLine]], Iterable[Flag]]


def edit(
    id: str,
    title: str,
    check: Check,
    *,
    source: str = SHEET,
    severity: Severity = Severity.DENY,
    touches: Touches = ANY,
    scope: Scope = Scope.LINE,
    effective: Window = ALWAYS,
    confidence: Confidence = Confidence.HIGH,
    needs: Needs = NOTHING,
    supersedes: tuple[str, ...] = (),
    carc: str = "",
    place: str = "SV101",
) -> ClaimEdit:
    """A row; most are denials of a line of an 837P that hold on any day."""
    return ClaimEdit(
        id=id,
        title=title,
        check=check,
        source=source,
        severity=severity,
        touches=touches,
        scope=scope,
        effective=effective,
        confidence=confidence,
        needs=needs,
        supersedes=supersedes,
        carc=carc,
        place_837=place,
    )


def on(codes: Iterable[str], *kinds: PayerKind, forms: tuple[Form, ...] = PROFESSIONAL) -> Touches:
    """Lines with one of ``codes``, of an 837P unless said."""
    return Touches(codes=tuple(codes), forms=forms, payer_kinds=kinds)


def history(codes: Iterable[str], days: int) -> Needs:
    """Earlier services with ``codes`` (none: any), so many days back."""
    return Needs(history=(HistoryNeed(codes=tuple(codes), look_back_days=days),))
