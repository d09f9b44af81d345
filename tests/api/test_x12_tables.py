"""The X12 commands check with the code tables of the installation."""

from __future__ import annotations

import json

import pytest

from api.cli import main
from tests.core.x12.x12_samples import MUTANTS, needs_shared

DEFECT = str(MUTANTS / "837P__38-cpt.x12")


def status_of(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@needs_shared
def test_a_wrong_code_ends_the_check_in_one_and_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of("x12", "check", DEFECT) == 1
    (transaction,) = json.loads(capsys.readouterr().out)["transactions"]
    (error,) = [error for error in transaction["errors"] if error["snip"] == 5]
    assert (error["segment_id"], error["component"], error["code"]) == ("SV1", 2, "code-shape")
    assert "SNIP 5: code sets" not in transaction["not_checked"]


@needs_shared
def test_the_999_of_a_file_names_a_wrong_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("x12", "ack", DEFECT) == 0
    assert "IK4*1:2**7~" in capsys.readouterr().out
