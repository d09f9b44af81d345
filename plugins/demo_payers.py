"""The invented payers of the demonstration: masters and the payer simulator know the same list."""

from __future__ import annotations

from core.claims.parties import Payer, PayerKind
from core.rules.policy import FrequencyLimit, PayerPolicy
from core.rules.rulebook import RuleSet

HARBOR_MEDICARE = Payer(
    payer_id="10001",
    name="Harbor Medicare",
    kind=PayerKind.MEDICARE,
    filing_indicator="MB",
)
"""On institutional claims its filing indicator is MA (``HARBOR_MEDICARE_PART_A``)."""

HARBOR_MEDICARE_PART_A = Payer(
    payer_id="10001",
    name="Harbor Medicare",
    kind=PayerKind.MEDICARE,
    filing_indicator="MA",
)

SUMMIT_MEDICAID = Payer(
    payer_id="20002",
    name="Summit State Medicaid",
    kind=PayerKind.MEDICAID,
    filing_indicator="MC",
    state="PA",
)

BLUESTONE = Payer(
    payer_id="30003",
    name="Bluestone Health Plan",
    kind=PayerKind.COMMERCIAL,
    filing_indicator="CI",
)

KEYSTONE = Payer(
    payer_id="40004",
    name="Keystone Mutual",
    kind=PayerKind.COMMERCIAL,
    filing_indicator="CI",
)

ORCHARD_DENTAL = Payer(
    payer_id="50005",
    name="Orchard Dental Benefit",
    kind=PayerKind.COMMERCIAL,
    filing_indicator="CI",
)

MERIDIAN = Payer(
    payer_id="60006",
    name="Meridian Advantage",
    kind=PayerKind.MEDICARE_ADVANTAGE,
    filing_indicator="16",
)

DEMO_PAYERS = (
    HARBOR_MEDICARE,
    SUMMIT_MEDICAID,
    BLUESTONE,
    KEYSTONE,
    ORCHARD_DENTAL,
    MERIDIAN,
)
"""One record a payer."""

DEMO_POLICIES = (
    PayerPolicy(
        id="PRACTICE-DEMO-BLUESTONE",
        title="Bluestone: filing limit and authorizations",
        source="invented for demonstration",
        payer_ids=("30003",),
        knobs={"timely_filing_days": 180, "auth_required_codes": ("90837",)},
    ),
    PayerPolicy(
        id="PRACTICE-DEMO-KEYSTONE",
        title="Keystone: filing limit",
        source="invented for demonstration",
        payer_ids=("40004",),
        knobs={"timely_filing_days": 120},
    ),
    PayerPolicy(
        id="PRACTICE-DEMO-ORCHARD",
        title="Orchard: filing limit and frequencies",
        source="invented for demonstration",
        payer_ids=("50005",),
        knobs={
            "timely_filing_days": 365,
            "dental.frequency": (
                FrequencyLimit(codes=("D0120", "D0150", "D0180"), maximum=2, per="calendar_year"),
                FrequencyLimit(
                    codes=("D1110", "D1120", "D4346", "D4910"), maximum=2, per="calendar_year"
                ),
            ),
        },
    ),
    PayerPolicy(
        id="PRACTICE-DEMO-SUMMIT",
        title="Summit: filing limit and credential modifiers",
        source="invented for demonstration",
        payer_ids=("20002",),
        knobs={
            "timely_filing_days": 180,
            "credential_modifiers": {"LCSW": ("HO",), "LPC": ("HO",), "CP": ("HP",)},
        },
    ),
    PayerPolicy(
        id="PRACTICE-DEMO-MERIDIAN",
        title="Meridian: filing limit",
        source="invented for demonstration",
        payer_ids=("60006",),
        knobs={"timely_filing_days": 365},
    ),
)
"""What the invented payers ask; state it in the practice's layer of a demonstration."""

DEMO_RULES = RuleSet(name="practice", version="demo", payer_policies=DEMO_POLICIES)
"""The practice layer of a demonstration practice."""

DEMO_SETTINGS = b'{"demonstration_fees":true}'
"""Settings under which the built-in specialties price with their invented tables."""
