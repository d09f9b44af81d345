"""What a partner imports to write a specialty, and nothing else.

A plugin is a module with a ``MANIFEST`` and hook implementations marked with ``hook``. Every hook
returns a tuple of frozen values; the values hold the functions. ``docs/hooks.md`` describes each.
"""

from __future__ import annotations

from core.claims.claim import Claim, Form, LineFacts, ServiceLine, SpecialtyRecord, VisitFacts
from core.claims.parties import CompactPrivilege, PayerKind
from core.confidentiality import Sensitivity
from core.consent import ConsentKind, ConsentPurpose, covering, may_disclose_part_two
from core.dates import ALWAYS, DateBasis, Window
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.rules.case import Case
from core.rules.coding import ClaimShape, CodingCase, CodingRule, Proposal
from core.rules.derivation import Derivation, Derived, ResultPart, Word
from core.rules.edits import ClaimEdit, Gate
from core.rules.facts import Authorization, PriorService
from core.rules.needs import HistoryNeed, Needs
from core.rules.plays import Deadline, DenialPlay, DueDate
from core.rules.policy import FrequencyLimit, PayerPolicy, Policy
from core.rules.pricing import Fee, FeePurpose, FeeRank, FeeSchedule, PricingCase, PricingStep
from core.rules.records import RecordType, read, seal
from core.rules.rule import Confidence, Layer, Scope, Stops, Touches
from core.rules.sees import Sees
from core.scrub.finding import Flag, Severity
from plugins.demo import DemoPractice
from plugins.spec import CONTRACT, Manifest, NoSettings, Secret, SpecialtySettings, hook
from plugins.tables import fee_rows, rows

__all__ = [
    "ALWAYS",
    "CONTRACT",
    "Authorization",
    "Case",
    "Charge",
    "Claim",
    "ClaimEdit",
    "ClaimShape",
    "CodingCase",
    "CodingRule",
    "CompactPrivilege",
    "Confidence",
    "ConsentKind",
    "ConsentPurpose",
    "Coverage",
    "DateBasis",
    "Deadline",
    "DemoPractice",
    "DenialPlay",
    "Derivation",
    "Derived",
    "DueDate",
    "Encounter",
    "Fee",
    "FeePurpose",
    "FeeRank",
    "FeeSchedule",
    "Flag",
    "Form",
    "FrequencyLimit",
    "Gate",
    "HistoryNeed",
    "Layer",
    "LineFacts",
    "Manifest",
    "Needs",
    "NoSettings",
    "Patient",
    "PayerKind",
    "PayerPolicy",
    "Policy",
    "PricingCase",
    "PricingStep",
    "PriorService",
    "Proposal",
    "RecordType",
    "ResultPart",
    "Scope",
    "Secret",
    "Sees",
    "Sensitivity",
    "ServiceLine",
    "Severity",
    "SpecialtyRecord",
    "SpecialtySettings",
    "Stops",
    "Touches",
    "VisitFacts",
    "Window",
    "Word",
    "covering",
    "fee_rows",
    "hook",
    "may_disclose_part_two",
    "read",
    "rows",
    "seal",
]
