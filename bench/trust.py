"""Prints every figure of trust beside its floor, area by area.

    python bench/trust.py [--quick] [--json] [--only keys tenancy audit restore ...]

Each area is a program of its own (``bench/trust_<area>.py``) and runs in a process of its own, so
that no area pays for what another left in memory. Each measures us and its yardstick in that run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.figures import Figure

AREAS = ("keys", "tenancy", "audit", "restore", "sign_in", "machines", "access", "edge")

_CHILD = """
import json, sys
from dataclasses import asdict
from importlib import import_module
figures = import_module(f"bench.trust_{sys.argv[1]}").measure(quick=sys.argv[2] == "quick")
print(json.dumps([asdict(figure) for figure in figures]))
"""


def measured(area: str, *, quick: bool) -> list[Figure]:
    """The figures of one area; what it says while it works goes to standard error."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, area, "quick" if quick else "full"],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Figure(**figure) for figure in json.loads(done.stdout.splitlines()[-1])]


def main() -> int:
    """Measure and print; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller amounts, for a first look")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--only", nargs="+", choices=AREAS, default=AREAS, metavar="AREA")
    given = parser.parse_args()
    figures = {area: measured(area, quick=given.quick) for area in given.only}
    if given.json:
        told = {area: [asdict(one) for one in some] for area, some in figures.items()}
        print(json.dumps(told))
    else:
        for area, some in figures.items():
            print(area)
            for figure in some:
                print(f"  {figure.line()}")
    return 0 if all(one.is_reached for some in figures.values() for one in some) else 1


if __name__ == "__main__":
    raise SystemExit(main())
