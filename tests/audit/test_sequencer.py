"""The sequencer: contiguous, exactly once, whatever happens to it."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from audit import outside
from audit.checkpoint import CheckpointSigner
from audit.event import event_line
from audit.sequencer import sequence
from audit.store import record
from audit.tree import leaf_hash, root
from core.errors import AuditLogError
from tests.audit.logdatabase import NOW, SIGNER, LogDatabase, claims_event

KILLED = Path(__file__).with_name("killed_sequencer.py")


def test_events_enter_the_tree_in_the_order_they_happened(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    events = database.record(practice, 23)
    (checkpoint,) = database.sequence(tmp_path)
    assert checkpoint.size == 23
    assert checkpoint.root == root([leaf_hash(event_line(event)) for event in events])
    assert SIGNER.verifier.open(checkpoint.note, practice) == checkpoint
    assert list(outside.published(tmp_path, practice)) == [checkpoint.note]
    assert database.value("SELECT count(*) FROM audit_pending") == 0


def test_nothing_waiting_signs_nothing(database: LogDatabase, tmp_path: Path) -> None:
    assert database.sequence(tmp_path) == ()


def test_a_log_grows_from_its_last_checkpoint(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    sizes, events = [], []
    for count in (1, 2, 4, 9, 1, 3):
        events += database.record(practice, count, start=len(events))
        (checkpoint,) = database.sequence(tmp_path)
        sizes.append(checkpoint.size)
        assert checkpoint.root == root([leaf_hash(event_line(event)) for event in events])
    assert sizes == [1, 3, 7, 16, 17, 20]
    verification = database.verify(tmp_path)
    assert verification.verified, verification.sentence
    assert verification.events == 20


def test_a_large_backlog_goes_in_batches(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    database.record(practice, 25)
    checkpoints = database.sequence(tmp_path, batch_events=10)
    assert [checkpoint.size for checkpoint in checkpoints] == [10, 20, 25]
    assert len(list(outside.published(tmp_path, practice))) == 3
    assert database.verify(tmp_path).verified


def test_every_practice_has_its_own_tree(database: LogDatabase, tmp_path: Path) -> None:
    practices = sorted(uuid4() for _ in range(4))
    for number, practice in enumerate(practices, start=1):
        database.record(practice, number)
    checkpoints = database.sequence(tmp_path)
    assert [(c.tenant_id, c.size) for c in checkpoints] == list(
        zip(practices, range(1, 5), strict=True)
    )
    assert database.verify(tmp_path).sentence == (
        "10 audit events in 4 logs verify against their signed checkpoints"
    )


@pytest.mark.attack("S-50")
@pytest.mark.control("R17")
def test_two_sequencers_and_many_writers_leave_no_gap_and_no_duplicate(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    def write(start: int) -> None:
        for number in range(15):
            database.record(practice, 2, start=start + number)

    def gather(_: int) -> None:
        for _ in range(8):
            database.sequence(tmp_path, batch_events=7)

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(write, start) for start in range(4)]
        done += [pool.submit(gather, turn) for turn in range(2)]
        for future in done:
            future.result()
    database.sequence(tmp_path)
    assert database.value("SELECT count(*) FROM audit_leaf") == 120
    assert database.value("SELECT max(index) FROM audit_leaf") == 119
    verification = database.verify(tmp_path)
    assert verification.verified, verification.sentence


@pytest.mark.attack("S-50")
@pytest.mark.control("R18")
def test_a_clock_that_jumps_back_leaves_the_order_of_the_tree_as_it_is(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    """An event that says it happened before those already signed goes behind them all the same."""
    before = database.record(practice, 5, start=5_000)
    database.sequence(tmp_path)
    late = database.record(practice, 5)
    (checkpoint,) = database.sequence(tmp_path)
    assert late[0].at < before[0].at
    lines = [event_line(event) for event in (*before, *late)]
    assert checkpoint.root == root([leaf_hash(one) for one in lines])
    with database.sequencer.connect() as connection:
        earlier = NOW.replace(year=2020)
        database.record(practice, 1, start=9_000)
        assert [one.size for one in sequence(connection, SIGNER, earlier, tmp_path)] == [11]
    assert database.verify(tmp_path).verified


@pytest.mark.attack("S-50")
@pytest.mark.control("R17")
def test_a_sequencer_killed_at_any_statement_leaves_no_trace(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    database.record(practice, 12)
    folder = tmp_path / "checkpoints"
    done = subprocess.run(
        [sys.executable, str(KILLED), database.urls.sequencer, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=KILLED.parents[2],
    )
    outcome = json.loads(done.stdout)
    # Two batches of six: every statement, every commit, before and after every append to a file.
    assert outcome["killed"] == 11
    assert outcome["finished"] == 1
    verification = database.verify(folder)
    assert verification.verified, verification.sentence
    assert verification.events == 12


@pytest.mark.attack("S-50")
@pytest.mark.control("R18")
def test_a_checkpoint_that_did_not_leave_the_database_leaves_at_the_next_start(
    database: LogDatabase, practice: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.record(practice, 3)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outside, "append", crash)
        with pytest.raises(KeyboardInterrupt):
            database.sequence(tmp_path)
    assert not database.verify(tmp_path).verified
    assert database.sequence(tmp_path) == ()
    assert database.verify(tmp_path).verified


@pytest.mark.attack("S-50")
def test_a_line_torn_by_a_crash_is_written_again(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    database.record(practice, 1)
    database.sequence(tmp_path)
    path = outside.checkpoint_path(tmp_path, practice)
    whole = path.read_bytes()
    path.write_bytes(whole + b'"claimwright/te')
    database.record(practice, 1)
    database.sequence(tmp_path)
    assert path.read_bytes().startswith(whole)
    assert len(list(outside.published(tmp_path, practice))) == 2
    assert database.verify(tmp_path).verified


REFUSALS = {
    "an event was altered on the way to its leaf": (
        (
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " NEW.hash := sha256(NEW.hash); RETURN NEW; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION spoil()"
        ),
        "does not match its leaf",
    ),
    "a leaf was lost on the way": (
        (
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.index = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION spoil()"
        ),
        "has a gap",
    ),
    "the last leaf was lost on the way": (
        (
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.index = 4 THEN RETURN NULL; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION spoil()"
        ),
        "does not continue the signed one",
    ),
    "a waiting event was removed": (
        "DELETE FROM audit_event WHERE at = (SELECT max(at) FROM audit_event)",
        "removed before it entered",
    ),
    "the stored edge was changed": (
        "UPDATE audit_checkpoint SET frontier = frontier || sha256(''), size = 3",
        "belongs to|not the one that was signed|no valid signature",
    ),
    "the stored root's edge was swapped": (
        "UPDATE audit_checkpoint SET frontier = sha256(frontier)",
        "not the one that was signed",
    ),
    "the database went back to before its checkpoint": (
        "DELETE FROM audit_checkpoint",
        "older than a checkpoint outside",
    ),
}


@pytest.mark.attack("S-48")
@pytest.mark.control("R17")
@pytest.mark.parametrize("case", REFUSALS)
def test_nothing_is_signed_when(
    database: LogDatabase, practice: UUID, tmp_path: Path, case: str
) -> None:
    statement, message = REFUSALS[case]
    database.record(practice, 2)
    database.sequence(tmp_path)
    database.record(practice, 3, start=2)
    signed = list(outside.published(tmp_path, practice))
    database.tamper(statement)
    try:
        with pytest.raises(AuditLogError, match=message):
            database.sequence(tmp_path)
    finally:
        database.tamper("DROP FUNCTION IF EXISTS spoil() CASCADE")
    assert list(outside.published(tmp_path, practice)) == signed


def test_a_broken_log_does_not_hold_up_the_others(database: LogDatabase, tmp_path: Path) -> None:
    broken, sound = sorted((uuid4(), uuid4()))
    for practice in (broken, sound):
        database.record(practice, 2)
    database.tamper(f"DELETE FROM audit_event WHERE tenant_id = '{broken}'")
    with pytest.raises(AuditLogError, match="1 audit logs were not signed"):
        database.sequence(tmp_path)
    assert len(list(outside.published(tmp_path, sound))) == 1
    assert list(outside.published(tmp_path, broken)) == []


@pytest.mark.attack("S-49")
def test_another_key_cannot_continue_a_log(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    database.record(practice, 2)
    database.sequence(tmp_path)
    database.record(practice, 1, start=2)
    other = CheckpointSigner("claimwright/test", b"x" * 32)
    with (
        database.sequencer.connect() as connection,
        pytest.raises(AuditLogError, match="signature"),
    ):
        sequence(connection, other, NOW, tmp_path)


def test_a_batch_of_claims_is_one_entry(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    event = claims_event(practice, ids=[uuid4() for _ in range(2_000)])
    with database.tenant(practice) as connection:
        record(connection, (event,))
    (checkpoint,) = database.sequence(tmp_path)
    assert checkpoint.root == leaf_hash(event_line(event))
