"""Tooth, surfaces and material -> restoration code; and the form dental codes travel on."""

from __future__ import annotations

from plugins import (
    ClaimShape,
    CodingCase,
    CodingRule,
    Form,
    LineFacts,
    Proposal,
    Touches,
    read,
)
from plugins.dental import teeth
from plugins.dental.records import RESTORATION, Restoration

_BY_COUNT = {
    "amalgam": ("D2140", "D2150", "D2160", "D2161"),
    "composite_ant": ("D2330", "D2331", "D2332", "D2335"),
    "composite_post": ("D2391", "D2392", "D2393", "D2394"),
}


def restoration_code(material: str, tooth: str, surfaces: str) -> str | None:
    """The code for a filling of so many surfaces; None when the facts do not fit together."""
    if not teeth.base_tooth(tooth) or not surfaces or not set(surfaces) <= teeth.SURFACES:
        return None
    if len(set(surfaces)) < len(surfaces):
        return None
    place = "ant" if teeth.is_anterior(tooth) else "post"
    codes = _BY_COUNT.get(material if material == "amalgam" else f"{material}_{place}")
    return codes[min(len(surfaces), 4) - 1] if codes else None


def _restoration(case: CodingCase, charge: LineFacts) -> Proposal | None:
    record = read(charge.records, RESTORATION.id, Restoration)
    if record is None or len(charge.teeth) != 1:
        return None
    tooth = charge.teeth[0]
    code = restoration_code(record.material, tooth.number, tooth.surfaces)
    return Proposal(code=code, reason=f"{record.material} on {len(tooth.surfaces)} surfaces")


CODING_RULES = (
    CodingRule(
        id="DEN-C01",
        title="Restoration by surfaces",
        source="dental.md s.2, surface-count table",
        derive=_restoration,
    ),
)

CLAIM_SHAPES = (
    ClaimShape(
        id="DEN-S01",
        title="Dental claim",
        source="dental.md s.6",
        form=Form.DENTAL,
        touches=Touches(prefixes=("D",)),
        loops=("2300 DN1", "2300 DN2", "2400 SV3", "2400 TOO"),
    ),
)
