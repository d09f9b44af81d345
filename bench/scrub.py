"""The scrub: claims a second with every core rule and the published tables, beside a bare loop.

    python bench/scrub.py [--quick]

NCCI and MUE are those in ``../shared/data/ncci``, ICD-10-CM the one that ships. Time is that of
the processor, the best of several runs: a claim costs what it costs, whoever else is at work.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.collector import set_for_batches
from api.tables.kinds import kind_of
from api.tables.load import load
from api.tables.opened import PublishedTables
from api.tables.store import TableStore
from bench.figures import Figure
from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Subscriber,
)
from core.rules.case import Case
from core.rules.edits import ClaimEdit
from core.rules.facts import ClaimFacts, PriorService, ScrubFacts
from core.rules.rule import ANYTHING, Touches
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.rules.tables import Tables
from core.scrub.engine import scrub
from core.scrub.finding import Flag, Severity
from core.scrub.platform import PLATFORM
from tenants.diagnoses import open_diagnoses

ROOT = Path(__file__).resolve().parent.parent
CLAIMS_FLOOR = 5_000
GROWTH_AT_MOST = 110
FIRST_ANSWER_AT_MOST = 1_000
MEMORY_GROWTH_AT_MOST = 16

_NCCI = ROOT.parent / "shared" / "data" / "ncci"
_FILES = {
    "ncci-ptp-practitioner": "ptp-practitioner-2024q3-active.tsv.gz",
    "mue-practitioner": "mue-practitioner-2024q3.csv",
    "ncci-addon": "aoc-2024q3.csv",
}
_SERVED, _TODAY = date(2024, 8, 14), date(2024, 8, 20)

# What an office bills together: pairs with and without an edit, imaging, therapy, a drug.
_VISITS = (
    ("99213", "93000", "36415"),
    ("99214", "20610", "J3301"),
    ("99213", "85025", "80053"),
    ("97110", "97140", "97530"),
    ("99204", "71046", "94010"),
    ("90837", "96127", "99406"),
    ("99215", "11042", "97597"),
    ("92014", "92083", "92250"),
)
_DIAGNOSES = ("I10", "E119", "M5450", "M1711", "J45909", "F331", "Z79899", "R059")
_MODIFIERS = {
    "97110": ("GP",), "97140": ("GP", "59"), "97530": ("GP", "59"), "20610": ("RT",),
    "99213": ("25",), "99214": ("25",), "99204": ("25",), "99215": ("25",), "99406": ("59",),
}  # fmt: skip


def measure(quick: bool = False) -> list[Figure]:
    """All figures; ``quick`` measures fewer claims."""
    home = Path(tempfile.mkdtemp(prefix="claimwright-bench-"))
    try:
        tables = _tables(home)
        given = invented(500 if quick else 4_000)
        set_for_batches()
        return [
            *_rates(given, tables, rounds=3 if quick else 7),
            *_flatness(given, tables, rounds=3 if quick else 9),
            *_command(home, documents=200 if quick else 5_000),
        ]
    finally:
        shutil.rmtree(home)


def invented(count: int) -> list[Claim]:
    """Claims of three lines, like in kind and never alike."""
    who = Provider(name=Name(last="Sample", first="Robin"), npi="1234567893", credential="MD")
    office = Provider(
        name=Name(last="Clinic"), entity=Entity.ORGANIZATION, npi="1333444556",
        taxonomy="261QM0801X", tax_id="741234567",
        address=Address(line1="1 Main St", city="Austin", state="TX", postal_code="787011234"),
    )  # fmt: skip
    kinds = (PayerKind.MEDICARE, PayerKind.COMMERCIAL, PayerKind.MEDICAID)
    made = []
    for at in range(count):
        person = Person(
            name=Name(last=f"Invented{at}", first="Ines"), birth_date=date(1950 + at % 50, 3, 14)
        )
        kind = kinds[at % len(kinds)]
        lines = tuple(
            ServiceLine(
                line_no=no, code=code, modifiers=_MODIFIERS.get(code, ()), charge_cents=9_000 + at,
                fee_source="captured", service_from=_SERVED, pointers=(no,),
            )
            for no, code in enumerate(_VISITS[at % len(_VISITS)], 1)
        )  # fmt: skip
        made.append(
            Claim(
                claim_number=f"C{at}", form=Form.PROFESSIONAL, place_of_service="11",
                payer=Payer(payer_id=f"P{at % 7}", name="Payer", kind=kind, state="TX"),
                subscriber=Subscriber(person=person, member_id="1EG4TE5MK73"), patient=person,
                billing=office, rendering=who, clia="45D1234567", lines=lines,
                diagnoses=tuple(_DIAGNOSES[(at + step) % len(_DIAGNOSES)] for step in range(4)),
            )
        )  # fmt: skip
    return made


def _tables(home: Path) -> Tables:
    store = TableStore(home)
    for kind, name in _FILES.items():
        if (_NCCI / name).exists():
            load(
                store, kind_of(kind), [_NCCI / name], release="2024Q3", stage=False,
                at=datetime.now(UTC),
            )  # fmt: skip
    found = PublishedTables(home).in_force().tables
    return msgspec.structs.replace(found, diagnoses=open_diagnoses(home))


def _facts(given: Sequence[Claim], tables: Tables) -> ScrubFacts:
    """As the production scrub fills them: a few earlier services, eligibility not asked for."""
    prior = tuple(
        PriorService(service_on=date(2024, month, 3), code="99213", rendering_npi="1234567893")
        for month in (2, 5, 7)
    )
    known = ClaimFacts(history=prior, authorizations=())
    return ScrubFacts(by_claim={one.claim_number: known for one in given}, tables=tables)


def _rates(given: list[Claim], tables: Tables, rounds: int) -> Iterator[Figure]:
    book, facts = compile_rule_book([PLATFORM]), _facts(given, tables)
    bare = _bare(book)
    ours = _best(lambda: scrub(given, book, facts, as_of=_TODAY), rounds)
    floor = _best(lambda: _looped(given, bare), rounds)
    rules = len(book.plan(Form.PROFESSIONAL, PayerKind.MEDICARE, ("99213",)).steps)
    with_tables = ", ".join(
        name for name, one in (("NCCI", tables.ptp_practitioner), ("MUE", tables.mue_practitioner))
        if one is not None
    )  # fmt: skip
    yield Figure(
        name="scrub, three lines, all core rules", seen=len(given) / ours, unit="claims/s a core",
        floor=CLAIMS_FLOOR, note=f"{rules} rules a claim; {with_tables or 'no NCCI, no MUE'}",
    )  # fmt: skip
    yield Figure(
        name="bare loop that asks as many rules that are silent", seen=len(given) / floor,
        unit="claims/s a core", note="yardstick: the least that asking each rule can cost",
    )  # fmt: skip


def _bare(book: RuleBook) -> list[Callable[[Case | None, Sequence[ServiceLine]], Iterator[Flag]]]:
    def silent(case: Case | None, lines: Sequence[ServiceLine]) -> Iterator[Flag]:
        yield from ()

    steps = book.plan(Form.PROFESSIONAL, PayerKind.MEDICARE, _VISITS[0]).steps
    return [silent for _ in steps]


def _looped(
    given: Sequence[Claim],
    checks: Sequence[Callable[[Case | None, Sequence[ServiceLine]], Iterator[Flag]]],
) -> None:
    for claim in given:
        for check in checks:
            tuple(check(None, claim.lines))


def _partner(count: int) -> RuleSet:
    """Rules of a partner for codes, forms and kinds of payer that no claim here has."""

    def check(case: Case, lines: Sequence[ServiceLine]) -> Iterator[Flag]:
        raise AssertionError("a rule was asked that cannot touch the claim")

    touches = (
        lambda at: Touches(codes=(f"X{at:04d}",)),
        lambda at: Touches(prefixes=(f"Y{at:03d}",)),
        lambda _: Touches(forms=(Form.DENTAL,)),
        lambda _: Touches(payer_kinds=(PayerKind.AUTO,)),
    )
    edits = tuple(
        ClaimEdit(
            id=f"PARTNER-{at}", title="Partner's own", source="bench", severity=Severity.WARN,
            check=check, touches=touches[at % len(touches)](at) or ANYTHING,
        )
        for at in range(count)
    )  # fmt: skip
    return RuleSet(name="partner", version="1", claim_edits=edits)


def _flatness(given: list[Claim], tables: Tables, rounds: int) -> Iterator[Figure]:
    facts = _facts(given, tables)
    few, many = (compile_rule_book([PLATFORM, _partner(count)]) for count in (10, 1_000))
    costs: dict[int, list[float]] = {10: [], 1_000: []}
    # In turns, so that a busy machine slows both alike.
    for _ in range(rounds):
        for count, book in ((10, few), (1_000, many)):
            costs[count].append(_once(lambda book=book: scrub(given, book, facts, as_of=_TODAY)))
    share = 100 * min(costs[1_000]) / min(costs[10])
    yield Figure(
        name="cost with 1,000 partner rules that cannot touch", seen=share, unit="% of 10 rules",
        floor=GROWTH_AT_MOST, at_most=True,
    )  # fmt: skip


_DOCUMENT = (
    b'{"id":"d","plugins":[],"payer":{"kind":"commercial"},"claim":{"form":"837P",'
    b'"frequency_code":"1","received_date":"2026-05-21","total_charge":"150.00","pos":"11",'
    b'"dos":"2026-05-12","signature_on_file":true,"accept_assignment":"A","benefits_assigned":"Y",'
    b'"release_of_info":"Y","patient":{"dob":"1985-03-14","sex":"F","state":"TX",'
    b'"member_id":"W123"},"billing":{"npi":"1333444556","entity":"org","tax_id":"741234567",'
    b'"tax_id_type":"EI","taxonomy":"261QM0801X","address":{"line1":"100 Main St","city":"Austin",'
    b'"state":"TX","zip":"787011234"}},"rendering":{"npi":"1234567893","credential":"MD"},'
    b'"dx":["I10"],"lines":[{"no":1,"code":"99213","units":1,"charge":"150.00","ptr":[1]}]}}\n'
)


def _command(home: Path, documents: int) -> Iterator[Figure]:
    first = min(_asked(home, 1)[0] for _ in range(3))
    yield Figure(
        name="first answer of the command", seen=first * 1_000, unit="ms",
        floor=FIRST_ANSWER_AT_MOST, at_most=True, note="start of the process included",
    )  # fmt: skip
    seconds, memory = _asked(home, documents)
    yield Figure(
        name="documents through the command", seen=documents / seconds, unit="documents/s",
        note="JSON read and written, one line each",
    )  # fmt: skip
    _, little = _asked(home, documents // 10)
    yield Figure(
        name="memory of ten times the documents", seen=max(0.0, memory - little), unit="MB more",
        floor=MEMORY_GROWTH_AT_MOST, at_most=True, note=f"peak {memory:.0f} MB",
    )  # fmt: skip


def _asked(home: Path, documents: int) -> tuple[float, float]:
    """Seconds and peak megabytes of one command."""
    source = home / "documents.jsonl"
    source.write_bytes(_DOCUMENT * documents)
    begun = time.perf_counter()
    with source.open("rb") as given:
        done = subprocess.run(
            [sys.executable, "-c", _TELLING_ITS_MEMORY], stdin=given, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=True,
            cwd=ROOT, env={**os.environ, "CLAIMWRIGHT_HOME": str(home)},
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    found = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert found, "the kernel does not say how much memory was used"
    return seconds, int(found[1]) / 1024


# The command as it is; what the kernel tells of a child would be as much of its parent.
_TELLING_ITS_MEMORY = """
import sys
from api.cli import main
try:
    main(["scrub"])
finally:
    sys.stderr.write(open("/proc/self/status").read())
"""


def _best(work: Callable[[], object], rounds: int) -> float:
    work()
    return min(_once(work) for _ in range(rounds))


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Measure and print; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    figures = measure(parser.parse_args().quick)
    for figure in figures:
        print(figure.line())
    sys.exit(0 if all(figure.is_reached for figure in figures) else 1)


if __name__ == "__main__":
    main()
