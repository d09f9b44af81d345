"""PS-* of professional-scrub.md section 3: the diagnoses, and what they say of the lines."""

from __future__ import annotations

from core.rules.needs import Needs
from core.rules.rule import Confidence, Scope
from core.scrub import diagnosis_edits
from core.scrub.platform_rows import DENY, REJECT, WARN, edit

_CLAIM = Scope.CLAIM
_THREE = "professional-scrub.md s.3"
_GUIDELINES = "ICD-10-CM Official Guidelines"

EDITS = (
    edit(
        "PS-020",
        "Diagnosis billable on the day",
        REJECT,
        diagnosis_edits.not_billable,
        "2300 HI",
        f"{_THREE}; 45 CFR 162.1002; {_GUIDELINES} I.B.2",
        scope=_CLAIM,
        carc="146",
        rarc="M76",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-021",
        "Number of diagnoses",
        REJECT,
        diagnosis_edits.too_many_diagnoses,
        "2300 HI",
        f"{_THREE}; 005010X222A1",
        scope=_CLAIM,
    ),
    edit(
        "PS-022",
        "Diagnosis pointers",
        REJECT,
        diagnosis_edits.pointers,
        "2400 SV107",
        f"{_THREE}; 005010X222A1",
        carc="16",
        rarc="M76",
    ),
    edit(
        "PS-023",
        "External cause first",
        REJECT,
        diagnosis_edits.external_cause_first,
        "2300 HI01",
        f"{_THREE}; {_GUIDELINES} I.C.20",
        scope=_CLAIM,
        carc="16",
        rarc="MA63",
    ),
    edit(
        "PS-024",
        "Manifestation without its cause",
        REJECT,
        diagnosis_edits.manifestation_first,
        "2300 HI01",
        f"{_THREE}; {_GUIDELINES} I.A.13",
        scope=_CLAIM,
        carc="16",
        rarc="MA63",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-025",
        "Diagnoses that exclude each other",
        DENY,
        diagnosis_edits.excluded_together,
        "2300 HI",
        f"{_THREE}; {_GUIDELINES} I.A.12.a",
        scope=_CLAIM,
        carc="146",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-026",
        "Diagnosis of the other sex",
        DENY,
        diagnosis_edits.sex_conflict,
        "2300 HI, 2010BA DMG03",
        f"{_THREE}; CMS Pub 100-04 ch. 32 s. 240",
        scope=_CLAIM,
        carc="10",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-027",
        "Diagnosis or visit of another age",
        DENY,
        diagnosis_edits.age_conflict,
        "2300 HI, 2010BA DMG02",
        f"{_THREE}; Medicare Code Editor",
        carc="9",
    ),
    edit(
        "PS-028",
        "Side of diagnosis and line",
        DENY,
        diagnosis_edits.side_conflict,
        "2300 HI, 2400 SV101-3",
        f"{_THREE}; {_GUIDELINES} I.B.13",
        carc="4",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-029",
        "Diagnosis twice",
        WARN,
        diagnosis_edits.repeated_diagnosis,
        "2300 HI",
        f"{_THREE}; {_GUIDELINES} I.B.12",
        scope=_CLAIM,
    ),
    edit(
        "PS-030",
        "Diagnosis without the side of its line",
        WARN,
        diagnosis_edits.unspecified_side,
        "2300 HI",
        f"{_THREE}; {_GUIDELINES} I.B.13",
        confidence=Confidence.MEDIUM,
        carc="16",
        needs=Needs(tables=("diagnoses",)),
    ),
    edit(
        "PS-075",
        "Diagnosis not covered for the code",
        DENY,
        diagnosis_edits.not_covered,
        "2400 SV107",
        f"{_THREE}; SSA 1862(a)(1)(A)",
        carc="50",
        needs=Needs(tables=("coverage",)),
    ),
)
"""PS-020 to PS-030, PS-075."""
