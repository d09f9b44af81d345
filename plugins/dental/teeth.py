"""Tooth numbers, positions, quadrants and areas (dental.md s.1)."""

from __future__ import annotations

_ANTERIOR = frozenset([*range(6, 12), *range(22, 28)])
_MOLARS = frozenset([*range(1, 4), *range(14, 20), *range(30, 33)])
_PRIMARY_ANTERIOR = frozenset("CDEFGHMNOPQR")
_PRIMARY = "ABCDEFGHIJKLMNOPQRST"

SURFACES = frozenset("MODBFLI")
QUADRANTS = frozenset({"10", "20", "30", "40"})
ARCHES = frozenset({"01", "02"})


def base_tooth(tooth: str) -> str:
    """The tooth itself, or for an extra (supernumerary) tooth its neighbour; "" if invalid."""
    if tooth.isdecimal() and not tooth.startswith("0"):
        number = int(tooth)
        if 1 <= number <= 32:
            return tooth
        return str(number - 50) if 51 <= number <= 82 else ""
    letter = tooth[:-1] if len(tooth) == 2 and tooth.endswith("S") else tooth
    return letter if len(letter) == 1 and letter in _PRIMARY else ""


def is_primary(tooth: str) -> bool:
    """A to T, also with S for an extra tooth."""
    return base_tooth(tooth).isalpha()


def is_anterior(tooth: str) -> bool:
    """Front tooth, permanent or primary."""
    base = base_tooth(tooth)
    return base in _PRIMARY_ANTERIOR if base.isalpha() else int(base or 0) in _ANTERIOR


def position(tooth: str) -> str:
    """``ant``, ``premolar`` or ``molar``; a primary back tooth is a molar."""
    if is_anterior(tooth):
        return "ant"
    base = base_tooth(tooth)
    return "molar" if base.isalpha() or int(base) in _MOLARS else "premolar"


def fits_position(tooth: str, wanted: str) -> bool:
    """Whether ``tooth`` is of the position a code is for: ant, post, premolar, molar, any."""
    if wanted in {"", "any"}:
        return True
    own = position(tooth)
    return own != "ant" if wanted == "post" else own == wanted


def quadrant(tooth: str) -> str:
    """10, 20, 30 or 40."""
    base = base_tooth(tooth)
    place = (_PRIMARY.index(base) // 5) if base.isalpha() else (int(base) - 1) // 8
    return ("10", "20", "30", "40")[place]
