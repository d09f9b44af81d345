"""The interpreter, set for batches.

A batch makes millions of small values that hold no cycles; reference counting frees every one of
them. The collector's default pace (a look at every 700 new objects, all objects now and then) costs
half of the processor time of a batch and finds nothing, so batch processes look far less often.
"""

from __future__ import annotations

import gc
import sys

# The thread that talks to the database wakes often and briefly; at the default of five
# milliseconds it would wait for the computing one longer than for the database.
_SWITCH_SECONDS = 0.000_1


def set_for_batches() -> None:
    """Call once in a process that works through batches, after its imports."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)
    sys.setswitchinterval(_SWITCH_SECONDS)
