"""Logs: what is allowed comes out, everything else does not."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.logging import FIELDS, configure, dropped_fields, get_logger
from core.errors import SealError
from tests.campaign import rounds

SECRET = "Zebediah Quackenbush"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    stream = io.StringIO()
    configure("debug", stream)
    yield stream
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_allowed_fields_come_out_as_one_json_line(out: io.StringIO) -> None:
    claim = uuid4()
    get_logger("api.worker").info(
        "batch.sent", claim_id=claim, claims=3, seconds=0.5, route="/claims/{id}", method="GET"
    )
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "batch.sent",
        "module": "api.worker",
        "level": "info",
        "claim_id": str(claim),
        "claims": 3,
        "seconds": 0.5,
        "route": "/claims/{id}",
        "method": "GET",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patient", SECRET),
        ("claim_id", SECRET),
        ("claim_id", "12345"),
        ("claims", SECRET),
        ("claims", "3"),
        ("state", SECRET),
        ("state", "held\n{}"),
        ("kind", "\x1b[31mred"),
        ("route", "/claims/12345"),
        ("route", "/patients?name=" + SECRET),
        ("error_code", SECRET),
        ("digest", SECRET),
        ("as_of", SECRET),
        ("claims", {"name": SECRET}),
        ("claims", [SECRET]),
        ("anything", object()),
    ],
)
def test_what_is_not_allowed_is_dropped_and_counted(
    out: io.StringIO, name: str, value: object
) -> None:
    before = dropped_fields()
    get_logger("api").info("claim.moved", **{name: value})
    (line,) = lines(out)
    assert name not in line
    assert line["dropped"] == 1
    assert dropped_fields() == before + 1
    assert "Quackenbush" not in out.getvalue()


@pytest.mark.parametrize("event", [SECRET, f"claim of {SECRET}", "x", "", "a.b\nc", None, 7])
def test_an_event_without_a_name_of_code_loses_its_text(out: io.StringIO, event: object) -> None:
    get_logger("api").warning(event)
    (line,) = lines(out)
    assert line["event"] == "log.unnamed"
    assert "Quackenbush" not in out.getvalue()


def test_positional_values_cannot_smuggle_text_in(out: io.StringIO) -> None:
    get_logger("api").info("claim.moved %s", SECRET)
    assert "Quackenbush" not in out.getvalue()


def fail(secret: str) -> None:
    local = secret
    raise ValueError(f"cannot read {local}")


def test_an_exception_keeps_its_type_and_place_only(out: io.StringIO) -> None:
    try:
        try:
            fail(SECRET)
        except ValueError as error:
            raise SealError(f"about {SECRET}") from error
    except SealError:
        get_logger("api").exception("job.failed")
    (line,) = lines(out)
    assert (line["error_type"], line["error_code"], line["cause_type"]) == (
        "SealError",
        "seal",
        "ValueError",
    )
    assert all(place.startswith("tests/audit/test_logging.py:") for place in line["error_at"])
    assert len(line["cause_at"]) == 2
    assert "Quackenbush" not in out.getvalue()


def test_an_exception_given_as_a_value_is_reduced_too(out: io.StringIO) -> None:
    get_logger("api").error("job.failed", exc_info=KeyError(SECRET), error=KeyError(SECRET))
    (line,) = lines(out)
    assert line["error_type"] == "KeyError"
    assert line["dropped"] == 1
    assert "Quackenbush" not in out.getvalue()


def test_a_library_line_says_only_where_it_came_from(out: io.StringIO) -> None:
    try:
        fail(SECRET)
    except ValueError:
        logging.getLogger("some.library").exception("row was %s", SECRET)
    logging.getLogger("some.library").log(35, SECRET)
    first, second = lines(out)
    assert (first["event"], first["module"], first["level"]) == (
        "library.line",
        "some.library",
        "error",
    )
    assert first["error_type"] == "ValueError"
    assert first["line_at"].startswith("tests/audit/test_logging.py:")
    assert second["level"] == "warning"
    assert "Quackenbush" not in out.getvalue()


def test_the_level_holds(out: io.StringIO) -> None:
    configure("warning", out)
    get_logger("api").info("claim.moved")
    get_logger("api").warning("claim.moved")
    assert [line["level"] for line in lines(out)] == ["warning"]


def test_setting_up_twice_writes_a_library_line_once(out: io.StringIO) -> None:
    configure("info", out)
    logging.getLogger("some.library").error("text")
    assert len(lines(out)) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_columns_with_the_same_rules(out: io.StringIO) -> None:
    stream = Terminal()
    configure("info", stream)
    try:
        fail(SECRET)
    except ValueError:
        get_logger("api").exception("job.failed", patient=SECRET, claims=3)
    assert "job.failed" in stream.getvalue()
    assert "Quackenbush" not in stream.getvalue()


def test_values_of_every_shape_pass(out: io.StringIO) -> None:
    when = datetime(2026, 3, 1, tzinfo=UTC)
    get_logger("api").info(
        "release.started",
        version="0.1.0",
        as_of=when.date(),
        digest="ab" * 32,
        tenant_id=UUID(int=0),
        state="held",
        transaction_set="837P",
        held=True,
    )
    (line,) = lines(out)
    assert "dropped" not in line
    assert line["as_of"] == "2026-03-01"


HOSTILE = st.one_of(
    st.sampled_from(
        [
            'held"}\n{"event": "claim.moved", "tenant_id": "x',
            "held\r\n2026-01-01 claim.moved",
            "\x1b[2J\x1b[31mheld",
            "\u2028held\u2029",
            '","level":"critical',
            "held\x00",
            "\ud800",
            "held\u202e",
        ]
    ),
    st.text(),
    st.integers(),
    st.none(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)
NAMES = st.one_of(st.sampled_from(sorted(FIELDS)), st.text(max_size=8), st.just("level"))


@pytest.mark.attack("S-32")
@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(event=HOSTILE, fields=st.dictionaries(NAMES, HOSTILE, max_size=4))
def test_whatever_is_logged_is_one_well_formed_line(event: object, fields: dict[str, Any]) -> None:
    for stream in (io.StringIO(), Terminal()):
        logger = bound_to(stream)
        logger.warning(event, **{key: value for key, value in fields.items() if key != "event"})
        logged = stream.getvalue()
        assert logged.count("\n") == 1
        assert len(logged.splitlines()) == 1
        assert logged.isascii()
        if stream.isatty():
            assert not re.search(r"\x1b\[(?![0-9;]*m)|\x1b\[31mheld", logged)
        else:
            [line] = [json.loads(logged)]
            assert {"event", "level", "timestamp"} <= set(line)
            assert line["event"] == "log.unnamed" or line["event"] == event
            assert line["level"] == "warning"


def bound_to(stream: io.StringIO) -> Any:
    """A logger as ``configure`` sets it up, without the root handler of a process."""
    configure("debug", stream)
    logger = structlog.get_logger().bind()
    root = logging.getLogger()
    root.handlers[:] = [one for one in root.handlers if type(one).__name__ != "_LibraryHandler"]
    structlog.reset_defaults()
    return logger


@pytest.mark.attack("S-33")
def test_what_nobody_caught_in_a_process_that_serves_is_one_reduced_line_each() -> None:
    script = """
import sys, threading, warnings
from audit.logging import configure, no_tracebacks
no_tracebacks()
configure("info", sys.stderr)
secret = sys.argv[1]
def broken():
    raise ValueError(secret)
class Odd:
    def __del__(self):
        raise KeyError(secret)
thread = threading.Thread(target=broken)
thread.start()
thread.join()
Odd()
warnings.warn(secret)
broken()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, SECRET],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Quackenbush" not in ran.stderr
    told = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["event"] for line in told] == [
        "process.failed",
        "process.failed",
        "library.line",
        "process.failed",
    ]
    assert [line.get("error_type") for line in told] == [
        "ValueError",
        "KeyError",
        None,
        "ValueError",
    ]
