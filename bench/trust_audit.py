"""What the audit log costs and how soon it is signed, beside a plain insert and a hash chain.

    python bench/trust_audit.py [--quick]

Sixteen writers on one practice, a process and a connection each: in one process Python's lock, not
the database, would be measured. A transaction is a row and its event, with exactly the statement
of ``audit.store.record``, sent as one pipeline. The sequencer runs beside them in a process of its
own as it does in a worker; a checkpoint counts when it is on disk outside the database. The
peer is what most systems call a tamper-evident log: each entry holds the hash of the one before,
so each writer locks the head. PostgreSQL is the embedded one with everything a power cut asks for.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event as Flag
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql.base import PGDialect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api import sequencing
from api.bootstrap import Runtime, open_urls
from api.settings import Settings
from audit import bundle, store, verify
from audit.event import Event, ObjectType, machine
from audit.rows import event_row
from audit.sequencer import sequence
from bench.figures import Figure
from tenants.context import TOKEN_SECONDS, ContextSigner, Speaker
from tenants.ids import new_id
from tenants.postgres import EmbeddedServer
from tenants.session import tenant_transaction
from tenants.store.schema import migrate

WRITERS = 16
PRACTICE = UUID("00000000-0000-4000-8000-000000000007")
_ACTOR = machine("worker")
_RECORD = store._RECORD_ONE.compile(dialect=PGDialect(paramstyle="numeric_dollar"))
_RECORD_VALUES = _RECORD.positiontup or ()
_PREPARED = {
    "record": str(_RECORD),
    "bench_bare": "INSERT INTO bench_bare VALUES ($1, $2, $3, $4, $5)",
    "bench_watched": "INSERT INTO bench_watched VALUES ($1, $2, $3, $4, $5)",
    "head": "SELECT seq, hash FROM bench_head WHERE tenant_id = $1 FOR UPDATE",
    "chain": "INSERT INTO bench_chain VALUES ($1, $2, $3, $4)",
    "move": "UPDATE bench_head SET seq = $1, hash = $2 WHERE tenant_id = $3",
}
# The statement by which a writer's transaction speaks for the practice; good for five minutes, and
# inherited by the writers, which are forked.
_SPEAKS: list[str] = []

# Writers that never pause leave the sequencer no processor on two cores.
_PACED_SECONDS = 0.04

# Two tables of the same shape; only ``bench_watched`` has the capture triggers of every table.
_TABLES = (
    *(
        statement
        for name in ("bench_bare", "bench_watched")
        for statement in (
            (
                f"CREATE TABLE {name} (tenant_id uuid NOT NULL, id uuid NOT NULL,"
                " state text NOT NULL, cents bigint NOT NULL, body bytea NOT NULL,"
                " PRIMARY KEY (tenant_id, id))"
            ),
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))",
            f"GRANT SELECT, INSERT ON {name} TO claimwright_app",
        )
    ),
    "SELECT capture_changes_of('bench_watched')",
    "CREATE TABLE bench_head (tenant_id uuid PRIMARY KEY, seq bigint, hash bytea)",
    (
        "CREATE TABLE bench_chain (tenant_id uuid, seq bigint, hash bytea, line bytea,"
        " PRIMARY KEY (tenant_id, seq))"
    ),
    f"INSERT INTO bench_head VALUES ('{PRACTICE}', 0, '')",
    "GRANT SELECT, INSERT, UPDATE ON bench_head, bench_chain TO claimwright_app",
)


class Written(NamedTuple):
    """What one writer did: seconds a transaction, and when the commit of which event came back."""

    latencies: list[float]
    events: list[tuple[UUID, float]]


class _Pipe:
    """A connection on which a transaction is one message to the server and one answer.

    On the driver's own pipeline each statement is a message of its own, and sixteen of these
    programs on two cores would mostly measure how often processes are woken.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 0
        for name, statement in _PREPARED.items():
            found = self._libpq.prepare(name.encode(), statement.encode())
            assert found.status == ExecStatus.COMMAND_OK, found.error_message
        self._libpq.enter_pipeline_mode()
        self._sent = 0

    def say(self, statement: str) -> None:
        """Send a statement as text, as BEGIN and the like are sent."""
        self._libpq.send_query_params(statement.encode(), None)
        self._sent += 1

    def run(self, name: str, *values: object) -> None:
        """Send a prepared statement with its values."""
        self._libpq.send_query_prepared(name.encode(), [_as_text(one) for one in values])
        self._sent += 1

    def answer(self, *, end: bool) -> PGresult:
        """The answer to the newest statement, once all are answered; ``end`` ends the message."""
        if end:
            self._libpq.pipeline_sync()
        else:
            self._libpq.send_flush_request()
        self._libpq.flush()
        for _ in range(self._sent):
            found = self._libpq.get_result()
            assert found is not None, "a statement was not answered"
            assert found.status in _DONE, found.error_message
            self._libpq.get_result()  # the end of that answer
        self._sent = 0
        if end:
            self._libpq.get_result()  # the end of the message
        return found


