"""One invented patient, driven through everything an installation does with a patient."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from httpx import Response
from litestar.testing import TestClient
from msgspec.structs import replace
from procrastinate import App, PsycopgConnector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api import bootstrap, cli, worker
from api.bootstrap import Runtime
from api.http.app import HANDLERS, create_app
from api.http.sessions import SESSION_COOKIE, SIGN_IN_COOKIE, digest_of, new_session_id
from api.settings import Settings
from audit.logging import configure
from core.claims.claim import Claim, Note
from core.claims.parties import Address, Name, Person
from core.errors import ClaimwrightError
from tenants.ids import new_id
from tenants.postgres import DatabaseUrls
from tenants.session import deployment_transaction, tenant_transaction
from tenants.store import sessions, staff
from tests.api.command_line import PRACTICE
from tests.api.http.edit_form import sent_by
from tests.canary.shapes import days
from tests.core.intake.charge_rows import ROW, SECOND, text_of
from tests.core.usecases.office import TODAY, check, denied, era, file_of, made, paid

SURNAME = "Qxvzkworth"
BORN = date(1913, 2, 27)
SECOND_DIAGNOSIS = "W5922XA"
FOREIGN_NAME = "Ścibórzęta"
PASSWORD = "kestrel umbrella flint orbit"

# Every further word of the patient holds the surname, so that one hunt finds them all.
WORDS = (SURNAME, SECOND_DIAGNOSIS, "W59.22XA", FOREIGN_NAME, *days(BORN))

_ROW = {
    **ROW,
    "visit_id": f"{SURNAME}-V1",
    "patient_number": f"{SURNAME}-P1",
    "last_name": SURNAME,
    "first_name": f"{SURNAME}ina",
    "birth_date": BORN.isoformat(),
    "address": f"7 {SURNAME} Lane",
    "city": f"{SURNAME}ville",
    "state": "PA",
    "postal_code": "17101",
    "member_id": f"{SURNAME}417",
    "diagnoses": f"F41.1 {SECOND_DIAGNOSIS}",
}
PERSON = Person(
    name=Name(last=SURNAME.upper(), first=f"{SURNAME}ina".upper()),
    birth_date=BORN,
    sex=made(1)[0].patient.sex,
    address=Address(
        line1=f"7 {SURNAME} LANE".upper(),
        city=f"{SURNAME}VILLE".upper(),
        state="PA",
        postal_code="17101",
    ),
)
NAME = f"{SURNAME.lower()}-{BORN:%Y%m%d}"
"""How the files a person hands in are named."""

AS_OF = f"--as-of={TODAY}"
OF_RIVER = "--practice=river"


def charge_file() -> str:
    """A visit of the patient, one with a name no font draws, and one that is refused."""
    refused = {**_ROW, "visit_id": f"{SURNAME}-V3", "birth_date": f"{SURNAME} 13"}
    foreign = {**_ROW, "visit_id": f"{SURNAME}-V2", "last_name": FOREIGN_NAME}
    return text_of([_ROW, {**_ROW, "code": SECOND["code"]}, foreign, refused])


def filed_claims() -> list[Claim]:
    """Three claims of the patient as another system wrote them, with a note for the payer."""
    return [
        replace(
            claim,
            claim_number=f"{SURNAME.upper()}{place}",
            patient=PERSON,
            subscriber=replace(
                claim.subscriber, person=PERSON, member_id=f"{SURNAME.upper()}{place}"
            ),
            diagnoses=(claim.diagnoses[0], SECOND_DIAGNOSIS),
            notes=(Note(qualifier="ADD", text=f"{SURNAME.upper()} FELL OVER A TURTLE"),),
            billing=replace(claim.billing, npi="1234567893"),
        )
        for place, claim in enumerate(made(3), 1)
    ]


ORIGIN = "https://claimwright.local"


class World:
    """The installation, what it said, and what a browser was shown."""

    def __init__(self, home: Path, urls: DatabaseUrls, folder: Path, logs: io.StringIO) -> None:
        self.home = home
        self.urls = urls
        self.folder = folder
        self.logs = logs
        self.said: list[str] = []
        self.answers: list[tuple[str, Response]] = []
        self.secrets: list[str] = [PASSWORD]
        self.running = Runtime(Settings(home=home, durable=False), urls)
        self.client = TestClient(
            create_app(self.running, origin=ORIGIN),
            base_url=ORIGIN,
            raise_server_exceptions=False,
        )

    # Commands

    def command(self, *arguments: str | Path, typed: str = "") -> int:
        """``claimwright ...``; what it says is kept but for the name of the file it was given."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "stdin", io.StringIO(typed))
            with pytest.raises(SystemExit) as ended:
                cli.main([str(one) for one in arguments])
        out.flush()
        said = out.buffer.getvalue().decode() + err.getvalue()  # type: ignore[attr-defined]
        self.said.append(re.sub(rf"{NAME}[a-z0-9.-]*", "", said))
        return int(str(ended.value.code))

    def put(self, name: str, data: bytes | str) -> Path:
        """A file that a person hands in, named after the patient."""
        path = self.folder / f"{NAME}-{name}"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    # Pages

    def visit(self, session: str, method: str, path: str, **given: Any) -> Response:
        """One request of a browser that holds ``session``."""
        self.client.cookies.clear()
        answer = self.client.request(
            method,
            path,
            headers={"accept": "text/html", "cookie": f"{SESSION_COOKIE}={session}"},
            follow_redirects=False,
            **given,
        )
        self.answers.append((f"{method} {path.partition('?')[0]}", answer))
        return answer

    def sign_in(self, email: str) -> tuple[str, str]:
        """The id of a session of this person, and the token of its forms."""
        self.client.cookies.clear()
        page = self.client.get("/sign-in")
        token = re.search(r'name="token" value="(\w+)"', page.text)[1]  # type: ignore[index]
        form = page.cookies[SIGN_IN_COOKIE]
        self.client.cookies.clear()
        answer = self.client.post(
            "/sign-in",
            data={"token": token, "email": email, "password": PASSWORD, "next": "/"},
            headers={"cookie": f"{SIGN_IN_COOKIE}={form}"},
            follow_redirects=False,
        )
        self.secrets.append(answer.cookies[SESSION_COOKIE])
        # As after the second factor, which has tests of its own.
        session = new_session_id()
        with deployment_transaction(self.running.engine) as connection:
            found = staff.with_hash(connection, email)
            assert found is not None
            sessions.start(
                connection,
                digest=digest_of(session),
                session_id=new_id(),
                staff_id=found[0].id,
                assurance=sessions.TWO_FACTORS,
            )
        own = self.visit(session, "GET", "/password").text
        form_token = re.search(r'name="token" value="(\w+)"', own)[1]  # type: ignore[index]
        self.secrets += [session, form_token, form, token]
        return session, form_token

    # The database

    @property
    def tenant_id(self) -> UUID:
        return self.running.practice("river").tenant_id

    def ids(self, statement: str) -> list[UUID]:
        with tenant_transaction(self.running.engine, self.tenant_id) as connection:
            return list(connection.execute(text(statement)).scalars())

    def close(self) -> None:
        self.running.close()


