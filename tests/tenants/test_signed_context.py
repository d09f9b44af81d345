"""Whom a transaction speaks for cannot be said by SQL that somebody smuggled in."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, text

from core.errors import IntegrityError
from tenants.context import TOKEN_SECONDS, ContextSigner, Speaker, new_context_key
from tenants.session import is_believed, make_engine, staff_transaction, tenant_transaction
from tenants.store import bulk
from tests.campaign import rounds
from tests.speaking import APP, MIGRATOR, speaks_for
from tests.tenants.two_practices import World

pytestmark = pytest.mark.xdist_group("two_practices")

NIL = UUID(int=0)


def token_of(statement: str) -> str:
    return statement.split("'")[1]


@pytest.fixture
def app(world: World) -> Iterator[psycopg.Connection[Any]]:
    """The application's connection, speaking for nobody; what it did is rolled back."""
    with world.connection() as connection:
        yield connection


def seen(connection: psycopg.Connection[Any], setting: str, value: str) -> tuple[Any, ...]:
    """What shows after a smuggled ``set_config``: two counts and whom the database believes."""
    row = connection.execute("SELECT set_config(%s, %s, true)", (setting, value)).fetchone()
    assert row is not None
    row = connection.execute(
        "SELECT (SELECT count(*) FROM patient), (SELECT count(*) FROM work_item),"
        " current_tenant(), current_staff()"
    ).fetchone()
    assert row is not None
    return tuple(row)


NOTHING = (0, 0, None, None)


@pytest.mark.attack("S-04")
def test_a_bare_setting_says_nothing(world: World, app: psycopg.Connection[Any]) -> None:
    brook = str(world.brook.tenant_id)
    for setting in ("app.tenant", "app.staff", "app.ctx", "app.context"):
        for value in (brook, f"1.tenant.{brook}", f"1.staff.{world.biller.id}"):
            assert seen(app, setting, value) == NOTHING


@pytest.mark.attack("S-04")
def test_smuggled_sql_in_one_practice_cannot_speak_for_another(world: World) -> None:
    """The whole token of this practice is in its hands, and no key."""
    brook = str(world.brook.tenant_id)
    with world.connection(tenant=world.river.tenant_id) as connection:
        row = connection.execute("SELECT current_setting('app.ctx')").fetchone()
        assert row is not None
        mine = row[0]
        assert seen(connection, "app.ctx", mine)[0] > 0
        parts = mine.split(".")
        for forged in (
            mine.replace(str(world.river.tenant_id), brook),
            ".".join([*parts[:4], brook, "0" * 32]),
            ".".join([*parts[:4], brook, ""]),
            ".".join([*parts[:2], "0" * 16, *parts[3:]]),
            mine.replace("1.tenant", "2.tenant"),
            mine.replace(".tenant.", ".staff."),
            mine + ".",
            " " + mine,
            mine.upper(),
        ):
            assert seen(connection, "app.ctx", forged) == NOTHING, forged
        for statement in ("RESET app.ctx", "SET app.ctx = ''", "SET app.ctx TO DEFAULT"):
            connection.execute(statement)
            assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)


@pytest.mark.attack("S-04")
def test_a_token_is_good_for_its_role_its_kind_and_its_time_only(
    world: World, app: psycopg.Connection[Any]
) -> None:
    urls, river = world.urls, world.river.tenant_id
    good = token_of(speaks_for(urls, river))
    assert seen(app, "app.ctx", good)[0] > 0
    as_staff = token_of(speaks_for(urls, staff=world.biller.id))
    assert seen(app, "app.ctx", as_staff)[:3] == (0, seen(app, "app.ctx", good)[1], None)
    other_key = ContextSigner(new_context_key(), APP)
    later = int(time.time()) + TOKEN_SECONDS
    for refused in (
        speaks_for(urls, river, role=MIGRATOR),
        speaks_for(urls, river, role="claimwright_sequencer"),
        speaks_for(urls, river, seconds=0),
        speaks_for(urls, river, seconds=-86_400),
        # An id of the other kind: a practice's as staff's, a person's as a practice's.
        speaks_for(urls, staff=river),
        speaks_for(urls, world.biller.id),
        other_key.statement(Speaker.TENANT, river, expires_at=later),
    ):
        assert seen(app, "app.ctx", token_of(refused))[:2] == (0, 0), refused
    with world.connection(owner=True) as owner:
        assert seen(owner, "app.ctx", good) == NOTHING


