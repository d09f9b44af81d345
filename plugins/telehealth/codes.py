"""The codes that rules of telehealth speak of together, and who may do what (``data/*.csv``)."""

from __future__ import annotations

from datetime import date

from plugins import families, rows

PACKAGE = "plugins.telehealth"
_FAMILIES = families(PACKAGE, "code_families.csv")

SITE_FEE = "Q3014"
"""The originating site's fee: no service of a practitioner."""

REMOTE = _FAMILIES["remote"]
"""Inherently remote: no telehealth place, no 95 or 93, and no Medicare telehealth service."""

TELEPHONE = _FAMILIES["telephone"]
LIVE_EVALUATION = _FAMILIES["live_evaluation"]
AUDIO_EVALUATION = _FAMILIES["audio_evaluation"]
NEW_AUDIO_EVALUATION = _FAMILIES["new_audio_evaluation"]
ENDED = _FAMILIES["ended"]
CHECK_IN = _FAMILIES["check_in"]
E_VISIT = _FAMILIES["e_visit"]
PHYSIOLOGIC = _FAMILIES["physiologic"]
THERAPEUTIC = _FAMILIES["therapeutic"]
CHRONIC_CARE = _FAMILIES["chronic_care"]
PRINCIPAL_CARE = _FAMILIES["principal_care"]
ADVANCED_PRIMARY_CARE = _FAMILIES["advanced_primary_care"]
YEARLY_CONSENT = _FAMILIES["yearly_consent"]
MEDICARE_CONSENT = _FAMILIES["medicare_consent"]
AGENCY_REPORT = _FAMILIES["agency_report"]
CLINIC_DISTANT = _FAMILIES["clinic_distant"]
CLINIC_VISIT = _FAMILIES["clinic_visit"]
EVALUATION = _FAMILIES["evaluation"]
BEHAVIORAL = _FAMILIES["behavioral"]
DIALYSIS = _FAMILIES["dialysis"]
HANDS_ON = _FAMILIES["hands_on"]
_SEEN = _FAMILIES["patient_seen"]

_EVALUATES = {
    row["credential"]: row["evaluates"] == "y" for row in rows(PACKAGE, "practitioners.csv")
}
_STROKE = tuple(row["diagnosis"] for row in rows(PACKAGE, "stroke_diagnoses.csv"))


def is_remote(code: str) -> bool:
    """Whether the service is remote by its nature, whatever place and modifiers say."""
    return REMOTE.holds(code, None)


def is_visit(code: str, day: date | None) -> bool:
    """Whether a practitioner saw the patient for ``code``, in person or by telehealth."""
    return EVALUATION.holds(code, day) or _SEEN.holds(code, day)


def evaluates(credential: str) -> bool | None:
    """Whether the credential may bill evaluations; None: the credential is not known here."""
    return _EVALUATES.get(credential)


def is_mental(diagnosis: str) -> bool:
    """A mental, behavioral or substance use disorder (ICD-10-CM chapter 5)."""
    return diagnosis.startswith("F")


def is_substance_use(diagnosis: str) -> bool:
    """A substance use disorder (F10 to F19)."""
    return diagnosis.startswith("F1")


def is_stroke(diagnosis: str) -> bool:
    """An acute stroke, or a sign that one has to be looked for."""
    return diagnosis.startswith(_STROKE)
