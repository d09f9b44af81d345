"""Load a table while being killed: a program of its own, for ``test_store.py``.

``killed_loader.py HOME KIND FILE STEP``: dies by SIGKILL at the STEPth write to the folder (a
write, a sync or a rename); exits 0 when the load gets through before that. STEP ``full``: the disk
takes no further byte. STEP ``0``: nothing happens to it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.tables.kinds import kind_of
from api.tables.load import load
from api.tables.store import TableStore
from core.errors import UnavailableError


def dying_at(step: int) -> None:
    """From now on the process dies just before its ``step``-th sync or rename."""
    left = step

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*given, **named)

        return counting

    os.fsync = counted(os.fsync)
    Path.replace = counted(Path.replace)  # type: ignore[method-assign]


def main(home: str, kind: str, file: str, step: str) -> int:
    """Load the file; 3 when the store says that it cannot write."""
    if step == "full":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
    elif step != "0":
        dying_at(int(step))
    try:
        load(
            TableStore(Path(home)),
            kind_of(kind),
            [Path(file)],
            release="",
            stage=False,
            at=datetime.now(UTC),
        )
    except UnavailableError:
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
