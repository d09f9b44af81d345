"""A practice leaves in stages; nothing of it is destroyed by one person alone (R21, R29, S-67)."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from api import bootstrap
from api.cycle import Cycle
from api.http.throttle import TooManyAttemptsError
from api.lifecycle import offboard
from api.lifecycle.export import export_practice
from api.lifecycle.offboard import (
    approve_destruction,
    begin,
    lift_hold,
    list_holds,
    place_hold,
    request_destruction,
    standing,
    withdraw,
)
from api.lifecycle.persons import proven_administrator
from audit.event import machine
from core.claims.parties import PayerKind
from core.errors import (
    ConflictError,
    DestroyedError,
    ForbiddenError,
    InputError,
    NotFoundError,
    StateError,
)
from core.retention import RULES, kept
from tenants.codes import code_digest
from tenants.session import tenant_transaction
from tenants.store import factors, whole
from tenants.store import lifecycle as store
from tests.api.command_line import CommandLine
from tests.api.lifecycle.conftest import DAY, PASSWORD, House, charge
from tests.by_hand import by_hand

LAST = date(2020, 3, 1)


def ready(house: House, slug: str, tmp_path: Path) -> None:
    """The practice left and was exported; its records' time is not over."""
    begin(house.running, slug, house.ada)
    export_practice(house.running, slug, tmp_path, with_part2=False, actor=machine("command"))


def asked(house: House, slug: str) -> None:
    request_destruction(house.running, slug, house.ada, shred_now=True, because="contract 7")


@pytest.mark.control("R21")
@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        (LAST, False),
        (date(2026, 2, 28), False),  # five years and 364 days
        (date(2026, 3, 1), False),  # six years to the day
        (date(2026, 3, 2), True),
    ],
)
def test_six_years_are_kept_to_the_last_day(day: date, allowed: bool) -> None:
    found = kept(LAST, payer_kinds=[PayerKind.COMMERCIAL], states=["NJ"])
    assert found.allows_destruction_on(day) is allowed


@pytest.mark.control("R21")
@pytest.mark.parametrize(
    ("kinds", "states", "until"),
    [
        ([], [], date(2026, 3, 1)),
        ([PayerKind.MEDICARE], [], date(2027, 3, 1)),
        ([PayerKind.MEDICAID, PayerKind.COMMERCIAL], [], date(2030, 3, 1)),
        ([PayerKind.MEDICARE_ADVANTAGE], ["PA"], date(2030, 3, 1)),
        ([], ["PA"], date(2027, 3, 1)),
    ],
)
def test_the_longest_rule_decides(kinds: list[PayerKind], states: list[str], until: date) -> None:
    assert kept(LAST, payer_kinds=kinds, states=states).until == until


@pytest.mark.control("R21")
@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(0, 6 * 365))
def test_no_day_within_six_years_is_ever_allowed(last: date, days: int) -> None:
    """Six years have 2191 days at least: 2100 and 2200 are no leap years."""
    assert not kept(last, payer_kinds=[], states=[]).allows_destruction_on(
        last + timedelta(days=days)
    )


def test_every_rule_says_its_source() -> None:
    assert all(rule.source and rule.years >= 6 for rule in RULES)


def test_a_leaving_practice_takes_in_and_files_nothing_and_still_works_off_what_it_has(
    house: House,
) -> None:
    practice = house.found("ash")
    begin(house.running, "ash", house.ada)
    begin(house.running, "ash", house.ada)
    with pytest.raises(StateError, match="is leaving"):
        charge(house.running, practice, 3)
    practice = house.running.practice("ash")
    assert practice.is_leaving
    with pytest.raises(StateError, match="is leaving"):
        Cycle(house.running, practice, as_of=DAY).file()
    assert Cycle(house.running, practice, as_of=DAY).receive_waiting() == ()
    charge(house.running, house.other, 3)


