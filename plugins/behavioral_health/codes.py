"""Which codes the rules speak of together (``data/code_groups.csv``)."""

from __future__ import annotations

from plugins import rows, window_of

PACKAGE = "plugins.behavioral_health"


def _expanded(text: str) -> tuple[str, ...]:
    """``90832-90834 H0004`` as single codes; a range keeps its letter and counts its digits."""
    found: list[str] = []
    for part in text.split():
        first, _, last = part.partition("-")
        letter = first[0] if first[0].isalpha() else ""
        if not last:
            found.append(first)
            continue
        low, high = int(first.removeprefix(letter)), int(last.removeprefix(letter))
        digits = len(first) - len(letter)
        found += [f"{letter}{number:0{digits}d}" for number in range(low, high + 1)]
    return tuple(found)


_GROUPS = {row["group"]: _expanded(row["codes"]) for row in rows(PACKAGE, "code_groups.csv")}

EVALUATION = frozenset(_GROUPS["evaluation"])
DIAGNOSTIC = frozenset(_GROUPS["diagnostic"])
CRISIS = frozenset(_GROUPS["crisis"])
FAMILY = frozenset(_GROUPS["family"])
GROUP = frozenset(_GROUPS["group"])
OTHER_THERAPY = frozenset(_GROUPS["other_therapy"])
COMPLEXITY_PRIMARY = frozenset(_GROUPS["complexity_primary"])
PROLONGED = frozenset(_GROUPS["prolonged"])
PSYCHIATRIC = frozenset(_GROUPS["psychiatric"])
HEALTH_BEHAVIOR = frozenset(_GROUPS["health_behavior"])
HEALTH_BEHAVIOR_SINCE_2024 = frozenset(_GROUPS["health_behavior_since_2024"])
TESTING_EVALUATION = frozenset(_GROUPS["testing_evaluation"])
TESTING = frozenset(_GROUPS["testing"])
ADAPTIVE = frozenset(_GROUPS["adaptive"])
ADAPTIVE_ANALYST = frozenset(_GROUPS["adaptive_analyst"])
STIMULATION = frozenset(_GROUPS["stimulation"])
COLLABORATIVE = frozenset(_GROUPS["collaborative"])
INTEGRATION = frozenset(_GROUPS["integration"])
MONTHLY = frozenset(_GROUPS["monthly"])
ADVANCED_CARE_ADD_ON = frozenset(_GROUPS["advanced_care_add_on"])
ADVANCED_CARE = frozenset(_GROUPS["advanced_care"])
SCREENING = frozenset(_GROUPS["screening"])
OPIOID_BUNDLE = frozenset(_GROUPS["opioid_bundle"])
OPIOID_ADD_ON = frozenset(_GROUPS["opioid_add_on"])
OFFICE_BUNDLE = frozenset(_GROUPS["office_bundle"])
OFFICE_BUNDLE_ADD_ON = frozenset(_GROUPS["office_bundle_add_on"])
PROGRAM_DAY = frozenset(_GROUPS["program_day"])
PROGRAM_REVENUE = frozenset(_GROUPS["program_revenue"])
CRISIS_OUTSIDE = frozenset(_GROUPS["crisis_outside"])
MEDICAID = frozenset(_GROUPS["medicaid"])

QUARTER_HOURS = {row["code"]: window_of(row) for row in rows(PACKAGE, "quarter_hour_codes.csv")}
"""Codes of 15 minutes, and their days."""

BEHAVIORAL = (
    PSYCHIATRIC | HEALTH_BEHAVIOR | TESTING | ADAPTIVE | MONTHLY | SCREENING | ADVANCED_CARE_ADD_ON
    | OPIOID_BUNDLE | OPIOID_ADD_ON | OFFICE_BUNDLE | OFFICE_BUNDLE_ADD_ON | PROGRAM_DAY
    | CRISIS_OUTSIDE | MEDICAID | QUARTER_HOURS.keys() | {"96127", "G0560", "G0544"}
)  # fmt: skip
"""Everything this specialty bills that is no evaluation and management."""


def is_evaluation(code: str) -> bool:
    """An E/M code that a psychotherapy add-on may accompany (BH-004)."""
    return code in EVALUATION
