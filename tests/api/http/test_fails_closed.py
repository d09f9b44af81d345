"""When the audit log cannot be written, nothing is shown and nothing is done (S-53, AU-5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, create_engine, text

from api.doctor import _audit_is_written
from tests.api.http import pages_world as world
from tests.api.http import walk_world as walk
from tests.api.http.pages_claims import FAMILY_NAME
from tests.api.http.test_sign_in import attempt

# How a log can fail, and what brings it back.
FAILURES = {
    "the disk is full": (
        (
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER fail BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION fail()"
        ),
        "DROP FUNCTION fail() CASCADE",
    ),
    "a trigger refuses": (
        (
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'no'; END $$;"
            "CREATE TRIGGER fail AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION fail()"
        ),
        "DROP FUNCTION fail() CASCADE",
    ),
    "the queue of the sequencer is gone": (
        "ALTER TABLE audit_pending RENAME TO audit_pending_away",
        "ALTER TABLE audit_pending_away RENAME TO audit_pending",
    ),
    "the right was taken away": (
        "REVOKE INSERT (kind) ON audit_event FROM claimwright_app",
        "GRANT INSERT (kind) ON audit_event TO claimwright_app",
    ),
}


@pytest.fixture(scope="module")
def owner() -> Iterator[Engine]:
    walk.practice()
    engine = create_engine(world.runtime().urls.migrator)
    yield engine
    engine.dispose()


@contextmanager
def broken(owner: Engine, failure: str) -> Iterator[None]:
    how, back = FAILURES[failure]
    with owner.begin() as connection:
        connection.exec_driver_sql(how)
    try:
        yield
    finally:
        with owner.begin() as connection:
            connection.execute(text(back))


@pytest.mark.attack("S-53")
@pytest.mark.control("R18")
@pytest.mark.parametrize("failure", FAILURES)
def test_a_request_fails_whole_and_works_again_afterwards(
    client: TestClient, owner: Engine, failure: str
) -> None:
    admin, director = walk.visitor(client, "admin"), walk.visitor(client, "director")
    address = f"/practices/{walk.practice().slug}/claims/{walk.claim('paid')}"
    fields = {"number": walk.PATIENT_NUMBER}
    before, verified = walk.recorded(), world.runtime().verify_audit()
    with broken(owner, failure):
        for answer in (
            admin.get(address),
            admin.get(address + "/edit"),
            director.get("/portal"),
            director.get("/portal/access"),
            admin.post(f"/practices/{walk.practice().slug}/disclosures/requests", fields),
            admin.post("/sign-out"),
            director.get(address),
            attempt(client, walk.people("director").email, "wrong"),
            attempt(client, walk.people("director").email, world.PASSWORD),
        ):
            assert answer.status_code == 503, answer.text
            assert FAMILY_NAME not in answer.text
            assert "set-cookie" not in answer.headers
        sick = _audit_is_written(world.runtime(), verified)
        assert not sick.ok
        assert "the audit log cannot be written" in sick.sentence
    assert walk.recorded() == before
    assert admin.get(address).status_code == 200, "who could not sign out is signed in"
    assert _audit_is_written(world.runtime(), verified).ok
