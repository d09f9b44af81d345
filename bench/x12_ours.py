"""What we measure of our own engine, and bare Python: each a function that says what it counted."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from api.x12_options import x12_options
from bench.x12_input import ENVELOPE, FORMS, RECEIVER, SUBMITTER, repeated
from core.claims.claim import Claim
from core.remittance.balance import BalanceProof
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader
from core.x12.acknowledgements import write_999
from core.x12.check import CheckOptions, check
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import write_claims
from core.x12.loops import LoopStream, Wanted, read_transactions
from core.x12.remittance_reader import RemittanceEnd, stream_remittance
from core.x12.report import Status
from core.x12.syntax import SegmentStream, render
from core.x12.unit_sums import claim_difference_cents, payment_difference_cents

YARDSTICK = "bare split, lists kept"
UNCOLLECTED = "bare split, lists kept, no collector"
BLOCKS = "bare split, 64 KiB blocks, dropped"
SEGMENTS = "segments"
LOOPS = "loops"
TYPED = {"835": "typed payments in loops, balanced"}
TYPED_CLAIMS = "typed claims in loops, balanced"
VALUES = {"835": "payment values, balanced"}
CLAIM_VALUES = "claim values"
CHECKED = "check SNIP 1-5 and 999"
WRITTEN = "write claims"
AGAIN = "read and write, byte for byte"

_BLOCK_CHARACTERS = 1 << 16

Measure = Callable[[], int]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: segments a second, claims a second, and times the yardstick of the same run."""

    kind: str
    what: str
    segments_per_s: float
    claims_per_s: float
    ratio: float


def typed(kind: str) -> str:
    """What the typed reader of a kind is called in the table."""
    return TYPED.get(kind, TYPED_CLAIMS)


def values_of(kind: str) -> str:
    """What the reader of a kind's values, ready to file or to post, is called in the table."""
    return VALUES.get(kind, CLAIM_VALUES)


def check_options() -> CheckOptions:
    """The check with every table that the installation brings, as the command has it."""
    return x12_options()


def measures(kind: str, data: bytes, claims: int) -> dict[str, Measure]:
    """What is measured of a file of ``claims`` clean claims, by its name in the table.

    Every measure proves that it did its work: it fails where it saw fewer claims or segments.
    """
    text = data.decode()
    segments = text.count("~")
    options = check_options()

    def proved(seen: int, expected: int) -> int:
        assert seen == expected, f"{kind}: {seen} seen, {expected} expected"
        return seen

    found = {
        YARDSTICK: lambda: proved(_split_kept(text) - 1, segments),
        UNCOLLECTED: lambda: proved(_split_kept(text) - 1, segments),
        BLOCKS: lambda: proved(_split_dropped(text), segments),
        SEGMENTS: lambda: proved(sum(1 for _ in SegmentStream(data)), segments),
        LOOPS: lambda: proved(sum(1 for _ in read_transactions(data, (kind,))), 1),
        CHECKED: lambda: proved(_checked(data, options), claims),
    }
    found[typed(kind)] = lambda: proved(_typed(kind, data), claims)
    if kind == "835":
        found[values_of(kind)] = lambda: proved(_balanced(data), claims)
    else:
        found[values_of(kind)] = lambda: proved(_read(data), claims)
    found[AGAIN] = lambda: proved(_again(data), segments)
    return found


def write_measure(kind: str, data: bytes, claims: int) -> tuple[Measure, int]:
    """Writing the claims of ``data`` anew: the measure, and the segments that it writes."""
    values = [one.claim for one in read_claims(data) if isinstance(one, ReadClaim)]
    assert len(values) == claims
    first = _written(kind, values)
    repeat = [one.claim for one in read_claims(first) if isinstance(one, ReadClaim)]
    assert _written(kind, repeat) == first, "what is written, read and written again is the same"
    return lambda: len(_written(kind, values)), first.count(b"~")


def _written(kind: str, values: list[Claim]) -> bytes:
    return write_claims(
        values,
        form=FORMS[kind],
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=ENVELOPE,
        reference="BENCH",
        claims_per_transaction=len(values),
    ).data


def _split_kept(text: str) -> int:
    return len([segment.split("*") for segment in text.split("~")])


def _split_dropped(text: str) -> int:
    count, rest = 0, ""
    for start in range(0, len(text), _BLOCK_CHARACTERS):
        *whole, rest = (rest + text[start : start + _BLOCK_CHARACTERS]).split("~")
        for segment in whole:
            segment.split("*")
        count += len(whole)
    return count


