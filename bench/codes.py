"""What published tables cost: loading them, holding them, asking them; beside a plain dict.

    python bench/codes.py [--quick]

The pairs are those of the quarter beside the checkout, written in the published form with days
made up by a fixed rule (some ended, some that never held); without it, pairs made up whole. Loading
and asking are real commands in processes of their own.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

from bench.figures import Figure  # noqa: E402

_CUT = _ROOT.parent / "shared" / "data" / "ncci" / "ptp-practitioner-2024q3-active.tsv.gz"
_KIND = "ncci-ptp-practitioner"
_DAY = date(2024, 8, 1)
_PAIRS, _QUICK_PAIRS = 1_669_820, 100_000
_QUESTIONS = 10_000
_LOAD_FLOOR_SECONDS, _RESIDENT_FLOOR_MB, _RATE_FLOOR = 30, 150, 1_000_000
_HEADING = (
    "Invented days; no text of a licensed code set.\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t* = in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate *=no data\t0, 1, 9\t\n"
)
Row = tuple[str, str, str, str, str]


def measure(quick: bool = False) -> list[Figure]:
    """The figures; ``quick`` for a look, with a part of the pairs."""
    count = _QUICK_PAIRS if quick else _PAIRS
    with tempfile.TemporaryDirectory(prefix="cw-codes-") as folder:
        file = Path(folder) / "ccipra-v302r0.txt.gz"
        with gzip.open(file, "wt", compresslevel=1, encoding="utf-8") as out:
            out.write(_HEADING)
            out.writelines(
                "\t".join((a, b, "", *rest, "Made up")) + "\n" for a, b, *rest in rows(count)
            )
        home = Path(folder) / "home"
        found = [_load(home, file, f"load the published form, {count:,} pairs")]
        if _CUT.exists() and not quick:
            found.append(_load(Path(folder) / "cut", _CUT, "load the cut of the quarter"))
        found += _right(home, count)
        found += _asked(home, count)
    return found


def rows(count: int) -> Iterator[Row]:
    """Pairs with days: column 1, column 2, effective, deletion, indicator; always the same."""
    for place, (one, two, indicator) in enumerate(_pairs(count)):
        drawn = hashlib.blake2b(f"{one}{two}".encode(), digest_size=4).digest()
        effective = f"{1996 + drawn[0] % 28}{('0101', '0401', '0701', '1001')[drawn[1] % 4]}"
        if drawn[2] < 3:
            yield one, two, effective, effective, "9"
        elif drawn[2] < 35:
            yield one, two, effective, f"{2024 + place % 2}0630", indicator
        else:
            yield one, two, effective, "*", indicator


def _pairs(count: int) -> Iterator[tuple[str, str, str]]:
    if _CUT.exists():
        with gzip.open(_CUT, "rt", encoding="utf-8") as file:
            next(file)
            for _, line in zip(range(count), file, strict=False):
                one, two, indicator = line.split()
                yield one, two, indicator
        return
    for place in range(count):
        one = place // 130
        yield f"{10_000 + one}", f"{30_000 + (one * 7 + place % 130 * 13) % 60_000}", str(place % 2)


def _command(home: Path, *arguments: str | Path, given: bytes = b"") -> tuple[bytes, float]:
    environment = {**os.environ, "CLAIMWRIGHT_HOME": str(home)}
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "codes", *map(str, arguments)],
        input=given, cwd=_ROOT, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    return ran.stdout, time.perf_counter() - began


def _load(home: Path, file: Path, name: str) -> Figure:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, seconds = _command(home, "load", _KIND, file)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    note = f"{used.ru_utime - before.ru_utime:.1f} s of processor"
    return Figure(
        name=name, seen=seconds, unit="s", floor=_LOAD_FLOOR_SECONDS, at_most=True, note=note
    )


def _right(home: Path, count: int) -> list[Figure]:
    """Questions of four sorts through the command, judged by a naive reading of the rows."""
    drawn = random.Random(5)
    chosen = {"edit": 0, "deleted": 0}
    questions: list[tuple[str, str]] = []
    share = _QUESTIONS // 4
    codes: set[str] = set()
    step = max(1, count // (20 * share))
    for place, (one, two, _, deletion, indicator) in enumerate(rows(count)):
        codes.add(one)
        if place % step:
            continue
        ends = indicator == "9" or deletion == "20240630"
        sort, wanted = ("deleted", share) if ends else ("edit", 2 * share)
        if chosen[sort] < wanted:
            chosen[sort] += 1
            # Each second of those that hold is asked in the reverse order.
            is_turned = sort == "edit" and chosen[sort] % 2
            questions.append((two, one) if is_turned else (one, two))
    known = sorted(codes)
    while len(questions) < _QUESTIONS:
        questions.append((drawn.choice(known), drawn.choice(known)))
    judged = _naive(questions, count)
    lines = "".join(
        json.dumps({"id": place, "table": "ncci_ptp", "a": a, "b": b, "on": str(_DAY)}) + "\n"
        for place, (a, b) in enumerate(questions)
    )
    said, seconds = _command(home, "ask", given=lines.encode())
    answers = [json.loads(line) for line in said.splitlines()]
    wrong = sum(
        (one["edit"], one["column1"], one["column2"], one["modifier_indicator"]) != right
        or (one["id"], one["release"]) != (place, "2024Q3")
        for place, (one, right) in enumerate(zip(answers, judged, strict=True))
    )
    held = sum(right[0] for right in judged)
    note = f"{held:,} hold, {len(judged) - held:,} do not"
    return [
        Figure(
            name="wrong of 10,000 questions", seen=wrong, unit="", floor=0, at_most=True, note=note
        ),
        Figure(
            name="questions as JSON lines, start included", seen=len(questions) / seconds, unit="/s"
        ),
    ]


Judged = tuple[bool, str | None, str | None, str | None]


def _naive(questions: Sequence[tuple[str, str]], count: int) -> list[Judged]:
    """Each row that is about a question, looked at as a reader of the file would."""
    asked: dict[frozenset[str], Judged] = {
        frozenset(pair): (False, None, None, None) for pair in questions
    }
    day = f"{_DAY:%Y%m%d}"
    for one, two, effective, deletion, indicator in rows(count):
        pair = frozenset((one, two))
        if pair in asked and indicator != "9" and effective <= day <= deletion.replace("*", "9"):
            asked[pair] = (True, one, two, indicator)
    return [asked[frozenset(pair)] for pair in questions]


def _asked(home: Path, count: int) -> list[Figure]:
    """The rates and the memory of a batch process, ours and that of a dict, each in its own."""
    ours, theirs = (_child(home, what, count) for what in ("ours", "dict"))
    return [
        Figure(
            name="pairs asked in one call", seen=ours["batch"], unit="/s", floor=_RATE_FLOOR,
            note="10,000 questions again and again, as visits do",
        ),
        Figure(name="any pairs at random, none twice", seen=ours["random"], unit="/s"),
        Figure(name="pairs asked one by one, with their row", seen=ours["single"], unit="/s"),
        Figure(
            name="resident cost of one setting, every code asked", seen=ours["resident"],
            unit="MB", floor=_RESIDENT_FLOOR_MB, at_most=True,
        ),
        Figure(name="opening it", seen=ours["opening"], unit="ms"),
        Figure(name="yardstick: a dict of tuples, same questions", seen=theirs["batch"], unit="/s"),
        Figure(name="yardstick: at random, none twice", seen=theirs["random"], unit="/s"),
        Figure(name="yardstick: its resident cost", seen=theirs["resident"], unit="MB"),
    ]  # fmt: skip


def _child(home: Path, what: str, count: int) -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, __file__, "--child", what, str(home), str(count)],
        cwd=_ROOT, check=True, capture_output=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(ran.stdout)
    return told


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _questions(count: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """10,000 pairs to ask again and again, half of them edits; and 500,000 different ones."""
    kept = [(one, two) for place, (one, two, *_) in enumerate(rows(count)) if not place % 3]
    drawn = random.Random(7)
    drawn.shuffle(kept)
    some = kept[:5_000]
    some += [
        (one, two) for (one, _), (_, two) in zip(kept[:5_000], kept[5_000:10_000], strict=True)
    ]
    turned = [pair if place % 2 else pair[::-1] for place, pair in enumerate(some)]
    return turned, kept[:500_000]


def _rate(act: object, pairs: Iterable[object], count: int) -> float:
    assert callable(act)
    began = time.perf_counter()
    act(pairs)
    return count / (time.perf_counter() - began)


def _measure_ours(home: Path, count: int) -> dict[str, float]:
    from api.tables.opened import PublishedTables

    before = _resident_mb()
    began = time.perf_counter()
    table = PublishedTables(home).table(_KIND)
    opening = 1_000 * (time.perf_counter() - began)
    # Every code is asked for, and as many pairs are remembered as may be.
    for one, two, *_ in rows(count):
        table.indicators([(one, two)], _DAY)
    resident = _resident_mb() - before
    again, different = _questions(count)
    many = again * 10

    def asked(pairs: list[tuple[str, str]]) -> None:
        table.indicators(pairs, _DAY)

    def one_by_one(pairs: list[tuple[str, str]]) -> None:
        for one, other in pairs:
            table.pair(one, other, _DAY)

    asked(again)
    batch = max(_rate(asked, many, len(many)) for _ in range(20))
    single = max(_rate(one_by_one, again, len(again)) for _ in range(20))
    random_rate = _rate(asked, different, len(different))
    return {
        "batch": batch,
        "single": single,
        "random": random_rate,
        "opening": opening,
        "resident": resident,
    }


def _measure_dict(count: int) -> dict[str, float]:
    again, different = _questions(count)
    many = again * 10
    before = _resident_mb()
    table = {
        (one, two): (effective, deletion, indicator)
        for one, two, effective, deletion, indicator in rows(count)
    }
    resident = _resident_mb() - before

    def asked(pairs: list[tuple[str, str]]) -> None:
        day, found = "20240801", []
        for one, two in pairs:
            held = table.get((one, two)) or table.get((two, one))
            is_held = held and held[0] <= day and (held[1] == "*" or day <= held[1])
            found.append(held[2] if held and is_held else None)

    batch = max(_rate(asked, many, len(many)) for _ in range(20))
    return {
        "batch": batch,
        "random": _rate(asked, different, len(different)),
        "resident": resident,
    }


def main() -> None:
    """Print the figures; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a part of the pairs")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        what, home, count = given.child
        told = (
            _measure_ours(Path(home), int(count)) if what == "ours" else _measure_dict(int(count))
        )
        print(json.dumps(told))
        return
    figures = measure(given.quick)
    for figure in figures:
        print(figure.line())
    sys.exit(0 if all(figure.is_reached for figure in figures) else 1)


if __name__ == "__main__":
    main()
