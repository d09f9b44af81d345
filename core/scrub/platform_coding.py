"""PS-* of professional-scrub.md section 5: coding edits, in layers that know nothing of each other.

Pairs, units and add-on codes (NCCI), coverage, global packages, new patients, places, drugs and
laboratories, orders, authorizations, anesthesia, therapy, notices, benefits.
"""

from __future__ import annotations

from datetime import date

from core.claims.claim import Form
from core.dates import ALWAYS, Window
from core.rules.edits import Check, ClaimEdit
from core.rules.needs import HistoryNeed, Needs
from core.rules.rule import NO_NEEDS, Confidence, Touches
from core.scrub import (
    abn_edits,
    anesthesia_edits,
    authorization_edits,
    global_edits,
    ncci_edits,
    new_patient,
    setting_edits,
    therapy_edits,
)
from core.scrub.finding import Severity
from core.scrub.platform_rows import (
    DENY,
    MEDICARE_PROFESSIONAL,
    PROFESSIONAL,
    REJECT,
    WARN,
    edit,
)

_P = (Form.PROFESSIONAL,)
_MONTH_DAYS, _PACKAGE_DAYS, _THREE_YEARS_DAYS, _LIFETIME_DAYS = 31, 91, 1_096, 43_830
_PROCEDURES = "2400 SV101"
_MODIFIERS = "2400 SV101-3"


def _row(
    number: int,
    title: str,
    severity: Severity,
    check: Check,
    place_837: str,
    source: str,
    *,
    carc: str,
    rarc: str = "",
    touches: Touches = PROFESSIONAL,
    effective: Window = ALWAYS,
    confidence: Confidence = Confidence.HIGH,
    needs: Needs = NO_NEEDS,
) -> ClaimEdit:
    return edit(
        f"PS-{number:03d}",
        title,
        severity,
        check,
        place_837,
        f"professional-scrub.md s.5; {source}",
        carc=carc,
        rarc=rarc,
        touches=touches,
        effective=effective,
        confidence=confidence,
        needs=needs,
    )


def _needs(table: str, days: int) -> Needs:
    return Needs(tables=(table,), history=(HistoryNeed(look_back_days=days),))


_NCCI = (
    _row(40, "Pair that no modifier parts", DENY, ncci_edits.never_together, _PROCEDURES,
         "NCCI Policy Manual ch. I", carc="236", needs=_needs("ptp_practitioner", 0)),
    _row(41, "Pair without its modifier", DENY, ncci_edits.needs_pair_modifier, _MODIFIERS,
         "NCCI Policy Manual ch. I s. E", carc="236", needs=_needs("ptp_practitioner", 0)),
    _row(42, "Modifier 59 in doubt", WARN, ncci_edits.distinct_service_doubted, _MODIFIERS,
         "NCCI Policy Manual ch. I s. E", carc="4", confidence=Confidence.MEDIUM,
         needs=_needs("ptp_practitioner", 0)),
    _row(43, "Unlikely units", DENY, ncci_edits.units_above_limit, "2400 SV104",
         "NCCI Policy Manual ch. I s. V", carc="151", rarc="N362",
         needs=_needs("mue_practitioner", 0)),
    _row(44, "Add-on code alone", DENY, ncci_edits.add_on_alone, _PROCEDURES,
         "NCCI Policy Manual ch. I s. R", carc="107", needs=_needs("add_on", _MONTH_DAYS)),
)  # fmt: skip

_PACKAGES = (
    _row(45, "Evaluation with a minor procedure", DENY, global_edits.visit_with_minor_procedure,
         _MODIFIERS, "CMS Pub 100-04 ch. 12 s. 40.1", carc="97", needs=_needs("global_days", 0)),
    _row(46, "Evaluation with a major procedure", DENY, global_edits.visit_with_major_procedure,
         _MODIFIERS, "CMS Pub 100-04 ch. 12 s. 40.2", carc="97", needs=_needs("global_days", 1)),
    _row(47, "Inside a global package", DENY, global_edits.inside_package, _MODIFIERS,
         "CMS Pub 100-04 ch. 12 s. 40", carc="97", needs=_needs("global_days", _PACKAGE_DAYS)),
    _row(48, "New patient seen before", DENY, new_patient.seen_before, _PROCEDURES,
         "CMS Pub 100-04 ch. 12 s. 30.6.7", carc="B16",
         touches=Touches(forms=_P, codes=new_patient.NEW_PATIENT.codes()),
         needs=Needs(history=(HistoryNeed(look_back_days=_THREE_YEARS_DAYS),))),
)  # fmt: skip

