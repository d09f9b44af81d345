"""The X12 engine beside its floors, its peers and bare Python, all measured in one run.

    python bench/x12.py [--claims 5000] [--rounds 5] [--big] [--no-peers] [--json | --markdown]

Figures are processor time, the best of the rounds, with Python's collector as it starts. Ours and
the yardstick take turns in one process; a peer runs in a process of its own, whose packages pip
installs once below ``--peers``. Peak memory is that of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.x12_cases import Defects, Field, defects, field, field_paths
from bench.x12_input import KINDS, made, where_from
from bench.x12_ours import (
    CHECKED,
    MEMORY_TASKS,
    YARDSTICK,
    Memory,
    Rate,
    check_options,
    memory,
    rates,
    typed,
)
from bench.x12_peers import (
    PEERS,
    SMALL_CLAIMS,
    PeerRate,
    default_folder,
    measured,
    pyx12_takes,
)
from bench.x12_report import markdown, text

# The floors of the issue.
TYPED_RATIO = 0.45
TYPED_TIMES_PEER = 2
CHECK_SEGMENTS_PER_S = 150_000
CHECK_TIMES_PEER = 15
MEMORY_MB = 80
BIG_CLAIMS = 1_000_000


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """One floor: what was measured against what is asked; ``measured`` None where it was not."""

    goal: str
    measured: float | None
    asked: str
    verdict: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one run found."""

    day: str
    machine: str
    source: str
    claims: int
    rounds: int
    goals: list[Goal]
    rates: list[Rate]
    peers: list[PeerRate]
    memory: list[Memory]
    defects: Defects | None
    field: Field | None


def machine() -> str:
    """Python, cores, processor and what else it does, so that figures can be compared."""
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        names = [line for line in facts.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(": ")[2] if names else model
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {model}{busy}"


def goals(run: Run) -> list[Goal]:
    """Every floor of the issue beside its figure."""
    ours = {(one.kind, one.what): one for one in run.rates}
    peers = {(one.kind, one.task): one.segments_per_s for one in run.peers if not one.failure}
    found: list[Goal] = []

    def at_least(name: str, value: float | None, floor: float, asked: str) -> None:
        reached = "not measured" if value is None else "ok" if value >= floor else "MISSED"
        found.append(Goal(goal=name, measured=value, asked=asked, verdict=reached))

    def beside(kind: str, what: str, task: str) -> float | None:
        peer = peers.get((kind, task))
        return ours[kind, what].segments_per_s / peer if peer else None

    for kind, peer in (("837P", "openx12"), ("835", "edi-835-parser")):
        what = typed(kind)
        name = f"{kind} to {what}"
        ratio = ours[kind, what].ratio
        at_least(f"{name}, of bare split", ratio, TYPED_RATIO, f"{TYPED_RATIO} x")
        times = beside(kind, what, peer)
        at_least(f"{name}, beside {peer}", times, TYPED_TIMES_PEER, f"{TYPED_TIMES_PEER} x")
    for kind in ("837P", "835"):
        rate, name = ours[kind, CHECKED].segments_per_s, f"{kind} {CHECKED}"
        asked = f"{CHECK_SEGMENTS_PER_S:,} segments/s"
        at_least(name, rate, CHECK_SEGMENTS_PER_S, asked)
        times = beside(kind, CHECKED, "pyx12")
        at_least(f"{name}, beside pyx12", times, CHECK_TIMES_PEER, f"{CHECK_TIMES_PEER} x")
    for one in run.memory:
        verdict = "ok" if one.peak_mb < MEMORY_MB else "MISSED"
        name = f"peak MB, {one.claims:,} claims, {one.what}"
        asked = f"below {MEMORY_MB} MB"
        found.append(Goal(goal=name, measured=one.peak_mb, asked=asked, verdict=verdict))
    return [*found, *_goals_of_cases(run)]


def _goals_of_cases(run: Run) -> list[Goal]:
    found = []

    def exactly(name: str, value: int, asked: int) -> None:
        verdict = "ok" if value == asked else "MISSED"
        found.append(Goal(goal=name, measured=value, asked=str(asked), verdict=verdict))

    if run.defects is not None:
        every = run.defects.files
        exactly("single-defect files named at the segment", run.defects.at_segment, every)
        exactly("false alarms on good files", len(run.defects.alarms), 0)
    if run.field is not None:
        exactly(f"crashes on {run.field.files} files from the field", len(run.field.crashes), 0)
        exactly("errors there without a place", run.field.unplaced, 0)
        if run.field.judged is not None:
            name = f"refused of the {run.field.taken_by_judge} that pyx12 takes"
            exactly(name, len(run.field.refused), 0)
    return found


def run(given: argparse.Namespace) -> Run:
    """Measure everything that was asked for."""
    facts = machine()
    with tempfile.TemporaryDirectory(prefix="claimwright-x12-") as name:
        folder = Path(name)
        found: list[Rate] = []
        peers: list[PeerRate] = []
        small = min(given.claims, SMALL_CLAIMS)
        for kind in KINDS:
            data = made(kind, given.claims)
            (folder / f"{kind}.x12").write_bytes(data)
            (folder / f"{kind}-small.x12").write_bytes(made(kind, small))
            found += rates(kind, data, given.claims, given.rounds)
        for peer in () if given.no_peers else PEERS:
            for kind in peer.kinds:
                path = folder / (f"{kind}-small.x12" if peer.slow else f"{kind}.x12")
                claims = small if peer.slow else given.claims
                rounds = min(given.rounds, 3)
                peers.append(measured(peer, kind, path, claims, given.peers, rounds))
        sizes = [given.memory_claims, *([BIG_CLAIMS] if given.big else [])]
        base = folder / "base.x12"
        base.write_bytes(made("837P", min(given.memory_claims, 5000)))
        held = [memory(task, size, base, folder) for size in sizes for task in MEMORY_TASKS]
    judged = None if given.no_peers else pyx12_takes(field_paths(), given.peers)
    result = Run(
        machine=facts,
        day=datetime.now(UTC).date().isoformat(),
        source=where_from(),
        claims=given.claims,
        rounds=given.rounds,
        goals=[],
        rates=found,
        peers=peers,
        memory=held,
        defects=defects(check_options()),
        field=field(check_options(), judged),
    )
    return msgspec.structs.replace(result, goals=goals(result))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=5_000, help="claims of each file")
    parser.add_argument("--rounds", type=int, default=5, help="the best of so many counts")
    parser.add_argument("--memory-claims", type=int, default=50_000)
    parser.add_argument("--big", action="store_true", help="memory with a million claims as well")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers", type=Path, default=default_folder(), metavar="DIR")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--markdown", action="store_true", help="the table of docs/x12.md")
    given = parser.parse_args()
    found = run(given)
    if given.json:
        print(msgspec.json.encode(found).decode())
    else:
        print(markdown(found, YARDSTICK) if given.markdown else text(found, YARDSTICK))


if __name__ == "__main__":
    main()
