"""The platform's own rules as values: PS-* on 837P, INST-* on 837I, CW-* where no sheet has one.

Ids, severities and triggers are those of the fact sheets professional-scrub.md and
institutional-scrub.md; ``CW-`` rules are ours: structure that every payer's front end refuses.
"""

from __future__ import annotations

from core.claims.claim import Form
from core.claims.parties import PayerKind
from core.rules.edits import Check, ClaimEdit
from core.rules.needs import HistoryNeed, Needs
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer, Scope, Stops, Touches
from core.rules.rulebook import RuleSet
from core.scrub import date_edits, institutional_edits, line_edits, party_edits
from core.scrub.finding import Severity

VERSION = "2026.11"

_REJECT, _DENY, _WARN = Severity.REJECT, Severity.DENY, Severity.WARN
_P = Touches(forms=(Form.PROFESSIONAL,))
_I = Touches(forms=(Form.INSTITUTIONAL,))
_DI = Touches(forms=(Form.DENTAL, Form.INSTITUTIONAL))
_D = Touches(forms=(Form.DENTAL,))
_PD = Touches(forms=(Form.PROFESSIONAL, Form.DENTAL))
_ANY = Touches()
_MEDICARE_P = Touches(forms=(Form.PROFESSIONAL,), payer_kinds=(PayerKind.MEDICARE,))
_MEDICARE_I = Touches(forms=(Form.INSTITUTIONAL,), payer_kinds=(PayerKind.MEDICARE,))

_Row = tuple[str, str, Severity, Check, str, str]
"""Id, title, severity, check, CARC, place in the 837."""

_CLAIM_ROWS: tuple[_Row, ...] = (
    ("PS-001", "NPI check digit", _REJECT, party_edits.npi_check_digit, "16", "NM109"),
    ("PS-002", "Billing tax id", _REJECT, party_edits.tax_id, "16", "2010AA REF*EI"),
    ("PS-003", "Member id", _REJECT, party_edits.member_id, "31", "2010BA NM109"),
    ("PS-004", "Billing taxonomy", _REJECT, party_edits.taxonomy, "16", "2000A PRV03"),
    ("PS-005", "Billing street address", _REJECT, party_edits.billing_address, "", "2010AA N301"),
    ("PS-006", "ZIP with nine digits", _REJECT, party_edits.billing_zip, "", "2010AA N403"),
    ("PS-007", "Claim indicators", _REJECT, party_edits.indicators, "16", "CLM06-CLM09"),
    ("PS-008", "Birth before service", _REJECT, date_edits.birth_before_service, "14", "DMG02"),
    ("PS-009", "Rendering is billing", _WARN, party_edits.rendering_repeats_billing, "", "2310B"),
    ("PS-010", "Rendering provider", _REJECT, party_edits.rendering_missing, "16", "2310B"),
    ("PS-021", "Number of diagnoses", _REJECT, line_edits.too_many_diagnoses, "", "HI"),
    ("PS-023", "External cause first", _REJECT, line_edits.external_cause_first, "16", "HI01"),
    ("PS-029", "Diagnosis twice", _WARN, line_edits.repeated_diagnosis, "", "HI"),
    ("PS-036", "Number of lines", _REJECT, line_edits.too_many_lines, "", "2400 LX"),
    ("PS-057", "Accident complete", _REJECT, date_edits.accident_incomplete, "16", "CLM11"),
    ("PS-058", "Secondary complete", _REJECT, date_edits.secondary_incomplete, "22", "2320"),
    ("PS-060", "Number replaced", _REJECT, date_edits.replaces_without_number, "16", "REF*F8"),
    ("PS-066", "Subscriber or patient", _REJECT, party_edits.subscriber_and_patient, "", "SBR02"),
    ("PS-068", "Admission date", _REJECT, date_edits.admission_missing, "16", "DTP*435"),
)

