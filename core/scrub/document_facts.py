"""The facts outside the claim that a scrub document states (v1, section 7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.claims.claim import SpecialtyRecord, Tooth
from core.dates import Window
from core.errors import InputError
from core.rules.facts import Authorization, ClaimFacts, OtherCoverage, PriorService
from core.scrub.document_parts import Part


def read_facts(context: Part, records: tuple[SpecialtyRecord, ...] = ()) -> ClaimFacts:
    """What ``context`` states. An absent key stays None: no opinion."""
    history = context.parts("history")
    held = context.parts("auths")
    covered = context.part("eligibility")
    others = covered.parts("cob") if covered else None
    notice = context.part("abn")
    return ClaimFacts(
        history=None if history is None else _history(history),
        authorizations=None if held is None else tuple(_authorization(one) for one in held),
        eligibility=None if covered is None else (_window(covered),),
        other_coverages=None if others is None else tuple(_other(one) for one in others),
        abn_on_file=notice.flag("on_file") if notice else None,
        accumulators=_accumulators(context),
        records=records,
    )


def _history(parts: tuple[Part, ...]) -> tuple[PriorService, ...]:
    # A service without its day can be compared with nothing.
    dated = ((part, part.day("dos")) for part in parts)
    return tuple(_prior(part, day) for part, day in dated if day is not None)


def _prior(part: Part, day: date) -> PriorService:
    number, surfaces = part.code("tooth"), part.text("surfaces")
    units = part.number("units")
    return PriorService(
        service_on=day,
        code=part.code("code"),
        modifiers=part.texts("modifiers"),
        units=Decimal(1) if units is None else units,
        rendering_npi=part.text("rendering_npi"),
        group_npi=part.text("group_id"),
        taxonomy=part.text("specialty"),
        place_of_service=part.text("pos"),
        status=part.text("status") or "paid",
        face_to_face=part.flag("face_to_face"),
        global_days=part.code("global_days"),
        same_problem=part.flag("same_problem"),
        teeth=(Tooth(number=number, surfaces=surfaces),) if number or surfaces else (),
        oral_cavity=(part.code("area"),) if part.data.get("area") is not None else (),
    )


def _authorization(part: Part) -> Authorization:
    approved = part.number("units_approved")
    return Authorization(
        number=part.text("number"),
        codes=(*part.texts("codes"), *part.texts("disciplines")),
        window=_window(part),
        units_approved=part.number("visits_approved") if approved is None else approved,
        units_used=part.number("units_used") or Decimal(0),
        units_pending=part.number("units_pending") or Decimal(0),
        provider_npi=part.text("provider_npi"),
    )


def _window(part: Part) -> Window:
    first, last = part.day("from"), part.day("to")
    try:
        return Window(first, last)
    except InputError:
        raise part.wrong("to", "a day on or after from") from None


def _other(part: Part) -> OtherCoverage:
    return OtherCoverage(
        payer=part.text("payer"), order=part.text("order"), reason=part.text("reason")
    )


def _accumulators(context: Part) -> dict[str, int] | None:
    """Money so far, by the names of ``ClaimFacts``."""
    therapy = context.part("therapy_ytd")
    stated = {
        "therapy_pt_slp": therapy.cents("pt_slp") if therapy else None,
        "therapy_ot": therapy.cents("ot") if therapy else None,
        "deductible_remaining": context.cents("deductible_remaining"),
    }
    found = {name: cents for name, cents in stated.items() if cents is not None}
    return found or None
