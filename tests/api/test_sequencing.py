"""The sequencer as it runs: by itself, one at a time, and taken over from one that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from api import sequencing
from api.bootstrap import Runtime
from api.sequencing import Sequencing
from audit import outside, store
from tests.core.usecases.office import Office

PATIENCE_SECONDS = 60


def until(happened: Callable[[], object]) -> None:
    for _ in range(PATIENCE_SECONDS * 100):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def covered(running: Runtime, office: Office) -> int:
    """How many events of the practice are under the newest checkpoint outside the database."""
    note = outside.last_published(running.settings.checkpoints, office.tenant_id)
    verifier = running.keyring.signer().verifier
    return verifier.open(note, office.tenant_id).size if note else 0


@pytest.fixture
def office(running: Runtime) -> Office:
    return Office(running)


@pytest.mark.control("R17", "R18")
def test_what_is_recorded_is_signed_without_anybody_asking(
    running: Runtime, office: Office
) -> None:
    with Sequencing(running):
        for turn in range(3):
            with office.work() as uow:
                uow.record("practice.changed")
            before = office.count("audit_event")
            assert turn <= before
            until(lambda: covered(running, office) == office.count("audit_event"))
    found = running.verify_audit()
    assert found.verified, found.sentence


@pytest.mark.attack("S-50")
def test_one_leads_and_another_takes_over_when_it_is_gone(
    running: Runtime, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "RETRY_SECONDS", 0.01)
    engine = create_engine(running.urls.sequencer)
    leader = engine.connect()
    with leader.begin():
        assert store.try_to_lead(leader)
    rounds: list[int] = []
    monkeypatch.setattr(sequencing, "sequence", lambda *_: rounds.append(1))
    with Sequencing(running), Sequencing(running):
        time.sleep(0.2)
        assert rounds == [], "somebody else leads"
        leader.invalidate()
        until(lambda: len(rounds) >= 2)
        with engine.connect() as other, other.begin():
            assert not store.try_to_lead(other)
            held = other.execute(
                text(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                )
            ).scalar_one()
            assert held == 1
    engine.dispose()
    leader.close()


@pytest.mark.attack("S-53")
def test_a_round_that_fails_is_tried_again(
    running: Runtime, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "RETRY_SECONDS", 0.01)
    real, failures = sequencing.sequence, iter((True, True))

    def shaky(*given: object) -> object:
        if next(failures, False):
            raise OSError("the disk is away")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sequencing, "sequence", shaky)
    with Sequencing(running):
        until(lambda: covered(running, office) == office.count("audit_event"))
