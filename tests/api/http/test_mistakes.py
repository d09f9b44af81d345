"""S-33: whatever breaks, the answer is general, carries a number, and quotes nothing."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from uuid import UUID

import msgspec
import psycopg
import pytest
import structlog
from minijinja import Environment
from sqlalchemy import text

from audit.logging import configure
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, MEMBER_ID
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
ONE = world.PRACTICES[0]
CLAIM = f"/practices/{ONE.slug}/claims/{world.seed(ONE, 'held')}"
QUOTED = re.compile(rf"{FAMILY_NAME}|{MEMBER_ID}|SELECT|INSERT|Traceback|File \"", re.IGNORECASE)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    stream = io.StringIO()
    configure("debug", stream)
    yield stream
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def python_mistake(*_: object, **__: object) -> None:
    raise KeyError(f"{FAMILY_NAME} {MEMBER_ID}")


def template_mistake(*_: object, **__: object) -> None:
    Environment(templates={"broken.html": "{{ claim.a.b }}"}).render_template(
        "broken.html", claim={"a": None, "secret": FAMILY_NAME}
    )


def value_mistake(*_: object, **__: object) -> None:
    msgspec.json.decode(f'{{"{FAMILY_NAME}": "{MEMBER_ID}"}}', type=dict[str, int])


def statement_mistake(*_: object, **__: object) -> None:
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        connection.execute(
            text("INSERT INTO work_item (tenant_id, id, stage) VALUES (current_tenant(), :a, :b)"),
            {"a": UUID(int=5), "b": f"{FAMILY_NAME} {MEMBER_ID}"},
        )


def driver_mistake(*_: object, **__: object) -> None:
    raise psycopg.errors.UniqueViolation(
        f"duplicate key\nDETAIL:  Key (name)=({FAMILY_NAME}) already exists."
    )


MISTAKES = [python_mistake, template_mistake, value_mistake, statement_mistake, driver_mistake]


@pytest.mark.attack("S-33")
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("where", ["api.http.claim.claim_page.money", "api.http.answers.house_of"])
def test_a_mistake_in_a_route_or_a_page_tells_a_number_and_nothing_else(
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    logged: io.StringIO,
    mistake: Callable[..., None],
    where: str,
) -> None:
    biller = visit("biller")
    monkeypatch.setattr(where, mistake)
    page = biller.get(CLAIM)
    program = biller.get(CLAIM, accept="application/json")
    assert page.status_code == program.status_code == 500
    for answer in (page, program):
        assert not QUOTED.search(answer.text)
        assert answer.headers["x-request-id"] in answer.text
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    failed = [line for line in lines if line["event"] == "http.failed"]
    assert [line["request_id"] for line in failed] == [
        page.headers["x-request-id"],
        program.headers["x-request-id"],
    ]
    assert all(re.fullmatch(r"[\w./-]+:\d+", line["line_at"]) for line in failed)
    assert not QUOTED.search(logged.getvalue())


@pytest.mark.attack("S-33")
def test_a_refusal_says_what_it_says_to_everybody_and_has_its_number_in_the_header(
    visit: Visit,
) -> None:
    forged = str(UUID(int=9))
    answers = [
        visit("biller").get(f"/practices/{ONE.slug}/claims/{UUID(int=1)}", x_request_id=forged),
        visit("").get("/nothing-here", x_request_id=forged),
        visit("").get("/health", x_request_id=forged),
    ]
    numbers = {str(UUID(answer.headers["x-request-id"])) for answer in answers}
    assert len(numbers) == 3
    assert forged not in numbers
    assert not any(number in answer.text for answer in answers for number in numbers)


@pytest.mark.control("R16")
def test_an_event_names_the_request_it_was_made_in(visit: Visit) -> None:
    answer = visit("biller").get(CLAIM)
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        kinds = connection.execute(
            text("SELECT kind FROM audit_event WHERE request_id = :number"),
            {"number": UUID(answer.headers["x-request-id"])},
        ).scalars()
        assert list(kinds) == ["claim.read"]


def test_a_change_of_the_deployment_names_its_request_too(visit: Visit) -> None:
    answer = visit("biller").post("/sign-out")
    with tenant_transaction(world.runtime().engine, UUID(int=0)) as connection:
        kinds = connection.execute(
            text("SELECT kind FROM audit_event WHERE request_id = :number"),
            {"number": UUID(answer.headers["x-request-id"])},
        ).scalars()
        assert list(kinds) == ["staff.signed_out"]
