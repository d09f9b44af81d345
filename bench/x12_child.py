"""One task over many claims in a process of its own; prints peak megabytes, seconds and claims.

    python bench/x12_child.py check|typed|command FILE TIMES

``FILE`` is an 837P of one transaction, taken ``TIMES`` over; ``command`` takes it as it is.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def peak_mb() -> float:
    """The most memory this process has had; that of whoever started it is not counted."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _check(path: Path, times: int) -> int:
    from bench.x12_input import repeated
    from bench.x12_ours import check_options
    from core.x12.check import check

    report = check(repeated(path.read_bytes(), times), check_options())
    assert not report.has_errors, "the file is clean"
    return sum(one.claims for one in report.transactions)


def _typed(path: Path, times: int) -> int:
    from bench.x12_input import repeated
    from core.x12.claims_reader import ReadClaim, read_claims

    read = read_claims(repeated(path.read_bytes(), times))
    return sum(isinstance(one, ReadClaim) for one in read)


def _command(path: Path, _: int) -> int:
    from api import cli

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        cli.main(["x12", "check", str(path)])
    return sum(one["claims"] for one in json.loads(out.getvalue())["transactions"])


def main() -> None:
    """Run the task and print the figures on the last line."""
    task, path, times = sys.argv[1:]
    began = time.process_time()
    seen = {"check": _check, "typed": _typed, "command": _command}[task](Path(path), int(times))
    print(f"{peak_mb():.1f} {time.process_time() - began:.1f} {seen}")


if __name__ == "__main__":
    main()
