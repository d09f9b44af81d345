"""The platform's own rules as values: PS-* on 837P, INST-* on 837I, CW-* where no sheet has one.

Ids, severities and triggers are those of the fact sheets professional-scrub.md and
institutional-scrub.md. Each family of rows has a file of its own.
"""

from __future__ import annotations

from core.claims.parties import PayerKind
from core.rules.edits import ClaimEdit
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer
from core.rules.rulebook import RuleSet
from core.scrub import (
    platform_coding,
    platform_diagnoses,
    platform_institutional,
    platform_lines,
    platform_own,
    platform_professional,
)
from core.scrub.platform_rows import VERSION
from core.scrub.professional_derivations import DERIVATIONS

OF_THE_SHEETS: tuple[ClaimEdit, ...] = (
    *platform_professional.EDITS,
    *platform_diagnoses.EDITS,
    *platform_lines.EDITS,
    *platform_coding.EDITS,
    *platform_institutional.EDITS,
)
"""The edits of the fact sheets: PS-* and INST-*."""

EDITS: tuple[ClaimEdit, ...] = (*OF_THE_SHEETS, *platform_own.EDITS)
"""Every platform edit."""

POLICIES: tuple[PayerPolicy, ...] = (
    PayerPolicy(
        id="CW-POLICY-MEDICARE",
        title="Medicare fee for service",
        source="42 CFR 424.44; CMS Pub 100-04 ch. 1 s. 70",
        layer=Layer.PLATFORM,
        payer_kinds=(PayerKind.MEDICARE,),
        knobs={"timely": "medicare_1y", "timed_unit_method": "cms_8min"},
    ),
    PayerPolicy(
        id="CW-POLICY-MEDICAID",
        title="Medicaid, what most states ask",
        source="professional-scrub.md PS-004, PS-053",
        layer=Layer.PLATFORM,
        payer_kinds=(PayerKind.MEDICAID,),
        knobs={"requires_taxonomy": True, "requires_ndc": True},
    ),
)
"""Knobs that follow from law or from the habit of a kind of payer."""

PLATFORM = RuleSet(
    name="platform",
    version=VERSION,
    claim_edits=EDITS,
    payer_policies=POLICIES,
    derivations=DERIVATIONS,
)
"""What every practice has, with or without a plugin."""

SHEETS = RuleSet(
    name="platform",
    version=VERSION,
    fingerprint="sheets",
    claim_edits=OF_THE_SHEETS,
    payer_policies=POLICIES,
    derivations=DERIVATIONS,
)
"""What a scrub document is judged by beside its plugins (scrub document v1, section 1)."""
