"""Every trial of a platform edit, whatever file it lies in."""

from __future__ import annotations

from tests.core.scrub import trials_coding, trials_institutional, trials_own, trials_professional

TRIALS = (
    *trials_professional.TRIALS,
    *trials_coding.TRIALS,
    *trials_institutional.TRIALS,
    *trials_own.TRIALS,
)
