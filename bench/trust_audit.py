"""What the audit log costs and how soon it is signed, beside a plain insert and a hash chain.

    python bench/trust_audit.py [--quick]

Sixteen writers on one practice, a session each (``bench.writers``). A transaction is a row and its
event, with exactly the statement of ``audit.store.record``, sent as one pipeline. The sequencer
runs beside them in a process of its own as it does in a worker; a checkpoint counts when it is on
disk outside the database. The peer is what most systems call a tamper-evident log: each entry holds
the hash of the one before, so each writer locks the head. PostgreSQL is the embedded one with
everything a power cut asks for.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.synchronize import Event as Flag
from pathlib import Path
from typing import Any
from uuid import UUID

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
from bench.writers import Session, Transaction, Written, written
from tenants.context import TOKEN_SECONDS, ContextSigner, Speaker
from tenants.ids import new_id
from tenants.postgres import EmbeddedServer
from tenants.session import tenant_transaction
from tenants.store.schema import migrate

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


def _begin(session: Session, table: str) -> UUID:
    row_id = new_id()
    session.say("BEGIN")
    session.say(_SPEAKS[0])
    session.run(table, (PRACTICE, row_id, "held", 12_500, b"\xe1" * 300))
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


def _bare(session: Session) -> Transaction:
    _begin(session, "bench_bare")
    session.say("COMMIT")
    return None
    yield  # never reached: it waits for no answer, and is driven as those are that do


def _audited(session: Session) -> Transaction:
    event = _event(_begin(session, "bench_watched"))
    row = event_row(event)
    session.run("record", [row[name] for name in _RECORD_VALUES])
    session.say("COMMIT")
    return event.id
    yield


def _chained(session: Session) -> Transaction:
    row_id = _begin(session, "bench_bare")
    session.run("head", (PRACTICE,))
    head = yield
    seq, before = head.get_value(0, 0), head.get_value(0, 1)
    assert seq is not None, "the head is there"
    assert before is not None, "the head is there"
    line = row_id.bytes + bytes(284)
    link = (int(seq) + 1, hashlib.sha256(bytes.fromhex(before[2:].decode()) + line).digest())
    session.run("chain", (PRACTICE, *link, line))
    session.run("move", (*link, PRACTICE))
    session.say("COMMIT")
    return None


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
    sequencer_url: str, done: Written, signed: list[tuple[int, float]]
) -> list[float]:
    """Seconds from each commit to the first checkpoint over it, ascending."""
    engine = create_engine(sequencer_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT event_id, index FROM audit_leaf")).all()
    engine.dispose()
    index_of = {row.event_id: row.index for row in rows}
    waited, at = [], 0
    for index, committed in sorted((index_of[one], when) for one, when in done.events):
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
    rate, done = written(urls.app, _PREPARED, _audited, seconds, pause_seconds)
    time.sleep(2.5)
    stop.set()
    signed = results.get()
    child.join()
    return rate, done, _until_signed(urls.sequencer, done, signed)


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
        plain, bare = written(urls.app, _PREPARED, _bare, seconds)
        chain, chained = written(urls.app, _PREPARED, _chained, seconds)
        rate, audited, waited = _beside_the_sequencer(settings, seconds)
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
        *_latencies("  a transaction", audited.latencies),
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
