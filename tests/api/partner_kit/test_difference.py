"""What a practice is told before it takes another version; and what an author hands over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api import cli
from api.partner_kit.asked import Answered, describe
from api.partner_kit.difference import Change, Field, difference
from api.partner_kit.locate import located
from core.errors import PluginError
from plugins.spec import Manifest, Sees
from tests.api.partner_kit.wheels import MODULE, wheel

RULE: dict[str, Any] = {
    "id": "SGT-1", "title": "Lenses", "source": "manual", "severity": "deny", "version": "1",
    "effective": {"first": "2026-01-01", "last": None}, "check": "sight.check", "code": "a",
}  # fmt: skip
FEE: dict[str, Any] = {"code": "V2100", "amount_cents": 4_000}
POLICY: dict[str, Any] = {"id": "SGT-P1", "title": "P", "knobs": {"timely_filing_days": 90}}


def stated(
    *,
    rules: tuple[dict[str, Any], ...] = (RULE,),
    fees: tuple[dict[str, Any], ...] = (FEE,),
    policies: tuple[dict[str, Any], ...] = (POLICY,),
    files: dict[str, str] | None = None,
    **manifest: Any,
) -> Answered:
    given = {"name": "sight", "version": "1", "title": "Sight", "prefixes": ("SGT",), **manifest}
    told: dict[str, list[dict[str, Any]]] = {"claim_edits": list(rules)}
    if fees:
        told["fee_schedules"] = [{"id": "SGT-F1", "title": "Fees", "fees": list(fees)}]
    told["payer_policies"] = list(policies)
    return Answered(manifest=Manifest(contract=1, **given), stated=told, files=files or {})


PLAIN = stated()


def changes(after: Answered) -> list[Change]:
    return list(difference(PLAIN, after).changes)


def test_the_same_states_nothing_new() -> None:
    found = difference(PLAIN, stated(version="2", files={"sight/a.py": "x"}))
    assert found.is_empty
    assert (found.before, found.after) == ("1", "2")
    assert [one.id for one in found.files] == ["sight/a.py"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("severity", "warn", Field("severity", "deny", "warn")),
        (
            "effective",
            {"first": "2026-01-01", "last": "2026-12-31"},
            Field("effective", "from 2026-01-01", "2026-01-01 to 2026-12-31"),
        ),
        ("source", "manual 2027", Field("source", "manual", "manual 2027")),
        ("code", "b", Field("code", "", "")),
        ("touches", {"codes": ["V2100"]}, Field("touches", "", "codes V2100")),
    ],
)
def test_a_rule_that_changed_says_in_what(field: str, value: Any, told: Field) -> None:
    (change,) = changes(stated(rules=({**RULE, field: value},)))
    assert (change.what, change.kind, change.id) == ("changed", "claim_edits", "SGT-1")
    assert change.fields == (told,)


def test_rules_that_come_and_go_are_told_with_their_days() -> None:
    later = {**RULE, "id": "SGT-2"}
    (came,) = changes(stated(rules=(RULE, later)))
    assert (came.what, came.id) == ("added", "SGT-2")
    assert Field("holds", "", "from 2026-01-01") in came.fields
    (gone,) = difference(stated(rules=(RULE, later)), PLAIN).changes
    assert (gone.what, gone.id) == ("removed", "SGT-2")
    version = {**RULE, "effective": {"first": "2027-01-01", "last": None}}
    (second,) = changes(stated(rules=(RULE, version)))
    assert (second.what, second.id) == ("added", "SGT-1")


def test_fees_are_told_with_their_amounts_and_knobs_with_their_values() -> None:
    dearer = {**FEE, "amount_cents": 4_250}
    more = {"code": "V2101", "amount_cents": 100, "effective": {"first": "2026-01-01"}}
    knobs = {"timely_filing_days": 120, "requires_ndc": True}
    found = changes(stated(fees=(dearer, more), policies=({**POLICY, "knobs": knobs},)))
    assert [(one.kind, one.what, one.id, one.fields) for one in found] == [
        ("fee", "changed", "SGT-F1 V2100", (Field("amount", "$40.00", "$42.50"),)),
        ("fee", "added", "SGT-F1 V2101 from 2026-01-01", (Field("amount", "", "$1.00"),)),
        ("knob", "added", "SGT-P1 requires_ndc", (Field("requires_ndc", "", "True"),)),
        (
            "knob", "changed", "SGT-P1 timely_filing_days",
            (Field("timely_filing_days", "90", "120"),),
        ),
    ]  # fmt: skip


def test_what_it_may_see_and_how_it_fails_is_told_apart() -> None:
    wider = stated(sees=(Sees.CLINICAL, Sees.MONEY), fails_open=("claim_edits",), fees=())
    found = difference(stated(sees=(Sees.HISTORY, Sees.MONEY)), wider)
    assert (found.sees_added, found.sees_removed) == (("clinical",), ("history",))
    assert found.manifest == (Field("fails_open", "", "claim_edits"),)
    assert found.hooks_removed == ("fee_schedules",)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(one) for one in arguments])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def test_from_key_to_verified_wheel_and_its_contents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = wheel(tmp_path)
    key = tmp_path / "key"
    assert run(capsys, "plugin", "keygen", key)[0] == 0
    (tmp_path / "trusted").mkdir()
    (tmp_path / "key.pub").rename(tmp_path / "trusted" / "Sight.pub")
    status, out, err = run(capsys, "plugin", "sign", made, "--key", key, "--json")
    assert status == 0, err
    said = json.loads(out)["statement"]
    assert (said["name"], said["version"], said["rules"], said["sees"]) == ("sight", "1.2.0", 1, [])
    contents = json.loads((tmp_path / f"{made.name}.cdx.json").read_bytes())
    assert (contents["bomFormat"], contents["specVersion"]) == ("CycloneDX", "1.6")
    files = {one["name"] for one in contents["components"] if one["type"] == "file"}
    assert {"sight/__init__.py", "sight-1.2.0.dist-info/RECORD"} <= files
    status, out, _ = run(capsys, "plugin", "verify", made, "--trusted", tmp_path / "trusted")
    assert status == 0
    assert "sight 1.2.0 is signed by Sight (" in out
    status, _, err = run(capsys, "plugin", "sign", made, "--key", key)
    assert (status, "is there already" in err) == (2, True)
    wheel(tmp_path, module=MODULE.replace("units > 2", "units > 9"))
    status, _, err = run(capsys, "plugin", "verify", made, "--trusted", tmp_path / "trusted")
    assert (status, "altered after it was signed" in err) == (2, True)


def test_a_plugin_that_cannot_be_loaded_is_refused_with_its_place(tmp_path: Path) -> None:
    broken = wheel(tmp_path, module=MODULE.replace("prefixes=(", "prefixes=(1 / 0, "))
    with located(str(broken)) as plugin, pytest.raises(PluginError) as caught:
        describe(plugin)
    assert "sight/__init__.py:4: cannot be imported: ZeroDivisionError" in caught.value.message