_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


def _as_text(value: object) -> bytes | None:
    """A value as the driver sends it, without its search for the way."""
    if isinstance(value, UUID):
        return value.hex.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    return None if value is None else str(value).encode()


def _begin(pipe: _Pipe, table: str) -> UUID:
    row_id = new_id()
    pipe.say("BEGIN")
    pipe.say(_SPEAKS[0])
    pipe.run(table, PRACTICE, row_id, "held", 12_500, b"\xe1" * 300)
    return row_id


def _event(row_id: UUID) -> Event:
    return Event.of(
        "claim.edited",
        id=new_id(),
        tenant_id=PRACTICE,
        at=datetime.now(UTC),
        actor=_ACTOR,
        about={ObjectType.CLAIM: (row_id,)},
    )


def _bare(pipe: _Pipe) -> None:
    _begin(pipe, "bench_bare")
    pipe.say("COMMIT")
    pipe.answer(end=True)


def _audited(pipe: _Pipe) -> UUID:
    event = _event(_begin(pipe, "bench_watched"))
    row = event_row(event)
    pipe.run("record", *(row[name] for name in _RECORD_VALUES))
    pipe.say("COMMIT")
    pipe.answer(end=True)
    return event.id


def _chained(pipe: _Pipe) -> None:
    row_id = _begin(pipe, "bench_bare")
    pipe.run("head", PRACTICE)
    head = pipe.answer(end=False)
    seq, before = head.get_value(0, 0), head.get_value(0, 1)
    assert seq is not None, "the head is there"
    assert before is not None, "the head is there"
    line = row_id.bytes + bytes(284)
    link = (int(seq) + 1, hashlib.sha256(bytes.fromhex(before[2:].decode()) + line).digest())
    pipe.run("chain", PRACTICE, *link, line)
    pipe.run("move", *link, PRACTICE)
    pipe.say("COMMIT")
    pipe.answer(end=True)


WAYS: dict[str, Callable[[_Pipe], UUID | None]] = {
    "bare": _bare,
    "audited": _audited,
    "chained": _chained,
}


def _write(
    url: str, way: str, start: Any, seconds: float, results: Any, pause_seconds: float
) -> None:
    act = WAYS[way]
    done = Written([], [])
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        pipe = _Pipe(connection)
        for _ in range(5):
            act(pipe)
        start.wait()
        now = time.monotonic()
        end = now + seconds
        while now < end:
            event_id = act(pipe)
            after = time.monotonic()
            done.latencies.append(after - now)
            if event_id is not None:
                done.events.append((event_id, after))
            if pause_seconds:
                time.sleep(pause_seconds)
            now = time.monotonic()
    results.put(done)


def _writes(
    url: str, way: str, seconds: float, pause_seconds: float = 0.0
) -> tuple[float, Written]:
    """Transactions a second of all writers together, and what they did.

    ``pause_seconds``: after each transaction a writer waits that long, as people and files do.
    """
    start, results = multiprocessing.Barrier(WRITERS), multiprocessing.Queue()  # type: ignore[var-annotated]
    writers = [
        multiprocessing.Process(
            target=_write, args=(url, way, start, seconds, results, pause_seconds)
        )
        for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    found = [results.get() for _ in writers]
    for writer in writers:
        writer.join()
    whole = Written(
        sorted(one for written in found for one in written.latencies),
        [one for written in found for one in written.events],
    )
    return len(whole.latencies) / seconds, whole


def _run_sequencer(settings: Settings, ready: Flag, stop: Flag, results: Any) -> None:
    """The product's loop; notes when each checkpoint was outside."""
    signed: list[tuple[int, float]] = []

    def noted(*arguments: Any, **named: Any) -> Any:
        made = sequence(*arguments, **named)
        ready.set()
        signed.extend((one.size, time.monotonic()) for one in made)
        return made

    sequencing.sequence = noted
    with sequencing.Sequencing(Runtime(settings, open_urls(settings))):
        stop.wait()
    results.put(signed)


def _until_signed(
    sequencer_url: str, written: Written, signed: list[tuple[int, float]]
) -> list[float]:
    """Seconds from each commit to the first checkpoint over it, ascending."""
    engine = create_engine(sequencer_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT event_id, index FROM audit_leaf")).all()
    engine.dispose()
    index_of = {row.event_id: row.index for row in rows}
    waited, at = [], 0
    for index, committed in sorted((index_of[one], when) for one, when in written.events):
        while signed[at][0] <= index:
            at += 1
        waited.append(signed[at][1] - committed)
    return sorted(waited)


def _beside_the_sequencer(
    settings: Settings, seconds: float, pause_seconds: float = 0.0
) -> tuple[float, Written, list[float]]:
    urls = open_urls(settings)
    ready, stop = multiprocessing.Event(), multiprocessing.Event()
    results = multiprocessing.Queue()  # type: ignore[var-annotated]
    child = multiprocessing.Process(target=_run_sequencer, args=(settings, ready, stop, results))
    child.start()
    ready.wait()
    rate, written = _writes(urls.app, "audited", seconds, pause_seconds)
    time.sleep(2.5)
    stop.set()
    signed = results.get()
    child.join()
    return rate, written, _until_signed(urls.sequencer, written, signed)


def _backlog(running: Runtime, count: int) -> float:
    """Events a second of the sequencer alone, over events that wait."""
    for _ in range(count // 5_000):
        with tenant_transaction(running.engine, PRACTICE) as connection:
            store.record(connection, [_event(new_id()) for _ in range(5_000)])
    began = time.perf_counter()
    running.sequence_audit()
    return count / (time.perf_counter() - began)


def _verified(running: Runtime, folder: Path) -> float:
    """Entries a second of the offline verifier over an exported log."""
    engine = create_engine(running.urls.sequencer)
    with engine.connect() as connection:
        bundle.export(connection, PRACTICE, folder, running.keyring.signer().verifier)
    engine.dispose()
    began = time.perf_counter()
    report = verify.verify_bundle(folder)
    assert report.verified, report.problems[:1]
    return report.entries / (time.perf_counter() - began)


def _percentile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))] * 1_000