_LINE_ROWS: tuple[_Row, ...] = (
    ("PS-011", "Service in future", _REJECT, date_edits.service_in_future, "110", "DTP*472"),
    ("PS-012", "Filing limit", _DENY, date_edits.filing_limit, "29", "DTP*472"),
    ("PS-013", "Eligibility", _DENY, date_edits.outside_coverage, "27", "DTP*472"),
    ("PS-014", "Dates of line", _REJECT, date_edits.through_before_from, "16", "DTP*472"),
    ("PS-022", "Diagnosis pointers", _REJECT, line_edits.pointers, "16", "SV107"),
    ("PS-032", "Modifiers clash", _REJECT, line_edits.modifiers_clash, "4", "SV101-3"),
    ("PS-033", "Number of modifiers", _REJECT, line_edits.too_many_modifiers, "", "SV101-3"),
    ("PS-034", "Charge above zero", _REJECT, line_edits.charge_positive, "16", "SV102"),
    ("PS-037", "Units above zero", _REJECT, line_edits.units_positive, "16", "SV104"),
    ("PS-038", "Billed before", _DENY, date_edits.billed_before, "18", "SV101"),
    ("PS-039", "Line twice", _DENY, date_edits.repeated_line, "18", "SV101"),
    ("PS-056", "Authorization", _DENY, line_edits.authorization, "197", "REF*G1"),
    ("PS-059", "Other payer balances", _REJECT, date_edits.other_payer_balance, "16", "2430 SVD"),
    ("PS-062", "Anesthesia minutes", _REJECT, line_edits.anesthesia_minutes, "4", "SV103"),
)

_INST = institutional_edits
_INSTITUTIONAL_ROWS: tuple[_Row, ...] = (
    ("INST-001", "Type of bill", _REJECT, _INST.bill_type, "16", "CLM05"),
    ("INST-002", "Number replaced", _REJECT, _INST.replaces_without_number, "16", "REF*F8"),
    ("INST-003", "Statement period", _REJECT, _INST.statement_days, "16", "DTP*434"),
    ("INST-004", "Admission date", _REJECT, _INST.admission_day, "16", "DTP*435"),
    ("INST-005", "Admission hours", _REJECT, _INST.hours, "16", "DTP*096"),
    ("INST-006", "Admission type", _REJECT, _INST.admission_type, "16", "CL101"),
    ("INST-007", "Point of origin", _REJECT, _INST.point_of_origin, "16", "CL102"),
    ("INST-008", "Patient status", _REJECT, _INST.patient_status, "16", "CL103"),
    ("INST-009", "Status and frequency", _REJECT, _INST.status_fits_frequency, "16", "CL103"),
    ("INST-010", "Revenue code", _REJECT, _INST.revenue_code, "16", "SV201"),
    ("INST-011", "Procedure code", _REJECT, _INST.procedure_needed, "16", "SV202"),
    ("INST-015", "Non-covered charge", _REJECT, _INST.noncovered, "16", "SV207"),
    ("INST-016", "Occurrence codes", _REJECT, _INST.occurrences, "16", "HI*BH"),
    ("INST-017", "Value codes", _REJECT, _INST.value_codes, "16", "HI*BE"),
    ("INST-018", "Condition codes", _REJECT, _INST.condition_codes, "16", "HI*BG"),
    ("INST-020", "Attending NPI", _REJECT, _INST.attending, "16", "2310A NM109"),
    ("INST-021", "Principal diagnosis", _REJECT, _INST.principal_diagnosis, "16", "HI*ABK"),
    ("INST-022", "Diagnosis twice", _REJECT, line_edits.repeated_diagnosis, "16", "HI"),
    ("INST-023", "Line date", _REJECT, _INST.line_day, "16", "2400 DTP*472"),
    ("INST-024", "Procedure date", _REJECT, _INST.procedure_days, "16", "HI*BBR"),
    ("INST-025", "Operating NPI", _REJECT, _INST.operating, "16", "2310B NM109"),
    ("INST-027", "Units above zero", _REJECT, _INST.units, "16", "SV205"),
    ("INST-030", "Reason for visit", _REJECT, _INST.reason_for_visit, "16", "HI*APR"),
    ("INST-031", "Group-code line", _REJECT, _INST.group_line_bill, "16", "SV201"),
    ("INST-032", "Admitting diagnosis", _REJECT, _INST.admitting_diagnosis, "16", "HI*ABJ"),
)

