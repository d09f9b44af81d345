"""PS-* of professional-scrub.md sections 3 to 5: diagnoses, lines, codes."""

from __future__ import annotations

from core.rules.needs import Needs
from core.rules.rule import Scope
from core.scrub import line_edits
from core.scrub.platform_rows import DENY, REJECT, WARN, edit

_CLAIM = Scope.CLAIM
_THREE = "professional-scrub.md s.3"
_FOUR = "professional-scrub.md s.4"
_FIVE = "professional-scrub.md s.5"

EDITS = (
    edit(
        "PS-021",
        "Number of diagnoses",
        REJECT,
        line_edits.too_many_diagnoses,
        "2300 HI",
        _THREE,
        scope=_CLAIM,
    ),
    edit(
        "PS-022",
        "Diagnosis pointers",
        REJECT,
        line_edits.pointers,
        "2400 SV107",
        _THREE,
        carc="16",
        rarc="M76",
    ),
    edit(
        "PS-023",
        "External cause first",
        REJECT,
        line_edits.external_cause_first,
        "2300 HI01",
        _THREE,
        scope=_CLAIM,
        carc="16",
        rarc="MA63",
    ),
    edit(
        "PS-029",
        "Diagnosis twice",
        WARN,
        line_edits.repeated_diagnosis,
        "2300 HI",
        _THREE,
        scope=_CLAIM,
    ),
    edit(
        "PS-032",
        "Modifiers clash",
        REJECT,
        line_edits.modifiers_clash,
        "2400 SV101-3",
        _FOUR,
        carc="4",
    ),
    edit(
        "PS-033",
        "Number of modifiers",
        REJECT,
        line_edits.too_many_modifiers,
        "2400 SV101-3",
        _FOUR,
    ),
    edit(
        "PS-034",
        "Charge above zero",
        REJECT,
        line_edits.charge_positive,
        "2400 SV102",
        _FOUR,
        carc="16",
        rarc="M79",
    ),
    edit(
        "PS-035",
        "Total charge",
        REJECT,
        line_edits.total_differs,
        "CLM02, 2400 SV102",
        _FOUR,
        scope=_CLAIM,
    ),
    edit(
        "PS-036",
        "Number of lines",
        REJECT,
        line_edits.too_many_lines,
        "2400 LX",
        _FOUR,
        scope=_CLAIM,
    ),
    edit(
        "PS-037",
        "Units above zero",
        REJECT,
        line_edits.units_positive,
        "2400 SV104",
        _FOUR,
        carc="16",
        rarc="M53",
    ),
    edit(
        "PS-056",
        "Authorization",
        DENY,
        line_edits.authorization,
        "2300 REF*G1, 2400 REF*G1",
        _FIVE,
        carc="197",
        needs=Needs(authorizations=True),
    ),
    edit(
        "PS-062",
        "Anesthesia minutes",
        REJECT,
        line_edits.anesthesia_minutes,
        "2400 SV103",
        _FIVE,
        carc="4",
    ),
)
"""PS-* of sections 3 to 5."""