@contextmanager
def logged_to(stream: io.StringIO) -> Iterator[None]:
    """Logs of the product and of its libraries go to ``stream``, nothing is left out."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    configure("debug", stream)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
        structlog.reset_defaults()


@contextmanager
def installation(home: Path, urls: DatabaseUrls, folder: Path) -> Iterator[World]:
    """An installation on ``urls`` whose commands, pages and jobs all write to one log."""
    logs = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, logged_to(logs):
        patch.setenv("CLAIMWRIGHT_HOME", str(home))
        patch.setattr(bootstrap, "open_urls", lambda _: urls)
        world = World(home, urls, folder, logs)
        try:
            yield world
        finally:
            world.close()


def live_through(world: World) -> None:
    """Everything that happens to a patient here, and everything that can go wrong with it."""
    found_practice(world)
    hand_in(world)
    answer(world)
    work_jobs(world)
    walk_the_pages(world)
    break_statements(world)
    for command in (("doctor", "--json"), ("practice", "list"), ("provider", "confirm", OF_RIVER)):
        world.command(*command)
    world.running.sequence_audit()


def found_practice(world: World) -> None:
    """A practice, and a person of each side."""
    world.command("practice", "create", "river", "--name=River", *PRACTICE)
    for role in ("admin", "director", "lead"):
        email = f"{role}@example.org"
        world.command(
            "staff", "create", email, "--name=A B", f"--role={role}", OF_RIVER,
            typed=f"{PASSWORD}\n",
        )  # fmt: skip


def hand_in(world: World) -> None:
    """Charge files and 837 files, sound and broken, then code, scrub and file."""
    charges, filed = charge_file(), file_of(filed_claims())
    for name, data in (
        ("good.csv", charges.encode()),
        ("wide.csv", charges.encode("utf-16")),
        ("bare.csv", f"{SURNAME},{FOREIGN_NAME}\n".encode()),
        ("open.csv", charges.encode() + f'"{SURNAME}\n'.encode()),
    ):
        world.command("intake", "charges", world.put(name, data), OF_RIVER, "--json")
    for name, data in (
        ("good.837", filed),
        ("cut.837", filed[: len(filed) * 2 // 3]),
        ("text.837", SURNAME.encode() * 40),
        ("twice.837", filed.replace(b"DMG*D8*", b"DMG*D9*")),
    ):
        path = world.put(name, data)
        world.command("x12", "check", path)
        world.command("intake", "837", path, OF_RIVER)
    world.command("claims", "submit", OF_RIVER, AS_OF)


def answer(world: World) -> None:
    """Payers answer by every way an answer can come in, sound and broken; patients are billed."""
    with world.running.unit_of_work(world.tenant_id, as_of=TODAY) as uow:
        ids = world.ids("SELECT id FROM claim WHERE stage = 'sent' ORDER BY claim_number")
        records = [uow.claims.get(one) for one in ids]
        uow.record("claim.read", {"claim": ids}, claims=len(ids))
    first, second, *_ = records
    sound = era(check(paid(first, patient_cents=2_000), denied(second)))
    unbalanced = era(check(paid(first), trace="T2"), control=2).replace(b"BPR*I*", b"BPR*I*1")
    world.command("era", "post", world.put("good.835", sound), OF_RIVER)
    world.command("era", "post", world.put("odd.835", unbalanced), OF_RIVER)
    inbound = world.home / "exchange" / "river" / "inbound"
    inbound.mkdir(parents=True)
    cut = era(check(paid(first), trace="T3"), control=3)[:-70]
    (inbound / f"{NAME}.835").write_bytes(cut)
    (inbound / f"{NAME}.txt").write_bytes(SURNAME.encode())
    world.command("claims", "receive", OF_RIVER, AS_OF)
    world.command("claims", "next-payer", OF_RIVER, AS_OF)
    world.command("statements", "issue", OF_RIVER, AS_OF)


def work_jobs(world: World) -> None:
    """Every step as a job, one of them on a file that fails."""
    (world.home / "exchange" / "river" / "inbound" / f"{NAME}-late.835").write_bytes(b"ISA")
    practice = world.running.practice("river")
    with worker.queue(world.running).open() as app:
        for step in worker.STEPS:
            worker.enqueue(app, step, practice, day=TODAY)
    connector = PsycopgConnector(kwargs=worker.conninfo(world.urls.app), min_size=1, max_size=3)
    jobs = App(connector=connector)
    jobs.add_tasks_from(worker._blueprint(world.running), namespace="cycle")

    async def work() -> None:
        async with jobs.open_async():
            await jobs.run_worker_async(queues=["cycle"], wait=False, install_signal_handlers=False)

    asyncio.run(work())


# The first two would end the walk; the last serves our own files.
_LEFT_OUT = ("/sign-out", "/security/sign-out-everywhere", "/static/{version:str}/{name:str}")


def walk_the_pages(world: World) -> None:
    """Every route of the app, with the patient's claim where it asks for a row."""
    admin, token = world.sign_in("admin@example.org")
    director, directors_token = world.sign_in("director@example.org")
    # Whoever works on claims sees the patient whole; an administrator does not.
    lead, leads_token = world.sign_in("lead@example.org")
    claims = world.ids("SELECT id FROM claim ORDER BY claim_number")
    patients = world.ids("SELECT id FROM patient")
    statements = world.ids("SELECT id FROM statement")
    for handler in HANDLERS:
        for template in sorted(handler.paths):
            if template in _LEFT_OUT:
                continue
            path = template.replace("{slug:str}", "river")
            path = path.replace("{claim_id:uuid}", str(claims[0]))
            path = path.replace("{statement_id:uuid}", str(statements[0]))
            path = re.sub(r"\{\w+:uuid\}", str(patients[0]), path)
            for method in sorted(handler.http_methods & {"GET", "POST"}):
                _ask(world, admin, token, method, path)
            if path == "/portal":
                _ask(world, director, directors_token, "GET", path)
    for claim in claims:
        world.visit(lead, "GET", f"/practices/river/claims/{claim}")
        _edit(world, lead, leads_token, f"/practices/river/claims/{claim}")
    world.client.cookies.clear()
    for path in (f"/{SURNAME}", f"/find?number={SURNAME}", f"/queue?payer={SURNAME}&reason=x"):
        world.visit(admin, "GET", path)
    world.visit(admin, "POST", "/sign-out", data={"token": token})


