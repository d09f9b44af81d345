"""People from the command line: a code for who is locked out, and the demonstration's apps."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.bootstrap import Runtime
from api.demo import world as demo
from api.practices import create_staff
from audit.event import DEPLOYMENT
from tenants.codes import code_digest
from tenants.postgres import DatabaseUrls
from tenants.staff import Role
from tenants.store import factors, staff
from tests.api.command_line import CommandLine, command_line
from tests.by_hand import by_hand


@pytest.fixture
def claimwright(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    return command_line(database, tmp_path / "home", monkeypatch, capsys)


def test_the_demonstrations_people_have_apps_that_show_these_codes(
    claimwright: CommandLine, running: Runtime
) -> None:
    email, name, role, _ = demo.STAFF[0]
    person = create_staff(
        running, email=email, name=name, role=role, password=demo.PASSWORD, slugs=()
    )
    demo._give_app(running, person)
    shown = claimwright("demo", "--code", email)
    assert (shown.status, shown.err) == (0, "")
    code = shown.out.strip()
    with by_hand(running.engine) as connection:
        sealer = running.keys.for_tenant(connection, DEPLOYMENT)
        assert factors.use_app_code(connection, sealer, person.id, code) is not None
        assert factors.use_app_code(connection, sealer, person.id, code) is None
    assert claimwright("demo", "--code", "nobody@demo.example").status == 2


@pytest.mark.attack("S-27")
def test_who_is_locked_out_gets_a_code_from_the_machine(
    claimwright: CommandLine, running: Runtime
) -> None:
    person = create_staff(
        running,
        email="alex@example.org",
        name="Alex",
        role=Role.ADMIN,
        password="seven other plain words",
        slugs=(),
    )
    demo._give_app(running, person)
    first = claimwright("staff", "reset", "Alex@example.org")
    assert (first.status, first.err) == (0, "")
    second = claimwright("staff", "reset", "alex@example.org", "--factors")
    code, link = second.out.splitlines()
    assert link.endswith(f"http://localhost:8000/reset#{code}")
    with by_hand(running.engine) as connection:
        assert factors.reset_holder(connection, code_digest(code)) == person.id
        assert factors.reset_holder(connection, code_digest(first.out.split()[0])) is None
        found = staff.with_hash(connection, person.email)
        assert found is not None
        assert found[1] is None, "the password before is void"
        assert factors.of_person(connection, person.id).app_since is None
    assert claimwright("staff", "reset", "nobody@example.org").status == 2
