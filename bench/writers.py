"""Sixteen sessions that write without pause, driven by two processes.

The shape of ``pgbench -c 16 -j 2``: each session is one writer with one transaction under way, and
few processes keep many of them busy. A process for each session would take the processors from the
server it measures: a quarter of them went to waking sixteen programs in turn.
"""

from __future__ import annotations

import heapq
import multiprocessing
import select
import time
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

SESSIONS = 16
_DRIVERS = 2
_WARM_UP = 5
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

Transaction = Generator[None, PGresult, UUID | None]
"""Sends its statements, yields where it needs the answer to the last of them, and returns the id
of the event it wrote, if any. What is sent after the last yield is its end."""


class Written(NamedTuple):
    """What the sessions did: seconds a transaction, and when the commit of which event came
    back."""

    latencies: list[float]
    events: list[tuple[UUID, float]]


class Session:
    """A connection on which a transaction is one message to the server and one answer.

    On the driver's own pipeline each statement is a message of its own, and these programs would
    mostly measure how often processes are woken.
    """

    def __init__(self, url: str, prepared: dict[str, str]) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._libpq = self._connection.pgconn
        for name, statement in prepared.items():
            found = self._libpq.prepare(name.encode(), statement.encode())
            assert found.status == ExecStatus.COMMAND_OK, found.error_message
        self._libpq.nonblocking = 1
        self._libpq.enter_pipeline_mode()
        self._unanswered = 0
        self._last: PGresult | None = None
        self._is_ending = False
        self._transaction: Transaction | None = None
        self.began = 0.0
        self.event_id: UUID | None = None

    def fileno(self) -> int:
        """The socket, for whoever waits for the answer."""
        return self._libpq.socket

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def say(self, statement: str) -> None:
        """Send a statement as text, as BEGIN and the like are sent."""
        self._libpq.send_query_params(statement.encode(), None)
        self._unanswered += 1

    def run(self, name: str, values: Sequence[object]) -> None:
        """Send a prepared statement with its values."""
        self._libpq.send_query_prepared(name.encode(), [_as_text(one) for one in values])
        self._unanswered += 1

    def begin(self, act: Callable[[Session], Transaction]) -> None:
        """Send the first part of a transaction."""
        self.began = time.monotonic()
        self._is_ending = False
        self._transaction = act(self)
        self._go_on(None)

    def is_done(self) -> bool:
        """Take what the server has sent; whether the transaction is through."""
        self._libpq.consume_input()
        while not self._libpq.is_busy():
            if self._unanswered == 0:
                if self._is_ending:
                    self._libpq.get_result()  # the end of the message
                    return True
                self._go_on(self._last)
                return False
            found = self._libpq.get_result()
            if found is None:
                self._unanswered -= 1  # the end of that answer
                continue
            assert found.status in _DONE, found.error_message
            self._last = found
        return False

    def _go_on(self, answer: PGresult | None) -> None:
        assert self._transaction is not None, "a transaction is under way"
        try:
            if answer is None:
                next(self._transaction)
            else:
                self._transaction.send(answer)
        except StopIteration as end:
            self.event_id = end.value
            self._is_ending = True
            self._libpq.pipeline_sync()
        else:
            self._libpq.send_flush_request()
        while self._libpq.flush():
            select.select((), (self._libpq.socket,), ())


def _as_text(value: object) -> bytes | None:
    """A value as the driver sends it, without its search for the way."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, UUID):
        return value.hex.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, datetime):
        return value.isoformat().encode()
    return None if value is None else str(value).encode()


def _drive(
    sessions: list[Session], act: Callable[[Session], Transaction], end: float, pause_seconds: float
) -> Written:
    """Keep each session busy until ``end``; each pauses after a transaction, if at all."""
    done = Written([], [])
    by_socket = {session.fileno(): session for session in sessions}
    answers = select.poll()
    pausing: list[tuple[float, int]] = []
    for number, session in by_socket.items():
        answers.register(number, select.POLLIN)
        session.begin(act)
    under_way = len(sessions)
    while under_way or pausing:
        wait = max(0.0, pausing[0][0] - time.monotonic()) * 1_000 if pausing else None
        for number, _ in answers.poll(wait):
            session = by_socket[number]
            if not session.is_done():
                continue
            now = time.monotonic()
            done.latencies.append(now - session.began)
            if session.event_id is not None:
                done.events.append((session.event_id, now))
            if now + pause_seconds >= end:
                under_way -= 1
            elif pause_seconds:
                under_way -= 1
                heapq.heappush(pausing, (now + pause_seconds, number))
            else:
                session.begin(act)
        while pausing and pausing[0][0] <= time.monotonic():
            by_socket[heapq.heappop(pausing)[1]].begin(act)
            under_way += 1
    return done


def _work(
    url: str,
    prepared: dict[str, str],
    act: Callable[[Session], Transaction],
    seconds: float,
    pause_seconds: float,
    start: Any,
    results: Any,
) -> None:
    sessions = [Session(url, prepared) for _ in range(SESSIONS // _DRIVERS)]
    for _ in range(_WARM_UP):
        _drive(sessions, act, 0.0, 0.0)
    start.wait()
    results.put(_drive(sessions, act, time.monotonic() + seconds, pause_seconds))
    for session in sessions:
        session.close()


def written(
    url: str,
    prepared: dict[str, str],
    act: Callable[[Session], Transaction],
    seconds: float,
    pause_seconds: float = 0.0,
) -> tuple[float, Written]:
    """Transactions a second of all sessions together, and what they did, latencies ascending.

    ``pause_seconds``: after each transaction a session waits that long, as people and files do.
    """
    start, results = multiprocessing.Barrier(_DRIVERS), multiprocessing.Queue()  # type: ignore[var-annotated]
    drivers = [
        multiprocessing.Process(
            target=_work, args=(url, prepared, act, seconds, pause_seconds, start, results)
        )
        for _ in range(_DRIVERS)
    ]
    for driver in drivers:
        driver.start()
    found = [results.get() for _ in drivers]
    for driver in drivers:
        driver.join()
    whole = Written(
        sorted(one for part in found for one in part.latencies),
        [one for part in found for one in part.events],
    )
    return len(whole.latencies) / seconds, whole
