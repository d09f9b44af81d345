"""Deadlocks and serialization failures: tried again a few times, and never half done."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from api import cycle
from api.bootstrap import Runtime
from core.errors import CollisionError
from tests.api.invariants import broken_promises
from tests.core.usecases.office import Office, check, era, made, paid

_TRIES = len(cycle._PAUSES_SECONDS) + 1

# The first so many statements that store an entry meet another transaction. A sequence counts, for
# it is not rolled back with what failed.
_STORM = """
    CREATE SEQUENCE storm MINVALUE -1000 START WITH 1;
    CREATE FUNCTION storm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF nextval('storm') <= {times} THEN
        RAISE EXCEPTION 'storm' USING ERRCODE = '40001';
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER storm AFTER INSERT ON ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION storm();
"""


@pytest.fixture
def office(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(cycle, "_PAUSES_SECONDS", (0.0,) * (_TRIES - 1))
    return Office(running)


def as_owner(office: Office, statement: str) -> None:
    url = office.running.urls.migrator.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(statement)


@pytest.mark.attack("S-59")
def test_what_collides_is_tried_again_and_what_goes_on_colliding_leaves_nothing(
    office: Office,
) -> None:
    first, second = office.filed(made(2))
    as_owner(office, _STORM.format(times=_TRIES - 1))
    assert office.receive(era(check(paid(first)))).status == "applied"
    # From nought on it is one more than is tried.
    as_owner(office, "ALTER SEQUENCE storm RESTART WITH 0")
    before, totals = office.counts(), office.totals()
    with pytest.raises(CollisionError, match="run it again"):
        office.receive(era(check(paid(second), trace="TRACE2"), control=2))
    assert (office.counts(), office.totals()) == (before, totals)
    assert office.receive(era(check(paid(second), trace="TRACE2"), control=2)).status == "applied"
    assert broken_promises(office.running, office.tenant_id) == {}


@pytest.mark.attack("S-59")
def test_two_that_lock_each_other_out_both_get_through(office: Office) -> None:
    """A deadlock as it happens: each holds the claim that the other wants next."""
    ids = [record.id for record in office.filed(made(2))]
    both_hold = threading.Barrier(2)
    met: list[CollisionError] = []

    def touch(order: list[int], wait: Callable[[], object]) -> None:
        for _ in range(_TRIES):
            try:
                with office.work() as uow:
                    for place in order:
                        uow.connection.execute(
                            text("UPDATE claim SET version = version + 1 WHERE id = :id"),
                            {"id": ids[place]},
                        )
                        wait()
                    uow.record("claim.edited", {"claim": ids})
                return
            except CollisionError as problem:
                met.append(problem)
        raise AssertionError("it never got through")

    def once() -> Callable[[], object]:
        waits = iter([both_hold.wait])
        return lambda: next(waits, lambda: None)()

    others = [threading.Thread(target=touch, args=(order, once())) for order in ([0, 1], [1, 0])]
    for one in others:
        one.start()
    for one in others:
        one.join()
    assert len(met) == 1
    versions = {row.version for row in office.rows("SELECT version FROM claim")}
    assert len(versions) == 1
