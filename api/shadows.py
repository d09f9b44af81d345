"""Going on with what is tried in shadow: after the scrub that counts, and apart from it.

Nothing that happens here reaches the caller: a plugin that is only tried stops nobody's work.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from uuid import UUID

from api.bootstrap import Runtime
from api.plugin_faults import Counted, add_faults
from audit.event import plugin_object
from audit.logging import get_logger
from core.errors import ClaimwrightError, PluginError
from core.usecases.shadow import BATCH_CLAIMS, judge_in_shadow
from plugins.confined.faults import gathered
from plugins.host import EnabledPlugin
from plugins.standing import PluginStep
from tenants.uow import UnitOfWork

log = get_logger("shadow")

Batch = Callable[[Callable[[UnitOfWork], int]], int]
"""Runs one transaction of the practice."""

CLAIMS_A_TURN_MAX = 20 * BATCH_CLAIMS
"""What one turn judges at most, so that a practice with much waits for its next one."""


def go_on(runtime: Runtime, tenant_id: UUID, batch: Batch) -> int:
    """Judge what waits to be judged in shadow; how many claims that were."""
    judged = 0
    for step, trying in runtime.in_shadow(tenant_id):
        try:
            judged += _try(runtime, tenant_id, step, trying, batch)
        except ClaimwrightError as problem:
            log.warning("shadow.failed", plugin=step.plugin, code=problem.code)
        except Exception as problem:
            log.warning("shadow.failed", plugin=step.plugin, error=type(problem).__name__)
    return judged


def _try(
    runtime: Runtime, tenant_id: UUID, step: PluginStep, trying: EnabledPlugin, batch: Batch
) -> int:
    try:
        live = runtime.rule_book(tenant_id)
        trial = runtime.rule_book(tenant_id, trying=trying)
    except PluginError:
        batch(partial(_count, step=step, counts={("", "", "build"): 1}))
        raise

    def judge(uow: UnitOfWork) -> int:
        with gathered() as faults:
            count = judge_in_shadow(
                uow,
                step.id,
                plugin_object(step.plugin),
                live,
                trial,
                since=step.said_at,
                ticks=time.perf_counter_ns,
            )
        counts = Counter(
            (one.rule, one.hook, one.kind.value)
            for one in faults
            if (one.plugin, one.version) == (step.plugin, step.version)
        )
        if counts:
            _count(uow, step, counts)
        return count

    judged = 0
    while judged < CLAIMS_A_TURN_MAX and (count := batch(judge)):
        judged += count
    return judged


def _count(uow: UnitOfWork, step: PluginStep, counts: Counted) -> int:
    add_faults(uow, step, counts)
    return 0
