"""Psychotherapy notes: their author writes and reads them, and nobody and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from api.access_matrix import routes
from core.errors import NotFoundError
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tenants.staff import Role, Staff
from tenants.store import staff
from tenants.store.context import exact
from tests.api.http import pages_world as world
from tests.api.http.visitors import Visitor, session_of
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]
HOME = world.PRACTICES[0]
CANARY = "canary words of a session 7731"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def note() -> str:
    """The id of a visit that has a number, and of one note on it: the address of the note."""
    with world.runtime().unit_of_work(HOME.tenant_id) as uow:
        index = uow._context.sealer.blind(
            "encounter", "external_id", "identifier", exact("VISIT-9"), 128
        )
        [row] = uow._context.rows("SELECT id FROM encounter LIMIT 1")
        uow._context.write(
            "UPDATE encounter SET external_index = :index WHERE id = :id", index=index, id=row.id
        )
        uow.record("encounter.created")
    return "VISIT-9"


@pytest.mark.control("R25")
def test_only_the_author_reads_a_note_and_it_stands_on_no_other_page(
    visit: Visit, client, note: str
) -> None:
    provider = visit("provider")
    fields = {"visit": note, "words": CANARY}
    for wrong in ({"visit": "none"}, {"visit": ""}, {"words": ""}):
        assert provider.post("/notes", fields | wrong).status_code == 422
    assert provider.post("/notes", fields).status_code == 303
    page = provider.get("/notes").text
    assert CANARY not in page, "the list shows when, not what"
    address = re.search(r'href="(/notes/[0-9a-f-]{36})"', page)[1]
    assert CANARY in provider.get(address).text
    claim = world.seed(HOME, "held")
    for name in [role.value for role in Role if role is not Role.PROVIDER]:
        assert visit(name).get(address).status_code == 403
    for name in world.PEOPLE.keys() - {"left"}:
        for route in routes():
            if route.method == "GET" and "/notes/" not in route.path:
                path = route.path.replace("{slug}", HOME.slug).replace("{claim_id}", str(claim))
                if "{" not in path and (name == "provider" or "claims" in path):
                    assert CANARY not in visit(name).get(path).text, (name, path)
    colleague = Staff(
        id=new_id(), email="colleague@example.org", name="Colleague", role=Role.PROVIDER
    )
    with by_hand(world.runtime().engine) as connection:
        staff.add(connection, colleague, password_hash=None)
        staff.assign(connection, colleague.id, [HOME.tenant_id])
    other = Visitor(client, session_of(colleague.id))
    assert other.get("/notes").status_code == 200
    assert other.get(address).status_code == 404
    assert address not in other.get("/notes").text


@pytest.mark.control("R25")
def test_a_note_is_sealed_and_each_reading_is_an_event(visit: Visit, note: str) -> None:
    provider = visit("provider")
    provider.post("/notes", {"visit": note, "words": CANARY})
    address = re.findall(r'href="(/notes/[0-9a-f-]{36})"', provider.get("/notes").text)[0]
    provider.get(address)
    with tenant_transaction(world.runtime().engine, HOME.tenant_id) as connection:
        bodies = connection.execute(text("SELECT body FROM psychotherapy_note")).scalars().all()
        kinds = connection.execute(
            text("SELECT kind, count(*) FROM audit_event WHERE kind ~ '^note' GROUP BY kind")
        ).all()
    assert bodies
    assert all(CANARY.encode() not in bytes(one) for one in bodies)
    assert {row.kind for row in kinds} == {"note.written", "note.read"}


@pytest.mark.control("R25")
def test_nothing_but_its_own_store_names_the_table() -> None:
    """Files to payers, attachments, statements, exports: what does not know it cannot carry it."""
    named = {
        path.relative_to(ROOT).as_posix()
        for folder in ("core", "plugins", "tenants", "audit", "api")
        for path in (ROOT / folder).rglob("*.py")
        if "psychotherapy_note" in re.sub("psychotherapy_notes", "", path.read_text())
    }
    assert named == {
        # Its class, by which exports leave it out.
        "tenants/sealed.py",
        "tenants/store/notes.py",
        "tenants/store/migrations/versions/0010_access.py",
    }


def test_a_note_of_another_practice_is_not_there() -> None:
    with (
        world.runtime().unit_of_work(world.PRACTICES[1].tenant_id) as uow,
        pytest.raises(NotFoundError),
    ):
        uow.notes.encounter("VISIT-9")