def measure(quick: bool = False) -> list[Figure]:
    """Every figure, in one run; ``quick`` writes for one second instead of five."""
    seconds, waiting = (1.0, 5_000) if quick else (5.0, 30_000)
    # Long paths do not fit a socket's name, and the server's user must reach it.
    home = Path(tempfile.mkdtemp(prefix="cw-audit-"))
    home.chmod(0o755)
    settings = Settings(home=home / "home")
    settings.home.mkdir(mode=0o700)
    try:
        urls = open_urls(settings)
        migrate(urls)
        owner = create_engine(urls.migrator)
        with owner.begin() as connection:
            for statement in _TABLES:
                connection.execute(text(statement))
        owner.dispose()
        running = Runtime(settings, urls)
        expires_at = int(time.time()) + TOKEN_SECONDS
        signer = ContextSigner(urls.context_key, "claimwright_app")
        _SPEAKS[:] = [signer.statement(Speaker.TENANT, PRACTICE, expires_at=expires_at)]
        plain, bare = _writes(urls.app, "bare", seconds)
        chain, chained = _writes(urls.app, "chained", seconds)
        rate, written, waited = _beside_the_sequencer(settings, seconds)
        paced, _, waited_paced = _beside_the_sequencer(settings, seconds, _PACED_SECONDS)
        backlog = _backlog(running, waiting)
        verified = _verified(running, home / "bundle")
        running.close()
    finally:
        EmbeddedServer(settings.home).destroy()
    return [
        Figure(
            name="audited writes, 16 writers, sequencer beside", seen=rate, unit="/s", floor=2_500
        ),
        *_latencies("  a transaction", written.latencies),
        Figure(
            name="commit to signed checkpoint outside, p50",
            seen=_percentile(waited, 0.5),
            unit="ms",
        ),
        Figure(
            name="commit to signed checkpoint outside, p99",
            seen=_percentile(waited, 0.99),
            unit="ms",
            floor=1_000,
            at_most=True,
        ),
        Figure(name="the same, writers that pause 40 ms", seen=paced, unit="/s"),
        Figure(
            name="  commit to signed checkpoint outside, p99",
            seen=_percentile(waited_paced, 0.99),
            unit="ms",
            floor=1_000,
            at_most=True,
        ),
        Figure(name="yardstick: the row alone, 16 writers", seen=plain, unit="/s"),
        *_latencies("  a transaction", bare.latencies),
        Figure(name="peer: hash chain with a locked head, 16 writers", seen=chain, unit="/s"),
        *_latencies("  a transaction", chained.latencies),
        Figure(name="sequencer over a backlog", seen=backlog, unit="events/s"),
        Figure(name="offline verifier", seen=verified, unit="entries/s", floor=50_000),
    ]


def _latencies(name: str, ascending: list[float]) -> list[Figure]:
    return [
        Figure(name=f"{name}, {word}", seen=_percentile(ascending, share), unit="ms")
        for word, share in (("p50", 0.5), ("p99", 0.99))
    ]


def main() -> None:
    """Print the figures; status 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a second instead of five")
    figures = measure(quick=parser.parse_args().quick)
    for figure in figures:
        print(figure.line())
    sys.exit(0 if all(figure.is_reached for figure in figures) else 1)


if __name__ == "__main__":
    main()
