"""Claims a second of each stage of the cycle, beside its floor, and the peak memory.

    python bench/cycle.py [--claims 5000] [--json]

Real parts: embedded PostgreSQL with everything a power cut asks for switched on, sealing, audit,
the payer simulator. The stage "files on disk" is not ours to speed up and has no floor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api import simulator
from api.bootstrap import Runtime, runtime
from api.collector import set_for_batches
from api.cycle import Cycle
from api.practices import create_practice
from api.settings import Settings
from bench.invented_claims import BILLING, claims
from core.claims.claim import Form
from core.intake.from_claims import encounter_from_claim
from core.ports import Practice
from core.remittance.values import ClaimPayment
from core.usecases.intake import Arrival, take_encounters
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import Receiver, Submitter, write_claims
from core.x12.envelope import Envelope
from core.x12.remittance_reader import stream_remittance
from tenants.diagnoses import open_diagnoses
from tenants.ids import new_id
from tenants.postgres import EmbeddedServer

# Claims a second; later issues raise the second and the last to 10,000.
FLOORS = {
    "intake 837": None,
    "code, price, scrub": None,
    "write and file 837": None,
    "scrub to file": 2_000,
    "read 835": None,
    "835 to posted ledger": 1_000,
}
MEMORY_FLOOR_MB = 400


# What this machine does at this moment, so that figures of two machines can be compared.
_MACHINE = "(bare split of the 837)"


# Enough to measure, too little to count in the peak of memory.
_SAMPLE_BYTES = 2_000_000


def _bare_split(data: bytes) -> float:
    """Segments a second of ``split`` alone, lists kept."""
    text = data.decode()
    began = time.perf_counter()
    segments = [segment.split("*") for segment in text.split("~")]
    return len(segments) / (time.perf_counter() - began)


def _timed(rows: dict[str, float], name: str, count: int, act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = act()
    rows[name] = count / (time.perf_counter() - began)
    return result


def _intake(running: Runtime, practice: Practice, source: Path) -> None:
    data = source.read_bytes()
    with running.unit_of_work(practice.tenant_id) as uow:
        result = take_encounters(
            uow,
            (
                Arrival(position=one.segment, encounter=encounter_from_claim(one.claim, new_id))
                for one in read_claims(data)
                if isinstance(one, ReadClaim)
            ),
            kind="837",
            sha256=hashlib.sha256(data).digest(),
            confirm_new_providers=True,
        )
    assert result.counts.difference == 0, "claims in = taken + repeated + refused"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _made(count: int, today: date) -> bytes:
    written = write_claims(
        list(claims(count, today=today)),
        form=Form.PROFESSIONAL,
        submitter=Submitter(name="BENCH", id="BENCH", contact_name="EDI", phone="8005550100"),
        receiver=Receiver(name="BENCH", id="BENCH2"),
        envelope=Envelope(
            sender_id="BENCH",
            receiver_id="BENCH2",
            created=datetime.now(UTC).replace(tzinfo=None),
            interchange_control=1,
            group_control=1,
        ),
        reference="BENCH",
    )
    return written.data


def measure(count: int, home: Path) -> tuple[dict[str, float], float]:
    """Run every stage over ``count`` claims in an empty installation below ``home``."""
    rows: dict[str, float] = {}
    set_for_batches()
    today = datetime.now(UTC).date()
    source = home / "source.x12"
    _apart(lambda: source.write_bytes(_made(count, today)))
    with source.open("rb") as opened:
        rows[_MACHINE] = _bare_split(opened.read(_SAMPLE_BYTES))
    # What an installation makes once, at its first scrub, is no part of a claim's cost.
    open_diagnoses(home)
    with runtime(Settings(home=home)) as running:
        practice = create_practice(running, slug="bench", name="Bench Clinic", billing=BILLING)
        cycle = Cycle(running, practice)
        _timed(rows, "intake 837", count, partial(_intake, running, practice, source))
        prepared = _timed(rows, "code, price, scrub", count, cycle.prepare)
        assert prepared.ready == count, f"{prepared.held} of the claims are held"
        _timed(rows, "write and file 837", count, cycle.file)
        rows["scrub to file"] = 1 / (
            1 / rows["code, price, scrub"] + 1 / rows["write and file 837"]
        )
        exchange = running.settings.exchange
        _answer(exchange, rows, count)
        remits = sorted((exchange / "bench" / "inbound").glob("*835*"))
        payments = _timed(rows, "read 835", count, partial(_count_payments, remits))
        for path in remits:
            path.rename(home / path.name)
        cycle.receive_waiting()
        for path in remits:
            (home / path.name).rename(path)
        _timed(rows, "835 to posted ledger", payments, cycle.receive_waiting)
    return rows, _peak_mb()


def _count_payments(paths: list[Path]) -> int:
    return sum(
        isinstance(item, ClaimPayment)
        for path in paths
        for item in stream_remittance(path.read_bytes())
    )


def _answer(exchange: Path, rows: dict[str, float], count: int) -> None:
    began = time.perf_counter()
    _apart(lambda: simulator.run(exchange, seed=1, now=datetime.now(UTC)))
    rows["(simulator)"] = count / (time.perf_counter() - began)


def _apart(act: Callable[[], object]) -> None:
    """Run ``act`` in a process of its own: its memory is not the product's."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0, "the other process did its part"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=5_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="claimwright-bench-"))
    try:
        rows, memory_mb = measure(given.claims, home)
    finally:
        EmbeddedServer(home).destroy()
        shutil.rmtree(home)
    if given.json:
        print(json.dumps({"claims": given.claims, "peak_mb": memory_mb, **rows}))
        return
    print(f"{given.claims} claims, one process, durable embedded PostgreSQL")
    for name, rate in rows.items():
        floor = FLOORS.get(name)
        beside = (
            f"   floor {floor:>6,}   {'reached' if rate >= floor else 'MISSED'}" if floor else ""
        )
        unit = "segments/s" if name == _MACHINE else "claims/s"
        print(f"{name:24} {rate:>9,.0f} {unit}{beside}")
    verdict = "reached" if memory_mb < MEMORY_FLOOR_MB else "MISSED"
    print(f"{'peak memory':24} {memory_mb:>9,.0f} MB         below {MEMORY_FLOOR_MB}   {verdict}")


if __name__ == "__main__":
    main()
