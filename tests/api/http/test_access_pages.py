"""Who looked, who was affected, what is unusual, and what was disclosed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.affected import affected_by
from core.disclosures import DisclosurePurpose
from tests.api.http import pages_world as world
from tests.api.http import walk_world as walk
from tests.api.http.pages_claims import FAMILY_NAME
from tests.by_hand import by_hand

SLUG = "walked-clinic"
BASE = f"/practices/{SLUG}/disclosures"


@pytest.fixture(scope="module")
def there() -> None:
    walk.practice()


def rows_of(page: str) -> list[str]:
    """The rows of the tables of a page as text."""
    found = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


@pytest.mark.control("R16")
@pytest.mark.usefixtures("there")
def test_the_director_sees_who_read_whose_record_when_and_what_for(client: TestClient) -> None:
    walk.visitor(client, "other").get(f"/practices/{SLUG}/claims/{walk.claim('paid')}")
    director = walk.visitor(client, "director")
    person = walk.people("other").id
    page = director.get(f"/portal/access?person={person}").text
    [number] = set(re.findall(rf'claim={walk.claim("paid")}">([^<]+)<', page))
    [row] = [one for one in rows_of(page) if number in one][:1]
    assert "Walker admin Claims were shown." in row
    assert f"{FAMILY_NAME}, Odette" in row
    assert row.endswith("payment")
    others = director.get(f"/portal/access?person={walk.people('director').id}").text
    assert "Claims were shown." not in others
    one_claim = director.get(f"/portal/access?claim={walk.claim('paid')}").text
    assert number in one_claim
    empty = director.get("/portal/access?from=2020-01-01&to=2020-02-01").text
    assert "Nobody has, in this period." in empty
    assert walk.visitor(client, "admin").get("/portal/access").status_code == 403


@pytest.mark.usefixtures("there")
def test_the_list_is_paged_and_each_look_stands_on_one_page(client: TestClient) -> None:
    director = walk.visitor(client, "director")
    for _ in range(3):
        director.get("/portal")
    admin = walk.visitor(client, "admin")
    for _ in range(55):
        admin.get(f"/practices/{SLUG}/claims/{walk.claim('held')}")
    page = director.get(f"/portal/access?person={walk.people('admin').id}").text
    assert len(rows_of(page)) == 50 + 1
    older = unescape(re.search(r'href="([^"]+)">Older', page)[1])
    second = director.get(older).text
    assert len(rows_of(second)) >= 5 + 1
    assert "First page" in second


@pytest.mark.control("R6")
@pytest.mark.usefixtures("there")
def test_who_was_affected_by_a_person_is_answered_down_to_the_patients(client: TestClient) -> None:
    walk.visitor(client, "other").get(f"/practices/{SLUG}/claims/{walk.claim('held')}")
    now = world.runtime().clock()
    email = walk.people("other").email.upper()
    found = affected_by(
        world.runtime(), email, since=now - timedelta(hours=1), until=now + timedelta(hours=1)
    )
    [one] = found
    assert one.practice == SLUG
    assert walk.claim("held") in one.objects["claim"]
    assert [(p.number, p.last_name) for p in one.patients] == [("P-1", FAMILY_NAME)]
    before = affected_by(
        world.runtime(), email, since=now - timedelta(hours=3), until=now - timedelta(hours=2)
    )
    assert before == ()


@pytest.fixture
def relative(there: None) -> Iterator[None]:
    """The colleague has the patient's surname."""
    person, name = walk.people("patient"), walk.people("patient").name
    change = text("UPDATE staff SET name = :name WHERE id = :id")
    with by_hand(world.runtime().engine) as connection:
        connection.execute(change, {"name": f"Ann {FAMILY_NAME.title()}", "id": person.id})
    yield
    with by_hand(world.runtime().engine) as connection:
        connection.execute(change, {"name": name, "id": person.id})


