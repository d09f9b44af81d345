"""Plugins at a practice as an administrator works on them; nothing of them in the client portal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.plugin_faults import add_faults
from api.plugin_installs import install
from api.plugin_steps import PluginChoice
from api.practice_plugins import PluginDesk
from api.practices import COMMAND, create_practice
from core.ports import Practice
from core.scrub.shadow import Difference, ShadowClaim
from plugins.confined.faults import FaultKind
from tenants.session import tenant_transaction
from tenants.staff import Role, Staff, password_hash
from tenants.store import staff
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import fill_claims
from tests.api.http.visitors import Visitor, session_of
from tests.api.plugins.sight import sight, signed
from tests.api.typed_form.browser import sent
from tests.by_hand import by_hand

CANARY = "kept-from-everybody-4711"


def some_id(name: str) -> UUID:
    return world.some_id(name if name == "payer" else f"plugins {name}")


@world.once_a_world
def practice() -> Practice:
    running = world.runtime()
    made = create_practice(running, slug="plugin-clinic", name="Plugin Clinic")
    fill_claims(running, made, running.person(world.PEOPLE["lead"].id), world.today(), some_id)
    hashed = password_hash(world.PASSWORD)
    with by_hand(running.engine) as connection:
        for role in Role:
            staff.add(connection, person(role), password_hash=hashed)
            staff.assign(connection, person(role).id, [made.tenant_id])
    return made


def person(role: Role) -> Staff:
    return Staff(
        id=some_id(role.value),
        email=f"plugins-{role.value}@example.org",
        name=f"{role.value.title()} Plugger",
        role=role,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two versions of a partner's plugin, signed; gone from the world when this file ends."""
    running, folder = world.runtime(), tmp_path_factory.mktemp("wheels")
    trusted = running.settings.home / "plugins" / "trusted"
    for version, sees in (("1.0.0", ()), ("1.1.0", ("clinical",))):
        path: Path = signed(sight(folder, version, sees=sees), trusted)
        install(running, path, actor=COMMAND)
    yield
    running.plugins.close()
    shutil.rmtree(running.settings.home / "plugins")


@pytest.fixture
def who(client: TestClient, installed: None) -> Any:
    practice()
    return lambda name: Visitor(client, session_of(person(Role(name)).id))


def at(more: str = "") -> str:
    return f"/practices/{practice().slug}/plugins/sight{more}"


def rows(statement: str) -> Any:
    with tenant_transaction(world.runtime().engine, practice().tenant_id) as connection:
        return connection.execute(text(statement)).all()


def acts() -> list[str]:
    return [row.act for row in rows("SELECT act FROM practice_plugin ORDER BY place")]


def settings_of(page: str) -> dict[str, str]:
    own = page[page.index('<form class="card enter typed"') :]
    return dict(sent(own[: own.index("</form>")]))


