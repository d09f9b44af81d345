"""What ICD-10-CM costs out of the box: made once, opened, looked up, searched.

    python bench/codes_icd.py [--quick]

Each figure of a process is that of a fresh one. The yardsticks: a dict of every code with its
standing, which is the fastest a lookup can be and holds one day only; and a search that looks
through all descriptions for the words, which finds nothing mistyped.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

from bench.figures import Figure  # noqa: E402

_DAY = date(2026, 1, 5)
_LOOKUPS, _QUICK_LOOKUPS = 400_000, 40_000
_SEARCHES, _QUICK_SEARCHES = 2_000, 300
_BUILD_FLOOR_SECONDS, _OPEN_FLOOR_MS, _SEARCH_FLOOR_MS = 10, 100, 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def measure(quick: bool = False) -> list[Figure]:
    """The figures; ``quick`` for a look."""
    lookups = _QUICK_LOOKUPS if quick else _LOOKUPS
    searches = _QUICK_SEARCHES if quick else _SEARCHES
    with tempfile.TemporaryDirectory(prefix="cw-icd-") as folder:
        built = _apart("build", folder)
        opened = min((_apart("open", folder) for _ in range(3)), key=lambda one: one["open"])
        asked = _apart("ask", folder, lookups)
        sought = _apart("search", folder, searches)
        plain = _apart("yardstick", folder, lookups, searches // 20)
    codes = f"{asked['codes']:,.0f} codes"
    return [
        Figure(
            name="make the table, once",
            seen=built["table"],
            unit="s",
            floor=_BUILD_FLOOR_SECONDS,
            at_most=True,
            note=codes,
        ),
        Figure(
            name="make the search, once, when first searched",
            seen=built["search"],
            unit="s",
            floor=_BUILD_FLOOR_SECONDS,
            at_most=True,
        ),
        Figure(
            name="open the book", seen=opened["open"], unit="ms", floor=_OPEN_FLOOR_MS, at_most=True
        ),
        Figure(name="open the search", seen=sought["open"], unit="ms"),
        Figure(name="standings a second, by day", seen=asked["rate"], unit="/s"),
        Figure(name="  yardstick: a dict of one day", seen=plain["rate"], unit="/s"),
        Figure(name="search, median", seen=sought["p50"], unit="ms"),
        Figure(
            name="search, of a hundred all but one",
            seen=sought["p99"],
            unit="ms",
            floor=_SEARCH_FLOOR_MS,
            at_most=True,
            note="codes, words, begun, mistyped",
        ),
        Figure(name="  yardstick: look through all descriptions", seen=plain["p50"], unit="ms"),
        Figure(
            name="found among the first twenty, one letter wrong",
            seen=sought["found"],
            unit="%",
        ),
        Figure(name="resident for the book, after the lookups", seen=asked["resident"], unit="MB"),
        Figure(name="resident for book and search", seen=sought["resident"], unit="MB"),
        Figure(name="  yardstick: the dict", seen=plain["resident"], unit="MB"),
    ]


def _apart(part: str, *given: object) -> dict[str, float]:
    """One part in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--part", part, *map(str, given)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _build(folder: str) -> dict[str, float]:
    from tenants.diagnoses import open_search, shipped_table

    began = time.perf_counter()
    shipped_table(Path(folder))
    between = time.perf_counter()
    open_search(Path(folder))
    return {"table": between - began, "search": time.perf_counter() - between}


def _open(folder: str) -> dict[str, float]:
    from tenants.diagnoses import open_diagnoses

    began = time.perf_counter()
    open_diagnoses(Path(folder)).standing("E119", _DAY)
    return {"open": 1000 * (time.perf_counter() - began)}


def _ask(folder: str, count: str) -> dict[str, float]:
    from tenants.diagnoses import open_diagnoses, shipped_table

    before = _resident_mb()
    book, table = open_diagnoses(Path(folder)), shipped_table(Path(folder))
    # A batch asks for a few thousand codes again and again.
    chance = random.Random(5)
    some = [table.code_at(chance.randrange(len(table))) for _ in range(3_000)]
    asked = [chance.choice(some) for _ in range(int(count))]
    began = time.perf_counter()
    for code in asked:
        book.standing(code, _DAY)
    rate = len(asked) / (time.perf_counter() - began)
    return {"rate": rate, "resident": _resident_mb() - before, "codes": len(table)}


def _texts(folder: str, count: int) -> list[tuple[str, str]]:
    """What people type, with the code they mean where one letter is wrong."""
    from core.codes.diagnoses import with_point
    from tenants.diagnoses import shipped_table

    table, chance = shipped_table(Path(folder)), random.Random(7)
    found = []
    for number in range(count):
        place = chance.randrange(len(table))
        code, words = table.code_at(place), table.words_at(place)
        match number % 4:
            case 0:
                found.append((with_point(code)[: chance.randint(3, 8)], ""))
            case 1:
                typed = words.split()[: chance.randint(1, 4)]
                found.append((" ".join(typed), ""))
            case 2:
                found.append((words[: chance.randint(3, 12)], ""))
            case _:
                at = chance.randrange(len(words))
                wrong = words[:at] + chance.choice(_LETTERS) + words[at + 1 :]
                found.append((wrong, code))
    return found


def _search(folder: str, count: str) -> dict[str, float]:
    from tenants.diagnoses import open_search

    texts, before = _texts(folder, int(count)), _resident_mb()
    began = time.perf_counter()
    search = open_search(Path(folder))
    search.find("asthma", _DAY)
    opened = 1000 * (time.perf_counter() - began)
    took, meant, hit = [], 0, 0
    for text, code in texts:
        began = time.perf_counter()
        found = search.find(text, _DAY)
        took.append(1000 * (time.perf_counter() - began))
        if code:
            meant += 1
            hit += any(one.code == code for one in found)
    took.sort()
    return {
        "open": opened,
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "found": 100 * hit / meant,
        "resident": _resident_mb() - before,
    }


def _yardstick(folder: str, lookups: str, searches: str) -> dict[str, float]:
    from tenants.diagnoses import shipped_table

    table = shipped_table(Path(folder))
    before = _resident_mb()
    held = {
        table.code_at(place): (table.is_billable_at(place), table.words_at(place).lower())
        for place in range(len(table))
    }
    resident = _resident_mb() - before
    chance = random.Random(5)
    some = [table.code_at(chance.randrange(len(table))) for _ in range(3_000)]
    asked = [chance.choice(some) for _ in range(int(lookups))]
    began = time.perf_counter()
    for code in asked:
        held.get(code)
    rate = len(asked) / (time.perf_counter() - began)
    took = []
    for text, _ in _texts(folder, int(searches)):
        words = text.lower().split()
        began = time.perf_counter()
        [code for code, (_, said) in held.items() if all(word in said for word in words)][:20]
        took.append(1000 * (time.perf_counter() - began))
    return {"rate": rate, "p50": sorted(took)[len(took) // 2], "resident": resident}


_PARTS = {
    "build": _build,
    "open": _open,
    "ask": _ask,
    "search": _search,
    "yardstick": _yardstick,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        part, *rest = given.part
        print(json.dumps(_PARTS[part](*rest)))  # type: ignore[operator]
        return
    figures = measure(given.quick)
    for figure in figures:
        print(figure.line())
    if not all(figure.is_reached for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
