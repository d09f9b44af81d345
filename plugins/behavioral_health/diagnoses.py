"""Diagnoses of behavioral health lines and claims (BH-026, BH-038, BH-039; s.4).

Diagnoses are named by their place, never by their code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import Case, Confidence, Flag, Form, Scope, ServiceLine, Touches
from plugins.behavioral_health import codes
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_AUTISM = "F840"
_SUBSTANCES = frozenset(f"F{number}" for number in range(10, 20)) - {"F17"}
_SEVERITIES = {"2": "dependence", "1": "abuse", "9": "use"}
"""The fourth character, the highest first."""

_MENTAL_ONLY = codes.PSYCHIATRIC | codes.CRISIS_OUTSIDE | codes.MEDICAID | codes.PROGRAM_DAY
"""Psychotherapy and programs: what a payer that wants a mental disorder first means."""


def is_mental(diagnosis: str) -> bool:
    """Whether it is a mental, behavioral or neurodevelopmental disorder (F01-F99)."""
    return diagnosis.startswith("F")


def has_opioid_disorder(case: Case) -> bool:
    """Whether the claim has a diagnosis of the opioids (F11)."""
    return any(one.startswith("F11") for one in case.claim.diagnoses)


def _without_autism(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not case.policy_on(line).flag("aba_requires_autism_dx"):
            continue
        if _AUTISM not in _pointed(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"This payer covers {line.code} for autism, and the line does not point "
                "to it",
                suggestion="Point to the autism diagnosis where the record has it",
            )


def _pointed(case: Case, line: ServiceLine) -> tuple[str, ...]:
    known = case.claim.diagnoses
    return tuple(known[at - 1] for at in line.pointers if 0 < at <= len(known))


def _not_mental_first(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if case.policy_on(line).text("bh_primary_dx") != "F":
            continue
        first = case.first_diagnosis(line)
        if first and not is_mental(first):
            yield Flag(
                line_no=line.line_no,
                message=f"This payer wants a mental disorder first on {line.code}; the line points "
                f"to diagnosis {line.pointers[0]} first",
                suggestion="Point to the mental disorder first; others may follow it",
            )


def _substance_levels(case: Case, lines: Lines) -> Iterator[Flag]:
    by_level: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(case.claim.diagnoses, 1):
        if one[:3] in _SUBSTANCES and one[3:4] in _SEVERITIES:
            by_level.setdefault((one[:3], one[3]), []).append(place)
    for substance in sorted({substance for substance, _ in by_level}):
        levels = [level for level in _SEVERITIES if (substance, level) in by_level]
        if len(levels) > 1:
            kept = by_level[substance, levels[0]][0]
            other = by_level[substance, levels[1]][0]
            yield Flag(
                message=f"Diagnoses {kept} and {other} state two levels of one substance; only "
                f"{_SEVERITIES[levels[0]]} is reported",
                suggestion=f"Take diagnosis {other} off",
            )
            return
        places = by_level[substance, levels[0]]
        if len({_is_in_remission(case.claim.diagnoses[place - 1]) for place in places}) > 1:
            yield Flag(
                message=f"Diagnoses {places[0]} and {places[1]} state one substance as active and "
                "in remission",
                suggestion="Keep the one the record supports",
            )
            return


def _is_in_remission(diagnosis: str) -> bool:
    return diagnosis[4:5] == "1" and len(diagnosis) == 5


EDITS = (
    edit(
        "BH-026",
        "Autism for adaptive behavior services",
        _without_autism,
        codes=codes.ADAPTIVE,
        carc="11",
        confidence=Confidence.MEDIUM,
    ),
    edit(
        "BH-038",
        "Mental disorder first",
        _not_mental_first,
        codes=_MENTAL_ONLY,
        carc="11",
        place_837="2400 SV107",
    ),
    edit(
        "BH-039",
        "One level a substance",
        _substance_levels,
        touches=Touches(forms=(Form.PROFESSIONAL,)),
        source="ICD-10-CM Official Guidelines I.C.5.b.2",
        scope=Scope.CLAIM,
        carc="146",
        place_837="2300 HI",
    ),
)