_SETTING = (
    _row(49, "Both sides", DENY, setting_edits.bilateral, _MODIFIERS,
         "CMS Pub 100-04 ch. 12 s. 40.7", carc="4", needs=Needs(tables=("bilateral",))),
    _row(50, "Place of service", DENY, setting_edits.place_of_service, "CLM05-1, 2400 SV105",
         "CMS Pub 100-04 ch. 12 s. 30.6, ch. 26 s. 10.5", carc="5"),
    _row(51, "Laboratory certificate", REJECT, setting_edits.clia_missing, "2300 REF*X4",
         "42 CFR 493; CMS Pub 100-04 ch. 16 s. 70", carc="16", rarc="MA120"),
    _row(52, "Waived test without QW", DENY, setting_edits.waived_without_qw, _MODIFIERS,
         "CMS Pub 100-04 ch. 16 s. 70.8", carc="B7", needs=Needs(tables=("clia_waived",))),
    _row(53, "Drug without its NDC", REJECT, setting_edits.drug_code, "2410 LIN03, CTP04-05",
         "42 CFR 447.520", carc="16", rarc="M119"),
    _row(54, "Single-dose drug without JW or JZ", DENY, setting_edits.single_dose_waste,
         _MODIFIERS, "CMS Pub 100-04 ch. 17 s. 40; SSA 1847A(h)", carc="16",
         touches=MEDICARE_PROFESSIONAL, effective=Window(date(2023, 7, 1), None),
         needs=Needs(tables=("single_dose",))),
    _row(55, "Who ordered", REJECT, setting_edits.ordering_provider, "2310A NM1*DN, 2420E NM1*DK",
         "42 CFR 424.507", carc="16", rarc="N264", touches=MEDICARE_PROFESSIONAL),
    _row(56, "Authorization", DENY, authorization_edits.authorization, "2300 REF*G1, 2400 REF*G1",
         "the payer's policy", carc="197", needs=Needs(authorizations=True)),
    _row(62, "Anesthesia minutes and provider", REJECT, anesthesia_edits.anesthesia_minutes,
         "2400 SV103, SV101", "CMS Pub 100-04 ch. 12 s. 50", carc="4"),
)  # fmt: skip

_THERAPY_AND_BENEFIT = (
    _row(63, "Therapy units above minutes", DENY, therapy_edits.units_above_minutes, "2400 SV104",
         "CMS Pub 100-04 ch. 5 s. 20.2", carc="151",
         touches=Touches(forms=_P, codes=tuple(sorted(therapy_edits.TIMED_CODES)))),
    _row(64, "Therapy discipline", REJECT, therapy_edits.discipline_modifier, _MODIFIERS,
         "CMS Pub 100-04 ch. 5 s. 10.6, s. 20.1", carc="4"),
    _row(65, "Therapy above the year's amount", DENY, therapy_edits.above_yearly_amount,
         _MODIFIERS, "SSA 1833(g); CMS Pub 100-04 ch. 5 s. 10.3", carc="119",
         touches=MEDICARE_PROFESSIONAL,
         needs=Needs(accumulators=("therapy_pt_slp", "therapy_ot"))),
    _row(74, "Notice modifiers", DENY, abn_edits.notice_modifiers, _MODIFIERS,
         "CMS Pub 100-04 ch. 30 s. 50", carc="50"),
    _row(76, "Benefit maximum", DENY, authorization_edits.above_frequency, "2400 SV104",
         "the payer's policy", carc="119",
         needs=Needs(history=(HistoryNeed(look_back_days=_LIFETIME_DAYS),))),
)  # fmt: skip

EDITS = (*_NCCI, *_PACKAGES, *_SETTING, *_THERAPY_AND_BENEFIT)
"""PS-040 to PS-056, PS-062 to PS-065, PS-074, PS-076."""
