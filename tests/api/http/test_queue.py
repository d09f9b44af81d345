"""The queue: whose claims, how many, in which order, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from api.http.queue import address, read_filter
from tenants.session import staff_transaction
from tenants.store import pages
from tenants.store.pages import QueueFilter
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, MEMBER_ID
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]


def rows_of(name: str, shown: QueueFilter, *, limit: int = 1_000):
    person = world.PEOPLE[name]
    with staff_transaction(world.runtime().engine, person.id) as connection:
        return pages.queue_rows(connection, shown, limit=limit)


def test_a_person_sees_the_practices_assigned_and_no_other(visit: Visit) -> None:
    mine = {practice.tenant_id for practice in world.PRACTICES[:3]}
    assert {row.tenant_id for row in rows_of("biller", QueueFilter())} == mine
    assert rows_of("idle", QueueFilter()) == ()
    page = visit("biller").get("/queue")
    assert world.PRACTICES[0].name in page.text
    assert world.PRACTICES[3].name not in page.text
    assert "Nothing waits here" in visit("idle").get("/queue").text


def test_a_practice_of_somebody_else_in_the_address_shows_nothing_of_it(visit: Visit) -> None:
    fourth = world.PRACTICES[3].slug
    page = visit("biller").get(f"/queue?practice={fourth}")
    assert page.status_code == 200
    assert world.PRACTICES[3].name not in page.text


def test_walking_the_pages_shows_every_row_once_in_order_of_the_due_date() -> None:
    everything = rows_of("biller", QueueFilter())
    walked, shown = [], QueueFilter()
    while found := rows_of("biller", shown, limit=37):
        walked.extend(found)
        shown = QueueFilter(after=found[-1].place)
    assert walked == list(everything)
    assert len({row.item_id for row in walked}) == len(walked) >= 240
    days = [row.due_on or date.max for row in walked]
    assert days == sorted(days)
    assert days[-1] == date.max, "what has no date comes last"


@pytest.mark.parametrize(
    ("shown", "holds"),
    [
        (QueueFilter(actor="coder"), lambda row: row.next_actor == "coder"),
        (
            QueueFilter(stages=("denied", "rejected")),
            lambda row: row.stage in ("denied", "rejected"),
        ),
        (QueueFilter(payers=(world.PAYERS[1],)), lambda row: row.payer_name == world.PAYERS[1]),
        (QueueFilter(reasons=("CARC 197",)), lambda row: row.reason == "CARC 197"),
        (
            QueueFilter(practices=(world.PRACTICES[1].tenant_id,)),
            lambda row: row.tenant_id == world.PRACTICES[1].tenant_id,
        ),
        (QueueFilter(number="02-00000"), lambda row: row.claim_number.startswith("02-00000")),
        (
            QueueFilter(late_on=world.today()),
            lambda row: row.due_on is not None and row.due_on < world.today(),
        ),
        (
            QueueFilter(stages=("held",), reasons=("home.timing",), actor="coder"),
            lambda row: (row.stage, row.reason, row.next_actor) == ("held", "home.timing", "coder"),
        ),
    ],
)
def test_a_filter_shows_what_it_names_and_all_of_it_and_the_sums_agree(shown, holds) -> None:
    everything = rows_of("biller", QueueFilter())
    found = rows_of("biller", shown)
    assert found
    assert list(found) == [row for row in everything if holds(row)]
    person = world.PEOPLE["biller"]
    with staff_transaction(world.runtime().engine, person.id) as connection:
        sums = pages.queue_sums(connection, shown, today=world.today())
    assert sums.total.claims == len(found)
    assert sums.total.amount_cents == sum(row.amount_cents for row in found)
    late = [row for row in found if row.due_on and row.due_on < world.today()]
    assert sums.late.claims == len(late)
    assert sums.late.amount_cents == sum(row.amount_cents for row in late)
    acting = [row for row in everything if row.next_actor in pages.ACTORS[shown.actor]]
    for group in (sums.practices, sums.stages, sums.payers, sums.reasons):
        assert sum(one.amount_cents for one in group) == sum(row.amount_cents for row in acting)
    assert sums.actors[0].claims == len(everything)


def test_an_address_says_its_filter_and_is_read_back_to_it() -> None:
    practices, today = world.PRACTICES[:2], world.today()
    shown = QueueFilter(
        actor="coder",
        practices=(practices[1].tenant_id,),
        stages=("held", "denied"),
        payers=("A & B = C",),
        reasons=("", "CARC 50"),
        number="02",
        late_on=today,
    )
    place = pages.QueuePlace(today - timedelta(days=3), world.some_id("item"))
    for after in (None, place, pages.QueuePlace(None, place.item_id)):
        text = address(shown, practices, after=after)
        query = _Query(text.partition("?")[2])
        expected = QueueFilter(**{**_fields(shown), "after": after})
        assert read_filter(query, practices, today) == expected


class _Query:
    def __init__(self, text: str) -> None:
        from urllib.parse import parse_qs

        self._values = parse_qs(text, keep_blank_values=True)

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._values.get(name, [default])[0]

    def getall(self, name: str, default: list[str]) -> list[str]:
        return self._values.get(name, default)


def _fields(shown: QueueFilter) -> dict[str, object]:
    return {name: getattr(shown, name) for name in shown.__struct_fields__}


@pytest.mark.parametrize(
    "query",
    [
        "after=2026-13-40_x",
        "after=_",
        "after=2026-01-01_' OR 1=1",
        "actor=' OR '1'='1",
        "stage='; DROP TABLE work_item; --&reason=%00&payer=" + "x" * 500,
        "number=%25' OR ''='",
        "number=%00",
        "practice=../../etc/passwd",
    ],
)
def test_an_address_nobody_links_to_is_answered_calmly(visit: Visit, query: str) -> None:
    before = len(rows_of("biller", QueueFilter()))
    answer = visit("biller").get(f"/queue?{query}")
    assert answer.status_code == 200
    assert len(rows_of("biller", QueueFilter())) == before


def test_the_page_and_its_part_show_the_same_rows(visit: Visit) -> None:
    biller = visit("biller")
    page, part = biller.get("/queue?stage=held"), biller.get("/queue?stage=held", x_part="1")
    links = re.compile(r'href="(/practices/[^"]+/claims/[^"]+)"')
    assert links.findall(page.text) == links.findall(part.text)
    assert len(links.findall(part.text)) == pages.PAGE_ROWS
    assert "<html" not in part.text


def test_the_queue_and_its_addresses_hold_no_health_information(visit: Visit) -> None:
    biller = visit("biller")
    for path in ("/queue", "/find?number=0001"):
        text = biller.get(path).text
        assert FAMILY_NAME not in text
        assert MEMBER_ID not in text
        for link in re.findall(r'href="([^"]+)"', text):
            assert FAMILY_NAME.lower() not in link.lower()


def test_finding_by_number_looks_into_every_assigned_practice(visit: Visit) -> None:
    biller = visit("biller")
    several = biller.get("/find?number=000")
    assert several.status_code == 200
    for practice in world.PRACTICES[:2]:
        assert f"/practices/{practice.slug}/claims/{world.seed(practice, 'held')}" in several.text
    one = biller.get("/find?number=000200000003")
    assert one.status_code == 303
    assert one.headers["location"].endswith(str(world.seed(world.PRACTICES[1], "rejected")))
    assert "No claim" in visit("idle").get("/find?number=000200000003").text
    assert "No claim" in biller.get("/find?number=%00").text


def test_the_front_page_leads_everybody_to_their_own(visit: Visit) -> None:
    assert visit("biller").get("/").headers["location"] == "/queue"
    assert visit("viewer").get("/").headers["location"] == "/portal"