_OWN_ROWS: tuple[tuple[_Row, Touches], ...] = (
    (("CW-005", "Diagnosis form", _REJECT, line_edits.diagnosis_shape, "16", "HI"), _ANY),
    (("CW-006", "Procedure form", _REJECT, line_edits.procedure_shape, "181", "SV1"), _ANY),
    (("CW-007", "Place of service", _REJECT, line_edits.place_known, "5", "CLM05-1"), _PD),
    (("CW-008", "Modifier form", _REJECT, line_edits.modifier_shape, "4", "SV1"), _ANY),
    (("CW-009", "Date of service", _REJECT, line_edits.service_day_missing, "16", "DTP*472"), _P),
    (("CW-010", "Something billed", _REJECT, line_edits.nothing_billed, "", "CLM02"), _ANY),
    (("CW-011", "Taxonomy form", _REJECT, party_edits.taxonomy_shape, "16", "PRV03"), _ANY),
    (("CW-013", "NPI check digit", _REJECT, party_edits.npi_check_digit, "16", "NM109"), _DI),
    (("CW-014", "Billing tax id", _REJECT, party_edits.tax_id, "16", "2010AA REF*EI"), _DI),
    (("CW-015", "Member id", _REJECT, party_edits.member_id, "31", "2010BA NM109"), _DI),
    (("CW-016", "ZIP of nine digits", _REJECT, party_edits.billing_zip, "", "2010AA N403"), _DI),
    (("CW-017", "Birth date", _REJECT, date_edits.birth_before_service, "14", "DMG02"), _DI),
    (("CW-018", "Subscriber", _REJECT, party_edits.subscriber_and_patient, "", "SBR02"), _DI),
    (("CW-019", "Service in future", _REJECT, date_edits.service_in_future, "110", "472"), _D),
    (("CW-020", "Number replaced", _REJECT, date_edits.replaces_without_number, "16", "F8"), _D),
    (("CW-021", "Filing limit", _DENY, date_edits.filing_limit, "29", "DTP*472"), _D),
    (("CW-022", "Rendering provider", _REJECT, party_edits.rendering_missing, "16", "2310B"), _D),
)

_CLAIM_SCOPED_TEXT = (
    "CW-005 CW-010 CW-011 CW-013 CW-014 CW-015 CW-016 CW-017 CW-018 CW-020 CW-022 "
    "INST-001 INST-002 INST-003 INST-004 INST-005 INST-006 INST-007 INST-008 INST-009 INST-016 "
    "INST-017 INST-018 INST-020 INST-021 INST-022 INST-024 INST-025 INST-030 INST-032"
)
_CLAIM_SCOPED = frozenset(_CLAIM_SCOPED_TEXT.split())

_NEEDS = {
    "PS-013": Needs(eligibility=True),
    "PS-038": Needs(history=(HistoryNeed(look_back_days=0),)),
    "PS-056": Needs(authorizations=True),
}
_STOPS = {"INST-001": Stops.CLAIM, "INST-010": Stops.LINE}


def _edit(row: _Row, scope: Scope, touches: Touches, source: str) -> ClaimEdit:
    rule, title, severity, check, carc, place = row
    return ClaimEdit(
        id=rule,
        title=title,
        severity=severity,
        check=check,
        scope=scope,
        touches=touches,
        carc=carc,
        place_837=place,
        source=source,
        version=VERSION,
        layer=Layer.PLATFORM,
        stops=_STOPS.get(rule, Stops.NOTHING),
        needs=_NEEDS.get(rule, Needs()),
    )


def _scope(row: _Row) -> Scope:
    return Scope.CLAIM if row[0] in _CLAIM_SCOPED else Scope.LINE


_PROFESSIONAL_SHEET = "professional-scrub.md"
_INSTITUTIONAL_SHEET = "institutional-scrub.md"
_OWN = "X12 837 structure; Claimwright"

_MEDICARE_ONLY = (
    _edit(
        ("PS-061", "Replaced at Medicare", _REJECT, date_edits.replaces_at_medicare, "16", "CLM05"),
        Scope.CLAIM,
        _MEDICARE_P,
        _PROFESSIONAL_SHEET,
    ),
    _edit(
        ("INST-028", "Filing limit", _DENY, _INST.filing_limit, "29", "DTP*434"),
        Scope.CLAIM,
        _MEDICARE_I,
        _INSTITUTIONAL_SHEET,
    ),
)

_UNPRICED = ClaimEdit(
    id="CW-012",
    title="No fee and no charge",
    severity=_REJECT,
    check=line_edits.no_fee,
    place_837="SV102",
    source=_OWN,
    version=VERSION,
    layer=Layer.PLATFORM,
    supersedes=("PS-034",),
)

EDITS: tuple[ClaimEdit, ...] = (
    *(_edit(row, Scope.CLAIM, _P, _PROFESSIONAL_SHEET) for row in _CLAIM_ROWS),
    *(_edit(row, Scope.LINE, _P, _PROFESSIONAL_SHEET) for row in _LINE_ROWS),
    *(_edit(row, _scope(row), _I, _INSTITUTIONAL_SHEET) for row in _INSTITUTIONAL_ROWS),
    *(_edit(row, _scope(row), touches, _OWN) for row, touches in _OWN_ROWS),
    *_MEDICARE_ONLY,
    _UNPRICED,
)
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

PLATFORM = RuleSet(name="platform", version=VERSION, claim_edits=EDITS, payer_policies=POLICIES)
"""What every practice has, with or without a plugin."""
