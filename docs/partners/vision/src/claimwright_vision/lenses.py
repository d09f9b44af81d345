"""Which lens code a refraction supports, and the coding rule that fills it in."""

from __future__ import annotations

from claimwright_vision.records import REFRACTION, Eye, Refraction
from plugins import CodingCase, CodingRule, Confidence, LineFacts, Proposal, read, rows

_ROWS = rows("claimwright_vision", "lenses.csv")
LENS_CODES = tuple(row["code"] for row in _ROWS)
SIDES = ("RT", "LT")


def lens_code(eye: Eye, lens: str) -> str:
    """The code of a lens of kind ``lens`` with this correction; empty where the table has none.

    A cylinder may be written with either sign; the code goes by the power of the sphere as written.
    """
    sphere, cylinder = abs(eye.sphere_hundredths), abs(eye.cylinder_hundredths)
    for row in _ROWS:
        if (
            row["lens"] == lens
            and (row["with_cylinder"] == "yes") == (cylinder > 0)
            and sphere >= int(row["sphere_from"])
            and (not row["sphere_to"] or sphere <= int(row["sphere_to"]))
            and (not row["cylinder_to"] or cylinder <= int(row["cylinder_to"]))
        ):
            return row["code"]
    return ""


def supported_code(refraction: Refraction | None, line: LineFacts) -> str:
    """The lens code ``refraction`` supports for the eye of ``line``; empty: no opinion."""
    sides = [side for side in SIDES if side in line.modifiers]
    if refraction is None or len(sides) != 1:
        return ""
    eye = refraction.right if sides[0] == "RT" else refraction.left
    return lens_code(eye, refraction.lens) if eye else ""


def _derive(case: CodingCase, charge: LineFacts) -> Proposal | None:
    if charge.code:
        return None
    found = supported_code(read(case.encounter.records, REFRACTION.id, Refraction), charge)
    return Proposal(code=found, reason="the correction of that eye") if found else None


CODING_RULES = (
    CodingRule(
        id="VIS-C01",
        title="Lens code from the refraction",
        source="HCPCS Level II, V2100 to V2314",
        confidence=Confidence.MEDIUM,
        derive=_derive,
    ),
)
