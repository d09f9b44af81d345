"""The unit of work: whole or not at all, never without an audit event, and sealed to its place."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation
from sqlalchemy import Engine, text

from api.bootstrap import Runtime
from core.errors import (
    ConflictError,
    InputError,
    IntegrityError,
    NotFoundError,
    SealError,
    UnavailableError,
)
from tenants.session import make_engine, tenant_transaction, transaction
from tenants.store import bulk
from tests.by_hand import by_hand
from tests.core.usecases.office import Office, made

_slugs = (f"office-{number}" for number in itertools.count(1))


@pytest.fixture
def running(installation: Runtime) -> Runtime:
    return installation


@pytest.fixture
def office(running: Runtime) -> Office:
    return Office(running, next(_slugs))


def test_a_change_without_an_event_does_not_commit(office: Office) -> None:
    [patient] = made(1)
    before = office.counts()
    with pytest.raises(IntegrityError, match="audit event"), office.work() as uow:
        uow.patients.ensure([("P1", patient.patient)])
    assert office.counts() == before
    with office.work() as uow:
        ids = uow.patients.ensure([("P1", patient.patient)])
        uow.record("patient.created", {"patient": list(ids.values())}, patients=1)
    assert office.count("patient") == before["patient"] + 1
    assert office.count("audit_event") == before["audit_event"] + 1


@pytest.mark.parametrize("write", ["bulk insert", "bulk update", "statement"])
def test_no_way_of_writing_goes_without_an_event(office: Office, write: str) -> None:
    [record] = office.filed(made(1))

    def act() -> None:
        with office.work() as uow:
            if write == "bulk insert":
                uow.patients.ensure([("P1", made(1)[0].patient)])
            elif write == "bulk update":
                uow.claims.set_payer_claim_numbers([(record.id, "ICN")])
            else:
                uow.claims.replace(record, expected_version=record.version)

    with pytest.raises(IntegrityError, match="audit event"):
        act()
    assert office.record(record.id) == record


def test_a_change_that_finds_nothing_to_change_needs_no_event(office: Office) -> None:
    with office.work() as uow:
        uow.claims.move([])
        uow.claims.set_payer_claim_numbers([])
        uow.files.set_status(uuid4(), "sent")
        uow.patients.ensure([])


def test_an_error_takes_everything_back_counters_and_audit_too(office: Office) -> None:
    office.take(made(2))
    office.cycle.prepare()
    before = office.counts()
    last = {row.name: row.last for row in office.rows("SELECT name, last FROM tenant_counter")}

    def act(uow: Any) -> None:
        uow.counters.take("claim", 5)
        uow.counters.take("new series", 1)
        uow.patients.ensure([("P9", made(3)[2].patient)])
        uow.record("patient.created")

    office.crash_after(act)
    assert office.counts() == before
    assert last == {
        row.name: row.last for row in office.rows("SELECT name, last FROM tenant_counter")
    }


def test_a_counter_gives_each_number_once_and_leaves_none_out(office: Office) -> None:
    def take(count: int) -> range:
        with office.work() as uow:
            first = uow.counters.take("series", count)
        return range(first, first + count)

    with ThreadPoolExecutor(6) as pool:
        taken = [number for part in pool.map(take, [1, 3, 2, 7, 1, 4] * 3) for number in part]
    assert sorted(taken) == list(range(1, sum([1, 3, 2, 7, 1, 4]) * 3 + 1))


def test_ids_of_a_unit_of_work_ascend_from_call_to_call(office: Office) -> None:
    with office.work() as uow:
        made_ids = [one for count in (3, 1, 1, 200, 1) for one in uow.new_ids(count)]
    assert made_ids == sorted(set(made_ids))


def test_a_timeline_is_in_the_order_in_which_things_happened(office: Office) -> None:
    records = office.filed(made(6))
    rows = office.rows("SELECT claim_id, event FROM claim_move ORDER BY id")
    for record in records:
        events = [row.event for row in rows if row.claim_id == record.id]
        assert events == ["release", "batch", "send"]


def test_today_is_the_practices_day_and_can_be_another_on_purpose(office: Office) -> None:
    running = office.running
    midnight = datetime(2026, 7, 1, 2, 30, tzinfo=UTC)
    units = Runtime(running.settings, running.urls, clock=lambda: midnight)
    with units.unit_of_work(office.tenant_id) as uow:
        assert (uow.today, uow.now) == (date(2026, 6, 30), midnight)
    with units.unit_of_work(office.tenant_id, as_of=date(2019, 1, 2)) as uow:
        assert (uow.today, uow.now) == (date(2019, 1, 2), midnight)
    units.close()


def test_a_practice_that_is_not_there_is_not_found(office: Office) -> None:
    with pytest.raises(NotFoundError), office.running.unit_of_work(uuid4()):
        pass


COLUMNS = (
    "id uuid PRIMARY KEY, whole integer, big bigint, small smallint, yes boolean, word text,"
    " bytes bytea, day date, moment timestamptz"
)
NAMES = tuple(one.split()[0] for one in COLUMNS.split(", "))
ROWS = st.tuples(
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.integers(-(2**15), 2**15 - 1),
    st.none() | st.booleans(),
    st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    st.none() | st.binary(),
    st.none() | st.dates(),
    st.none() | st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)


@pytest.fixture(params=[2, 16])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Rows that go by one INSERT; what is more goes by COPY."""
    monkeypatch.setattr(bulk, "_FEW_ROWS", request.param)
    return int(request.param)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ROWS, max_size=12))
