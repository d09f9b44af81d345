"""Every trial of the platform's edits, by family."""

from __future__ import annotations

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
