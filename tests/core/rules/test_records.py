"""Records of a specialty read by the plugin of today: upgraded, refused, kept (K8)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.claims.claim import SpecialtyRecord
from core.confidentiality import Sensitivity
from core.rules.edits import ClaimEdit
from core.rules.records import RecordType, Standing, readable, reading_of, seal
from core.rules.rule import Touches
from core.rules.rulebook import RuleSet, compile_rule_book
from core.scrub.engine import UNREADABLE_RECORD, scrub
from core.scrub.explain import explain
from core.scrub.finding import Flag, Severity
from tests.core.usecases.office import TODAY, made


class Refraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    axis: int
    eye: str = "both"


def upgrade(version: int, body: dict[str, Any]) -> dict[str, Any]:
    if "angle" not in body:
        raise ValueError("Rivera, Ana has no angle")
    return {"axis": body["angle"]}


def label(value: Refraction) -> Sensitivity:
    return Sensitivity.SUBSTANCE_USE if value.eye == "secret" else Sensitivity.NONE


FIRST = RecordType(id="lens.refraction", title="Refraction", source="chart", type=Refraction)
SECOND = replace(FIRST, schema_version=2, upgrade=upgrade, sensitivity=label)
OLD = SpecialtyRecord(kind="lens.refraction", version=1, body=b'{"angle": 90}')


def types(record_type: RecordType) -> dict[str, RecordType]:
    return {record_type.id: record_type}


@pytest.mark.parametrize(
    ("record", "record_type", "standing"),
    [
        (SpecialtyRecord(kind="lens.refraction", body=b'{"axis": 9}'), FIRST, Standing.PRESENT),
        (OLD, SECOND, Standing.UPGRADED),
        (replace(OLD, kind="lens.frame"), SECOND, Standing.NO_PLUGIN),
        (replace(OLD, version=3), SECOND, Standing.NEWER),
        (replace(OLD, body=b'{"axis": 9}'), SECOND, Standing.BROKEN),
        (replace(OLD, body=b"\xff"), SECOND, Standing.BROKEN),
        (OLD, replace(SECOND, upgrade=None), Standing.BROKEN),
        (OLD, FIRST, Standing.BROKEN),
        (OLD, replace(SECOND, upgrade=lambda version, body: {"axis": "x"}), Standing.BROKEN),
        (OLD, replace(SECOND, upgrade=lambda version, body: None), Standing.BROKEN),
    ],
)
def test_how_a_stored_record_stands_to_its_plugin(
    record: SpecialtyRecord, record_type: RecordType, standing: Standing
) -> None:
    found = reading_of(record, types(record_type))
    assert found.standing is standing
    assert (found.shaped is not None) is standing.is_readable
    assert found.record is record


def test_an_upgrade_gives_the_present_shape_and_loses_no_label() -> None:
    labelled = replace(OLD, sensitivity=Sensitivity.SUBSTANCE_USE)
    shaped = reading_of(labelled, types(SECOND)).shaped
    assert shaped is not None
    assert (shaped.version, shaped.sensitivity) == (2, Sensitivity.SUBSTANCE_USE)
    assert msgspec.json.decode(shaped.body, type=Refraction) == Refraction(90)


def book(record_type: RecordType) -> Any:
    def check(case, lines):
        found = case.record("lens.refraction", Refraction)
        if found is not None and found.axis > 45:
            yield Flag(message=f"Axis {found.axis}")

    edit = ClaimEdit(
        id="LENS-1",
        title="Axis",
        source="chart",
        severity=Severity.WARN,
        touches=Touches(),
        check=check,
    )
    rules = RuleSet(name="lens", version="1", records=(record_type,), claim_edits=(edit,))
    return compile_rule_book([rules])


def test_a_rule_reads_an_old_record_in_its_present_shape() -> None:
    [claim] = made(1, records=(OLD,))
    [report] = scrub([claim], book(SECOND), as_of=TODAY)
    assert [one.message for one in report.findings] == ["Axis 90"]


@pytest.mark.parametrize("on_a_line", [False, True])
def test_a_claim_with_a_record_its_plugin_cannot_read_stays_here(on_a_line: bool) -> None:
    newer = replace(OLD, version=3)
    [claim] = made(1)
    lines = (replace(claim.lines[0], records=(newer,)), *claim.lines[1:])
    claim = replace(claim, lines=lines) if on_a_line else replace(claim, records=(newer,))
    [report] = scrub([claim], book(SECOND), as_of=TODAY)
    assert report.findings == (UNREADABLE_RECORD,)
    assert not UNREADABLE_RECORD.overridable
    assert explain(claim, book(SECOND), as_of=TODAY).findings == (UNREADABLE_RECORD,)


def test_a_record_of_a_plugin_that_is_not_enabled_holds_nothing_and_stays() -> None:
    foreign = replace(OLD, kind="other.chart", version=9)
    [claim] = made(1, records=(foreign, OLD))
    shaped, left_out = readable(claim, types(SECOND))
    assert left_out == ()
    assert [one.kind for one in shaped.records] == ["other.chart", "lens.refraction"]
    assert shaped.records[0] is foreign
    assert shaped.records[1] == seal(SECOND, Refraction(90))
    assert readable(claim, {})[0] is claim