@pytest.mark.control("R2")
@pytest.mark.usefixtures("relative")
def test_a_snooping_relative_is_on_the_list_at_once_and_signed_off_by_another(
    client: TestClient,
) -> None:
    snoop = walk.visitor(client, "patient")
    snoop.get(f"/practices/{SLUG}/claims/{walk.claim('paid')}")
    admin = walk.visitor(client, "admin")
    page = admin.get("/review").text
    name = f"Ann {FAMILY_NAME.title()}"
    why = "same surname as the patient"
    [listed] = [one for one in rows_of(page) if one.startswith(name) and why in one]
    assert listed.startswith(f"{name} admin Walked Clinic")
    label = f'aria-label="In order: {name}, same surname as the patient"'
    form = page[: page.index(label)].rpartition("<form")[2]
    action = re.search(r'action="([^"]+)"', form)[1]
    own = snoop.post(action, {"outcome": "cleared"})
    assert own.status_code == 422
    assert "somebody else reviews your own access" in unescape(own.text).lower()
    assert admin.post(action, {"outcome": "escalated"}).status_code == 303
    after = rows_of(admin.get("/review").text)
    [decided] = [one for one in after if one.startswith(name) and why in one]
    assert "escalated by Admin Walker" in decided
    assert admin.post(action, {"outcome": "perhaps"}).status_code == 422
    assert "review.escalated" in walk.recorded().values()


@pytest.mark.control("R22")
@pytest.mark.usefixtures("there")
def test_a_patient_who_asks_gets_every_disclosure_of_six_years_within_sixty_days(
    client: TestClient,
) -> None:
    admin = walk.visitor(client, "admin")
    today = world.today()
    for days, purpose, recipient in (
        (40, "health_oversight", "Office for Civil Rights"),
        (10, "judicial", "County Court"),
        (7 * 365, "research", "Too Long Ago Institute"),
    ):
        entered = admin.post(
            BASE,
            {
                "number": walk.PATIENT_NUMBER,
                "disclosed_on": (today - timedelta(days=days)).isoformat(),
                "purpose": purpose,
                "recipient": recipient,
                "address": "2 Court Square",
                "what": "Claims of 2025",
                "why": "Subpoena <b>no. 7</b>",
            },
        )
        assert entered.status_code == 303
    asked_on = today - timedelta(days=20)
    asked = admin.post(
        f"{BASE}/requests",
        {"number": walk.PATIENT_NUMBER, "requested_on": asked_on.isoformat()},
    )
    address = asked.headers["location"]
    report = admin.get(address).text
    rows = [one for one in rows_of(report) if "Court Square" in one]
    assert [re.sub(r"^\w+ \d+, \d{4} ", "", one) for one in rows] == [
        (
            "Office for Civil Rights 2 Court Square Claims of 2025 health oversight:"
            " Subpoena <b>no. 7</b>"
        ),
    ], "the court came after the request, the institute more than six years before"
    due = asked_on + timedelta(days=60)
    assert f"{due:%b} {due.day}, {due.year}" in report
    assert "<b>no. 7" not in report
    listed = unescape(admin.get(BASE).text)
    assert address in listed
    assert admin.post(address).status_code == 303
    assert address not in unescape(admin.get(BASE).text)
    assert "Given on" in admin.get(address).text


WRONG = {
    "nobody's number": ({"number": "P-999"}, "no patient of this practice has this number"),
    "tomorrow": ({"disclosed_on": "2999-01-01"}, "today or earlier"),
    "payment": ({"purpose": "payment"}, "choose a purpose"),
    "no recipient": ({"recipient": ""}, "who received it is missing"),
}


@pytest.mark.control("R22")
@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("case", WRONG)
def test_a_disclosure_that_cannot_be_told_later_is_not_taken(client: TestClient, case: str) -> None:
    fields, says = WRONG[case]
    whole = {
        "number": walk.PATIENT_NUMBER,
        "disclosed_on": "2026-01-05",
        "purpose": "public_health",
        "recipient": "Health Department",
        "what": "Result",
        "why": "Reportable",
    }
    answer = walk.visitor(client, "admin").post(BASE, whole | fields)
    assert answer.status_code == 422
    assert says in unescape(answer.text).lower()


def test_the_database_takes_the_purposes_the_program_knows() -> None:
    with world.runtime().engine.connect() as connection:
        rule = connection.execute(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conname = 'disclosure_purpose_check'"
            )
        ).scalar_one()
    assert set(re.findall(r"'(\w+)'", rule)) == {one.value for one in DisclosurePurpose}
