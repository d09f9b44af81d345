"""A practice and people of their own for the walk over every route: what it changes is its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from litestar.testing import TestClient
from sqlalchemy import Engine, text

from api.practices import create_practice
from core.ports import Practice
from tenants.session import make_engine
from tenants.staff import Role, Staff, password_hash
from tenants.store import staff
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, fill_claims
from tests.api.http.visitors import Visitor, session_of
from tests.by_hand import by_hand

PATIENT_NUMBER = "P-1"


def some_id(name: str) -> UUID:
    """As ``pages_world.some_id``, but no row of it is in the other practices."""
    return world.some_id(name if name == "payer" else f"walk {name}")


@world.once_a_world
def practice() -> Practice:
    """The practice, with the five claims; an administrator and a director are assigned to it."""
    running = world.runtime()
    made = create_practice(running, slug="walked-clinic", name="Walked Clinic")
    fill_claims(running, made, running.person(people("admin").id), world.today(), some_id)
    hashed = password_hash(world.PASSWORD)
    with by_hand(running.engine) as connection:
        for name in ("admin", "director", "other", "patient", "kin"):
            staff.add(connection, people(name), password_hash=hashed)
            staff.assign(connection, people(name).id, [made.tenant_id])
    return made


@world.once_a_world
def people(name: str) -> Staff:
    """One of the people of the walk; ``kin`` has the patient's surname."""
    return Staff(
        id=some_id(name),
        email=f"walk-{name}@example.org",
        name=f"{name.capitalize()} {FAMILY_NAME if name == 'kin' else 'Walker'}",
        role=Role.DIRECTOR if name == "director" else Role.ADMIN,
    )


def visitor(client: TestClient, name: str) -> Visitor:
    """A fresh session of this person."""
    practice()
    return Visitor(client, session_of(people(name).id))


def claim(name: str) -> UUID:
    """The id of one of the practice's claims."""
    return some_id(f"seed {practice().slug} {name}")


def recorded() -> dict[UUID, str]:
    """The kinds of all committed events, whosever log they are in, by event id."""
    with _all_logs().begin() as connection:
        rows = connection.execute(text("SELECT id, kind FROM audit_event"))
        return {row.id: row.kind for row in rows}


@world.once_a_world
def _all_logs() -> Engine:
    made = make_engine(world.runtime().urls.sequencer, pool_size=1)
    world.closing(made.dispose)
    return made


def found_in(page: str, pattern: str) -> str:
    """The first group of ``pattern`` on a page."""
    match = re.search(pattern, page, re.DOTALL)
    assert match, pattern
    return match[1]


Fields = Callable[[Visitor], dict[str, str]]