@pytest.mark.usefixtures("few")
def test_every_kind_of_column_goes_in_and_comes_out_the_same(
    running: Runtime, rows: list[tuple[Any, ...]]
) -> None:
    given_rows = [(UUID(int=place), *row) for place, row in enumerate(rows)]
    with transaction(running.engine) as connection:
        connection.exec_driver_sql(f"CREATE TEMP TABLE every_kind ({COLUMNS}) ON COMMIT DROP")
        assert bulk.insert(connection, "every_kind", NAMES, given_rows) == len(rows)
        assert _stored(connection) == given_rows
        # Again, and one more: what is there stays, what is new comes.
        more = [*given_rows, (UUID(int=10**6), *[None] * 8)]
        assert bulk.insert(connection, "every_kind", NAMES, more, skip_existing=True) == 1
        swapped = [(row[0], b"new", "new") for row in given_rows]
        columns = ("bytes", "word")
        assert bulk.update(connection, "every_kind", ("id",), columns, swapped) == len(rows)
        after = _stored(connection)
        assert [(row[0], row[6], row[5]) for row in after[: len(rows)]] == swapped
        kept = (0, 1, 2, 3, 4, 7, 8)
        assert [[row[i] for i in kept] for row in after[: len(rows)]] == [
            [row[i] for i in kept] for row in given_rows
        ]


@pytest.mark.usefixtures("few")
def test_a_batch_that_meets_a_key_is_refused_whole_and_skips_only_when_told(
    office: Office,
) -> None:
    [row] = office.rows("SELECT id, tenant_id FROM provider")
    columns = ("tenant_id", "id", "name", "last")
    rows = [(row.tenant_id, uuid4(), name, 1) for name in ("one", "two", "one")]
    with (
        pytest.raises(UniqueViolation),
        tenant_transaction(office.running.engine, office.tenant_id) as connection,
    ):
        bulk.insert(connection, "tenant_counter", columns, rows)
    with tenant_transaction(office.running.engine, office.tenant_id) as connection:
        assert bulk.insert(connection, "tenant_counter", columns, rows, skip_existing=True) == 2


def _stored(connection: Any) -> list[tuple[Any, ...]]:
    found = connection.execute(text(f"SELECT {', '.join(NAMES)} FROM every_kind ORDER BY id"))
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in found
    ]


