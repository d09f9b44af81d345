"""What prices by the Medicare fee schedule cost, and whether they are right.

    python bench/codes_mpfs.py [--quick]

The judge are published prices: every row of the file of capped prices beside the checkout. Rates
are those of one core, counted in processor time, with JSON read and written and the trace made;
beside them the bare formula without any of it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

from api.tables.fee_schedule import medicare_schedule  # noqa: E402
from api.tables.kinds import kind_of  # noqa: E402
from api.tables.load import load  # noqa: E402
from api.tables.opened import PublishedTables  # noqa: E402
from api.tables.store import TableStore  # noqa: E402
from bench.figures import Figure  # noqa: E402
from core.pricing.bases import Bases  # noqa: E402
from core.pricing.medicare import MedicareSchedule  # noqa: E402
from core.pricing.medicare_rules import price_services  # noqa: E402
from core.pricing.questions import Answers  # noqa: E402
from core.pricing.services import Service  # noqa: E402

_SHARED = _ROOT.parent / "shared" / "data" / "mpfs"
_FILES = (
    ("mpfs-rvu", "PPRRVU2025_Oct.csv", ""),
    ("mpfs-gpci", "GPCI2025.csv", ""),
    ("mpfs-anesthesia", "ANES2025.csv", ""),
    ("zip-locality", "ZIP5_OCT2025.txt.gz", ""),
)
_CAPS = "OPPSCAP_Oct.half.csv"
_DAY = date(2025, 11, 3)
_QUESTIONS, _QUICK_QUESTIONS = 50_000, 5_000
_RUNS = 5
_RATE_FLOOR, _FIRST_FLOOR_SECONDS, _RIGHT_FLOOR = 20_000, 1, 100


def measure(quick: bool = False) -> list[Figure]:
    """The figures; none where the published files are not beside the checkout."""
    if not _SHARED.is_dir():
        return []
    with tempfile.TemporaryDirectory(prefix="cw-prices-") as folder:
        home = Path(folder)
        began = time.process_time()
        for kind, name, release in _FILES:
            load(
                TableStore(home), kind_of(kind), [_SHARED / name],
                release=release, stage=False, at=datetime.now(UTC),
            )  # fmt: skip
        loading = time.process_time() - began
        schedule = medicare_schedule(PublishedTables(home))
        lines = _questions(_QUICK_QUESTIONS if quick else _QUESTIONS)
        return [
            Figure(name="load the fee schedule of a year", seen=loading, unit="s of processor"),
            *_right(schedule),
            _answered(schedule, lines),
            _priced(schedule, lines),
            _bare(schedule, lines),
            _first(home, lines[0]),
        ]


def _questions(count: int) -> list[bytes]:
    """Codes, places and settings drawn at random; a third has no price, as in the file."""
    with (_SHARED / "PPRRVU2025_Oct.csv").open(newline="", encoding="latin-1") as file:
        codes = [row[:2] for row in csv.reader(file) if len(row[0]) == 5 and row[0][0].isdigit()]
    with (_SHARED / "GPCI2025.csv").open(newline="", encoding="latin-1") as file:
        places = [f"{row[0]}-{row[2]}" for row in csv.reader(file) if row[0][:5].isdigit()]
    drawn = random.Random(11)
    return [
        json.dumps(
            {
                "id": place,
                "code": code,
                "modifiers": [component] if component.strip() else [],
                "units": 1,
                "date": f"2025-10-{drawn.randint(1, 28):02}",
                "locality": drawn.choice(places),
                "facility": drawn.random() < 0.5,
                "basis": "mpfs",
            }
        ).encode()
        for place in range(count)
        for code, component in [drawn.choice(codes)]
    ]


def _right(schedule: MedicareSchedule) -> list[Figure]:
    """Every published capped price, in both settings, computed from the relative values."""
    with (_SHARED / _CAPS).open(newline="") as file:
        rows = [row for row in csv.reader(file) if any(row)][1:]
    right = asked = 0
    for code, component, _, contractor, locality, inside, outside in rows:
        for facility, published in ((True, inside), (False, outside)):
            service = Service(
                code=code,
                modifiers=(component.strip(),) if component.strip() else (),
                day=_DAY,
                locality=f"{contractor}-{locality}",
                facility=facility,
            )
            [found] = price_services([service], schedule)
            asked += 1
            right += found.allowed_cents == int(Decimal(published) * 100)
    return [
        Figure(
            name="published prices under the cap that are equal",
            seen=100 * right / asked,
            unit="%",
            floor=_RIGHT_FLOOR,
            note=f"{right:,} of {asked:,}",
        )
    ]


def _answered(schedule: MedicareSchedule, lines: Sequence[bytes]) -> Figure:
    answers = Answers(Bases(schedule).price)
    rate = _best(lambda: sum(1 for _ in answers.take(lines)), len(lines))
    return Figure(
        name="prices with JSON and trace", seen=rate, unit="/s", floor=_RATE_FLOOR, note="a core"
    )


def _priced(schedule: MedicareSchedule, lines: Sequence[bytes]) -> Figure:
    services = [
        Service(
            code=given["code"],
            modifiers=tuple(given["modifiers"]),
            day=date.fromisoformat(given["date"]),
            locality=given["locality"],
            facility=given["facility"],
        )
        for given in map(json.loads, lines)
    ]
    rate = _best(
        lambda: sum(1 for one in services if price_services([one], schedule)), len(services)
    )
    return Figure(name="prices with trace, without JSON", seen=rate, unit="/s", note="a core")


def _bare(schedule: MedicareSchedule, lines: Sequence[bytes]) -> Figure:
    """The yardstick: the formula with decimal numbers, from plain dicts, and nothing else."""
    values, places = {}, {}
    with (_SHARED / "PPRRVU2025_Oct.csv").open(newline="", encoding="latin-1") as file:
        for row in csv.reader(file):
            if len(row[0]) == 5 and row[0][0].isdigit():
                values[row[0], row[1]] = tuple(Decimal(row[at]) for at in (5, 6, 8, 10))
    with (_SHARED / "GPCI2025.csv").open(newline="", encoding="latin-1") as file:
        for row in csv.reader(file):
            if row[0][:5].isdigit():
                places[f"{row[0]}-{row[2]}"] = tuple(map(Decimal, row[4:7]))
    asked = [
        ((given["code"], "".join(given["modifiers"])), given["locality"], given["facility"])
        for given in map(json.loads, lines)
    ]
    cent, factor = Decimal("0.01"), Decimal("32.3465")

    def run() -> int:
        done = 0
        for key, place, facility in asked:
            work, outside, inside, malpractice = values[key]
            first, second, third = places[place]
            units = work * first + (inside if facility else outside) * second + malpractice * third
            done += (units * factor).quantize(cent, ROUND_HALF_UP) >= 0
        return done

    name = "the bare formula, no rule, no trace, no JSON"
    return Figure(name=name, seen=_best(run, len(asked)), unit="/s", note="a yardstick")


def _best(run: object, count: int) -> float:
    """The best rate of several runs, by processor time: the machine has other work."""
    assert callable(run)
    rates = []
    for _ in range(_RUNS):
        began = time.process_time()
        run()
        rates.append(count / (time.process_time() - began))
    return max(rates)


def _first(home: Path, line: bytes) -> Figure:
    """The command from nothing to its first answer, the best of several."""
    environment = {**os.environ, "CLAIMWRIGHT_HOME": str(home)}
    seconds = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "api.cli", "price"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, env=environment,
        ) as command:  # fmt: skip
            assert command.stdin is not None
            assert command.stdout is not None
            command.stdin.write(line + b"\n")
            command.stdin.flush()
            command.stdout.readline()
            seconds.append(time.perf_counter() - began)
    return Figure(
        name="the first answer of the command", seen=min(seconds), unit="s",
        floor=_FIRST_FLOOR_SECONDS, at_most=True,
    )  # fmt: skip


def main() -> None:
    """Print the figures."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--quick", action="store_true")
    for figure in measure(quick=given.parse_args().quick):
        print(figure.line())


if __name__ == "__main__":
    main()