def _typed(kind: str, data: bytes) -> int:
    """Claims or payments as loops, every element of its type, each proved to add up."""
    unit, difference = (
        ("2100", payment_difference_cents) if kind == "835" else ("2300", claim_difference_cents)
    )
    count = total_cents = 0
    for part in LoopStream(data, Wanted(frozenset((kind,)), unit, typed=True)):
        if part.unit is None:
            body = part.transaction.body
            assert not part.transaction.untyped, "a clean file is of its types"
            if kind == "835":
                held = sum(sum(amounts[4::2]) for amounts in body.all("PLB"))
                assert body.first("BPR")[2] == total_cents - held, "the payment balances"  # type: ignore[index]
            continue
        assert difference(part.unit) == 0, "a clean file balances"
        if kind == "835":
            total_cents += part.unit.segments[0][4]
        count += 1
    return count


def _read(data: bytes) -> int:
    return sum(isinstance(one, ReadClaim) for one in read_claims(data))


def _balanced(data: bytes) -> int:
    count = 0
    proof: BalanceProof | None = None
    for part in stream_remittance(data):
        if isinstance(part, RemittanceHeader):
            proof = BalanceProof(part)
            continue
        assert proof is not None, "the header comes first"
        if isinstance(part, ClaimPayment):
            proof.claim(part)
            count += 1
        elif isinstance(part, ProviderAdjustment):
            proof.provider_adjustment(part)
        elif isinstance(part, RemittanceEnd):
            assert not proof.finish(), "a clean file balances"
    return count


def _checked(data: bytes, options: CheckOptions) -> int:
    report = check(data, options)
    assert write_999(report, ENVELOPE).count(b"~IK5*A~") == len(report.transactions)
    assert all(one.status is Status.ACCEPTED for one in report.transactions), "the file is clean"
    return sum(one.claims for one in report.transactions)


def _again(data: bytes) -> int:
    stream = SegmentStream(data)
    segments = list(stream)
    assert render(segments, stream.delimiters) == data
    return len(segments)


def _seconds(measure: Measure, *, collector: bool) -> float:
    """Processor seconds of one run, with the collector as Python starts with it (or none).

    What we hold ourselves is put out of its sight first: else it would slow whoever keeps objects,
    which of all rows is the yardstick.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    if not collector:
        gc.disable()
    try:
        began = time.process_time()
        measure()
        return time.process_time() - began
    finally:
        gc.enable()
        gc.unfreeze()


def rates(kind: str, data: bytes, claims: int, rounds: int) -> list[Rate]:
    """All figures of a kind, the best of ``rounds``: every round runs each measure once."""
    todo = measures(kind, data, claims)
    counts = dict.fromkeys(todo, data.count(b"~"))
    if kind != "835":
        todo[WRITTEN], counts[WRITTEN] = write_measure(kind, data, claims)
    best = dict.fromkeys(todo, float("inf"))
    for _ in range(rounds):
        for name, measure in todo.items():
            best[name] = min(best[name], _seconds(measure, collector=name != UNCOLLECTED))
    yardstick = counts[YARDSTICK] / best[YARDSTICK]
    return [
        Rate(
            kind=kind,
            what=name,
            segments_per_s=counts[name] / seconds,
            claims_per_s=claims / seconds,
            ratio=counts[name] / seconds / yardstick,
        )
        for name, seconds in best.items()
    ]


# Memory: one child process a figure, so that nothing else is counted.


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Peak resident memory of a process that streamed ``claims`` claims."""

    what: str
    claims: int
    peak_mb: float
    seconds: float


MEMORY_TASKS = ("check", "typed", "command")
_TASK_WORDS = {
    "check": "check SNIP 1-5, in blocks",
    "typed": "837P to typed claims, in blocks",
    "command": "`claimwright x12 check` of a file",
}
_CLAIMS_PER_TRANSACTION = 5000


def memory(task: str, claims: int, base: Path, folder: Path) -> Memory:
    """Run ``task`` over ``claims`` claims in a process of its own; ``base`` is one transaction."""
    script = Path(__file__).with_name("x12_child.py")
    times = max(1, claims // _CLAIMS_PER_TRANSACTION)
    source = base
    if task == "command":
        source = folder / "whole.x12"
        with source.open("wb") as out:
            out.writelines(repeated(base.read_bytes(), times))
    command = [sys.executable, str(script), task, str(source), str(times)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak_mb, seconds, seen = done.stdout.splitlines()[-1].split()
    counted = base.read_bytes().count(b"~CLM*") * times
    assert int(seen) == counted, f"{task}: {seen} claims seen, {counted} expected"
    if source is not base:
        source.unlink()
    return Memory(
        what=_TASK_WORDS[task], claims=counted, peak_mb=float(peak_mb), seconds=float(seconds)
    )
