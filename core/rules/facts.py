"""Facts outside the claim, handed to rules as values. ``None`` means not loaded: no opinion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from core.claims.claim import SpecialtyRecord, Tooth
from core.claims.parties import Value
from core.confidentiality import Sensitivity
from core.consent import Consent
from core.dates import ALWAYS, Window
from core.rules.needs import Needs
from core.rules.tables import NO_TABLES, Tables
from core.scrub.waivers import Waiver


class PriorService(Value, frozen=True, kw_only=True):
    """A service of the same patient on an earlier or other claim.

    ``status`` is paid, pending, denied or voided. ``claim_number`` lets a rule leave out the claim
    that a corrected one replaces. ``group_npi`` is who billed (or another word for the group),
    ``taxonomy`` the specialty. ``global_days`` is 000, 010 or 090; ``same_problem`` compares it
    with this claim's problem. Empty or None = not known.
    """

    service_on: date
    code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    rendering_npi: str = ""
    group_npi: str = ""
    taxonomy: str = ""
    place_of_service: str = ""
    status: str = "paid"
    claim_number: str = ""
    face_to_face: bool | None = None
    global_days: str = ""
    same_problem: bool | None = None
    teeth: tuple[Tooth, ...] = ()
    oral_cavity: tuple[str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.NONE


class Authorization(Value, frozen=True, kw_only=True):
    """A payer's permission. Available = approved - used - pending; None approved = no limit.

    ``unit`` is what its numbers count: visit, unit or hour; empty: as the payer's knob says.
    """

    number: str = ""
    codes: tuple[str, ...] = ()
    window: Window = ALWAYS
    units_approved: Decimal | None = None
    units_used: Decimal = Decimal(0)
    units_pending: Decimal = Decimal(0)
    provider_npi: str = ""
    unit: str = ""


class OtherCoverage(Value, frozen=True, kw_only=True):
    """Another plan of the patient as an eligibility answer names it.

    ``order`` is primary, secondary or tertiary: whose turn it is among the patient's plans.
    """

    payer: str
    order: str
    reason: str = ""


class ClaimFacts(Value, frozen=True, kw_only=True):
    """What was loaded for one claim. ``accumulators`` are in cents or counts, by name:
    ``therapy_pt_slp`` and ``therapy_ot`` are what was allowed this year before the claim,
    ``deductible_remaining`` what the patient still owes of the year's deductible.

    ``consents`` are the patient's, in force or not. ``other_coverages`` are the plans an
    eligibility answer named beside the payer's; ``abn_on_file``: an advance notice was signed.
    """

    history: tuple[PriorService, ...] | None = None
    authorizations: tuple[Authorization, ...] | None = None
    eligibility: tuple[Window, ...] | None = None
    other_coverages: tuple[OtherCoverage, ...] | None = None
    abn_on_file: bool | None = None
    accumulators: Mapping[str, int] | None = None
    records: tuple[SpecialtyRecord, ...] = ()
    consents: tuple[Consent, ...] = ()


class ScrubFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was loaded for a batch: per claim number, and the reference tables.

    ``tables_digest`` names the releases behind ``tables``; ``waivers`` are the practice's, in force
    or not.
    """

    by_claim: Mapping[str, ClaimFacts] = {}
    tables: Tables = NO_TABLES
    tables_digest: str = ""
    waivers: tuple[Waiver, ...] = ()


def not_loaded(needs: Needs, facts: ClaimFacts, tables: Tables) -> tuple[str, ...]:
    """What a rule declares it needs and is not given, by name; it may have no opinion."""
    found = [
        name
        for name, is_asked in (
            ("history", bool(needs.history)),
            ("authorizations", needs.authorizations),
            ("eligibility", needs.eligibility),
            ("accumulators", bool(needs.accumulators)),
        )
        if is_asked and getattr(facts, name) is None
    ]
    return (
        *found,
        *(
            name
            for name in needs.tables
            if getattr(tables, name, None) is None and name not in tables.more
        ),
    )


NOTHING_LOADED = ClaimFacts()
NO_FACTS = ScrubFacts()
