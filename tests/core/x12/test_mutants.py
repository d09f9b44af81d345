"""Published files with one defect each: named once, at its segment, at the level its list says."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from api.x12_options import x12_options
from core.x12.check import Status, check
from tests.core.x12.x12_samples import MUTANTS, needs_shared

ALL = x12_options()


class Place(NamedTuple):
    """Where a defect must be named, and our code for it."""

    segment: int
    segment_id: str
    element: int
    code: str


PLACES = {
    "835__04-missing-payee": Place(13, "N1", 0, "loop-missing"),
    "835__05-missing-qc": Place(18, "NM1", 0, "segment-missing"),
    "835__08-bpr-total": Place(4, "BPR", 2, "payment-total"),
    "835__18-group": Place(43, "CAS", 1, "code-value"),
    "835__19-rarc": Place(47, "LQ", 2, "code-unknown"),
    "837I__03-clm-total": Place(23, "CLM", 2, "claim-total"),
    "837P-cob__02-cob-paid": Place(92, "AMT", 2, "payer-paid-total"),
    "837P__03-ge-count": Place(193, "GE", 1, "transaction-count"),
    "837P__05-se-count": Place(192, "SE", 1, "segment-count"),
    "837P__17-missing-payer": Place(21, "NM1", 0, "loop-missing"),
    "837P__19-missing-sv1": Place(34, "SV1", 0, "segment-missing"),
    "837P__22-bad-qualifier": Place(10, "NM1", 8, "code-value"),
    "837P__25-too-many-hi": Place(26, "HI", 13, "too-many-elements"),
    "837P__32-replacement-no-f8": Place(24, "CLM", 5, "claim-number-missing"),
    "837P__33-birth-after-service": Place(20, "DMG", 2, "birth-future"),
    "837P__37-icd-dot": Place(26, "HI", 1, "code-shape"),
    "837P__38-cpt": Place(34, "SV1", 1, "code-shape"),
    "837P__39-modifier": Place(34, "SV1", 1, "code-unknown"),
}
# In the list with a level, and said there to be valid.
VALID = ("835__17-carc-new",)


def mutants() -> list[tuple[str, int]]:
    """Name and SNIP level of each file of the list; 0 is a good one."""
    path = MUTANTS / "MUTANTS.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [(Path(row["file"]).stem, int(row["snip"])) for row in rows]


@needs_shared
def test_every_file_of_the_list_has_its_place_here() -> None:
    defects = {name for name, snip in mutants() if snip}
    assert defects == {*PLACES, *VALID}


@needs_shared
@pytest.mark.parametrize(("name", "snip"), mutants())
def test_a_single_defect_is_the_only_error_and_has_the_level_of_the_list(
    name: str, snip: int
) -> None:
    report = check((MUTANTS / f"{name}.x12").read_bytes(), ALL)
    every = [*report.errors, *(e for t in report.transactions for e in t.errors)]
    (status,) = (transaction.status for transaction in report.transactions)
    if snip == 0 or name in VALID:
        # Of what is newer than our lists a warning may be given.
        assert {(error.snip, error.severity) for error in every} <= {(snip, "warning")}
        assert status is Status.ACCEPTED
        return
    serious = [error for error in every if error.severity == "error"]
    assert [(e.snip, Place(e.segment, e.segment_id, e.element, e.code)) for e in serious] == [
        (snip, PLACES[name])
    ]
    if serious[0].segment_id == "GE":  # told of the group, not of its transaction
        assert status is Status.ACCEPTED
    else:
        assert status is (Status.REJECTED if snip <= 2 else Status.ACCEPTED_WITH_ERRORS)
