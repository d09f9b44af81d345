"""The demonstration, run as a person runs it, while its workers are killed at random moments."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import SOAK
from tests.core.x12.pyx12_oracle import faults

SEED = 4
KILLS = 4
PROC = Path("/proc/self").exists()
"""Where there is none, workers are not found, and not killed."""
JUDGED = ("837P", "837I", "835", "277CA", "999")


def start(home: Path, tables: Path, *arguments: str) -> subprocess.Popen[str]:
    """A run in a home that has nothing but the tables that ship, made before."""
    home.mkdir(mode=0o700)
    (home / "shipped").symlink_to(tables)
    environment = {**os.environ, "CLAIMWRIGHT_HOME": str(home)}
    command = [sys.executable, "-P", "-m", "api.cli", "demo", "--headless", "--json"]
    return subprocess.Popen(
        [*command, "--seed", str(SEED), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    lines = out.splitlines()
    assert len(lines) == 1, "one JSON object on one line, nothing else"
    figures: dict[str, Any] = json.loads(lines[0])
    return figures


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, shipped_tables: Path
) -> tuple[dict[str, Any], Path]:
    """The figures of a run whose workers are killed now and then, and the folder of its files."""
    home = tmp_path_factory.mktemp("demo")
    kept = home / "kept"
    draw = random.Random(SEED)
    process = start(home / "home", shipped_tables, "--keep-files", str(kept))
    killed = 0
    while killed < KILLS and process.poll() is None:
        time.sleep(draw.uniform(0.2, 1.0))
        workers = worker_pids(process.pid)
        if workers:
            os.kill(draw.choice(workers), signal.SIGKILL)
            killed += 1
    figures = finish(process)
    assert killed == KILLS or not PROC, "the run ended before its workers could be killed"
    return figures, kept


def test_the_ledger_is_what_the_payers_paid_to_the_cent(told: tuple[dict[str, Any], Path]) -> None:
    figures, _ = told
    assert figures["posted_cents"] == figures["simulator_paid_cents"] > 0
    ledger = figures["ledger"]
    assert ledger["difference_cents"] == 0
    assert ledger["debits_cents"] == ledger["credits_cents"] > 0
    assert figures["audit"]["verified"] is True


def test_every_floor_of_the_house_was_walked(told: tuple[dict[str, Any], Path]) -> None:
    figures, _ = told
    assert figures["practices"] == 4
    assert figures["encounters"] >= 200
    assert figures["charges"] >= figures["encounters"]
    assert figures["claims"] >= figures["encounters"] * 0.9
    assert 0 < figures["held"] < figures["claims"] / 4
    assert all(count > 0 for count in figures["files"].values()), figures["files"]
    assert all(count > 0 for count in figures["acks"].values()), figures["acks"]
    for name in ("denials", "secondary_claims", "statements"):
        assert figures[name] > 0, name


@pytest.mark.campaign
def test_pyx12_finds_no_error_in_any_file_that_was_exchanged(
    told: tuple[dict[str, Any], Path],
) -> None:
    _, kept = told
    by_kind = {kind: sorted(kept.rglob(f"*{kind}*.x12")) for kind in JUDGED}
    assert all(by_kind.values()), by_kind
    # The judge is slow, and one practice's files of a kind are like another's: soak reads them all.
    files = [path for paths in by_kind.values() for path in (paths if SOAK else paths[::3])]
    found = {path.name: said for path in files if (said := faults(path.read_bytes()))}
    assert found == {}


def test_what_ships_with_the_product_is_made_once_for_all_demonstrations(
    told: tuple[dict[str, Any], Path], shipped_tables: Path
) -> None:
    _, kept = told
    assert (kept.parent / "home" / "demo" / "shipped").resolve() == shipped_tables.resolve()


@pytest.mark.campaign
@pytest.mark.skipif(not SOAK, reason="a second run: the soak run does it")
def test_workers_killed_at_random_moments_change_no_figure(
    told: tuple[dict[str, Any], Path], tmp_path: Path, shipped_tables: Path
) -> None:
    figures, _ = told
    undisturbed = finish(start(tmp_path / "home", shipped_tables))
    assert {**undisturbed, "seconds": 0} == {**figures, "seconds": 0}


def worker_pids(parent: int) -> list[int]:
    """The worker processes of a demonstration."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    found = []
    for pid in children.read_text().split() if children.exists() else ():
        command = Path(f"/proc/{pid}/cmdline")
        # The argument itself: a path may hold the word too.
        if command.exists() and b"worker" in command.read_bytes().split(b"\0"):
            found.append(int(pid))
    return found
