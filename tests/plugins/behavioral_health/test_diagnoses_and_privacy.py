"""Diagnoses, how often an evaluation is taken, and what may not leave."""

from __future__ import annotations

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
    OTHER_NPI,
    Trial,
    answer,
    before,
    document,
    held,
    judge,
    line,
)

TPO = {"type": "TPO", "signed": "2026-01-05"}


def part2(consent: object, program: bool = True) -> dict[str, object]:
    given = {"program": program, "consent": consent}
    return document(line("90834", 45), dx=["F11.20"], part2=given)


def attached(content: str, authorization: bool = False) -> dict[str, object]:
    papers = [{"content": content, "authorization": authorization}]
    return document(line("90834", 45), claim={"attachments": papers})


DIAGNOSES = (
    Trial(
        "BH-026",
        document(line("97153", 15), by="RBT", policy={"aba_requires_autism_dx": True}),
        document(
            line("97153", 15), by="RBT", dx=["F84.0"], policy={"aba_requires_autism_dx": True}
        ),
    ),
    Trial(
        "BH-026",
        document(
            line("97155", 15),
            by="BCBA",
            dx=["F90.2", "F84.0"],
            policy={"aba_requires_autism_dx": True},
        ),
        document(
            line("97155", 15, ptr=[1, 2]),
            by="BCBA",
            dx=["F90.2", "F84.0"],
            policy={"aba_requires_autism_dx": True},
        ),
    ),
    Trial(
        "BH-026",
        document(line("0373T", 15), by="BCBA", policy={"aba_requires_autism_dx": True}),
        document(line("97153", 15), by="RBT"),
    ),
    Trial(
        "BH-038",
        document(line("90834", 45), dx=["Z63.0"], policy={"bh_primary_dx": "F"}),
        document(line("90834", 45), dx=["F43.23", "Z63.0"], policy={"bh_primary_dx": "F"}),
    ),
    Trial(
        "BH-038",
        document(line("90791"), dx=["Z71.1", "F41.1"], policy={"bh_primary_dx": "F"}),
        document(line("90791", ptr=[2, 1]), dx=["R45.4", "F41.1"], policy={"bh_primary_dx": "F"}),
    ),
    Trial(
        "BH-038",
        document(line("H0004", 15), dx=["Z56.0"], policy={"bh_primary_dx": "F"}),
        document(line("90834", 45), dx=["Z63.0"]),
    ),
    Trial(
        "BH-038",
        document(line("90837", 60), dx=["R45.851"], policy={"bh_primary_dx": "F"}),
        document(line("99214"), by="MD", dx=["I10"], policy={"bh_primary_dx": "F"}),
    ),
    Trial(
        "BH-039",
        document(line("90834", 45), dx=["F12.20", "F12.90"]),
        document(line("90834", 45), dx=["F12.20", "F10.10"]),
        found="deny claim",
        also=("PS-025 deny claim",),
    ),
    Trial(
        "BH-039",
        document(line("90834", 45), dx=["F10.21", "F10.20"]),
        document(line("90834", 45), dx=["F10.21", "F11.20"]),
        found="deny claim",
    ),
    Trial(
        "BH-039",
        document(line("90834", 45), dx=["F11.11", "F11.10"]),
        document(line("90834", 45), dx=["F11.20", "F11.23"]),
        found="deny claim",
    ),
    Trial(
        "BH-050",
        document(
            line("90791"),
            policy={"diag_eval_interval_days": 180},
            history=[before("90791", "2025-11-14")],
        ),
        document(
            line("90791"),
            policy={"diag_eval_interval_days": 180},
            history=[before("90791", "2025-11-13")],
        ),
    ),
    Trial(
        "BH-050",
        document(
            line("90791"),
            policy={"diag_eval_interval_days": 365},
            history=[before("90791", "2026-03-01", rendering_npi=OTHER_NPI)],
        ),
        document(
            line("90791"),
            policy={"diag_eval_interval_days": 365},
            history=[before("90791", "2026-03-01", rendering_npi=OTHER_NPI, group_id="G9")],
        ),
    ),
    Trial(
        "BH-050",
        document(
            line("90792"),
            by="MD",
            policy={"diag_eval_interval_days": 365},
            history=[before("90791", "2026-03-01")],
        ),
        document(
            line("90791"),
            policy={"diag_eval_interval_days": 365},
            history=[before("90791", "2026-03-01", same_problem=False)],
        ),
    ),
    Trial(
        "BH-050",
        document(
            line("90791"),
            line("90791", dos="2026-06-12"),
            policy={"diag_eval_interval_days": 180},
        ),
        document(line("90791"), history=[before("90791", "2026-05-01")]),
        found="deny 2",
    ),
)

PRIVACY = (
    Trial("BH-040", part2(None), part2(TPO), found="reject claim"),
    Trial(
        "BH-040",
        part2({**TPO, "revoked": "2026-05-21"}),
        part2({**TPO, "revoked": "2026-05-22"}),
        found="reject claim",
    ),
    Trial(
        "BH-040",
        part2({**TPO, "revoked": "2026-03-01"}),
        part2(None, program=False),
        found="reject claim",
    ),
    Trial(
        "BH-040",
        part2({**TPO, "signed": "2026-05-22"}),
        part2({**TPO, "signed": "2026-05-21"}),
        found="reject claim",
    ),
    Trial(
        "BH-040",
        part2({"type": "TPO"}),
        part2({"type": "specific", "signed": "2026-05-01"}),
        found="reject claim",
    ),
    Trial(
        "BH-040",
        part2({"type": "TPO", "signed": "2024-04-15"}),
        part2({"type": "TPO", "signed": "2024-04-16"}),
        found="reject claim",
    ),
    Trial(
        "BH-041",
        attached("psychotherapy_notes"),
        attached("psychotherapy_notes", True),
        found="reject claim",
    ),
    Trial(
        "BH-041", attached("sud_counseling_notes"), attached("progress_note"), found="reject claim"
    ),
    Trial(
        "BH-041",
        attached("sud_counseling_notes"),
        attached("sud_counseling_notes", True),
        found="reject claim",
    ),
)

TRIALS = (*DIAGNOSES, *PRIVACY)


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{t.rule}-{n}" for n, t in enumerate(TRIALS)])
def test_the_rule_is_as_the_sheet_has_it(trial: Trial, icd: IcdBook) -> None:
    assert judge(trial, icd) == []


def test_an_interval_without_a_history_is_no_opinion(icd: IcdBook) -> None:
    given = document(line("90791"), policy={"diag_eval_interval_days": 180})
    del given["context"]["history"]
    assert held(answer(given, icd)) == set()
