"""What payers ask of behavioral health where they say nothing else, as knobs."""

from __future__ import annotations

from plugins import PayerKind, PayerPolicy
from plugins.behavioral_health import times

POLICIES = (
    PayerPolicy(
        id="BH-P01",
        title="Intensive outpatient includes therapy",
        source="behavioral-health.md BH-037",
        knobs={"iop_inclusive": True},
    ),
    PayerPolicy(
        id="BH-P04",
        title="An authorization of a session covers sessions of any length",
        source="behavioral-health.md s.3 (burn-down)",
        knobs={"auth_families": {"psychotherapy": times.ALONE}},
    ),
    PayerPolicy(
        id="BH-P02",
        title="Medicare: incident-to by its own rules, screening by G codes",
        source="42 CFR 410.26; behavioral-health.md s.2, BH-034",
        payer_kinds=(PayerKind.MEDICARE,),
        knobs={"incident_to": "medicare", "sbirt": "g"},
    ),
    PayerPolicy(
        id="BH-P03",
        title="Commercial plans: screening by CPT codes",
        source="behavioral-health.md s.1, BH-034",
        payer_kinds=(PayerKind.COMMERCIAL,),
        knobs={"sbirt": "cpt"},
    ),
)
