"""What it costs a statement to be of one practice: signed context, bare setting, no policy.

Three tables of the same rows in a scratch database, asked the same by the application's role, turn
and turn about, so that whatever else the machine does falls on all three. A turn's figure is its
median; of the turns the best counts.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from bench.figures import Figure
from tenants.context import ContextSigner, Speaker
from tenants.postgres import DatabaseUrls, EmbeddedServer, open_database
from tenants.store.schema import migrate

_TENANTS = 50
_ROWS_EACH = 2_000
_APP = "claimwright_app"
_FLOOR_MICROSECONDS = 40.0

# The policy of each table; the second believes a setting that any SQL can set.
_WAYS = {
    "no policy": "",
    "bare setting": "nullif(current_setting('app.bare', true), '')::uuid",
    "signed context": "current_tenant()",
}
_QUESTIONS = {
    "one row by its key": "SELECT body FROM {table} WHERE tenant_id = %s AND id = %s",
    "work list of 50": (
        "SELECT id, stage, body FROM {table} WHERE tenant_id = %s AND stage = 'sent'"
        " ORDER BY created_at LIMIT 50"
    ),
}


def _table(way: str) -> str:
    return "bench_" + way.replace(" ", "_")


def _prepare(owner: psycopg.Connection[Any], tenants: list[UUID]) -> None:
    for way, policy in _WAYS.items():
        table = _table(way)
        owner.execute(
            f"CREATE TABLE {table} (tenant_id uuid, id uuid, stage text, created_at timestamptz,"
            " body bytea, PRIMARY KEY (tenant_id, id))"
        )
        owner.execute(
            f"INSERT INTO {table} SELECT tenant, gen_random_uuid(),"
            " CASE n %% 4 WHEN 0 THEN 'sent' ELSE 'closed' END, now() - n * interval '1 minute',"
            " sha256(n::text::bytea) FROM unnest(%s::uuid[]) tenant, generate_series(1, %s) n",
            (tenants, _ROWS_EACH),
        )
        owner.execute(f"CREATE INDEX ON {table} (tenant_id, stage, created_at)")
        owner.execute(f"GRANT SELECT ON {table} TO {_APP}")
        if policy:
            owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            owner.execute(f"CREATE POLICY tenant ON {table} USING (tenant_id = (SELECT {policy}))")
        owner.execute(f"ANALYZE {table}")


def _turn(app: psycopg.Connection[Any], question: str, tenant: UUID, ids: list[UUID]) -> float:
    """The median of one turn, in microseconds."""
    by_key = question.count("%s") == 2
    taken = []
    for row_id in ids:
        values = (tenant, row_id) if by_key else (tenant,)
        began = time.perf_counter()
        rows = app.execute(question, values, prepare=True).fetchall()
        taken.append(time.perf_counter() - began)
        assert len(rows) == (1 if by_key else 50), "the policy shows the practice's own rows"
    return statistics.median(taken) * 1e6


def _ask(urls: DatabaseUrls, *, turns: int, repeats: int) -> dict[tuple[str, str], float]:
    tenants = [uuid4() for _ in range(_TENANTS)]
    mine = tenants[7]
    with psycopg.connect(urls.migrator.replace("+psycopg", ""), autocommit=True) as owner:
        _prepare(owner, tenants)
    best: dict[tuple[str, str], float] = {}
    signer = ContextSigner(urls.context_key, _APP)
    with psycopg.connect(urls.app.replace("+psycopg", "")) as app:
        expires_at = int(time.time()) + 3_600
        app.execute(f"SET LOCAL app.bare = '{mine}'")
        app.execute(signer.statement(Speaker.TENANT, mine, expires_at=expires_at))
        ids = {
            way: [
                row[0]
                for row in app.execute(
                    f"SELECT id FROM {_table(way)} WHERE tenant_id = %s LIMIT %s", (mine, repeats)
                )
            ]
            for way in _WAYS
        }
        for turn in range(turns + 1):
            for what, question in _QUESTIONS.items():
                for way in _WAYS:
                    seen = _turn(app, question.format(table=_table(way)), mine, ids[way])
                    if turn:  # the first turn warms
                        best[what, way] = min(seen, best.get((what, way), seen))
    return best


def measure(quick: bool = False) -> list[Figure]:
    """Microseconds a statement each way, and what the signed context adds."""
    home = Path(tempfile.mkdtemp(prefix="cw-bench-"))
    try:
        urls = open_database(home, database_url=None, durable=False)
        migrate(urls)
        best = _ask(urls, turns=2 if quick else 40, repeats=50 if quick else 150)
    finally:
        EmbeddedServer(home, durable=False).destroy()
        shutil.rmtree(home, ignore_errors=True)
    figures = []
    for what in _QUESTIONS:
        figures += [Figure(name=f"{what}, {way}", seen=best[what, way], unit="us") for way in _WAYS]
        figures.append(
            Figure(
                name=f"{what}: added by the signed context",
                seen=best[what, "signed context"] - best[what, "no policy"],
                unit="us",
                floor=_FLOOR_MICROSECONDS,
                at_most=True,
                note=(
                    f"the bare setting adds "
                    f"{best[what, 'bare setting'] - best[what, 'no policy']:.1f}"
                ),
            )
        )
    return figures


def main() -> None:
    """Print the figures; ``--quick`` for a look."""
    for figure in measure("--quick" in sys.argv):
        print(figure.line())


if __name__ == "__main__":
    main()
