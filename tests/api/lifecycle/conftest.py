"""A practice with claims that were filed, and two administrators."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from api.bootstrap import Runtime
from api.cycle import Cycle
from api.practices import create_practice
from api.settings import Settings
from audit.event import DEPLOYMENT
from bench.invented_claims import BILLING, claims
from core.claims.claim import Claim
from core.crypto.one_time_codes import code_at, step_of
from core.intake.from_claims import encounter_from_claim
from core.ports import Practice
from core.usecases.intake import Arrival, take_encounters
from tenants.ids import new_id
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tenants.staff import Role, Staff
from tenants.store import factors, staff
from tests.by_hand import by_hand

DAY = date(2026, 3, 2)
_numbers = itertools.count(1)

PASSWORD = "seven unrelated words of no meaning"
_SECRET = b"an app's twenty byte"


def charge(running: Runtime, practice: Practice, seed: int, count: int = 4) -> list[Claim]:
    """Visits of ``count`` patients come in; the claims they came as."""
    given = list(claims(count, today=DAY, seed=seed))
    with running.unit_of_work(practice.tenant_id, as_of=DAY) as uow:
        take_encounters(
            uow,
            [
                Arrival(position=at, encounter=encounter_from_claim(claim, new_id))
                for at, claim in enumerate(given, 1)
            ],
            kind="837P",
            sha256=sha256(bytes([seed])).digest(),
            confirm_new_providers=True,
        )
    return given


class House:
    """One installation for the tests of a module; each that changes a practice founds its own."""

    def __init__(self, running: Runtime) -> None:
        self.running = running
        self.practice = self.found("maple")
        self.claims = list(claims(4, today=DAY, seed=1))
        self.other = create_practice(running, slug="river", name="River", billing=BILLING)
        charge(running, self.other, 2)
        self.ada, self.ben = self._administrator("ada"), self._administrator("ben")

    def found(self, slug: str) -> Practice:
        """A practice with four claims that were filed."""
        practice = create_practice(self.running, slug=slug, name=slug.title(), billing=BILLING)
        charge(self.running, practice, 1)
        cycle = Cycle(self.running, practice, as_of=DAY)
        cycle.prepare()
        assert cycle.file()
        return practice

    def _administrator(self, name: str) -> Staff:
        """An administrator; the stored hash is a cheap one, because it is checked often here."""
        person = Staff(id=new_id(), email=f"{name}@example.org", name=name.title(), role=Role.ADMIN)
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        with by_hand(self.running.engine) as connection:
            staff.add(connection, person, password_hash=cheap)
            sealer = self.running.keys.for_tenant(connection, DEPLOYMENT)
            factors.begin_app(
                connection, sealer, factor_id=new_id(), staff_id=person.id, secret=_SECRET
            )
            assert factors.confirm_app(connection, sealer, person.id, self.app_code())
        return person

    @staticmethod
    def app_code() -> str:
        """What every administrator's authenticator app shows now."""
        return code_at(_SECRET, step_of(int(datetime.now(UTC).timestamp())))

    def next_code(self, person: Staff) -> str:
        """The same, good once more whatever was used before."""
        with by_hand(self.running.engine) as connection:
            connection.execute(
                text("UPDATE authenticator_app SET last_step = 0 WHERE staff_id = :id"),
                {"id": person.id},
            )
        return self.app_code()


@pytest.fixture(scope="module")
def house(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    name = f"leaving_{os.getpid()}_{next(_numbers)}"
    urls = create_from_template(server, "template_claimwright", name)
    home = tmp_path_factory.mktemp("leaving") / "home"
    home.mkdir(mode=0o700)
    running = Runtime(Settings(home=home), urls)
    yield House(running)
    running.close()
    drop_database(urls, name)
