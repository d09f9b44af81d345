"""How long an attack goes on: a tenth in ``make test``, the whole of it in ``make soak``."""

from __future__ import annotations

import os

SOAK = os.environ.get("CLAIMWRIGHT_SOAK") == "1"


def rounds(full: int) -> int:
    """``full`` rounds in the soak run, a tenth of them (at least one) in the ordinary suite."""
    return full if SOAK else max(1, full // 10)
