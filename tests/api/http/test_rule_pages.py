"""Suggestions applied, rules let pass for a while, rules tried on the past, and why: the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from api import backtests
from core.dates import Window
from core.scrub.finding import Finding, Fix, Severity
from core.scrub.waivers import Waiver
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
TWO = world.PRACTICES[1]
WAIVERS = f"/practices/{TWO.slug}/waivers"
BACK_TESTS = f"/practices/{TWO.slug}/back-tests"
REASON = "The record of the visit says so."
BUNDLED = Finding(
    rule="TEST-1",
    severity=Severity.DENY,
    message="Bundled",
    line_no=2,
    table_row="NCCI PTP 2026Q1",
)


def claim(name: str) -> str:
    return f"/practices/{TWO.slug}/claims/{world.seed(TWO, name)}"


def rows(statement: str, **values: Any) -> Any:
    with tenant_transaction(world.runtime().engine, TWO.tenant_id) as connection:
        return connection.execute(text(statement), values).all()


def events(kind: str) -> int:
    return len(rows("SELECT FROM audit_event WHERE kind = :kind", kind=kind))


def put(name: str, *findings: Finding) -> None:
    """These are the findings of the last scrub."""
    claim_id = world.seed(TWO, name)
    with world.runtime().unit_of_work(TWO.tenant_id) as uow:
        uow.claims.replace_findings({claim_id: findings})
        uow.record("claim.scrubbed", {"claim": [claim_id]})


def version(page: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', page)[0]


def finding(page: str) -> str:
    return re.findall(r'name="finding" value="([^"]+)"', page)[0]


@pytest.fixture
def held_with_two_units() -> Any:
    """The claim held, its second line of two units; afterwards it is as other tests left it."""
    claim_id = world.seed(TWO, "held")
    with world.runtime().unit_of_work(TWO.tenant_id) as uow:
        before, findings = uow.claims.get(claim_id), uow.claims.findings(claim_id)
        first, second = before.claim.lines
        claim = replace(before.claim, lines=(first, replace(second, units=Decimal(2))))
        _put(uow, before, claim, "held")
    yield
    with world.runtime().unit_of_work(TWO.tenant_id) as uow:
        _put(uow, uow.claims.get(claim_id), before.claim, before.position.stage)
        uow.claims.replace_findings({claim_id: [one.finding for one in findings]})


def _put(uow: Any, now: Any, claim: Any, stage: str) -> None:
    uow.claims.replace(replace(now, claim=claim), expected_version=now.version)
    moved = "UPDATE claim SET stage = :stage WHERE id = :id"
    uow.connection.execute(text(moved), {"stage": stage, "id": now.id})
    uow.record("claim.edited", {"claim": [now.id]})


@pytest.mark.usefixtures("held_with_two_units")
def test_a_suggestion_is_applied_with_one_click_and_kept_with_its_reason(visit: Visit) -> None:
    biller, held = visit("biller"), claim("held")
    put("held", replace(BUNDLED, fix=Fix(field="units", value="1", line_no=2)))
    page = biller.get(held).text
    assert "Decided by" in page
    assert "NCCI PTP 2026Q1" in page
    assert "<del>2</del>" in page
    assert "<ins>1</ins>" in page
    fields = {"finding": finding(page), "version": version(page)}
    bare = biller.post(f"{held}/fix", fields | {"reason": "so"})
    assert bare.status_code == 422
    assert 'value="so"' in bare.text, "what was typed is not lost"
    done = biller.post(f"{held}/fix", fields | {"reason": REASON})
    assert done.status_code == 303
    assert events("claim.fixed") == 1
    [kept] = rows(
        "SELECT kind, rule, role, claim_version, reason FROM finding_answer WHERE rule = 'TEST-1'"
    )
    assert (kept.kind, kept.rule, kept.role) == ("fix", "TEST-1", "biller")
    assert str(kept.claim_version) == fields["version"]
    assert REASON.encode() not in kept.reason
    after = biller.get(held).text
    assert "TEST-1" not in after, "it was scrubbed again"
    kept_on = biller.get(f"{held}/why").text
    assert "suggestion applied by Biller Example, biller" in kept_on
    assert REASON in kept_on
    poster = visit("poster").get(f"{held}/why").text
    assert "suggestion applied" in poster
    assert REASON not in poster
    again = biller.post(f"{held}/fix", fields | {"reason": REASON})
    assert again.status_code == 409


def test_every_rule_says_why(visit: Visit) -> None:
    page = visit("biller").get(claim("held") + "/why")
    assert page.status_code == 200
    book = world.runtime().rule_book(TWO.tenant_id)
    assert all(looker.rule.id in page.text for looker in book.lookers)
    for group in ("Spoke", "Could not judge", "Looked and found nothing", "Is about something"):
        assert group in page.text
    assert events("claim.explained") >= 1


def a_waiver(**changes: str) -> dict[str, str]:
    last = (world.today() + timedelta(days=9)).isoformat()
    return {
        "rule": "PS-012", "payer": "", "code": "", "last_day": last, "reason": REASON,
        "document": "Bulletin 2026-4",
    } | changes  # fmt: skip


def test_a_waiver_holds_once_a_second_person_approves_and_says_when_it_is_over(
    visit: Visit,
) -> None:
    lead, admin = visit("lead"), visit("admin")
    assert lead.post(WAIVERS, a_waiver(code="99213")).status_code == 303
    assert "waits for approval" in lead.get(WAIVERS).text
    assert in_force() == ()
    [row] = rows("SELECT id FROM waiver")
    own = lead.post(f"{WAIVERS}/{row.id}/approve")
    assert own.status_code == 403
    assert "a second person" in own.text
    assert "/approve" not in lead.get(WAIVERS).text
    assert admin.post(f"{WAIVERS}/{row.id}/approve").status_code == 303
    [waiver] = in_force()
    assert (waiver.rule, waiver.code, waiver.payer_id) == ("PS-012", "99213", "")
    assert admin.post(f"{WAIVERS}/{row.id}/approve").status_code == 404, "once"
    assert lead.post(f"{WAIVERS}/{row.id}/end").status_code == 303
    assert in_force() == ()
    assert "biller" not in lead.get(WAIVERS).text
    biller = visit("biller")
    assert "Ask for a waiver" not in biller.get(WAIVERS).text
    assert biller.post(WAIVERS, a_waiver()).status_code == 403
    put_over(world.PEOPLE["lead"].id)
    assert "expired" in biller.get(WAIVERS).text


def in_force() -> tuple[Waiver, ...]:
    with world.runtime().unit_of_work(TWO.tenant_id) as uow:
        return uow.waivers.in_force(uow.today)


def put_over(by: UUID) -> None:
    """One that was over yesterday."""
    with world.runtime().unit_of_work(TWO.tenant_id) as uow:
        before = uow.today - timedelta(days=1)
        uow.waivers.add(
            new_id(), rule="PS-013", payer_ref=None, code="", window=Window(before, before),
            reason=REASON, document="Letter", by=by, role="lead",
        )  # fmt: skip
        uow.record("waiver.asked")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rule": "NO-1"}, "no rule"),
        ({"rule": "PS-011"}, "put right, not waived"),
        ({"first_day": "2001-01-01", "last_day": "2001-01-02"}, "over already"),
        ({"last_day": "2999-01-01"}, "a year at most"),
        ({"last_day": ""}, "first and a last day"),
        ({"code": "99"}, "five letters and digits"),
        ({"reason": "so"}, "say why"),
        ({"document": ""}, "name the document"),
        ({"payer": str(new_id())}, "no such payer"),
    ],
)
def test_what_is_no_waiver_is_refused_with_what_was_typed(
    visit: Visit, wrong: dict[str, str], words: str
) -> None:
    answer = visit("lead").post(WAIVERS, a_waiver(**wrong))
    assert answer.status_code in (404, 422)
    assert words in answer.text.lower()


def test_a_back_test_is_asked_for_watched_stopped_and_read(visit: Visit) -> None:
    lead = visit("lead")
    page = lead.get(BACK_TESTS).text
    assert "plugin:telehealth" in page
    asked = {"what": "rule:PS-012", "months": ""}
    first, second = (lead.post(BACK_TESTS, asked).headers["location"] for _ in range(2))
    assert re.search(r"0 of [1-9]\d* claims replayed", lead.get(first).text)
    assert lead.post(f"{first}/stop").status_code == 303
    assert "It was stopped" in lead.get(first).text
    assert lead.post(f"{first}/stop").status_code == 404
    backtests.work(world.runtime(), seconds=60)
    found = lead.get(second).text
    for words in ("Claims replayed", "Denials prevented", "False holds", "By rule", "By month"):
        assert words in found
    assert second.rpartition("/")[2] in lead.get(BACK_TESTS).text
    assert visit("biller").get(second).status_code == 403
    assert visit("auditor").get(second).status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "what to try is missing"),
        ({"what": "rule:NO-1"}, "no rule"),
        ({"what": "plugin:astrology"}, "no plugin"),
        ({"what": "codes:mue-practitioner 1999Q1"}, "not loaded"),
        ({"what": "nonsense"}, "a plugin, a rule, or codes"),
        ({"what": "rule:PS-012", "months": "0"}, "one month at least"),
    ],
)
def test_what_cannot_be_tried_is_refused(visit: Visit, fields: dict[str, str], words: str) -> None:
    answer = visit("lead").post(BACK_TESTS, fields)
    assert 400 <= answer.status_code < 500
    assert words in answer.text.lower()


def test_the_size_above_which_rules_are_tried_is_the_administrators(visit: Visit) -> None:
    admin = visit("admin")
    assert admin.post(f"{BACK_TESTS}/size", {"size": "7"}).status_code == 303
    assert 'value="7"' in admin.get(BACK_TESTS).text
    assert admin.post(f"{BACK_TESTS}/size", {"size": "-1"}).status_code == 422
    assert visit("auditor").post(f"{BACK_TESTS}/size", {"size": "7"}).status_code == 403