@pytest.mark.control("R21")
def test_destruction_is_refused_at_every_stage_that_is_missing(
    house: House, tmp_path: Path
) -> None:
    house.found("beech")
    running = house.running

    def refused(kind: type[Exception], match: str, **how: Any) -> None:
        with pytest.raises(kind, match=match):
            request_destruction(running, "beech", house.ada, **how)

    refused(StateError, "must leave first", shred_now=True, because="x")
    begin(running, "beech", house.ada)
    refused(StateError, "was not exported", shred_now=True, because="x")
    refused(InputError, "say why", shred_now=True, without_export=True)
    ready(house, "beech", tmp_path)
    refused(StateError, "are kept until", because="x")
    refused(InputError, "say why", shred_now=True, because=" ")
    with pytest.raises(NotFoundError):
        approve_destruction(running, "beech", house.ben)
    asked(house, "beech")
    with pytest.raises(ConflictError, match="waits for approval already"):
        asked(house, "beech")
    with pytest.raises(ForbiddenError, match="cannot agree"):
        approve_destruction(running, "beech", house.ada)
    withdraw(running, "beech", house.ada)
    with pytest.raises(NotFoundError):
        approve_destruction(running, "beech", house.ben)
    with pytest.raises(NotFoundError):
        withdraw(running, "beech", house.ada)


@pytest.mark.control("R29")
def test_the_database_itself_refuses_one_person_twice(house: House, tmp_path: Path) -> None:
    practice = house.found("birch")
    ready(house, "birch", tmp_path)
    asked(house, "birch")
    with tenant_transaction(house.running.engine, practice.tenant_id) as connection:
        waiting = store.waiting_request(connection)
        assert waiting is not None
        with pytest.raises(IntegrityError), connection.begin_nested():
            store.approve_request(
                connection, waiting.id, approved_by=house.ada.id, at=house.running.clock()
            )


