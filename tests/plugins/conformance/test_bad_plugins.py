"""Each way a plugin breaks the contract at build is refused by name, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.conformance.made import MANIFEST, errors, judged, line_of, rule, source

QUIET = "def check(case, lines):\n    return ()"
TWO = source("@hook\ndef claim_edits(settings):\n    return (edit(), edit())\n")
FEES = source(
    "@hook\ndef fee_schedules(settings):\n"
    "    some = (\n"
    '        Fee(code="V2020", amount_cents=100, effective=Window(date(2025, 1, 1))),\n'
    '        Fee(code="V2020", amount_cents=200, effective=Window(date(2026, 1, 1))),\n'
    "    )\n"
    '    return (FeeSchedule(id="SGT-F1", title="Fees", source="board, 2025-01-01", fees=some),)\n'
)


def manifest(old: str, new: str) -> str:
    return source("", MANIFEST.replace(old, new))


BAD = {
    "wrong contract number": (
        manifest("contract=1", "contract=2"), "contract",
        "is written for contract 2, not 1", "name=",
    ),
    "unknown hook": (
        source("@hook\ndef claim_edit(settings):\n    return ()\n"), "hooks",
        "there is no hook claim_edit in contract 1; did you mean claim_edits?", "@hook",
    ),
    "misspelt argument": (
        source("@hook\ndef claim_edits(setings):\n    return ()\n"), "hooks",
        "hook claim_edits has no argument setings; it has settings", "@hook",
    ),
    "clashing rule id": (TWO, "contract", "rule SGT-1 is given twice", "def edit("),
    "overlapping fee windows": (FEES, "contract", "SGT-F1", "SGT-F1"),
    "missing citation": (
        rule(QUIET, source='"TODO"'), "citation",
        "rule SGT-1 cites nothing a reader could look up", "def edit(",
    ),
    "wrong return type": (
        source("@hook\ndef claim_edits(settings):\n    return [edit()]\n"), "contract",
        "hook claim_edits must return a tuple of ClaimEdit", "name=",
    ),
    "name clash with a built-in": (
        manifest('name="sight"', 'name="dental"'), "names",
        "dental is a specialty that comes with the product", "name=",
    ),
    "prefix clash": (
        manifest('"SGT"', '"DEN"'), "names",
        "rules that begin with DEN- are those of dental", "name=",
    ),
    "layer claimed": (
        rule(QUIET, layer="Layer.PLATFORM"), "contract",
        "rule SGT-1 claims a layer that is not its own", "def edit(",
    ),
    "silencing a reject": (
        rule(QUIET, supersedes='("PS-001",)'), "contract", "would silence PS-001", "def edit(",
    ),
    "wrapper hook": (
        source("@hook(wrapper=True)\ndef claim_edits(settings):\n    return (yield)\n"), "hooks",
        "hook claim_edits wraps others", "@hook(wrapper=True)",
    ),
    "rule outside its name space": (
        rule(QUIET, id='"OTH-1"'), "contract",
        "rule OTH-1 lies outside its own name space", "OTH-1",
    ),
    "field of another type": (
        rule(QUIET, effective='"2026"'), "types",
        "rule SGT-1 has a effective of another type", "def edit(",
    ),
    "fee below zero": (
        FEES.replace("amount_cents=200", "amount_cents=-1").replace(
            "Window(date(2025, 1, 1))", "Window(date(2025, 1, 1), date(2025, 12, 31))"
        ), "fees", "has a fee below zero", "SGT-F1",
    ),
    "code no claim has": (
        rule(QUIET, touches='Touches(codes=("v2020",))'), "touches",
        "touches a code that is written as no claim writes it", "def edit(",
    ),
    "gates that fail open": (
        manifest("sees=()", 'fails_open=("gates",)'), "contract", "fails_open names gates", "name=",
    ),
    "hook that is none fails open": (
        manifest("sees=()", 'fails_open=("claim_edit",)'), "contract", "which is no hook", "name=",
    ),
    "version that is none": (
        manifest("1.2.0", "newest"), "manifest", "is not like 1.2.0", "name=",
    ),
    "knob of somebody else": (
        source(
            "@hook\ndef payer_policies(settings):\n    return (PayerPolicy(\n"
            '        id="SGT-P1", title="Knob", source="provider manual p. 3",\n'
            '        knobs={"dental.frequency": ()}),)\n'
        ), "knobs", "sets dental.frequency; a knob of one's own is named sight.<knob>",
        "dental.frequency",
    ),
}  # fmt: skip


@pytest.mark.attack("S-45")
@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_by_name_and_place(name: str, tmp_path: Path) -> None:
    text, check, says, at = BAD[name]
    found = [one for one in errors(judged(tmp_path, text)) if says in str(one)]
    assert [one.check for one in found] == [check], errors(judged(tmp_path, text))
    assert found[0].where == f"sight/__init__.py:{line_of(text, at)}"


def test_a_table_with_rows_that_meet_is_refused_at_the_row(tmp_path: Path) -> None:
    table = (
        "# source: invented\n\ncode,charge,effective_from,effective_to\n"
        "V2020,1.00,2025-01-01,2025-12-31\nV2021,1.00,,\nV2020,2.00,2025-12-31,\n"
        "V2022,1.00,2026-01-01,2025-01-01\nV2023,1.00\n"
    )
    found = errors(judged(tmp_path, source(""), {"data/fees.csv": table}))
    assert [(one.where, one.message.partition(";")[0]) for one in found] == [
        ("sight/data/fees.csv:6", "holds on days on which line 4 holds for the same V2020"),
        ("sight/data/fees.csv:7", "the row's days: a window ends before it begins"),
        ("sight/data/fees.csv:8", "the row has more or fewer columns than the header"),
    ]
    nameless = errors(judged(tmp_path, source(""), {"data/fees.csv": "code\nV2020\n"}))
    assert [one.message.partition(";")[0] for one in nameless] == [
        "the table does not state its source"
    ]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import socket", "imports socket, which is the network"),
        ("import urllib.request", "which is the network"),
        ("import os", "which is the operating system"),
        ("import random", "which is randomness"),
        ("import time", "which is the clock"),
        ("import numpy", "which is not there where it runs"),
        ("import importlib", "which is other modules"),
        ("from api import bootstrap", "a plugin imports plugins and nothing else of ours"),
        ("import plugins.host", "a plugin imports what plugins offers"),
        ("from plugins.dental import edits", "a plugin imports what plugins offers"),
        ("from plugins.testing import line", "which is for tests"),
        ("TODAY = datetime.now()", "reads the clock"),
        ("TODAY = date.today()", "reads the clock"),
        ("TEXT = open('x')", "opens a file"),
        ("A = eval('1')", "runs text as code"),
        ("A = hash('a')", "differs from process to process"),
        ("A = id(MANIFEST)", "differs from process to process"),
        ("import uuid\nA = uuid.uuid4()", "draws at random"),
        (
            "SEEN = 0\n\n\ndef count():\n    global SEEN\n    SEEN += 1",
            "keeps state between claims",
        ),
        ("def force(a):\n    object.__setattr__(a, 'b', 1)", "to get behind a value"),
    ],
)
def test_what_code_reaches_for_is_seen_before_it_is_imported(code: str, says: str) -> None:
    from plugins.conformance.code import PluginCode, _file
    from plugins.conformance.reaching import reaching_faults

    text = f"from datetime import date, datetime\nfrom plugins import Manifest\n{code}\n"
    (found,) = reaching_faults(PluginCode((_file("sight/rules.py", text),)), "sight")
    assert says in found.message
    assert found.where.startswith("sight/rules.py:")
    assert int(found.where.rpartition(":")[2]) > 2


def test_a_wrong_window_of_a_rule_and_days_between_its_versions_are_noted(tmp_path: Path) -> None:
    text = source(
        "@hook\ndef claim_edits(settings):\n    return (\n"
        "        edit(effective=Window(date(2020, 1, 1), date(2023, 12, 31))),\n"
        "        edit(effective=Window(date(2024, 2, 1))),\n"
        '        edit("SGT-2", effective=Window(None, date(2020, 1, 1))),\n    )\n'
    )
    notes = {one.message for one in judged(tmp_path, text).faults if one.check == "windows"}
    assert notes == {
        "rule SGT-1 holds on no day between 2023-12-31 and 2024-02-01",
        "rule SGT-2 ends on 2020-01-01 and says no day on which it began",
    }


SETTINGS = """\
class Inner(msgspec.Struct, frozen=True):
    size: int = 1


class Settings(msgspec.Struct):
    api_key: str = ""
    inner: Inner = Inner()


@hook
def settings_type():
    return Settings
"""


def test_settings_that_are_loose_or_show_a_secret_are_refused(tmp_path: Path) -> None:
    text = source(SETTINGS)
    found = {one.message.partition(";")[0] for one in errors(judged(tmp_path, text))}
    assert found == {
        "Settings of its settings can be changed",
        "Inner inside its settings takes fields it does not know",
        "the setting api_key looks like a secret and would be shown",
    }
    better = (
        text.replace("api_key: str", "api_key: Secret")
        .replace("Settings(msgspec.Struct)", "Settings(msgspec.Struct, frozen=True)")
        .replace("frozen=True):\n    size", "frozen=True, forbid_unknown_fields=True):\n    size")
        .replace("from plugins import *", "from plugins import Secret")
    )
    assert errors(judged(tmp_path, better)) == []
