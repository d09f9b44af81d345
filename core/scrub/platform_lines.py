"""PS-* of professional-scrub.md section 4: the code of a line, its modifiers, charge and units."""

from __future__ import annotations

from core.claims.claim import Form
from core.rules.needs import Needs
from core.rules.rule import Scope, Touches
from core.scrub import code_validity, line_edits
from core.scrub.platform_rows import REJECT, edit

_CLAIM = Scope.CLAIM
_FOUR = "professional-scrub.md s.4"
_P = (Form.PROFESSIONAL,)

OF_CODING = (
    *(f"PS-{number:03d}" for number in (26, 27, 28, 30, 32, 37, 70, 74, 75, 76)),
    *(f"PS-{number:03d}" for number in range(39, 57)),
    *(f"PS-{number:03d}" for number in range(62, 66)),
)
"""What no longer matters on a line whose code is dead (professional-scrub.md s.9, precedence)."""

EDITS = (
    edit(
        "PS-031",
        "Code in use on the day",
        REJECT,
        code_validity.not_in_use,
        "2400 SV101-2",
        f"{_FOUR}; CPT and HCPCS yearly changes",
        touches=Touches(forms=_P, codes=tuple(code_validity.PROCEDURE_DAYS)),
        carc="181",
        supersedes=OF_CODING,
    ),
    edit(
        "PS-032",
        "Modifiers clash",
        REJECT,
        code_validity.modifiers_clash,
        "2400 SV101-3",
        f"{_FOUR}; NCCI Policy Manual ch. I",
        carc="4",
        needs=Needs(tables=("bilateral",)),
    ),
    edit(
        "PS-033",
        "Number of modifiers",
        REJECT,
        code_validity.too_many_modifiers,
        "2400 SV101-3",
        f"{_FOUR}; 005010X222A1",
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
        f"{_FOUR}; 005010X222A1",
        scope=_CLAIM,
    ),
    edit(
        "PS-036",
        "Number of lines",
        REJECT,
        line_edits.too_many_lines,
        "2400 LX",
        f"{_FOUR}; 005010X222A1",
        scope=_CLAIM,
    ),
    edit(
        "PS-037",
        "Units above zero",
        REJECT,
        code_validity.units_positive,
        "2400 SV104",
        f"{_FOUR}; 005010X222A1",
        carc="16",
        rarc="M53",
    ),
    edit(
        "PS-070",
        "Unlisted code in words",
        REJECT,
        code_validity.unlisted_without_words,
        "2400 SV101-7",
        f"{_FOUR}; 005010X222A1",
        touches=Touches(forms=_P, codes=code_validity.UNLISTED_CODES),
        carc="16",
        rarc="N350",
    ),
)
"""PS-031 to PS-037, PS-070."""
