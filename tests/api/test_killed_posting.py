"""Whoever is killed, whenever: no cent, claim, file or event is lost, doubled or halved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from api.bootstrap import Runtime
from core.x12.remittance_reader import read_remittances
from tenants.session import tenant_transaction
from tests.api.invariants import broken_here, broken_promises
from tests.api.killed_poster import CLAIMS, CLAIMS_A_CHECK
from tests.campaign import SOAK, rounds

PROGRAM = Path(__file__).with_name("killed_poster.py")


@pytest.mark.attack("S-54", "S-58")
@pytest.mark.campaign
def test_killed_at_every_statement_and_at_any_moment_all_promises_hold(
    running: Runtime, shipped_tables: Path
) -> None:
    """Killed after a commit nobody was told of, too: the next try finds it done (S-58)."""
    kills = rounds(500)
    (running.settings.home / "shipped").symlink_to(shipped_tables)
    seed = int.from_bytes(os.urandom(4))
    urls = msgspec.structs.astuple(running.urls)
    given = (running.settings.home, *urls, kills, 1 if SOAK else 9, seed)
    done = subprocess.run(
        [sys.executable, PROGRAM, *map(str, given)],
        cwd=PROGRAM.parents[2],
        env={"PYTHONPATH": str(PROGRAM.parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    print(told)
    assert told["by_step"] + told["at_random"] == kills, (told, seed)
    assert min(told["by_step"], told["at_random"]) >= kills // 4
    assert told["paid_files"] == CLAIMS // CLAIMS_A_CHECK

    tenant_id = running.practice("river").tenant_id
    assert broken_promises(running, tenant_id) == {}, seed
    folder = running.settings.exchange / "river"
    taken = {path.read_bytes() for path in (folder / "inbound" / "taken").iterdir()}
    assert len(taken) == told["paid_files"]
    era_cents = sum(one.header.payment_cents for data in taken for one in read_remittances(data))
    with tenant_transaction(running.engine, tenant_id) as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM claim) AS claims,"
                " (SELECT sum(amount_cents) FROM ledger_posting WHERE account = 'payer_cash')"
                " AS cash, (SELECT count(*) FROM remittance WHERE status = 'posted') AS posted,"
                " (SELECT array_agg(name ORDER BY name) FROM exchange_file"
                "  WHERE direction = 'out' AND status <> 'waiting') AS sent"
            )
        ).one()
    assert (counts.claims, counts.cash) == (CLAIMS, era_cents)
    assert counts.posted == told["paid_files"]
    outbound = sorted(path.name for path in (folder / "outbound").glob("*.x12"))
    assert outbound == counts.sent
    running.sequence_audit()
    verification = running.verify_audit()
    assert verification.verified, verification.sentence
    _promises_can_be_broken(running, tenant_id)


# A row planted beside one that is there, with these values instead of its own.
PLANTED: tuple[tuple[str, dict[str, object], str], ...] = (
    (
        "remittance",
        {"trace_number": "PLANTED"},
        "a check's cash in the ledger is its payment on the remittance",
    ),
    ("remittance", {"trace_number": "PLANTED"}, "one audit event of the ledger a check"),
    ("remittance", {"content_sha256": r"\x00"}, "a trace number is posted once"),
    (
        "exchange_file",
        {"direction": "in", "sha256": r"\x00", "control_number": 77},
        "one audit event a file that came in",
    ),
    (
        "claim",
        {"claim_number": "PLANTED", "sequence": "T"},
        "a claim is created once, and audited once",
    ),
)


def _promises_can_be_broken(running: Runtime, tenant_id: UUID) -> None:
    for table, changed, promise in PLANTED:
        row = json.dumps({**changed, "id": str(uuid4())})
        with tenant_transaction(running.engine, tenant_id) as connection:
            connection.execute(
                text(
                    f"INSERT INTO {table} SELECT (jsonb_populate_record(t, CAST(:row AS jsonb))).*"
                    f" FROM {table} t LIMIT 1"
                ),
                {"row": row},
            )
            assert promise in broken_here(connection)
            connection.rollback()