WRONG = (
    *("npi", "email", "kind", "role", "first_day", "last_day", "payer", "transaction_kind"),
    *("status", "knob", "plan", "value", "slug", "submitter_id", "payer_id", "active", "password"),
    *("again", "old", "new", "fresh", "reason", "finding", "note", "dx1", "version", "step"),
)
"""Fields of all our forms that take no such text, or keep it sealed."""


def _ask(world: World, session: str, token: str, method: str, path: str) -> None:
    if method == "GET":
        world.visit(session, "GET", path)
        return
    sent = dict.fromkeys(WRONG, f"{SURNAME} fell over a turtle")
    for version in ("1", SURNAME):
        data = sent | {"token": token, "version": version}
        world.visit(session, "POST", path, data=data)
    world.visit(session, "POST", path, content=f'{{"{SURNAME}"'.encode())
    world.visit(session, "POST", path, data=sent)  # no token


def _edit(world: World, session: str, token: str, path: str) -> None:
    """Type a note and an address, look at the difference, save; then override what is left."""
    page = world.visit(session, "GET", f"{path}/edit")
    if page.status_code == 200:
        sent = sent_by(page.text) | {"token": token}
        for name in sent:
            if "note" in name or "line1" in name or "address" in name:
                sent[name] = f"{SURNAME} WAY 9".upper()
        world.visit(session, "POST", f"{path}/edit", data=sent)
        world.visit(session, "POST", f"{path}/edit", data=sent | {"step": "save"})
    shown = world.visit(session, "GET", path).text
    for finding in set(re.findall(r'name="finding" value="([0-9a-f-]+)"', shown)):
        reason = {"finding": finding, "reason": f"{SURNAME} fell over a turtle", "token": token}
        world.visit(session, "POST", f"{path}/override", data=reason)


def break_statements(world: World) -> None:
    """Statements the database refuses, with the patient in a literal and in a parameter."""
    statements = (
        "SELECT CAST(:it AS uuid)",
        "SELECT CAST(:it AS date)",
        f"SELECT '{SURNAME}'::integer",
        f"SELECT no_such_column AS {SURNAME}",
        f"SELECT pg_sleep(0.01), '{SURNAME}'",
        "UPDATE exchange_file SET status = :it",
        "UPDATE claim_move SET note = :it",
        "INSERT INTO tenant_counter (tenant_id, id, name) VALUES (null, null, :it)",
        "INSERT INTO claim_move SELECT gen_random_uuid(), id, claim_id, :it FROM claim_move",
        f"DO $$ BEGIN RAISE WARNING '{SURNAME}'; RAISE EXCEPTION '{SURNAME}'; END $$",
    )
    for statement in statements:
        given = {"it": SURNAME} if ":it" in statement else {}
        with (
            suppress(SQLAlchemyError, ClaimwrightError),
            tenant_transaction(world.running.engine, world.tenant_id) as connection,
        ):
            connection.execute(text(statement), given)
