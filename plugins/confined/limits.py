"""How much a confined plugin may use."""

from __future__ import annotations

import msgspec

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Budgets of one process. Seconds are by the wall clock of the process that asks.

    ``call_seconds``: one rule on one claim. ``batch_seconds``: all rules on a batch.
    ``build_seconds``: to import the plugin, and to ask its hooks. ``memory_bytes`` is address
    space, the interpreter's included. After ``faults_max`` faults within ``faults_within_seconds``
    that ended the process, the plugin rests for ``rest_seconds``. A process that nobody asks ends
    after ``idle_seconds``; one that has worked for ``worked_seconds`` is replaced.
    """

    call_seconds: float = 5.0
    batch_seconds: float = 60.0
    build_seconds: float = 20.0
    memory_bytes: int = 512 * MIB
    answer_bytes: int = 64 * 1024
    batch_answer_bytes: int = 4 * MIB
    import_answer_bytes: int = MIB
    build_answer_bytes: int = 16 * MIB
    flags_a_claim: int = 200
    faults_max: int = 3
    faults_within_seconds: float = 60.0
    rest_seconds: float = 60.0
    idle_seconds: float = 120.0
    worked_seconds: float = 1_800.0


LIMITS = Limits()
