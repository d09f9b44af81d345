"""A partner's plugin in a process of its own: what it adds to a batch, beside the same in process.

    python bench/partner_process.py [--quick]

Its four rules look at every claim, and its manifest asks for money and clinical facts: a plugin
that looks at some claims costs its share of this. Time is that of the processor, the best of
several runs that alternate, in our process; the plugin's own process computes meanwhile on another
one, and what it takes there is told beside it.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.collector import set_for_batches
from bench.figures import Figure
from bench.scrub import invented
from core.claims.claim import Claim
from core.rules.rulebook import RuleBook
from core.scrub.engine import scrub
from plugins.confined.plugin import ConfinedPlugin
from plugins.host import BUILT_IN, EnabledPlugin, PluginHost
from plugins.source import PluginSource

ADDED_PERCENT_AT_MOST = 30
BOOK_MILLISECONDS_AT_MOST = 50

_FOLDER = Path(__file__).resolve().parent / "partner"
_TODAY = date(2024, 8, 20)
_SPECIALTIES = tuple(EnabledPlugin(name=name.rpartition(".")[2]) for name in BUILT_IN)
_VISITS = EnabledPlugin(name="visits")


def measure(quick: bool = False) -> list[Figure]:
    """All figures; ``quick`` measures fewer claims."""
    set_for_batches()
    host = PluginHost(sources=[_source()])
    try:
        return [
            *_batches(host, invented(1_000 if quick else 10_000), rounds=3 if quick else 7),
            *_books(rounds=3 if quick else 7),
            *_starts(rounds=2 if quick else 5),
        ]
    finally:
        host.close()


def _batches(host: PluginHost, claims: Sequence[Claim], *, rounds: int) -> list[Figure]:
    beside = PluginHost(modules=(_imported(),))
    books = {
        "without": host.build_rule_book(_SPECIALTIES),
        "again": PluginHost().build_rule_book(_SPECIALTIES),
        "confined": host.build_rule_book([*_SPECIALTIES, _VISITS]),
        "in process": beside.build_rule_book([*_SPECIALTIES, _VISITS]),
    }
    best = dict.fromkeys(books, float("inf"))
    theirs = float("inf")
    for _ in range(rounds):
        for name, book in books.items():
            before = _worked(host)
            best[name] = min(best[name], _seconds(_scrubbing(claims, book), time.process_time))
            if name == "confined":
                theirs = min(theirs, _worked(host) - before)
    plain = best["without"]
    count = f"{len(claims):,} claims"
    return [
        Figure(name=f"scrub of {count}, four specialties", seen=plain * 1e3, unit="ms"),
        Figure(
            name="a confined plugin adds",
            seen=_added(best["confined"], plain),
            unit="% of the batch",
            floor=ADDED_PERCENT_AT_MOST,
            at_most=True,
            note="looks at every claim",
        ),
        Figure(
            name="  and its own process takes, meanwhile",
            seen=theirs / plain * 100,
            unit="% of the batch",
        ),
        Figure(
            name="  the same plugin in process adds",
            seen=_added(best["in process"], plain),
            unit="% of the batch",
        ),
        Figure(
            name="  a host that knows a plugin nobody enabled adds",
            seen=_added(plain, best["again"]),
            unit="% of the batch",
            note="noise: the rules are the same",
        ),
    ]


def _books(*, rounds: int) -> list[Figure]:
    """Four plugins that were not asked before, in a process that is there already."""
    best = {"four specialties": float("inf"), "three specialties and a confined one": float("inf")}
    for _ in range(rounds):
        host = PluginHost(sources=[_source()])
        confined = host.plugin("visits")
        assert isinstance(confined, ConfinedPlugin)
        confined.ready()
        mixed = [*_SPECIALTIES[1:], _VISITS]
        for name, chosen in zip(best, (list(_SPECIALTIES), mixed), strict=True):
            best[name] = min(best[name], _seconds(partial(host.build_rule_book, chosen)))
        host.close()
    return [
        Figure(
            name=f"rule book of {name}",
            seen=seconds * 1e3,
            unit="ms",
            floor=BOOK_MILLISECONDS_AT_MOST,
            at_most=True,
        )
        for name, seconds in best.items()
    ]


def _starts(*, rounds: int) -> list[Figure]:
    best = float("inf")
    for _ in range(rounds):
        plugin = ConfinedPlugin(_source())
        best = min(best, _seconds(plugin.ready))
        plugin.close()
    bare = min(_seconds(_bare_start) for _ in range(rounds))
    return [
        Figure(name="a plugin's process from nothing to ready", seen=best * 1e3, unit="ms"),
        Figure(name="  a bare interpreter", seen=bare * 1e3, unit="ms"),
    ]


def _bare_start() -> None:
    subprocess.run([sys.executable, "-s", "-P", "-c", "pass"], check=True)


def _scrubbing(claims: Sequence[Claim], book: RuleBook) -> Callable[[], object]:
    return lambda: scrub(claims, book, as_of=_TODAY)


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return clock() - began


def _worked(host: PluginHost) -> float:
    """Seconds of processor time of the plugin's process (proc(5), fields 14 and 15 of stat)."""
    confined = host.plugin("visits")
    assert isinstance(confined, ConfinedPlugin)
    with confined.lock:
        pid = confined.ready().process.pid
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _added(seconds: float, plain: float) -> float:
    return (seconds / plain - 1) * 100


def _source() -> PluginSource:
    return PluginSource(name="visits", module="visits_claims", version="1.0.0", folder=_FOLDER)


def _imported() -> ModuleType:
    spec = importlib.util.spec_from_file_location("visits_claims", _FOLDER / "visits_claims.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Print every figure; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    figures = measure(parser.parse_args().quick)
    for figure in figures:
        print(figure.line())
    return 0 if all(figure.is_reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
