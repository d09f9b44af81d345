"""S-33 without pages: a job and a command that break say a number, a place and nothing else."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import structlog

from api import bootstrap, worker
from api.cycle import Cycle
from audit.logging import configure
from core.errors import InputError
from tests.api.command_line import CommandLine

SECRET = "Zebediah Quackenbush"


def broken(*_: object, **__: object) -> None:
    raise LookupError(f"no row for {SECRET}")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    stream = io.StringIO()
    configure("debug", stream)
    yield stream
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


class OnePractice:
    """What a job asks of the runtime before its step begins."""

    class Practice:
        tenant_id = UUID(int=4)

    def practices(self) -> tuple[object, ...]:
        return (self.Practice(),)


def test_a_job_that_breaks_is_logged_with_its_number_and_place(logged: io.StringIO) -> None:
    job = worker._job(OnePractice(), "prepare", broken)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(LookupError):
            job(str(UUID(int=4)))
    first, second = (json.loads(line) for line in logged.getvalue().splitlines())
    assert (first["event"], first["step"], first["error_type"]) == (
        "job.failed",
        "prepare",
        "LookupError",
    )
    assert first["request_id"] != second["request_id"]
    assert first["error_at"][-1].startswith("tests/api/test_mistakes_of_programs.py:")
    assert "Quackenbush" not in logged.getvalue()


def test_a_job_that_is_refused_keeps_its_sentence_to_itself(logged: io.StringIO) -> None:
    def refused(_: Cycle) -> None:
        raise InputError(f"cannot read {SECRET}")

    with pytest.raises(InputError):
        worker._job(OnePractice(), "receive", refused)(str(UUID(int=4)))  # type: ignore[arg-type]
    [line] = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["event"], line["code"], line["step"]) == ("job.refused", "input", "receive")
    assert "Quackenbush" not in logged.getvalue()


@pytest.mark.attack("S-33")
def test_a_command_that_breaks_says_one_sentence_with_a_number_and_a_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bootstrap, "open_urls", broken)
    ran = CommandLine(capsys, tmp_path / "home")("practice", "list")
    assert (ran.status, ran.out) == (2, "")
    assert re.fullmatch(
        r"claimwright: something went wrong on our side \(LookupError at "
        r"tests/api/test_mistakes_of_programs\.py:\d+\); what was begun was not half done\. "
        r"Its number: [0-9a-f-]{36}\n",
        ran.err,
    )
