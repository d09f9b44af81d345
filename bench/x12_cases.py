"""How right the check is: files with one defect each, and files from the field."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from bench.x12_input import SHARED
from core.errors import ClaimwrightError
from core.x12.check import CheckOptions, FileReport, Status, X12Error, check
from core.x12.claims_reader import read_claims
from core.x12.kinds import kinds
from core.x12.remittance_reader import stream_remittance

MUTANTS = SHARED / "data" / "x12-mutants"
FIELD = SHARED / "data" / "x12"


class Defects(msgspec.Struct, frozen=True, kw_only=True):
    """Single-defect files: how many, how many named (at the segment that was changed), alarms.

    ``missed`` and ``elsewhere`` list files; ``alarms`` are good files with an error.
    """

    files: int
    named: int
    at_segment: int
    good: int
    missed: tuple[str, ...]
    elsewhere: tuple[str, ...]
    alarms: tuple[str, ...]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """Files from the field. ``refused`` lists what pyx12 takes and we do not, with our reasons.

    ``unplaced`` counts errors without a segment in files that are X12.
    """

    files: int
    crashes: tuple[str, ...]
    unplaced: int
    judged: int | None = None
    taken_by_judge: int = 0
    refused: tuple[str, ...] = ()


def errors(report: FileReport) -> list[X12Error]:
    """All errors of a report, warnings left out."""
    every = [*report.errors, *(one for each in report.transactions for one in each.errors)]
    return [one for one in every if one.severity == "error"]


# Good files that were changed, but not into something wrong.
_STILL_GOOD = frozenset(("carc-new",))


def defects(options: CheckOptions) -> Defects | None:
    """Check the single-defect files; None where there are none beside us."""
    listed = MUTANTS / "MUTANTS.tsv"
    if not listed.exists():
        return None
    named, at_segment, good, files = 0, 0, 0, 0
    missed: list[str] = []
    elsewhere: list[str] = []
    alarms: list[str] = []
    with listed.open(newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            path = MUTANTS / row["file"]
            found = errors(check(path.read_bytes(), options))
            if row["defect"] in (*_STILL_GOOD, "none"):
                good += 1
                if found:
                    alarms.append(path.stem)
                continue
            files += 1
            if not found:
                missed.append(path.stem)
                continue
            named += 1
            if any(one.segment in _changed(path) for one in found):
                at_segment += 1
            else:
                elsewhere.append(path.stem)
    return Defects(
        files=files,
        named=named,
        at_segment=at_segment,
        good=good,
        missed=tuple(missed),
        elsewhere=tuple(elsewhere),
        alarms=tuple(alarms),
    )


def _changed(path: Path) -> range:
    """Where the file differs from its base: the segments changed, or around what was left out."""
    base = path.with_name(path.name.partition("__")[0] + "__00-base.x12")
    ours, theirs = (one.read_text().split("~") for one in (path, base))
    first = next(n for n, (a, b) in enumerate(zip(ours, theirs, strict=False), 1) if a != b)
    if len(ours) == len(theirs):
        return range(first, first + 1)
    # Something was left out: the gap is seen at what follows, or at what it belongs to.
    return range(first - 1, first + 2)


def field(options: CheckOptions, judged: dict[str, bool] | None) -> Field | None:
    """Check and read every file from the field; ``judged`` says by path what pyx12 takes."""
    paths = sorted(one for one in FIELD.rglob("*") if one.is_file())
    if not paths:
        return None
    crashes: list[str] = []
    refused: list[str] = []
    unplaced = taken = 0
    for path in paths:
        data = path.read_bytes()
        name = path.relative_to(FIELD).as_posix()
        try:
            report = check(data, options)
            _read(data)
        except Exception as fault:  # whatever it is, it is what we count
            crashes.append(f"{name}: {type(fault).__name__}")
            continue
        if report.interchanges:
            unplaced += sum(not one.segment for one in errors(report))
        if judged and judged.get(str(path)):
            taken += 1
            if not _accepted(report):
                codes = sorted({f"{one.segment_id} {one.code}" for one in errors(report)})
                refused.append(f"{name}: {', '.join(codes)}")
    return Field(
        files=len(paths),
        crashes=tuple(crashes),
        unplaced=unplaced,
        judged=None if judged is None else len(judged),
        taken_by_judge=taken,
        refused=tuple(refused),
    )


def field_paths() -> list[Path]:
    """The files from the field, for the judge."""
    return sorted(one for one in FIELD.rglob("*") if one.is_file())


def _accepted(report: FileReport) -> bool:
    """Whether a 999 would take the file: SNIP 1 and 2, as far as pyx12 looks."""
    whole = not any(one.severity == "error" for one in report.errors)
    return whole and all(one.status is not Status.REJECTED for one in report.transactions)


def _read(data: bytes) -> None:
    """The typed readers over the file; a refusal in our own words is no crash."""
    try:
        found = set(kinds(data))
        if found & {"837P", "837I", "837D"}:
            for _ in read_claims(data):
                pass
        if "835" in found:
            for _ in stream_remittance(data):
                pass
    except ClaimwrightError:
        pass
