"""A small installation for the tests of pages: a real database, four practices, a person a role.

Each module of tests has a copy of its own, made when it first asks: what one changes no other sees,
in whatever order and beside whichever others they run.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, text

from api.bootstrap import Runtime
from api.settings import Settings
from audit.event import DEPLOYMENT
from core.crypto.one_time_codes import code_at, step_of
from core.ports import Practice
from tenants.keys import Sealer
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tenants.session import tenant_transaction
from tenants.staff import Role, Staff, password_hash
from tenants.store import factors, practices, staff
from tests.api.http.pages_claims import fill_claims
from tests.by_hand import by_hand
from tests.conftest import SCHEMA_TEMPLATE

ORIGIN = "https://claimwright.local"
PASSWORD = "four unrelated plain words"
_IDS = UUID("3f3d3c0e-8f5e-4b8e-9d0a-000000000000")

STAGES = ("held", "held", "rejected", "denied", "held", "partly_paid", "accepted", "held")
ACTORS = ("biller", "coder", "biller", "biller", "coder", "biller", "biller", "client")
REASONS = (
    "prof.telehealth-place",
    "home.timing",
    "277CA A7 562",
    "CARC 197",
    "",
    "CARC 50",
    "",
    "",
)
PAYERS = ("Blue Harbor Health", "Medicare Part B Jurisdiction L", "Evergreen Dental Plan")


def some_id(name: str) -> UUID:
    """The same id for the same name, always."""
    return uuid5(_IDS, name)


PRACTICES = tuple(
    Practice(
        tenant_id=some_id(slug), number=number, slug=slug, name=name, submitter_id=f"CW{number:04d}"
    )
    for number, (slug, name) in enumerate(
        (
            ("harbor-behavioral", "Harbor Behavioral Health"),
            ("bright-dental", "Bright Dental Group"),
            ("northline-tele", "Northline Telehealth"),
            ("evergreen-home", "Evergreen Home Health"),
        ),
        1,
    )
)

PEOPLE = {
    role.value: Staff(
        id=some_id(role.value),
        email=f"{role.value}@example.org",
        name=f"{role.value.capitalize()} Example",
        role=role,
    )
    for role in Role
} | {
    "left": Staff(
        id=some_id("left"),
        email="left@example.org",
        name="Left Example",
        role=Role.BILLER,
        active=False,
    ),
    "idle": Staff(
        id=some_id("idle"), email="idle@example.org", name="Idle Example", role=Role.BILLER
    ),
}

# Nobody but the auditor is assigned to the fourth practice; the idle biller has none.
ASSIGNED = {
    "director": PRACTICES[:1],
    "viewer": PRACTICES[1:2],
    "liaison": PRACTICES[:1],
    "provider": PRACTICES[:1],
    "auditor": PRACTICES,
    "idle": (),
    "left": PRACTICES[:1],
}


P = ParamSpec("P")
T = TypeVar("T")

_TEMPLATE = "template_pages"


class _World:
    """Where the copy of this module comes from, and the copy once somebody asked for it."""

    def __init__(self, server: DatabaseUrls, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._name = f"pages_{os.getpid()}_{next(_numbers)}"
        self._made: Runtime | None = None
        self.afterwards: list[Callable[[], None]] = []

    def runtime(self) -> Runtime:
        if self._made is None:
            self._template()
            home = self._folder / self._name
            shutil.copytree(self._folder / _TEMPLATE, home)
            urls = create_from_template(self._server, _TEMPLATE, self._name)
            self._made = Runtime(_settings(home), urls)
        return self._made

    def _template(self) -> None:
        """What is copied: made once a run, by whoever needs it first."""
        with (self._folder / f"{_TEMPLATE}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._folder / _TEMPLATE).is_dir():
                self._make_template()

    def _make_template(self) -> None:
        beginning = self._folder / f"{_TEMPLATE}-beginning"
        beginning.mkdir(mode=0o700)
        urls = create_from_template(self._server, SCHEMA_TEMPLATE, _TEMPLATE)
        made = Runtime(_settings(beginning), urls)
        _fill(made.engine)
        _give_apps(made)
        for practice in PRACTICES[:2]:
            fill_claims(made, practice, made.person(PEOPLE["lead"].id), today(), some_id)
        made.close()
        beginning.rename(self._folder / _TEMPLATE)

    def close(self) -> None:
        for end in self.afterwards:
            end()
        for forget in _FORGET:
            forget()
        for name in set(PEOPLE) - _FIRST_PEOPLE:
            del PEOPLE[name]
        if self._made is not None:
            self._made.close()
            drop_database(self._server, self._name)
            shutil.rmtree(self._folder / self._name)


_world: _World | None = None
_numbers = itertools.count(1)
_FORGET: list[Callable[[], None]] = []
_FIRST_PEOPLE = frozenset(PEOPLE)


def _settings(home: Path) -> Settings:
    return Settings(home=home, durable=False, origin=ORIGIN)


@contextmanager
def opened(server: DatabaseUrls, folder: Path) -> Iterator[None]:
    """What ``runtime`` gives meanwhile; ``folder`` is shared by all who share ``server``."""
    global _world
    _world = _World(server, folder)
    try:
        yield
    finally:
        _world.close()
        _world = None


def runtime() -> Runtime:
    """The filled installation of this module of tests."""
    assert _world is not None, "only where the fixture of the world is in force"
    return _world.runtime()


def closing(end: Callable[[], None]) -> None:
    """``end`` is called before the world goes."""
    assert _world is not None, "only where the fixture of the world is in force"
    _world.afterwards.append(end)


def once_a_world(make: Callable[P, T]) -> Callable[P, T]:
    """As ``functools.cache``, and forgotten with the world."""
    kept = functools.cache(make)
    _FORGET.append(kept.cache_clear)
    return kept


def seed(practice: Practice, name: str) -> UUID:
    """The id of a claim of ``pages_claims``."""
    return some_id(f"seed {practice.slug} {name}")


def _fill(made: Engine) -> None:
    hashed = _hashed()
    with by_hand(made) as connection:
        for practice in PRACTICES:
            practices.add(connection, practice)
        for name, person in PEOPLE.items():
            staff.add(connection, person, password_hash=hashed)
            given = ASSIGNED.get(name, PRACTICES[:3])
            staff.assign(connection, person.id, [practice.tenant_id for practice in given])
    for practice in PRACTICES:
        with by_hand(made, practice.tenant_id) as connection:
            connection.execute(
                text(
                    "INSERT INTO work_item (tenant_id, id, claim_id, claim_number, payer_name,"
                    " form, stage, next_actor, reason, amount_cents, due_on)"
                    " VALUES (:tenant, :id, :claim, :number, :payer, '837P', :stage, :actor,"
                    " :reason, :amount, :due)"
                ),
                [_item(practice, place) for place in range(80)],
            )


def _give_apps(made: Runtime) -> None:
    """An authenticator app for everybody but the idle biller, who has no second factor yet."""
    with tenant_transaction(made.engine, DEPLOYMENT) as connection:
        sealer = made.keys.for_tenant(connection, DEPLOYMENT)
        for name in set(PEOPLE) - {"idle"}:
            _give_app(connection, sealer, name)


def _give_app(connection: Connection, sealer: Sealer, name: str) -> None:
    own = {"factor_id": some_id(f"app {name}"), "staff_id": PEOPLE[name].id}
    factors.begin_app(connection, sealer, **own, secret=app_secret(name))
    code = code_at(app_secret(name), step_of(int(datetime.now(UTC).timestamp())))
    assert factors.confirm_app(connection, sealer, PEOPLE[name].id, code)


def app_secret(name: str) -> bytes:
    """What the authenticator app of a person holds."""
    return hashlib.sha256(name.encode()).digest()[:20]


def app_code(name: str) -> str:
    """The code the app shows now, good for another sign-in whatever was used before."""
    with by_hand(runtime().engine) as connection:
        connection.execute(
            text("UPDATE authenticator_app SET last_step = 0 WHERE staff_id = :id"),
            {"id": PEOPLE[name].id},
        )
    return code_at(app_secret(name), step_of(int(datetime.now(UTC).timestamp())))


def _item(practice: Practice, place: int) -> dict[str, object]:
    kind = place % len(STAGES)
    due = today() + timedelta(days=(place * 7) % 23 - 6)
    return {
        "tenant": practice.tenant_id,
        "id": some_id(f"item {practice.slug} {place}"),
        "claim": some_id(f"claim {practice.slug} {place}"),
        "number": f"{practice.number:02d}-{place + 1:06d}",
        "payer": PAYERS[(place + practice.number) % len(PAYERS)],
        "stage": STAGES[kind],
        "actor": ACTORS[kind],
        "reason": REASONS[kind],
        "amount": 9_500 + 1_237 * place,
        "due": None if place % 19 == 18 else due,
    }


def today() -> date:
    return datetime.now(UTC).date()


@functools.cache
def _hashed() -> str:
    return password_hash(PASSWORD)


def add_person(name: str, role: Role, *, app: bool = True) -> Staff:
    """One more person with the usual password and practices, for a test that takes things away."""
    person = Staff(
        id=some_id(name), email=f"{name}@example.org", name=f"{name.title()} Example", role=role
    )
    PEOPLE[name] = person
    made = runtime()
    with by_hand(made.engine) as connection:
        staff.add(connection, person, password_hash=_hashed())
        staff.assign(connection, person.id, [practice.tenant_id for practice in PRACTICES[:3]])
        if app:
            _give_app(connection, made.keys.for_tenant(connection, DEPLOYMENT), name)
    return person
