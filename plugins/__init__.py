"""What a partner imports to write a specialty, and nothing else.

A plugin is a module with a ``MANIFEST`` and hook implementations marked with ``hook``. Every hook
returns a tuple of frozen values; the values hold the functions. ``docs/hooks.md`` describes each.
"""

from __future__ import annotations

from core import money
from core.claims.claim import Claim, Form, LineFacts, ServiceLine, SpecialtyRecord, VisitFacts
from core.claims.parties import (
    CompactPrivilege,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Subscriber,
)
from core.coding.time_units import documented_minutes
from core.confidentiality import Sensitivity
from core.consent import ConsentKind, ConsentPurpose, covering, may_disclose_part_two
from core.dates import ALWAYS, DateBasis, Window, add_months, add_years, age_on
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.rules.case import Case
from core.rules.coding import ClaimShape, CodingCase, CodingRule, Proposal
from core.rules.derivation import Derivation, Derived, ResultPart, Word
from core.rules.edits import Check, ClaimEdit, Gate
from core.rules.facts import Authorization, PriorService
from core.rules.needs import HistoryNeed, Needs
from core.rules.plays import Deadline, DenialPlay, DueDate
from core.rules.policy import FrequencyLimit, PayerPolicy, Policy
from core.rules.pricing import Fee, FeePurpose, FeeRank, FeeSchedule, PricingCase, PricingStep
from core.rules.records import RecordType, read, seal
from core.rules.rule import Confidence, Layer, Scope, Stops, Touches
from core.rules.sees import Sees
from core.scrub.code_validity import is_in_use
from core.scrub.finding import Finding, Fix, Flag, Severity
from core.scrub.new_patient import last_seen
from core.scrub.own_tables import CodeFamily
from core.scrub.professional_prices import allowed_amounts, full_amount, paid_lines
from core.scrub.services import Service, counted_history, same_physician, services
from plugins.demo import DemoPractice
from plugins.spec import CONTRACT, Manifest, NoSettings, Secret, SpecialtySettings, hook
from plugins.tables import demonstration_schedules, families, fee_rows, rows, source_of, window_of

__all__ = [
    "ALWAYS",
    "CONTRACT",
    "Authorization",
    "Case",
    "Charge",
    "Check",
    "Claim",
    "ClaimEdit",
    "ClaimShape",
    "CodeFamily",
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
    "Finding",
    "Fix",
    "Flag",
    "Form",
    "FrequencyLimit",
    "Gate",
    "HistoryNeed",
    "Layer",
    "LineFacts",
    "Manifest",
    "Name",
    "Needs",
    "NoSettings",
    "Patient",
    "Payer",
    "PayerKind",
    "PayerPolicy",
    "Person",
    "Policy",
    "PricingCase",
    "PricingStep",
    "PriorService",
    "Proposal",
    "Provider",
    "RecordType",
    "ResultPart",
    "Scope",
    "Secret",
    "Sees",
    "Sensitivity",
    "Service",
    "ServiceLine",
    "Severity",
    "SpecialtyRecord",
    "SpecialtySettings",
    "Stops",
    "Subscriber",
    "Touches",
    "VisitFacts",
    "Window",
    "Word",
    "add_months",
    "add_years",
    "age_on",
    "allowed_amounts",
    "counted_history",
    "covering",
    "demonstration_schedules",
    "documented_minutes",
    "families",
    "fee_rows",
    "full_amount",
    "hook",
    "is_in_use",
    "last_seen",
    "may_disclose_part_two",
    "money",
    "paid_lines",
    "read",
    "rows",
    "same_physician",
    "seal",
    "services",
    "source_of",
    "window_of",
]
