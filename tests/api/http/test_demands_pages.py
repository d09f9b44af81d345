"""Demands of a practice, certificates and places of people: entered, told, and in force at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from audit.event import DEPLOYMENT
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.visitors import Visitor
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]
TWO = world.PRACTICES[1]
CLAIM = f"/practices/{TWO.slug}/claims/{world.seed(TWO, 'held')}"
DEMANDS = f"/practices/{TWO.slug}/demands"
CODER = world.PEOPLE["coder"]
SLUGS = [practice.slug for practice in world.PRACTICES[:3]]
ACCOUNT = {"name": CODER.name, "role": "coder", "practice": SLUGS, "active": "1"}

OUT = "CPC has run out"
# Days from the practice's today to the end of the certificate; the answer; what is pointed out.
DAYS = (
    (31, 200, ""), (30, 200, "CPC ends"), (1, 200, "CPC ends"), (0, 403, OUT), (-9, 403, OUT)
)  # fmt: skip


@pytest.fixture(autouse=True)
def none_stay() -> Iterator[None]:
    yield
    with by_hand(world.runtime().engine, TWO.tenant_id) as connection:
        connection.execute(text("DELETE FROM practice_access_rule"))
    with by_hand(world.runtime().engine) as connection:
        connection.execute(text("DELETE FROM staff_credential"))
        connection.execute(text("UPDATE staff SET location = 'US'"))


def events(kind: str, *, deployment: bool = False) -> int:
    tenant = DEPLOYMENT if deployment else TWO.tenant_id
    with tenant_transaction(world.runtime().engine, tenant) as connection:
        asked = text("SELECT count(*) FROM audit_event WHERE kind = :kind")
        return int(connection.execute(asked, {"kind": kind}).scalar() or 0)


def test_a_person_abroad_is_refused_where_records_stay_in_the_country(visit: Visit) -> None:
    admin, coder = visit("admin"), visit("coder")
    before, changes = events("access.refused"), events("staff.changed", deployment=True)
    for wrong in ({"onshore": ""}, {"payer_kind": "x"}, {"access": "see_portal"}):
        fields = {"onshore": "1", "payer_kind": "", "access": ""} | wrong
        assert admin.post(DEMANDS, fields).status_code == 422
    fields = {"onshore": "1", "payer_kind": "commercial", "access": ""}
    assert admin.post(DEMANDS, fields).status_code == 303
    assert admin.post(DEMANDS, fields).status_code == 409, "once is enough"
    assert "in the United States" in coder.get(DEMANDS).text
    assert coder.get(CLAIM).status_code == 200
    address = f"/staff/{CODER.id}"
    assert admin.post(address, ACCOUNT | {"location": "Elsewhere"}).status_code == 422
    assert admin.post(address, ACCOUNT | {"location": "in"}).status_code == 303
    assert events("staff.changed", deployment=True) == changes + 1
    told = coder.get(CLAIM)
    assert told.status_code == 403
    assert "stay in the United States" in told.text
    assert "Quillfeather" not in told.text
    assert coder.post(f"{CLAIM}/scrub").status_code == 403
    assert events("access.refused") == before + 2
    assert visit("biller").get(CLAIM).status_code == 200
    [remove] = set(re.findall(rf'"({DEMANDS}/[^"]+/remove)"', admin.get(DEMANDS).text))
    assert admin.post(remove).status_code == 303
    assert admin.post(remove).status_code == 404
    assert coder.get(CLAIM).status_code == 200


def test_a_certificate_that_has_run_out_ends_the_right_from_that_day(visit: Visit) -> None:
    admin, coder, address = visit("admin"), visit("coder"), f"/staff/{CODER.id}"
    fields = {"credential": "cpc", "payer_kind": "", "access": "edit_claim"}
    assert admin.post(DEMANDS, fields).status_code == 303
    assert coder.get(CLAIM).status_code == 200, "to read is another right"
    assert "valid CPC certificate" in coder.get(f"{CLAIM}/edit").text
    for days, status, said in DAYS:
        day = world.runtime().clock().astimezone(ZoneInfo(TWO.time_zone)).date() + timedelta(days)
        card = {"credential": "CPC", "credential_number": "0199", "expires_on": day.isoformat()}
        assert admin.post(f"{address}/credentials", card).status_code == 303
        assert coder.get(f"{CLAIM}/edit").status_code == status, days
        row = admin.get("/staff").text
        row = row[row.index(CODER.email) :].partition("</tr>")[0]
        assert (said in row) if said else ("CPC" not in row), days
    assert admin.post(f"{address}/credentials", {"credential": "?"}).status_code == 422
    page = admin.get(address).text
    [remove] = set(re.findall(rf'"({address}/credentials/[^"]+/remove)"', page))
    other = remove.replace(str(CODER.id), str(world.PEOPLE["biller"].id))
    assert admin.post(other).status_code == 404, "not under another person"
    assert admin.post(remove).status_code == 303
    assert "None is entered." in admin.get(address).text


@pytest.mark.attack("S-07")
def test_an_account_form_changes_what_it_shows_and_nothing_else(visit: Visit) -> None:
    admin = visit("admin")
    before = admin.get(f"/staff/{CODER.id}").text
    extra = {"id": str(world.PEOPLE["admin"].id), "email": "evil@example.org", "password_hash": "x"}
    assert admin.post(f"/staff/{CODER.id}", ACCOUNT | extra).status_code == 303
    assert CODER.email in admin.get(f"/staff/{CODER.id}").text
    assert before.count(CODER.email) == admin.get(f"/staff/{CODER.id}").text.count(CODER.email)
    assert visit("coder").post("/password", {"role": "admin", "fresh": "x"}).status_code == 422
    assert visit("coder").get("/staff").status_code == 403