def test_a_plugin_is_switched_on_set_tried_promoted_rolled_back_and_off_and_each_is_an_event(
    who: Any,
) -> None:
    admin = who("admin")
    listed = admin.get("/plugins").text
    assert listed.count("Sight Ltd</td>") >= 2
    page = admin.get(at()).text
    assert "It was never switched on here" in page
    assert "Asks to see</dt><dd>diagnoses and notes" in page
    refused = admin.post(at("/enable"), {"version": "1.1.0"})
    assert refused.status_code == 422
    assert "asks to see clinical" in refused.text
    wrong = admin.post(
        at("/enable"), {"version": "1.0.0", "first_day": "2026-02-01", "last_day": "2026-01-01"}
    )
    assert "the last day lies before the first" in wrong.text.lower()
    assert acts() == []
    done = admin.post(at("/enable"), {"version": "1.0.0", "first_day": "2026-01-01"})
    assert (done.status_code, done.headers["location"]) == (303, at())

    page = admin.get(at()).text
    assert "from Jan 1, 2026" in page
    assert "May see</dt><dd>nothing about a person" in page
    fields = settings_of(page)
    assert (fields["f.severity"], fields["f.account_key"]) == ("deny", "")
    for bad, said in (
        ({"f.severity": "loud"}, "cannot"),
        ({"f.nobodys": "x"}, "a field it does not have"),
        ({"place": "0"}, "somebody changed this plugin meanwhile"),
    ):
        told = admin.post(at("/settings"), fields | bad)
        assert told.status_code in (409, 422)
        assert said in told.text.lower()
    assert acts() == ["enabled"]
    saved = admin.post(at("/settings"), fields | {"f.severity": "warn", "f.account_key": CANARY})
    assert saved.status_code == 303
    page = admin.get(at()).text
    assert CANARY not in page
    assert ">set<" in page
    again = settings_of(page)
    assert (again["f.severity"], again["f.account_key"]) == ("warn", "")
    assert admin.post(at("/settings"), again | {"f.severity": "info"}).status_code == 303
    assert ">set<" in admin.get(at()).text
    removed = settings_of(admin.get(at()).text) | {"f.account_key?remove": "yes"}
    assert admin.post(at("/settings"), removed).status_code == 303
    assert ">not set<" in admin.get(at()).text

    tried = admin.post(at("/shadow"), {"version": "1.1.0", "grant": "clinical"})
    assert tried.status_code == 303
    page = admin.get(at()).text
    assert "In shadow" in page
    assert "May see</dt><dd>nothing about a person" in page, "the shadow has its own leave"
    assert admin.post(at("/promote"), {"version": "1.1.0"}).status_code == 303
    page = admin.get(at()).text
    assert "May see</dt><dd>diagnoses and notes" in page
    assert "Roll back" in page
    assert admin.post(at("/roll-back")).status_code == 303
    assert admin.post(at("/shadow"), {"version": "1.1.0"}).status_code == 422, "agreed to anew"
    again = admin.post(at("/shadow"), {"version": "1.1.0", "grant": ["clinical", "money"]})
    assert again.status_code == 303
    assert admin.post(at("/end-shadow")).status_code == 303
    assert admin.post(at("/disable"), {"from_day": "2026-06-01"}).status_code == 303
    assert "Jan 1, 2026 to May 31, 2026" in admin.get(at()).text
    assert admin.post(at("/disable")).status_code == 303
    off = admin.post(at("/disable"))
    assert off.status_code == 404
    assert "not switched on" in off.text
    page = admin.get(at()).text
    assert "Admin Plugger" in page
    assert acts() == [
        "enabled", "settings", "settings", "settings", "shadowed", "promoted", "unshadowed",
        "rolled_back", "shadowed", "unshadowed", "disabled", "disabled",
    ]  # fmt: skip
    kinds = {row.kind for row in rows("SELECT kind FROM audit_event WHERE kind ^@ 'plugin.'")}
    assert {f"plugin.{act}" for act in acts()} | {"plugin.secret_set"} <= kinds


def test_what_failed_and_what_the_shadow_found_is_told_in_numbers(who: Any) -> None:
    desk = PluginDesk(world.runtime(), practice(), COMMAND, "command")
    live = desk.enable(PluginChoice(name="sight", version="1.0.0"))
    step = desk.shadow(PluginChoice(name="sight", version="1.1.0", grant=("clinical",)))
    difference = Difference(
        rule="SGT-1", rule_version="1.1.0", line_no=1, failed=False, live="", shadow="deny"
    )
    judged = ShadowClaim(
        claim_id=some_id(f"seed {practice().slug} held"),
        claim_version=1,
        was_held=False,
        would_hold=True,
        charge_cents=12_345,
        microseconds=10,
        shadow_microseconds=20,
        differences=(difference,),
    )
    with world.runtime().unit_of_work(practice().tenant_id) as uow:
        uow.shadows.add(step.id, [judged], on=uow.today)
        uow.record("claim.read", {"claim": [judged.claim_id]}, claims=1)
        add_faults(uow, live, {("SGT-1", "claim_edits", FaultKind.OVERSTAYED.value): 3})
    page = who("lead").get(at()).text
    assert "$123.45" in page
    assert "took too long" in page
    assert "3 <span" in page
    assert '<form class="card' not in page, "a lead looks, an administrator changes"
    listing = who("lead").get(f"/practices/{practice().slug}/plugins").text
    assert "3 of 20" in listing
    desk.end_shadow("sight")
    desk.disable("sight")


@pytest.mark.parametrize("role", sorted(Role))
def test_only_who_answers_for_plugins_sees_them(who: Any, role: Role) -> None:
    visitor, sees = who(role.value), role in (Role.ADMIN, Role.LEAD)
    for path in ("/plugins", f"/practices/{practice().slug}/plugins", at()):
        assert (visitor.get(path).status_code == 200) is sees
    for path in ("/portal", "/practices"):
        page = visitor.get(path)
        if page.status_code == 200:
            assert ("plugins" in page.text) is (sees and path == "/practices")
    assert visitor.post(at("/disable")).status_code == (404 if role is Role.ADMIN else 403)


def test_a_plugin_nobody_knows_is_not_there(who: Any) -> None:
    admin = who("admin")
    other = f"/practices/{practice().slug}/plugins/nobodys"
    assert admin.get(other).status_code == 404
    assert admin.post(other + "/enable", {"version": "1"}).status_code == 404
    assert admin.post(at("/enable"), {"version": "9.9"}).status_code == 422
    assert admin.post(at("/promote"), {"version": "1.0.0"}).status_code in (404, 422)
    assert admin.post(at("/settings"), {"place": "1"}).status_code == 409
