"""Events in the database: written with the business write, found by object, never changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from audit.event import DEPLOYMENT, Actor, ActorKind, Event, ObjectType, Purpose, event_line
from audit.store import record, stored_lines, timeline
from core.errors import UnavailableError
from tests.audit.logdatabase import GUARDED, NOW, OURS, LogDatabase, claims_event


def full_event(tenant_id: UUID) -> Event:
    return Event.of(
        "claim.sent",
        id=uuid4(),
        tenant_id=tenant_id,
        at=NOW.replace(microsecond=7),
        actor=Actor(kind=ActorKind.PERSON, id=uuid4()),
        about={ObjectType.CLAIM: (uuid4(), uuid4()), ObjectType.FILE: (uuid4(),)},
        counts={"claims": 2, "charge_cents": 123_456},
        purpose=Purpose.PAYMENT,
        request_id=uuid4(),
    )


def test_an_event_reads_back_exactly_as_it_was_written(
    database: LogDatabase, practice: UUID
) -> None:
    event = full_event(practice)
    with database.tenant(practice) as connection:
        assert record(connection, (event,)) == 1
        (entry,) = timeline(connection, event.objects[1].ids[0])
    assert entry.event == event
    assert entry.index is None


def test_the_stored_row_hashes_as_the_line_of_the_event(
    database: LogDatabase, practice: UUID, tmp_path
) -> None:
    digest = Event.of(
        "claim.edited",
        id=uuid4(),
        tenant_id=practice,
        at=NOW + timedelta(seconds=1),
        actor=Actor(kind=ActorKind.PERSON, id=uuid4()),
        about={ObjectType.CLAIM: (uuid4(),)},
        digests={"before": b"\x01" * 32, "after": b"\xfe" * 32},
    )
    events = (full_event(practice), digest)
    with database.tenant(practice) as connection:
        record(connection, events)
    database.sequence(tmp_path)
    with database.tenant(practice) as connection:
        assert [s.line for s in stored_lines(connection, practice)] == [
            event_line(event) for event in events
        ]


def test_no_events_write_nothing(database: LogDatabase, practice: UUID) -> None:
    with database.tenant(practice) as connection:
        assert record(connection, ()) == 0


def test_events_vanish_with_the_transaction_that_is_rolled_back(
    database: LogDatabase, practice: UUID
) -> None:
    with database.app.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL app.tenant = '{practice}'")
        record(connection, (claims_event(practice),))
        connection.rollback()
    assert database.value("SELECT count(*) FROM audit_event") == 0
    assert database.value("SELECT count(*) FROM audit_pending") == 0


def test_a_batch_of_ten_thousand_events_is_one_statement_and_one_trigger(
    database: LogDatabase, practice: UUID, tmp_path
) -> None:
    events = [claims_event(practice, number) for number in range(10_000)]
    with database.tenant(practice) as connection:
        record(connection, events)
    assert database.value("SELECT count(*) FROM audit_pending") == 10_000
    database.sequence(tmp_path)
    assert database.value("SELECT count(*) FROM audit_pending") == 0
    assert database.value("SELECT count(*) FROM audit_object") == 10_000


@pytest.mark.parametrize("size", [1, 2, 64, 65, 3_000])
def test_a_batch_event_is_found_by_each_of_its_members(
    database: LogDatabase, practice: UUID, size: int, tmp_path
) -> None:
    """Before the sequencer has made the index by object, and after."""
    members = [uuid4() for _ in range(size)]
    event = claims_event(practice, ids=members)
    others = claims_event(practice, 1, ids=[uuid4() for _ in range(size)])
    with database.tenant(practice) as connection:
        record(connection, (event, others))
    for is_indexed in (False, True):
        if is_indexed:
            database.sequence(tmp_path)
        with database.tenant(practice) as connection:
            for member in (members[0], members[size // 2], members[-1], min(members), max(members)):
                (entry,) = timeline(connection, member)
                assert (entry.event.id, entry.index is not None) == (event.id, is_indexed)
            assert timeline(connection, uuid4()) == ()


def test_a_timeline_is_newest_first_and_shows_the_place_in_the_tree(
    database: LogDatabase, practice: UUID, tmp_path
) -> None:
    claim = uuid4()
    first, second, third = (claims_event(practice, n, ids=(claim,)) for n in range(3))
    with database.tenant(practice) as connection:
        record(connection, (second, first))
    database.sequence(tmp_path)
    with database.tenant(practice) as connection:
        record(connection, (third,))
        entries = timeline(connection, claim)
    assert [(entry.event.id, entry.index) for entry in entries] == [
        (third.id, None),
        (second.id, 1),
        (first.id, 0),
    ]


def test_another_practice_sees_nothing(database: LogDatabase, practice: UUID) -> None:
    (event,) = database.record(practice, 1)
    with database.tenant(uuid4()) as connection:
        assert timeline(connection, event.objects[0].ids[0]) == ()
        for table in set(OURS) - {"audit_pending", "audit_unpublished"}:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_without_a_practice_nothing_is_seen_and_nothing_written(
    database: LogDatabase, practice: UUID
) -> None:
    database.record(practice, 1)
    with database.app.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar() == 0
    with pytest.raises(UnavailableError) as refused, database.app.begin() as connection:
        record(connection, (claims_event(practice),))
    assert "row-level security" in str(refused.value.__context__)


def test_an_event_of_another_practice_is_refused(database: LogDatabase, practice: UUID) -> None:
    with pytest.raises(UnavailableError) as refused, database.tenant(practice) as connection:
        record(connection, (claims_event(uuid4()),))
    assert "row-level security" in str(refused.value.__context__)


def test_events_of_the_deployment_have_a_log_of_their_own(database: LogDatabase, tmp_path) -> None:
    event = Event.of(
        "staff.signed_in",
        id=uuid4(),
        tenant_id=DEPLOYMENT,
        at=NOW,
        actor=Actor(kind=ActorKind.PERSON, id=uuid4()),
    )
    with database.tenant(DEPLOYMENT) as connection:
        record(connection, (event,))
    (checkpoint,) = database.sequence(tmp_path)
    assert (checkpoint.tenant_id, checkpoint.size) == (DEPLOYMENT, 1)


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_the_log_is_append_only(database: LogDatabase, table: str, change: str) -> None:
    statement = change.format(table)
    for engine in (database.app, database.sequencer):
        with pytest.raises(DBAPIError, match="permission denied"), engine.begin() as connection:
            connection.execute(text(statement))
    # Not even for an administrator who plays a replica: the triggers are ENABLE ALWAYS.
    with database.superuser.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM audit_pending",
        "INSERT INTO audit_pending VALUES (current_tenant(), gen_random_uuid())",
        "DELETE FROM audit_pending",
        "INSERT INTO audit_leaf VALUES (current_tenant(), 0, gen_random_uuid(), sha256(''))",
        "INSERT INTO audit_object VALUES (current_tenant(), gen_random_uuid(), gen_random_uuid())",
        "UPDATE tenant_key SET purpose = 'index'",
        "DELETE FROM tenant_key",
        "SELECT audit_enqueue()",
        "SELECT FROM audit_event WHERE id = (SELECT event_id FROM audit_pending)",
    ],
)
def test_the_application_may_only_add_events(
    database: LogDatabase, practice: UUID, statement: str
) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.tenant(practice) as connection,
    ):
        connection.execute(text(statement))


def test_the_sequencer_can_write_no_event_and_read_no_key(database: LogDatabase) -> None:
    for statement in ("SELECT * FROM tenant_key", "INSERT INTO audit_event DEFAULT VALUES"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            database.sequencer.begin() as connection,
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize("table", OURS)
def test_row_level_security_is_enabled_and_forced(database: LogDatabase, table: str) -> None:
    query = f"SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = '{table}'"
    assert database.value(query) is True


@pytest.mark.parametrize("table", OURS)
def test_every_key_begins_with_the_practice(database: LogDatabase, table: str) -> None:
    with database.superuser.begin() as connection:
        indexes = connection.execute(
            text("SELECT indexdef FROM pg_indexes WHERE tablename = :table"), {"table": table}
        ).scalars()
        assert all("(tenant_id" in index for index in indexes)
