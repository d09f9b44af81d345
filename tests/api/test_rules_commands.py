"""``rules`` and ``policy`` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenants.postgres import DatabaseUrls
from tests.api.command_line import CommandLine, command_line

WHY = "--reason=the bulletin of January"
RULES = """
[[rules]]
id = "OWN-LOOK-1"
title = "Look at this"
document = "Bulletin 7"
layer = "practice"
first_day = 2026-01-01

[[rules.clauses]]
over = "this_line"
conditions = [{ field = "line.code", operator = "matches", values = ["99*", "90832-90838"] }]

[[rules.actions]]
kind = "hold"
message = "Look at this before it leaves"

[[rules.actions]]
kind = "tag"
value = "looked-at"
"""
CSV = (
    "knob,value,document,review_by\nrequires_ndc,yes,Manual,2020-01-01\n"
    "timely_filing_days,90,Manual,\n"
)


@pytest.fixture
def river(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    claimwright = command_line(database, tmp_path / "home", monkeypatch, capsys)
    claimwright.found()
    return claimwright


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_rule_is_checked_saved_tried_switched_on_and_off(
    river: CommandLine, tmp_path: Path
) -> None:
    file, at = put(tmp_path, "rules.toml", RULES), "--practice=river"
    checked = river("rules", "check", file, at)
    assert (checked.status, checked.out) == (0, "1 rules read, 0 things to put right\n")
    saved = river("rules", "save", file, at, WHY)
    assert saved.out == "OWN-LOOK-1 version 1 is saved as a draft\n"
    assert river("rules", "save", file, at, WHY).status == 2
    assert "0 of 0 claims" in river("rules", "dry-run", "OWN-LOOK-1", at).out
    assert "0 would have been held" in river("rules", "backtest", "OWN-LOOK-1", at).out
    assert "switched on" in river("rules", "activate", "OWN-LOOK-1", at, WHY).out
    [listed] = river("rules", "list", at, "--json").json
    assert (listed["state"], listed["version"], listed["layer"]) == ("in force", 1, "practice")
    shown = river("rules", "show", "OWN-LOOK-1", at).out
    assert "If on a line: code is among the codes 99*, 90832-90838" in shown.replace("if", "If", 1)
    assert "the bulletin of January" in shown
    ended = river("rules", "end", "OWN-LOOK-1", at, WHY, "--from=2026-06-01")
    assert ended.out == "OWN-LOOK-1 is switched off from 2026-06-01\n"
    assert river("rules", "end", "OWN-LOOK-1", at, WHY).status == 2
    assert river("rules", "show", "OWN-NONE", at).status == 2


def test_a_file_of_rules_is_refused_whole_and_says_where(
    river: CommandLine, tmp_path: Path
) -> None:
    wrong = RULES.replace('"line.code"', '"patient.name"') + RULES.replace("LOOK-1", "LOOK-2")
    file = put(tmp_path, "wrong.toml", wrong)
    checked = river("rules", "check", file, "--practice=river", "--json")
    assert checked.status == 1
    assert [one["rule"] for one in checked.json] == ["OWN-LOOK-1"]
    assert "clause 1, condition 1" in checked.json[0]["where"]
    saved = river("rules", "save", file, "--practice=river", WHY)
    assert saved.status == 2
    assert "nothing was saved" in saved.err
    assert "no rules yet" in river("rules", "list", "--practice=river").out
    broken = put(tmp_path, "broken.toml", "[[rules]\nid=")
    assert "this is not TOML" in river("rules", "check", broken, "--practice=river").err
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in river("rules", "check", latin, "--practice=river").err


def test_policies_are_loaded_listed_found_stale_and_ended(
    river: CommandLine, tmp_path: Path
) -> None:
    assert river("policy", "load", put(tmp_path, "a.csv", CSV)).out == "2 entered\n"
    stale = river("policy", "stale", "--json")
    assert (stale.status, [one["entry"]["knob"] for one in stale.json]) == (1, ["requires_ndc"])
    wrong = put(tmp_path, "b.csv", CSV.replace("90,Manual", "soon,Manual"))
    refused = river("policy", "load", wrong)
    assert refused.status == 2
    assert "line 3, column value" in refused.err
    assert len(river("policy", "list", "--json").json) == 2, "a file is taken whole or not at all"
    own = river(
        "policy", "set", "timely_filing_days", "60", "--document=Contract", "--practice=river"
    )
    assert own.out == "1 entered\n"
    listed = river("policy", "list", "--practice=river", "--knob=timely_filing_days", "--json")
    assert [(one["entry"]["layer"], one["entry"]["value"]) for one in listed.json] == [
        ("payer", 90),
        ("practice", 60),
    ]
    assert len(river("policy", "list", "--json").json) == 2, "one practice's own is nobody else's"
    policy = listed.json[1]["entry"]["id"]
    ended = river(
        "policy", "end", policy, "--from=2026-06-01", "--document=Letter", "--practice=river"
    )
    assert ended.out == "ended\n"
    assert "Letter" in river("policy", "list", "--all", "--practice=river").out
    assert river("policy", "end", "x", "--from=2026-06-01", "--document=L").status == 2
    unknown = river("policy", "set", "requires_ndc", "no", "--document=D", "--payer=NOSUCH")
    assert (unknown.status, "there is no payer NOSUCH" in unknown.err) == (2, True)
