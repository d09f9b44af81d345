"""How plugins fare with a contract that is not there yet: an invented one shows the mechanism."""

from __future__ import annotations

import pytest

from plugins.conformance.code import PluginCode, _file
from plugins.conformance.compatibility import Verdict, compatibility, uses
from plugins.contract_changes import CHANGES, NEXT, ContractChange, Part
from plugins.spec import CONTRACT, HOOKS
from tests.plugins.conformance.made import MANIFEST, rule

TEXT = rule("def check(case, lines):\n    return ()", stops="Stops.LINE").replace(
    "from plugins import *", "from plugins import fee_rows"
)
CODE = PluginCode((_file("sight/__init__.py", TEXT),))

GOES = (
    ContractChange(part=Part.HOOK, subject="claim_edits", removed=2, instead="edits"),
    ContractChange(part=Part.ARGUMENT, subject="claim_edits.settings", deprecated=2, removed=3),
    ContractChange(part=Part.FIELD, subject="edit.stops", deprecated=2, instead="halts"),
    ContractChange(part=Part.NAME, subject="fee_rows", deprecated=2),
    ContractChange(part=Part.NAME, subject="seal", removed=2),
)


@pytest.mark.parametrize(
    ("changes", "contract", "verdict", "says"),
    [
        ((), 2, Verdict.SAFE, []),
        (GOES[4:], 2, Verdict.SAFE, []),
        (GOES[:1], 1, Verdict.SAFE, []),
        (GOES[:1], 2, Verdict.BLOCKS, ["hook claim_edits is gone from contract 2 on; use edits"]),
        (GOES[1:2], 2, Verdict.WARNS, ["argument claim_edits.settings will go"]),
        (GOES[2:3], 2, Verdict.WARNS, ["field edit.stops will go; use halts"]),
        (GOES[3:4], 2, Verdict.WARNS, ["name fee_rows will go"]),
        ((), 3, Verdict.BLOCKS, ["is written for contract 1; a program of contract 3 takes 2"]),
        (GOES, 2, Verdict.BLOCKS, ["is gone", "will go", "will go", "will go"]),
    ],
)
def test_what_goes_blocks_and_what_will_go_warns_with_its_place(
    changes: tuple[ContractChange, ...], contract: int, verdict: Verdict, says: list[str]
) -> None:
    found = compatibility(CODE, contract, changes)
    assert found.verdict is verdict
    assert len(found.reasons) == len(says)
    for reason, words in zip(found.reasons, says, strict=True):
        assert words in reason
        where = reason.partition(": ")[0]
        assert where.startswith("sight/__init__.py:")
        assert 0 < int(where.rpartition(":")[2]) <= TEXT.count("\n")


def test_a_plugin_of_a_later_contract_blocks_too() -> None:
    later = MANIFEST.replace("contract=1", f"contract={CONTRACT + 1}")
    code = PluginCode((_file("sight/__init__.py", later),))
    assert compatibility(code, CONTRACT).verdict is Verdict.BLOCKS
    assert compatibility(code, NEXT).verdict is Verdict.SAFE


def test_every_announced_change_is_about_something_that_is_there_and_warns_first() -> None:
    """A program never drops what it did not deprecate a whole contract before."""
    assert NEXT == CONTRACT + 1
    hooks = {one.__name__ for one in HOOKS}
    for change in CHANGES:
        assert change.part is not Part.HOOK or change.subject in hooks
        assert not change.removed or 0 < change.deprecated < change.removed


def test_what_a_plugin_uses_is_read_from_its_text() -> None:
    found = {(use.part, use.subject) for use in uses(CODE)}
    assert {
        (Part.HOOK, "claim_edits"), (Part.ARGUMENT, "claim_edits.settings"),
        (Part.NAME, "fee_rows"), (Part.FIELD, "Manifest.prefixes"), (Part.FIELD, "edit.stops"),
    } <= found  # fmt: skip
