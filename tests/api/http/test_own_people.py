"""A director invites the practice's own people and closes their accounts; nothing beyond that."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from tenants.session import transaction
from tenants.staff import Role
from tests.api.http import pages_world as world
from tests.api.http.test_every_route import ROUTES, ask, filled
from tests.api.http.visitors import Visitor, session_of

Visit = Callable[[str], Visitor]
ONE, TWO = world.PRACTICES[:2]


def invited(visit: Visit, role: str) -> UUID:
    email = f"own-{role}@example.org"
    fields = {"name": f"Own {role}", "email": email, "role": role}
    answer = visit("director").post("/people", fields)
    assert answer.status_code == 200
    assert re.search(r'class="secret mono">[a-z0-9-]+<', answer.text), "a code, once"
    with transaction(world.runtime().engine) as connection:
        row = connection.execute(
            text(
                "SELECT s.id, s.role, array_agg(a.tenant_id) AS practices FROM staff s"
                " JOIN staff_assignment a ON a.staff_id = s.id WHERE email = :email GROUP BY s.id"
            ),
            {"email": email},
        ).one()
    assert (row.role, row.practices) == (role, [ONE.tenant_id])
    assert isinstance(row.id, UUID)
    return row.id


@pytest.mark.attack("S-07")
def test_a_director_invites_for_this_practice_and_in_these_roles_alone(visit: Visit) -> None:
    invited(visit, "provider")
    director, fields = visit("director"), {"name": "New", "email": "newcomer@example.org"}
    for role in set(Role) - {Role.LIAISON, Role.PROVIDER, Role.VIEWER}:
        assert director.post("/people", fields | {"role": role.value}).status_code == 422
    extra = {"role": "viewer", "practice": TWO.slug, "practices": TWO.slug, "active": ""}
    assert director.post("/people", fields | extra).status_code == 200
    page = director.get("/people").text
    assert "newcomer@example.org" in page
    assert "own-provider@example.org" in page
    assert world.PEOPLE["viewer"].email not in page, "the viewer of another practice"
    assert world.PEOPLE["biller"].email not in page, "nobody of the billing company"
    assert director.post("/people", fields | extra).status_code == 409


@pytest.mark.control("R3")
@pytest.mark.attack("S-29")
def test_whoever_is_closed_is_out_on_every_route_with_the_next_request(
    visit: Visit, client: TestClient
) -> None:
    person = invited_once(visit)
    theirs = Visitor(client, session_of(person))
    assert theirs.get("/portal").status_code == 200
    assert visit("director").post(f"/people/{person}/close").status_code == 303
    for method, path, access in ROUTES:
        if access == "public":
            continue
        told = ask(theirs, method, filled(path), accept="application/json")
        assert told.status_code == 401, (method, path)
    with transaction(world.runtime().engine) as connection:
        left = connection.execute(
            text("SELECT count(*) FROM web_session WHERE staff_id = :who"), {"who": person}
        )
        assert left.scalar() == 0
    assert "closed" in visit("director").get("/people").text


def invited_once(visit: Visit) -> UUID:
    fields = {"name": "Leaver", "email": "leaver@example.org", "role": "liaison"}
    assert visit("director").post("/people", fields).status_code == 200
    with transaction(world.runtime().engine) as connection:
        found = connection.execute(
            text("SELECT id FROM staff WHERE email = 'leaver@example.org'")
        ).scalar()
    assert isinstance(found, UUID)
    return found


@pytest.mark.parametrize("name", ["viewer", "biller", "admin", "director", "left"])
def test_nobody_but_the_practices_own_is_closed_by_its_director(visit: Visit, name: str) -> None:
    """``viewer`` is another practice's; a director does not close a director."""
    assert visit("director").post(f"/people/{world.PEOPLE[name].id}/close").status_code == 404
    with transaction(world.runtime().engine) as connection:
        active = connection.execute(
            text("SELECT active FROM staff WHERE id = :id"), {"id": world.PEOPLE[name].id}
        ).scalar()
    assert active is (name != "left")