@pytest.mark.attack("S-04")
@pytest.mark.campaign
def test_a_token_cut_or_altered_anywhere_is_nobodys(
    world: World, app: psycopg.Connection[Any]
) -> None:
    """Every truncation and, round after round, another digit everywhere; never an error."""
    good = token_of(speaks_for(world.urls, world.river.tenant_id))
    forged = [good[:length] for length in range(len(good))]
    for shift in range(1, rounds(90) + 1):
        forged += [
            good[:place] + chr(33 + (ord(one) - 33 + shift) % 94) + good[place + 1 :]
            for place, one in enumerate(good)
        ]
    answers = app.execute(
        "SELECT count(*), count(current_tenant()) FROM unnest(%s::text[]) AS forged (token)"
        " WHERE set_config('app.ctx', token, true) IS NOT NULL AND"
        " (context_speaker('1.tenant.') IS NOT NULL OR context_speaker('1.staff.') IS NOT NULL)",
        (forged,),
    ).fetchone()
    assert answers == (0, 0)
    assert seen(app, "app.ctx", good)[0] > 0


@pytest.mark.attack("S-04")
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(["tenant", "staff", "", "%", "tenant.", "'"]),
    rest=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=200),
)
def test_no_text_whatever_makes_an_error_or_a_row(
    app: psycopg.Connection[Any], kind: str, rest: str
) -> None:
    assert seen(app, "app.ctx", f"1.{kind}.{rest}") == NOTHING
    assert app.execute("SELECT context_speaker(%s)", (f"1.{kind}.",)).fetchone() == (None,)
    assert app.execute("SELECT context_speaker(%s)", (kind,)).fetchone() == (None,)


@pytest.mark.attack("S-04")
def test_no_other_session_sees_the_token_of_this_one(world: World) -> None:
    """A role sees what its own other sessions run: the whole statement, were it short."""
    with tenant_transaction(world.running.engine, world.river.tenant_id) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with world.connection(tenant=world.brook.tenant_id) as other:
            row = other.execute(
                "SELECT query, pg_stat_get_backend_activity(id) FROM pg_stat_activity a"
                " JOIN pg_stat_get_backend_idset() id ON pg_stat_get_backend_pid(id) = a.pid"
                " WHERE a.pid = %s",
                (driver.info.backend_pid,),
            ).fetchone()
        assert row is not None
        assert row[0].startswith("SET LOCAL "), "it is the last thing that session did"
        token = token_in(connection)
    for shown in row:
        assert "app.ctx" not in shown
        assert token.rpartition(".")[2] not in shown
        assert str(world.river.tenant_id) not in shown


def test_the_token_holds_no_secret_and_the_statement_no_way_out() -> None:
    key = new_context_key()
    statement = ContextSigner(key, APP).statement(Speaker.TENANT, uuid4(), expires_at=1_800_000_000)
    assert statement.count("'") == 2
    assert key not in statement
    assert token_of(statement).replace(".", "").replace("-", "").isalnum()


@pytest.mark.attack("S-02", "S-04")
def test_the_front_door_is_not_opened_from_inside_a_practice(world: World) -> None:
    """Smuggled SQL would else assign itself, sign itself in, or give itself a role."""
    river = world.river.tenant_id
    attempts = (
        ("INSERT INTO staff_assignment VALUES (%s, %s)", (world.biller.id, world.brook.tenant_id)),
        (
            "INSERT INTO web_session (id_sha256, public_id, staff_id) VALUES (sha256(''), %s, %s)",
            (uuid4(), world.biller.id),
        ),
        (
            "INSERT INTO staff (id, email, name, role) VALUES (%s, 'x@example.org', 'X', 'admin')",
            (uuid4(),),
        ),
        (
            "INSERT INTO practice VALUES (%s, 77, 'mine', 'Mine', 'M1')",
            (uuid4(),),
        ),
        ("INSERT INTO sign_in_throttle (key) VALUES (sha256(''))", ()),
    )
    for speaker in ({"tenant": river}, {"staff": world.biller.id}, {}):
        for statement, values in attempts:
            with world.connection(**speaker) as connection, pytest.raises(InsufficientPrivilege):
                connection.execute(statement, values)
        with world.connection(**speaker) as connection:
            for change in (
                "UPDATE staff SET role = 'admin'",
                "UPDATE staff SET password_hash = ''",
                "DELETE FROM staff_assignment",
                "UPDATE web_session SET seen_at = now()",
                "UPDATE sign_in_throttle SET failures = 0",
                f"UPDATE practice SET active = false WHERE tenant_id <> '{river}'",
            ):
                assert connection.execute(change).rowcount == 0, (speaker, change)
            row = connection.execute("SELECT count(*) FROM web_session").fetchone()
            assert row == (0,)
    with world.connection() as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(
            "INSERT INTO payer (id, payer_id, name, kind, filing_indicator)"
            " VALUES (%s, 'X', 'X', 'commercial', 'CI')",
            (uuid4(),),
        )


