"""Emergency access: narrow, short, seen by everybody concerned, and judged by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.access_matrix import routes
from core.claims.parties import Name
from core.claims.position import NextActor, Owes, Position, Stage
from core.ports import ClaimRecord, StoredProvider
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tenants.staff import RIGHTS, Right, Role
from tenants.store import staff
from tests.api.http import pages_claims
from tests.api.http import pages_world as world
from tests.api.http.test_access_matrix import canary, person
from tests.api.http.visitors import Visitor
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]
AWAY = world.PRACTICES[3]
REASON = "The hospital asks who treats this patient; nobody assigned answers."
ONE, OTHER, PART_TWO = "away one", "away other", "away part two"


@pytest.fixture(scope="module", autouse=True)
def seeded() -> None:
    """Two patients of a practice that no biller is assigned to."""
    running = world.runtime()
    held = Position(stage=Stage.HELD, owes=Owes.PAYER, next_actor=NextActor.BILLER)
    with running.unit_of_work(AWAY.tenant_id, running.person(world.PEOPLE["lead"].id)) as uow:
        [billing] = uow.new_ids(1)
        provider = pages_claims.BILLING
        stored = StoredProvider(id=billing, role="billing", provider=provider, status="active")
        uow.masters.add_providers([stored])
        second = replace(person(), name=Name(last="Otherwise", first="Ines"))
        people = uow.patients.ensure([("A-1", person()), ("A-2", second)])
        for place, (name, patient) in enumerate(
            ((ONE, "A-1"), (OTHER, "A-2"), (PART_TWO, "A-1")), 71
        ):
            record = ClaimRecord(
                id=world.some_id(name),
                claim=canary(f"{AWAY.number:04d}{place:08d}", part_two=name == PART_TWO),
                position=held,
                encounter_id=pages_claims._encounter(uow, people[patient], billing, place),
                patient_id=people[patient],
                payer_ref=world.some_id("payer"),
            )
            uow.claims.add([record], [])
        uow.record("claim.created", claims=3)


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    yield
    run("UPDATE emergency_access SET ended_at = now() WHERE ended_at IS NULL")


def run(statement: str, **values: Any) -> Any:
    with by_hand(world.runtime().engine) as connection:
        return connection.execute(text(statement), values)


def at(name: str) -> str:
    return f"/practices/{AWAY.slug}/claims/{world.some_id(name)}"


def take(visitor: Visitor, **changes: str):
    fields = {"practice": AWAY.slug, "reason": REASON, "minutes": "30"}
    return visitor.post("/emergency", fields | changes)


def newest() -> UUID:
    return run("SELECT id FROM emergency_access ORDER BY began_at DESC, id DESC LIMIT 1").scalar()


def recorded(kind: str) -> int:
    with tenant_transaction(world.runtime().engine, AWAY.tenant_id) as connection:
        asked = text("SELECT count(*) FROM audit_event WHERE kind = :kind")
        return int(connection.execute(asked, {"kind": kind}).scalar() or 0)


@pytest.mark.control("R4")
@pytest.mark.attack("S-07")
@pytest.mark.parametrize("name", [role.value for role in Role if role is not Role.AUDITOR])
def test_nobody_of_any_role_sees_a_practice_that_is_not_theirs(visit: Visit, name: str) -> None:
    visitor = visit(name)
    for route in routes():
        if "{slug}" not in route.path or route.method != "GET":
            continue
        path = route.path.replace("{slug}", AWAY.slug)
        told = visitor.get(path.replace("{claim_id}", str(world.some_id(ONE))))
        assert told.status_code in (403, 404)
        assert "Zephyrquill" not in told.text
        assert AWAY.name not in told.text


@pytest.mark.control("R13")
def test_it_opens_a_practice_for_reading_with_a_banner_and_ends_by_the_clock(visit: Visit) -> None:
    biller, before = visit("biller"), recorded("emergency.began")
    assert biller.get(at(ONE)).status_code == 404
    for wrong in ({"reason": "short"}, {"minutes": "61"}, {"practice": "x"}, {"claim": "0009"}):
        assert take(biller, **wrong).status_code == 422
        assert biller.get(at(ONE)).status_code == 404
    assert recorded("emergency.began") == before
    assert take(biller).headers["location"] == "/emergency"
    assert recorded("emergency.began") == before + 1
    page = biller.get(at(ONE))
    assert "Zephyrquill" in page.text
    for path in (at(ONE), "/queue", "/emergency"):
        assert "Emergency access</b> to Evergreen Home Health" in biller.get(path).text
    assert "Evergreen" in biller.get("/find?number=0004").text
    # To look is all it is for.
    assert f"{at(ONE)}/edit" not in page.text
    assert biller.get(f"{at(ONE)}/edit").status_code == 404
    for action in ("/scrub", "/release", "/edit", "/restriction", "/consents", "/reveal"):
        assert biller.post(at(ONE) + action, {"version": "1"}).status_code == 404
    assert biller.get(f"/providers?practice={AWAY.slug}").status_code == 404
    assert visit("lead").get(at(ONE)).status_code == 404, "it is one person's"
    run(
        "UPDATE emergency_access SET began_at = began_at - interval '30 minutes',"
        " expires_at = expires_at - interval '30 minutes' WHERE id = :id",
        id=newest(),
    )
    assert biller.get(at(ONE)).status_code == 404
    assert "Emergency access</b>" not in biller.get("/queue").text


@pytest.mark.control("R13")
def test_about_one_patient_it_reaches_that_patient_and_no_search(visit: Visit) -> None:
    biller = visit("biller")
    taken = take(biller, claim=f"{AWAY.number:04d}{71:08d}")
    assert taken.headers["location"] == at(ONE)
    assert biller.get(at(ONE)).status_code == 200
    assert biller.get(at(OTHER)).status_code == 404
    assert AWAY.name not in biller.get("/find?number=0004").text.partition('id="main"')[2]
    assert biller.post(f"/emergency/{newest()}/end").status_code == 303
    assert biller.get(at(ONE)).status_code == 404
    assert biller.post(f"/emergency/{newest()}/end").status_code == 404


@pytest.mark.control("R13")
@pytest.mark.control("R26")
def test_it_lifts_masks_but_part_two_only_in_a_medical_emergency(visit: Visit) -> None:
    coder, admin = visit("coder"), visit("admin")
    take(coder)
    assert "WQX5501234987" in coder.get(at(ONE)).text, "masked for a coder, but not now"
    take(admin)
    shown = admin.get(at(PART_TWO)).text
    assert "Zephyrquill" in shown
    assert "F11.2" not in shown
    assert "H0020" not in shown
    take(admin, medical="1")
    assert "F11.2" in admin.get(at(PART_TWO)).text


@pytest.mark.attack("S-07")
def test_it_is_for_looking_and_offers_no_field_that_the_role_does_not_change(visit: Visit) -> None:
    coder, home = visit("coder"), world.PRACTICES[0]
    address = f"/practices/{home.slug}/claims/{world.seed(home, 'held')}"
    take(coder, practice=home.slug, reason=REASON.replace("hospital", "ward"))
    assert pages_claims.MEMBER_ID in coder.get(address).text
    form = coder.get(f"{address}/edit").text
    assert 'name="dx1"' in form
    assert 'name="member_id"' not in form
    assert pages_claims.MEMBER_ID not in form


@pytest.mark.control("R13")
def test_the_practice_is_told_and_somebody_else_reviews(visit: Visit) -> None:
    lead, auditor = visit("lead"), visit("auditor")
    take(lead)
    taken = newest()
    assert "waits for a review: " in auditor.get("/queue").text
    review = f"/emergencies/{taken}/review"
    words = {"outcome": "justified", "words": "The call of the hospital is on record."}
    page = unescape(auditor.get("/emergencies").text)
    assert REASON in page
    assert review in page
    own = unescape(lead.get("/emergencies").text)
    assert REASON not in own, "a lead who is not assigned does not read the reasons"
    assert lead.post(review, words).status_code == 404
    assign("lead", (*world.PRACTICES[:3], AWAY))
    try:
        assert lead.post(review, words).status_code == 409, "not by oneself"
        assert review not in lead.get("/emergencies").text
    finally:
        assign("lead", world.PRACTICES[:3])
    for wrong in ({"outcome": "perhaps"}, {"words": ""}):
        assert auditor.post(review, words | wrong).status_code == 422
    assert auditor.post(f"/emergencies/{new_id()}/review", words).status_code == 404
    run(
        "UPDATE emergency_access SET began_at = now() - interval '4 days',"
        " expires_at = now() - interval '4 days' + interval '30 minutes' WHERE id = :id",
        id=taken,
    )
    assert "review overdue" in auditor.get("/emergencies").text
    before = recorded("emergency.reviewed")
    assert auditor.post(review, words).status_code == 303
    assert auditor.post(review, words).status_code == 409
    assert recorded("emergency.reviewed") == before + 1
    assign("director", (AWAY,))
    try:
        portal = visit("director").get("/portal").text
    finally:
        assign("director", world.PRACTICES[:1])
    told = portal[portal.index('id="taken-title"') :].partition("</section>")[0]
    assert world.PEOPLE["lead"].name in told
    assert re.search(r"justified, Auditor Example", told)
    assert REASON not in portal


def assign(name: str, practices: Any) -> None:
    with by_hand(world.runtime().engine) as connection:
        staff.assign(connection, world.PEOPLE[name].id, [one.tenant_id for one in practices])


def test_the_database_keeps_it_short_and_the_review_by_another() -> None:
    person_id = world.PEOPLE["biller"].id
    insert = (
        "INSERT INTO emergency_access (id, staff_id, tenant_id, medical, expires_at, outcome,"
        " reviewed_by, reviewed_at) VALUES (:id, :staff, :tenant, false,"
        " now() + make_interval(mins => :minutes), :outcome, :by,"
        " CASE WHEN :outcome::text IS NULL THEN NULL ELSE now() END)"
    ).replace(":outcome::text", "CAST(:outcome AS text)")
    for minutes, outcome, by in ((61, None, None), (0, None, None), (5, "justified", person_id)):
        with pytest.raises(IntegrityError):
            run(
                insert, id=new_id(), staff=person_id, tenant=AWAY.tenant_id, minutes=minutes,
                outcome=outcome, by=by,
            )  # fmt: skip


def test_no_client_and_no_auditor_takes_it_and_no_biller_judges_it() -> None:
    clients = {role for role in Role if role.is_client}
    assert not clients & RIGHTS[Right.TAKE_EMERGENCY_ACCESS]
    assert not clients & RIGHTS[Right.REVIEW_EMERGENCY_ACCESS]
    assert Role.AUDITOR not in RIGHTS[Right.TAKE_EMERGENCY_ACCESS]
    assert Role.BILLER not in RIGHTS[Right.REVIEW_EMERGENCY_ACCESS]


def test_the_reason_is_sealed(visit: Visit) -> None:
    take(visit("biller"))
    with tenant_transaction(world.runtime().engine, AWAY.tenant_id) as connection:
        kept = connection.execute(text("SELECT reason FROM emergency_reason")).scalars().all()
    assert kept
    assert all(b"hospital" not in bytes(one) for one in kept)
