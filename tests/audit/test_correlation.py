"""One number for a piece of work: in its lines, its events and nowhere else's."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from audit.correlation import number, piece_of_work
from audit.event import Event, machine
from audit.logging import allow_listed


def event() -> Event:
    return Event.of(
        "claim.read",
        id=uuid4(),
        tenant_id=uuid4(),
        at=datetime.now(UTC),
        actor=machine("test"),
        counts={"claims": 1},
    )


def line() -> str | None:
    return allow_listed(None, "info", {"event": "claim.moved"}).get("request_id")


def test_outside_of_any_work_there_is_no_number() -> None:
    assert (number(), event().request_id, line()) == (None, None, None)


def test_lines_and_events_of_one_work_carry_its_number_and_no_other() -> None:
    with piece_of_work() as first:
        assert (number(), event().request_id, line()) == (first, first, str(first))
        given = UUID(int=7)
        with piece_of_work(given):
            assert (event().request_id, line()) == (given, str(given))
        assert event().request_id == first
    with piece_of_work() as second:
        assert second != first
    assert number() is None


def test_a_thread_of_the_work_has_its_number_and_another_thread_none() -> None:
    with piece_of_work() as mine, ThreadPoolExecutor(1) as pool:
        assert pool.submit(copy_context().run, number).result() == mine
        assert pool.submit(number).result() is None


def test_the_number_passes_the_allow_list_unharmed() -> None:
    out = io.StringIO()
    logger = structlog.WriteLogger(out)
    with piece_of_work() as mine:
        entry = allow_listed(logger, "info", {"event": "claim.moved", "request_id": "forged\n"})
        assert "request_id" not in entry
        entry = allow_listed(logger, "info", {"event": "claim.moved"})
    assert json.loads(json.dumps(entry)) == {"event": "claim.moved", "request_id": str(mine)}