@pytest.mark.attack("S-11")
def test_statistics_plans_and_errors_tell_nothing_of_another_practice(world: World) -> None:
    with world.connection(owner=True) as owner:
        owner.execute("ANALYZE claim")
        owner.commit()
    with world.connection(tenant=world.brook.tenant_id) as connection:
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            row = connection.execute(
                f"SELECT count(*) FROM {view} WHERE tablename IN"
                " (SELECT relname FROM pg_class WHERE relforcerowsecurity)"
            ).fetchone()
            assert row == (0,), view
        with pytest.raises(InsufficientPrivilege):
            connection.execute("SELECT count(*) FROM pg_statistic")
    # A function that tells what it is shown is given no row of another practice: it is not
    # leakproof, so the policy stands before it. The plan's own count tells the same.
    with world.connection(tenant=world.brook.tenant_id) as connection:
        connection.execute(
            "CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
            " AS $$ BEGIN RAISE NOTICE 'told %', $1; RETURN true; END $$"
        )
        told: list[str] = []
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        rows = connection.execute(
            "SELECT claim_number FROM claim WHERE pg_temp.tell(claim_number)"
        ).fetchall()
        assert rows
        assert sorted(told) == sorted(f"told {row[0]}" for row in rows)
        [[plan]] = connection.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM claim WHERE stage <> ''"
        ).fetchall()
        assert plan[0]["Plan"]["Actual Rows"] == len(rows)
        assert str(world.river.tenant_id) not in json.dumps(plan)
    with world.connection(tenant=world.brook.tenant_id) as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(
                "SELECT 1 / (CASE WHEN tenant_id = %s THEN 0 ELSE 1 END) FROM claim",
                (world.brook.tenant_id,),
            )
        told_of = str(refused.value) + str(refused.value.diag.message_detail)
        assert str(world.river.tenant_id) not in told_of


@pytest.mark.attack("S-09")
def test_parallel_workers_of_a_statement_believe_the_same(world: World) -> None:
    with world.connection(tenant=world.river.tenant_id) as connection:
        [[alone]] = connection.execute("SELECT count(*) FROM ledger_posting").fetchall()
        for name, value in (
            ("debug_parallel_query", "on"),
            ("parallel_setup_cost", "0"),
            ("parallel_tuple_cost", "0"),
            ("min_parallel_table_scan_size", "0"),
        ):
            connection.execute(f"SET LOCAL {name} = {value}")
        [[together]] = connection.execute("SELECT count(*) FROM ledger_posting").fetchall()
        assert together == alone > 0
    with world.connection() as connection:
        connection.execute("SET LOCAL debug_parallel_query = on")
        assert connection.execute("SELECT count(*) FROM ledger_posting").fetchone() == (0,)


# -- long transactions, and clocks ------------------------------------------------------------


class Clock:
    """The clock of this machine, put forward or back."""

    def __init__(self, ahead_seconds: float = 0.0) -> None:
        self.ahead_seconds = ahead_seconds

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds


def engine_with(world: World, clock: Clock) -> Engine:
    return make_engine(world.urls.app, context_key=world.urls.context_key, pool_size=1, clock=clock)


def patients(connection: Any) -> int:
    return int(connection.execute(text("SELECT count(*) FROM patient")).scalar_one())


def token_in(connection: Any) -> str:
    return str(connection.execute(text("SELECT current_setting('app.ctx')")).scalar_one())


@pytest.mark.attack("S-57")
@pytest.mark.parametrize("ahead_seconds", [-86_400, -3_600, 3_600, 86_400])
def test_a_machine_whose_clock_is_wrong_goes_by_the_servers(
    world: World, ahead_seconds: int
) -> None:
    engine = engine_with(world, Clock(ahead_seconds))
    try:
        with tenant_transaction(engine, world.river.tenant_id) as connection:
            assert patients(connection) > 0
            expires_at = int(token_in(connection).split(".")[3])
        assert abs(expires_at - time.time() - TOKEN_SECONDS) < 60
    finally:
        engine.dispose()