@pytest.mark.control("R21")
def test_a_legal_hold_wins_over_everything(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.found("cedar")
    running = house.running
    ready(house, "cedar", tmp_path)
    asked(house, "cedar")
    hold_id = place_hold(running, "cedar", house.ben, "court order 12")
    assert "legal hold" in standing(running, "cedar").next_step(DAY)
    with pytest.raises(ForbiddenError, match="legal hold"):
        approve_destruction(running, "cedar", house.ben)
    with pytest.raises(ForbiddenError, match="legal hold"):
        asked(house, "cedar")
    # Placed after the first look and before the destruction: the transaction looks again.
    looked = offboard._standing

    def without_holds(uow: Any) -> Any:
        return msgspec.structs.replace(looked(uow), holds=0)

    with monkeypatch.context() as patch:
        patch.setattr(offboard, "_standing", without_holds)
        with pytest.raises(ForbiddenError, match="legal hold"):
            approve_destruction(running, "cedar", house.ben)
    ((hold, reason),) = list_holds(running, "cedar")
    assert (hold.id, reason, hold.lifted_at) == (hold_id, "court order 12", None)
    assert b"court" not in hold.reason
    lift_hold(running, "cedar", house.ada, hold_id)
    with pytest.raises(NotFoundError):
        lift_hold(running, "cedar", house.ada, hold_id)
    assert approve_destruction(running, "cedar", house.ben).keys >= 2


@pytest.mark.attack("S-67")
@pytest.mark.control("R29")
def test_after_destruction_nothing_opens_and_log_and_ledger_are_as_they_were(
    house: House, tmp_path: Path
) -> None:
    practice = house.found("elm")
    running, tenant_id = house.running, practice.tenant_id
    with tenant_transaction(running.engine, tenant_id) as connection:
        before = whole.balances(connection)
        (row,) = connection.exec_driver_sql("SELECT id, demographics FROM patient LIMIT 1").all()
        old = {key.name: key.row for key in whole.wrapped_keys(connection)}
    assert (running.settings.exchange / "elm" / "outbound").is_dir()
    ready(house, "elm", tmp_path)
    asked(house, "elm")
    done = approve_destruction(running, "elm", house.ben)
    assert done.keys == len(old)
    with pytest.raises(NotFoundError):
        running.practice("elm")
    with pytest.raises(NotFoundError), running.unit_of_work(tenant_id):
        pass
    with tenant_transaction(running.engine, tenant_id) as connection:
        assert whole.balances(connection) == before
        for key in whole.wrapped_keys(connection):
            assert key.destroyed
            assert json.loads(key.row)["wrapped"] == "\\x"
        assert (
            connection.exec_driver_sql("SELECT demographics FROM patient LIMIT 1").scalar()
            == row.demographics
        )
        sealer = running.keys.for_tenant(connection, tenant_id)
        with pytest.raises(DestroyedError, match="were destroyed"):
            sealer.open("patient", "demographics", row.id, row.demographics)
    assert not (running.settings.exchange / "elm").exists()
    verified = running.verify_audit()
    assert verified.verified, verified.sentence
    note = done.certificate.read_text(encoding="utf-8")
    verifier = running.keyring.signer().verifier
    facts = json.loads(verifier.open_note(note, "evidence destruction-certificate"))
    assert facts["practice"] == str(tenant_id)
    assert (facts["requested by"], facts["approved by"]) == (str(house.ada.id), str(house.ben.id))
    assert (facts["keys"], facts["before that day"]) == (done.keys, True)
    assert facts["ledger"] == {one.account: one.cents for one in before}
    charge(running, house.other, 4)


@pytest.mark.control("R19")
def test_only_an_administrators_own_password_and_code_count(house: House) -> None:
    running = house.running
    code = house.next_code(house.ada)
    assert proven_administrator(running, "Ada@example.org ", PASSWORD, code).id == house.ada.id
    for email, password, shown in (
        ("ada@example.org", "wrong", house.next_code(house.ada)),
        ("eve@example.org", PASSWORD, house.app_code()),
        ("ada@example.org", PASSWORD, ""),
        ("ada@example.org", PASSWORD, "not-a-code-of-hers"),
    ):
        with pytest.raises(ForbiddenError):
            proven_administrator(running, email, password, shown)
    code = house.next_code(house.ada)
    proven_administrator(running, "ada@example.org", PASSWORD, code)
    with pytest.raises(ForbiddenError, match="not used before"):
        proven_administrator(running, "ada@example.org", PASSWORD, code)


@pytest.mark.control("R19")
def test_a_recovery_code_counts_once_and_guesses_are_slowed_down(house: House) -> None:
    def prove(code: str) -> None:
        proven_administrator(house.running, "ben@example.org", PASSWORD, code)

    with by_hand(house.running.engine) as connection:
        factors.replace_recovery_codes(connection, house.ben.id, [code_digest("ten-words")])
    prove("ten-words")
    with pytest.raises(ForbiddenError):
        prove("ten-words")
    refused: list[type[Exception]] = []
    while TooManyAttemptsError not in refused:
        assert len(refused) < 20, "nobody slows the guessing down"
        with pytest.raises((ForbiddenError, TooManyAttemptsError)) as caught:
            prove("000000")
        refused.append(caught.type)
    assert refused.count(ForbiddenError) >= 1
    with by_hand(house.running.engine) as connection:
        connection.exec_driver_sql("DELETE FROM sign_in_throttle")


def test_the_stages_from_the_command_line(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house.found("fir")
    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(house.running.settings.home))
    monkeypatch.setattr(bootstrap, "open_urls", lambda _: house.running.urls)
    typed = CommandLine(capsys, house.running.settings.home)

    def run(*words: str | Path, who: str = "ada", status: int = 0) -> str:
        code = house.next_code(house.ada if who == "ada" else house.ben)
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n{code}\n"))
        as_whom = () if "status" in words else ("--as", f"{who}@example.org")
        ran = typed(*words, *as_whom)
        assert ran.status == status, ran.out + ran.err
        return ran.out + ran.err

    assert "works as ever" in run("practice", "offboard", "status", "fir")
    assert "is leaving" in run("practice", "offboard", "begin", "fir")
    assert "needs its last export" in run("practice", "offboard", "status", "fir")
    assert "checked" in run("practice", "export", "fir", "--to", tmp_path)
    assert "are kept until" in run("practice", "offboard", "request", "fir", status=2)
    held = run("practice", "hold", "place", "fir", "--because", "court").split()[1]
    assert "in force" in run("practice", "hold", "list", "fir")
    assert "is an id" in run("practice", "hold", "lift", "fir", "--hold", "x", status=2)
    run("practice", "hold", "lift", "fir", "--hold", held)
    run("practice", "offboard", "request", "fir", "--shred-now", "--because", "end of contract")
    assert "waits for a second" in run("practice", "offboard", "status", "fir")
    assert "cannot agree" in run("practice", "offboard", "approve", "fir", status=2)
    assert "are destroyed" in run("practice", "offboard", "approve", "fir", who="ben")
    assert "there is no practice" in run("practice", "offboard", "status", "fir", status=2)
