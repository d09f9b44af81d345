"""Every trial of a platform edit, whatever file it lies in, and its name."""

from __future__ import annotations

from collections import Counter

from tests.core.scrub import (
    trials_coding,
    trials_diagnoses,
    trials_institutional,
    trials_lines,
    trials_own,
    trials_professional,
    trials_setting,
)

TRIALS = (
    *trials_professional.TRIALS,
    *trials_diagnoses.TRIALS,
    *trials_lines.TRIALS,
    *trials_coding.TRIALS,
    *trials_setting.TRIALS,
    *trials_institutional.TRIALS,
    *trials_own.TRIALS,
)

_seen: Counter[str] = Counter()


def _name(rule: str) -> str:
    _seen[rule] += 1
    return f"{rule}-{_seen[rule]}"


NAMES = tuple(_name(trial.rule) for trial in TRIALS)
"""Each rule's trials are counted from 1; ``docs/rules.md`` speaks of them by these names."""