def test_a_long_transaction_keeps_its_practice(world: World) -> None:
    """Its token is renewed in time, after a savepoint was given up as well, and for COPY."""
    clock = Clock()
    engine = engine_with(world, clock)
    try:
        with tenant_transaction(engine, world.river.tenant_id) as connection:
            first = token_in(connection)
            clock.ahead_seconds = TOKEN_SECONDS / 2 - 10
            assert token_in(connection) == first
            clock.ahead_seconds = TOKEN_SECONDS / 2 + 10
            second = token_in(connection)
            assert second != first
            clock.ahead_seconds += TOKEN_SECONDS
            savepoint = connection.begin_nested()
            before = token_in(connection)
            clock.ahead_seconds += TOKEN_SECONDS
            assert token_in(connection) != before
            savepoint.rollback()
            driver = connection.connection.driver_connection
            assert driver is not None
            taken_back = driver.execute("SELECT current_setting('app.ctx')").fetchone()
            assert taken_back == (before,)
            assert token_in(connection) != before
            clock.ahead_seconds += TOKEN_SECONDS
            bulk.stage(connection, "patient", ["tenant_id"], [])
            after = driver.execute("SELECT current_setting('app.ctx')").fetchone()
            assert after is not None
            assert int(after[0].split(".")[3]) > time.time() + clock.ahead_seconds
            assert patients(connection) > 0
    finally:
        engine.dispose()


def test_a_statement_that_began_in_time_is_not_cut_short(world: World) -> None:
    """Its own time is asked, not the time at which it comes to the table."""
    with world.connection() as connection:
        while time.time() % 1 > 0.5:
            time.sleep(0.02)
        connection.execute(speaks_for(world.urls, world.river.tenant_id, seconds=1))
        row = connection.execute(
            "SELECT n, (SELECT count(*) FROM patient)"
            " FROM (SELECT pg_sleep(1.1)::text AS n OFFSET 0) AS late"
        ).fetchone()
        assert row is not None
        assert row[1] > 0
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)


def test_an_engine_without_a_key_speaks_for_nobody(world: World) -> None:
    engine = make_engine(world.urls.app, pool_size=1)
    try:
        for speaking in (tenant_transaction, staff_transaction):
            with pytest.raises(IntegrityError), speaking(engine, uuid4()):
                pass
    finally:
        engine.dispose()
    stranger = make_engine(world.urls.app, context_key=new_context_key(), pool_size=1)
    try:
        assert not is_believed(stranger)
        assert is_believed(world.running.engine)
    finally:
        stranger.dispose()


# -- one connection, one statement, many practices --------------------------------------------


@pytest.mark.attack("S-10")
@pytest.mark.campaign
def test_kept_statements_never_mix_practices(world: World) -> None:
    """Ten thousand changes of practice over a few connections, from sixteen threads."""
    own: dict[UUID, set[str]] = {}
    for office in (world.river, world.brook):
        with tenant_transaction(world.running.engine, office.tenant_id) as connection:
            found = connection.execute(text("SELECT claim_number FROM claim")).scalars()
            own[office.tenant_id] = set(found)
    assert all(own.values())
    own[NIL] = set()
    turns = rounds(10_000)
    engine = make_engine(world.urls.app, context_key=world.urls.context_key, pool_size=3)
    wrong: list[object] = []
    lock = threading.Lock()
    queries = (
        "SELECT claim_number FROM claim",
        "SELECT claim_number FROM work_item ORDER BY due_on, id",
        "SELECT c.claim_number FROM claim c JOIN ledger_posting p ON p.claim_id = c.id",
    )

    def take_turns(thread: int) -> None:
        for turn in range(turns // 16 + 1):
            tenant_id = list(own)[(thread + turn) % 3]
            with tenant_transaction(engine, tenant_id) as connection:
                rows = connection.execute(text(queries[turn % 3])).scalars().all()
            if not set(rows) <= own[tenant_id] or (bool(rows) != bool(own[tenant_id])):
                with lock:
                    wrong.append((tenant_id, rows))

    try:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(take_turns, range(16)))
    finally:
        engine.dispose()
    assert wrong == []
