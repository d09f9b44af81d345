"""Specialty records entered, corrected and taken off a claim; whatever one said stays (K8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from api.lifecycle.export import export_practice
from api.practices import COMMAND
from core.claims.claim import SpecialtyRecord
from core.confidentiality import Sensitivity
from core.errors import ConflictError, DestroyedError, InputError, NotFoundError, StateError
from core.ports import ClaimRecord
from core.rules.records import RecordType
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.usecases.keep_records import (
    At,
    correct_record,
    enter_record,
    records_of,
    remove_record,
)
from plugins.behavioral_health.records import PART_TWO, PartTwo
from plugins.host import platform_rules
from tenants.shred import shred
from tests.core.usecases.office import Office, made

WHY = "the chart says otherwise"
FIRST = At(line_no=None, place=1)


class Refraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    axis: int


LENS = RecordType(
    id="lens.refraction",
    title="Refraction",
    source="chart",
    type=Refraction,
    schema_version=2,
    upgrade=lambda version, body: {"axis": body["angle"]},
)
CAPTURED = SpecialtyRecord(kind="lens.refraction", version=1, body=b'{"angle": 10}')
FOREIGN = SpecialtyRecord(kind="other.chart", body=b"{}")
BOOK: RuleBook = compile_rule_book(
    [platform_rules(), RuleSet(name="lens", version="1", records=(LENS, PART_TWO))]
)


def prepared(office: Office, *records: SpecialtyRecord) -> ClaimRecord:
    office.take(made(1, records=records))
    office.cycle.prepare()
    [record] = office.records()
    return record


def correct(office: Office, record: ClaimRecord, at: At = FIRST, **given: Any) -> ClaimRecord:
    asked = {"value": Refraction(20), "expected_version": record.version, "why": WHY} | given
    with office.work() as uow:
        return correct_record(uow, record.id, at, rule_book=BOOK, **asked)


def versions(office: Office, claim_id: UUID) -> list[tuple[int, str, int, bytes]]:
    with office.work() as uow:
        return [
            (one.version, one.event.value, one.record.version, one.record.body)
            for one in uow.record_versions.of_claim(claim_id)
        ]


def test_every_version_of_a_record_stays_and_the_newest_stands_on_the_claim(
    office: Office,
) -> None:
    record = prepared(office, FOREIGN, CAPTURED)
    second = At(line_no=None, place=2)
    first = correct(office, record, second)
    after = correct(office, first, second, value=Refraction(30))
    assert after.version == record.version + 2
    assert after.claim.records[0] == FOREIGN
    [_, (_, stands)] = records_of(after.claim)
    assert (stands.kind, stands.version, stands.body) == ("lens.refraction", 2, b'{"axis":30}')
    assert versions(office, record.id) == [
        (3, "corrected", 2, b'{"axis":30}'),
        (2, "corrected", 2, b'{"axis":20}'),
        (1, "captured", 1, b'{"angle": 10}'),
    ]
    with office.work() as uow:
        entered = enter_record(
            uow,
            record.id,
            line_no=1,
            kind="lens.refraction",
            value=Refraction(5),
            expected_version=after.version,
            rule_book=BOOK,
        )
        gone = remove_record(
            uow,
            record.id,
            second,
            expected_version=entered.version,
            rule_book=BOOK,
            why=WHY,
        )
    assert [(at.line_no, one.kind) for at, one in records_of(gone.claim)] == [
        (None, "other.chart"),
        (1, "lens.refraction"),
    ]
    kept = versions(office, record.id)
    assert [one[:2] for one in kept[:4]] == [
        (4, "removed"),
        (3, "corrected"),
        (2, "corrected"),
        (1, "captured"),
    ]
    assert kept[4] == (1, "entered", 2, b'{"axis":5}')
    with office.work() as uow:
        by = {one.made_by for one in uow.record_versions.of_claim(record.id)}
        [last, *_] = uow.record_versions.of_claim(record.id)
        assert by == {None, uow.actor_id}
    assert (last.why, last.line_no) == (WHY, None)
    events = office.rows(
        "SELECT kind, count(*) AS times FROM audit_event WHERE kind ^@ 'record.'"
        " OR kind = 'claim.edited' GROUP BY kind ORDER BY kind"
    )
    assert [tuple(row) for row in events] == [
        ("claim.edited", 4),
        ("record.corrected", 2),
        ("record.entered", 1),
        ("record.removed", 1),
    ]
    stored = office.rows("SELECT clinical, substance_use FROM record_version")
    assert all(row.substance_use is None and b"axis" not in bytes(row.clinical) for row in stored)


def test_what_cannot_be_done_to_a_record_is_refused_and_changes_nothing(office: Office) -> None:
    newer = replace(CAPTURED, version=3)
    record = prepared(office, CAPTURED, newer, FOREIGN)
    refused: list[tuple[type[Exception], At, dict[str, Any]]] = [
        (InputError, FIRST, {"why": "short"}),
        (ConflictError, FIRST, {"expected_version": record.version + 1}),
        (NotFoundError, At(line_no=None, place=9), {}),
        (NotFoundError, At(line_no=99, place=1), {}),
        (StateError, At(line_no=None, place=2), {}),
        (StateError, At(line_no=None, place=3), {}),
    ]
    for error, at, given in refused:
        with pytest.raises(error):
            correct(office, record, at, **given)
    with office.work() as uow, pytest.raises(StateError, match="not enabled"):
        remove_record(
            uow,
            record.id,
            At(line_no=None, place=3),
            expected_version=record.version,
            rule_book=BOOK,
            why=WHY,
        )
    for kind, line_no, error in (
        ("other.chart", None, StateError),
        ("lens.refraction", 99, NotFoundError),
    ):
        with office.work() as uow, pytest.raises(error):
            enter_record(
                uow,
                record.id,
                line_no=line_no,
                kind=kind,
                value=Refraction(1),
                expected_version=record.version,
                rule_book=BOOK,
            )
    assert versions(office, record.id) == []
    assert office.record(record.id).version == record.version
    done = correct(office, record)
    with pytest.raises(InputError, match="nothing was changed"):
        correct(office, done)
    assert office.record(record.id).version == record.version + 1


def test_a_record_of_a_program_is_sealed_as_one_and_no_correction_takes_that_away(
    office: Office,
) -> None:
    record = prepared(office, CAPTURED)
    with office.work() as uow:
        program = enter_record(
            uow,
            record.id,
            line_no=None,
            kind=PART_TWO.id,
            value=PartTwo(True),
            expected_version=record.version,
            rule_book=BOOK,
        )
    assert program.sensitivity is Sensitivity.SUBSTANCE_USE
    assert program.position.stage == "held", "no consent, so it may not leave"
    [row] = office.rows("SELECT clinical, substance_use FROM record_version")
    assert row.clinical is None
    assert row.substance_use is not None
    second = At(line_no=None, place=2)
    after = correct(office, program, second, value=PartTwo(False))
    assert after.claim.records[1].sensitivity is Sensitivity.SUBSTANCE_USE
    assert after.sensitivity is Sensitivity.SUBSTANCE_USE
    with office.work() as uow, pytest.raises(StateError, match="substance use disorder program"):
        remove_record(
            uow, record.id, second, expected_version=after.version, rule_book=BOOK, why=WHY
        )
    correct(office, after)
    rows = office.rows("SELECT count(*) AS n FROM record_version WHERE clinical IS NOT NULL")
    assert rows[0].n == 0, "also what came in before anybody knew"


def test_versions_of_records_leave_with_the_practice_and_die_with_its_keys(
    office: Office, tmp_path: Path
) -> None:
    record = correct(office, prepared(office, CAPTURED))
    with office.work() as uow:
        enter_record(
            uow,
            record.id,
            line_no=None,
            kind=PART_TWO.id,
            value=PartTwo(True),
            expected_version=record.version,
            rule_book=BOOK,
        )
    running = office.running
    done = export_practice(running, office.practice.slug, tmp_path, with_part2=False, actor=COMMAND)
    told = (done.folder / "record_version.ndjson").read_text(encoding="utf-8")
    assert "lens.refraction" in told
    assert WHY in told
    assert PART_TWO.id not in told, "of such a program only what was asked for"
    shred(running.engine, running.keys, office.tenant_id, hold_reasons=(), at=running.clock())
    with pytest.raises(DestroyedError), office.work() as uow:
        uow.record_versions.of_claim(record.id)