@pytest.mark.attack("S-09")
def test_a_sealed_value_opens_in_its_own_place_and_practice_only(
    running: Runtime, office: Office
) -> None:
    other = Office(running, next(_slugs))
    first, second = office.filed(made(2))
    [theirs] = other.filed(made(1))
    with by_hand(running.engine, office.tenant_id) as connection:
        body = connection.execute(
            text("SELECT clinical FROM claim WHERE id = :id"), {"id": first.id}
        ).scalar_one()
        connection.execute(
            text("UPDATE claim SET clinical = :body WHERE id = :id"),
            {"body": body, "id": second.id},
        )
        snapshot = connection.execute(
            text("SELECT clinical FROM submission WHERE claim_id = :id"), {"id": first.id}
        ).scalar_one()
    with pytest.raises(SealError), office.work() as uow:
        uow.claims.get(second.id)
    for sealed in (body, snapshot, bytes(body)[:-1] + b"\0"):
        with by_hand(running.engine, other.tenant_id) as connection:
            connection.execute(
                text("UPDATE claim SET clinical = :body WHERE id = :id"),
                {"body": sealed, "id": theirs.id},
            )
        with pytest.raises(SealError), other.work() as uow:
            uow.claims.get(theirs.id)


@pytest.mark.attack("S-09")
def test_the_claim_of_another_practice_is_not_found(running: Runtime, office: Office) -> None:
    [record] = office.filed(made(1))
    other = Office(running, next(_slugs))
    told = []
    for claim_id in (record.id, uuid4()):
        with pytest.raises(NotFoundError) as refused, other.work() as uow:
            uow.claims.get(claim_id)
        told.append(refused.value.message)
    assert told[0] == told[1]


def answers(engine: Engine) -> bool:
    with transaction(engine) as connection:
        return bool(connection.execute(text("SELECT 1")).scalar_one())


def test_what_happens_to_the_database_is_said_in_a_sentence(running: Runtime) -> None:
    def run(*statements: str) -> None:
        with by_hand(running.engine) as connection:
            for statement in statements:
                connection.execute(text(statement))

    with pytest.raises(UnavailableError, match="does not answer"):
        run("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(1)")
    with pytest.raises(UnavailableError, match="disk"):
        run("DO $$ BEGIN RAISE EXCEPTION 'could not extend SMITH' USING ERRCODE = '53100'; END $$")
    with pytest.raises(ConflictError, match="at once"):
        run("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")
    with pytest.raises(InputError, match="cannot be stored") as refused:
        run("SELECT 'SMITH'::int")
    assert "SMITH" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert answers(running.engine)


def test_a_database_that_ends_in_the_middle_is_said_and_the_next_use_works(
    running: Runtime,
) -> None:
    engine = make_engine(running.urls.app, pool_size=1)

    def is_ended_in_the_middle() -> None:
        with transaction(engine) as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with transaction(running.engine) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            connection.execute(text("SELECT 1"))

    with pytest.raises(UnavailableError):
        is_ended_in_the_middle()
    assert answers(engine)
    engine.dispose()


def test_a_database_that_is_not_there_is_said() -> None:
    engine = make_engine("postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing")
    with pytest.raises(UnavailableError) as refused, transaction(engine):
        pass
    assert "secret" not in str(refused.value)


_ONE, _OTHER = UUID(int=1), UUID("ffffffff-ffff-7fff-bfff-fffffffffffe")


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("uuid[]", [_ONE, _OTHER]),
        ("uuid[]", [_ONE, None, _OTHER]),
        ("uuid[]", [None]),
        ("uuid[]", [[_ONE], [_OTHER]]),
        ("uuid[]", []),
        ("text[]", ['a "quoted", {braced} \\ one', None, ""]),
        ("bigint[]", [1, 2**40]),
        ("date[]", [date(2026, 1, 31), None]),
    ],
)
def test_the_database_reads_an_array_as_it_was_given(
    office: Office, kind: str, given: list[Any]
) -> None:
    with office.work() as uow:
        asked = text(f"SELECT CAST(:given AS {kind})")
        got = uow.connection.execute(asked, {"given": given})
        assert got.scalar_one() == given
