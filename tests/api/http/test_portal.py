"""The portal: one practice, its own figures, and proof of who looked."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import text

from api.http import portal
from api.web.rendering import Pages
from core.money import cents
from tenants.session import tenant_transaction
from tenants.staff import Right
from tenants.store import portal_page, staff
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, MEMBER_ID
from tests.api.http.visitors import Visitor
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]
PAGES = Pages()
FRAME = {
    "token": "t",
    "who": world.PEOPLE["director"],
    "may": {right.value: right is Right.SEE_PORTAL for right in Right},
    "here": "portal",
    "emergencies": (),
}


def in_practice(place: int):
    return tenant_transaction(world.runtime().engine, world.PRACTICES[place].tenant_id)


def test_money_adds_up_to_the_cent() -> None:
    with in_practice(0) as connection:
        money = portal_page.money(connection)
        ages = portal_page.ages(connection, today=world.today())
        total = connection.execute(text("SELECT sum(amount_cents) FROM ledger_posting")).scalar()
    assert total == 0
    assert money.charges_cents == 22_750
    assert money.payer_payments_cents == 11_400
    assert money.withheld_cents == 310
    assert (money.clearing_cents, money.unapplied_cents) == (0, 0)
    assert money.adjustments_cents == 4_290
    assert money.charges_cents == (
        money.payer_payments_cents
        + money.patient_payments_cents
        + money.adjustments_cents
        + money.insurers_owe_cents
        + money.patients_owe_cents
        + money.withheld_cents
    )
    assert sum(age.insurers_cents for age in ages) == money.insurers_owe_cents == 4_250
    assert sum(age.patients_cents for age in ages) == money.patients_owe_cents == 2_500
    assert [age.claims for age in ages] == [0, 1, 0, 0, 0], "charged 45 days ago"
    assert [(age.first_days, age.last_days) for age in ages] == [
        (0, 30), (31, 60), (61, 90), (91, 120), (121, None)
    ]  # fmt: skip


def test_a_practice_without_a_ledger_has_zeros() -> None:
    with in_practice(3) as connection:
        assert set(portal_page.money(connection).__rich_repr__()) == {
            (name, 0) for name in portal_page.Money.__struct_fields__
        }
        assert sum(age.claims for age in portal_page.ages(connection, today=world.today())) == 0


def test_the_overview_shows_one_practice_and_nothing_of_another(visit: Visit) -> None:
    page = visit("director").get("/portal")
    assert page.status_code == 200
    assert world.PRACTICES[0].name in page.text
    for other in world.PRACTICES[1:]:
        assert other.name not in page.text
        assert f"{other.number:02d}-0000" not in page.text
    for shown in ("$227.50", "$114.00", "$42.90", "$67.50", "10 claims"):
        assert shown in page.text, shown
    viewer = visit("viewer").get("/portal").text
    assert world.PRACTICES[1].name in viewer
    assert world.PRACTICES[0].name not in viewer


def test_what_the_page_says_of_the_charges_adds_up_to_the_cent(visit: Visit) -> None:
    page = unescape(visit("director").get("/portal").text)
    [said] = re.findall(r"<p data-sum-up>(.*?)</p>", page)
    assert said == (
        "Charges $227.50 = payments $114.00 + adjustments $42.90"
        " + kept back by insurers $3.10 + open $67.50"
    )
    charges, *parts = (cents(one.replace("$", "")) for one in re.findall(r"\$[\d.,]+", said))
    assert sum(parts) == charges
    assert "Insurers kept $3.10 back from their checks" in page
    assert "between a check and its claims" not in page


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ((("payer_cash", 900), ("provider_level_adjustment", 100)), "kept back by insurers $1.00"),
        ((("payer_cash", 1_120), ("provider_level_adjustment", -120)),
         "− added by insurers $1.20"),
        ((("remittance_clearing", 1_000),), "checks not yet spread over claims $10.00"),
        ((("patient_cash", 1_400), ("unapplied", -400)),
         "− patients' money not yet applied $4.00"),
        ((("insurance_receivable", 1_500), ("patient_receivable", -500)), "open $10.00"),
    ],
)  # fmt: skip
def test_every_shape_of_a_ledger_adds_up_in_words(posted, said: str) -> None:
    sums = dict(posted)
    money = portal_page.Money(
        charges_cents=1_000,
        payer_payments_cents=sums.get("payer_cash", 0),
        patient_payments_cents=sums.get("patient_cash", 0),
        adjustments_cents=0,
        insurers_owe_cents=sums.get("insurance_receivable", 0),
        patients_owe_cents=sums.get("patient_receivable", 0),
        withheld_cents=sums.get("provider_level_adjustment", 0),
        clearing_cents=sums.get("remittance_clearing", 0),
        unapplied_cents=sums.get("unapplied", 0),
    )
    terms = portal.terms_of(money)
    assert sum(term.amount_cents for term in terms) == money.charges_cents
    page = PAGES.render(
        "portal.html",
        **FRAME,
        money=money,
        terms=terms,
        practice=world.PRACTICES[0],
        today=world.today(),
        waiting=(), waiting_claims=0, waiting_cents=0, ages=(), stages=(), looked=(),
        looked_days=30, taken=(), taken_days=90,
    )  # fmt: skip
    shown = unescape(re.findall(r"<p data-sum-up>(.*?)</p>", page)[0])
    assert said in shown


def test_the_overview_holds_no_name_of_a_patient(visit: Visit) -> None:
    page = visit("director").get("/portal").text
    assert FAMILY_NAME not in page
    assert MEMBER_ID not in page


def test_who_looked_is_shown_with_how_often(visit: Visit) -> None:
    biller, claim = visit("lead"), world.seed(world.PRACTICES[1], "paid")
    viewer = visit("viewer")
    before = looks(viewer, world.PEOPLE["lead"].name)
    for _ in range(3):
        biller.get(f"/practices/{world.PRACTICES[1].slug}/claims/{claim}")
    assert looks(viewer, world.PEOPLE["lead"].name) == before + 3


def looks(viewer: Visitor, name: str) -> int:
    page = viewer.get("/portal").text
    if name not in page:
        return 0
    row = page[page.index(name) :].partition("</tr>")[0]
    return int(row.split('<td class="num">')[1].partition("<")[0])


def test_looking_at_the_portal_is_recorded_too(visit: Visit) -> None:
    visit("director").get("/portal")
    with in_practice(0) as connection:
        count = connection.execute(
            text("SELECT count(*) FROM audit_event WHERE kind = 'portal.read' AND actor_id = :who"),
            {"who": world.PEOPLE["director"].id},
        ).scalar()
    assert count


@pytest.mark.parametrize("places", [(), (0, 1)])
def test_a_client_of_no_practice_or_of_two_sees_nothing(visit: Visit, places) -> None:
    person, engine = world.PEOPLE["viewer"], world.runtime().engine
    with by_hand(engine) as connection:
        staff.assign(connection, person.id, [world.PRACTICES[p].tenant_id for p in places])
    try:
        assert visit("viewer").get("/portal").status_code == 404
    finally:
        with by_hand(engine) as connection:
            staff.assign(connection, person.id, [world.PRACTICES[1].tenant_id])


def test_staff_have_no_portal_and_clients_have_no_queue(visit: Visit) -> None:
    assert visit("biller").get("/portal").status_code == 403
    claim = world.seed(world.PRACTICES[0], "held")
    for path in ("/queue", f"/practices/{world.PRACTICES[0].slug}/claims/{claim}", "/staff"):
        assert visit("director").get(path).status_code == 403
