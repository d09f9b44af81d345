"""Pages for rules, payer policies, denials and authorizations (B4, D5, G5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from api.http.forms import Form
from api.http.rule_form import Typed, fits_form, read_rule, typed_of
from core.rules.declared import Clause, Condition, Match, Operator, Over
from tenants.programs import TokenScope
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.callers import ProgramAtWork, said, token
from tests.api.http.pages_claims import PAYER
from tests.api.http.visitors import Visitor
from tests.core.rules.declared_world import HOLD, rule

Visit = Callable[[str], Visitor]
ONE, TWO = world.PRACTICES[0], world.PRACTICES[1]
RULES = f"/practices/{ONE.slug}/rules"
WHY = "the bulletin of this January says so"
TYPED = {
    "id": "OWN-PAGES-1",
    "title": "Telehealth needs a modifier",
    "document": "Bulletin 7",
    "layer": "practice",
    "match": "all",
    "over_1": "by_field",
    "field_1": "line code",
    "operator_1": "one_of",
    "values_1": "90837, 90834",
    "over_2": "by_field",
    "field_2": "line modifiers",
    "operator_2": "none_of",
    "values_2": "95",
    "judgement": "hold",
    "message": "Add modifier 95",
    "route": "coder",
    "tags": "telehealth",
    "reprice": "",
    "reason": WHY,
    "do": "save",
}


def kinds(practice=ONE, pattern: str = "^(rule|policy|authorization)") -> list[str]:
    with tenant_transaction(world.runtime().engine, practice.tenant_id) as connection:
        found = connection.execute(
            text("SELECT kind FROM audit_event WHERE kind ~ :pattern ORDER BY id"),
            {"pattern": pattern},
        )
        return list(found.scalars())


def test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event(
    visit: Visit,
) -> None:
    lead, before = visit("lead"), len(kinds())
    page = unescape(lead.post(RULES, TYPED | {"do": "check"}).text)
    assert "Nothing is wrong with this rule" in page
    assert lead.post(RULES, TYPED | {"values_2": "9599", "do": "check"}).status_code == 200
    assert lead.post(RULES, TYPED | {"reason": "so"}).status_code == 422
    assert lead.post(RULES, TYPED | {"field_1": "nothing there"}).status_code == 422
    assert lead.post(RULES, TYPED | {"layer": "platform"}).status_code == 422
    assert lead.post(RULES, TYPED | {"layer": "payer", "id": "PAYER-P-1"}).status_code == 403
    done = lead.post(RULES, TYPED)
    assert done.headers["location"] == f"{RULES}/OWN-PAGES-1"
    assert lead.post(RULES, TYPED).status_code == 409
    shown = unescape(visit("biller").get(f"{RULES}/OWN-PAGES-1").text)
    assert "code is one of 90837, 90834" in shown
    assert WHY in shown
    assert "Switch" not in shown, "a biller reads rules, a lead switches them"
    assert "OWN-PAGES-1" in lead.get(RULES).text
    assert 'value="line code"' in lead.get(f"{RULES}/OWN-PAGES-1/edit").text
    tried = unescape(lead.post(f"{RULES}/OWN-PAGES-1/dry-run", {"months": "12"}).text)
    assert re.search(r"of <b>|of \d+ claims|claims of the last 12 months", tried)
    assert lead.post(f"{RULES}/OWN-PAGES-1/dry-run", {"months": "0"}).status_code == 422
    begun = lead.post(f"{RULES}/OWN-PAGES-1/back-test")
    assert "OWN-PAGES-1 version 1" in lead.get(begun.headers["location"]).text
    assert lead.post(f"{RULES}/OWN-PAGES-1/activate", {"reason": ""}).status_code == 422
    assert lead.post(f"{RULES}/OWN-PAGES-1/activate", {"reason": WHY}).status_code == 303
    assert "in force" in lead.get(RULES).text
    assert lead.post(f"{RULES}/OWN-PAGES-1/activate", {"reason": WHY}).status_code == 409
    assert lead.post(f"{RULES}/OWN-PAGES-1/end", {"reason": WHY}).status_code == 303
    assert lead.post(f"{RULES}/OWN-NOBODYS/end", {"reason": WHY}).status_code == 404
    assert kinds()[before:] == ["rule.saved", "rule.tried", "rule.activated", "rule.ended"]


def test_a_group_of_denials_becomes_a_rule_half_written(visit: Visit) -> None:
    lead = visit("lead")
    assert lead.get(f"/practices/{ONE.slug}/denials").status_code == 200
    address = f"{RULES}/new?carc=197&code=90837&payer=BLUHB"
    page = unescape(lead.get(address).text)
    assert 'value="OWN-CARC197-90837-1"' in page
    assert 'name="payers" type="text" value="BLUHB"' in page
    assert 'value="90837"' in page
    # What an address says is no way to write markup or a long text into the form.
    assert "<b>" not in lead.get(f"{RULES}/new?carc=%3Cb%3E&code={'x' * 900}").text


@pytest.mark.parametrize("number", range(12))
def test_the_form_gives_back_what_it_shows(number: int) -> None:
    one = rule(
        actions=(HOLD,),
        clauses=(
            Clause(
                over=list(Over)[number % 5],
                conditions=(
                    Condition(
                        field="line.code" if number % 5 else "payer.payer_id",
                        operator=(Operator.IS, Operator.ONE_OF, Operator.MATCHES)[number % 3],
                        values=("90837",),
                    ),
                ),
            ),
        ),
    )
    assert fits_form(one)
    again = read_rule(Form(Typed(typed_of(one))))
    assert again.clauses == one.clauses


def test_a_rule_with_more_than_the_form_has_room_for_is_not_cut_short() -> None:
    nested = rule(
        actions=(HOLD,),
        match=Match.ANY,
        clauses=(
            Clause(
                conditions=(
                    Condition(field="payer.payer_id", operator=Operator.IS, values=("A",)),
                    Condition(field="frequency", operator=Operator.IS, values=("1",)),
                )
            ),
        ),
    )
    assert not fits_form(nested)


def test_a_policy_is_entered_followed_and_ended_and_each_is_an_event(visit: Visit) -> None:
    lead, before = visit("lead"), len(kinds())
    address = f"/practices/{ONE.slug}/policies"
    fields = {
        "knob": "requires_ndc", "value": "yes", "whose": "practice", "payer_kind": "",
        "document": "Manual 2026", "page": "12", "review_by": "2020-01-31", "state": "pa",
    }  # fmt: skip
    for wrong in ({"document": ""}, {"value": "perhaps"}, {"whose": "all"}, {"state": "Penn"}):
        assert lead.post(address, fields | wrong).status_code == 422
    assert lead.post(address, fields | {"payer": "NOSUCH"}).status_code == 404
    assert lead.post(address, fields).status_code == 303
    assert "review due" in lead.get(f"{address}?show=stale").text
    page = visit("auditor").get(address).text
    assert "Manual 2026 12" in page
    assert "End it" not in page
    listed = lead.get(address).text.partition("Manual 2026 12")[2]
    action = re.search(rf'action="({address}/[0-9a-f-]+/end)"', listed)[1]
    assert lead.post(action, {"document": ""}).status_code == 422
    assert lead.post(action, {"document": "Letter"}).status_code == 303
    assert lead.post(action, {"document": "Letter"}).status_code in (404, 409)
    assert kinds()[before:] == ["policy.entered", "policy.ended"]


def test_an_authorization_is_entered_shown_and_ended_and_each_is_an_event(visit: Visit) -> None:
    biller, before = visit("biller"), len(kinds(TWO))
    claim = f"/practices/{TWO.slug}/claims/{world.seed(TWO, 'overridable')}"
    address = f"{claim}/authorizations"
    assert PAYER.name in unescape(biller.get(address).text)
    fields = {
        "number": "A-4711", "codes": "90837", "first_day": "2026-01-01",
        "last_day": "2099-12-31", "approved": "12", "counts": "visits",
    }  # fmt: skip
    for wrong in (
        {"number": ""}, {"last_day": ""}, {"approved": "none"}, {"codes": "90837 1"},
        {"provider_npi": "1234567890"}, {"last_day": "2025-01-01"},
    ):  # fmt: skip
        assert biller.post(address, fields | wrong).status_code == 422
    assert biller.post(address, fields).status_code == 303
    assert biller.post(address, fields).status_code == 422, "it is there already"
    page = unescape(biller.get(address).text)
    assert "A-4711" in page
    assert "12 visits" in page
    listed = biller.get(f"/practices/{TWO.slug}/authorizations").text
    assert "A-4711" in listed
    assert f'href="{claim}' in listed or "/claims/" in listed
    assert visit("coder").get(address).status_code == 403
    action = re.search(rf'action="({address}/[^"]+/end)"', page)[1]
    assert biller.post(action).status_code == 303
    assert biller.post(action).status_code == 404
    said = [one for one in kinds(TWO)[before:] if one != "authorization.read"]
    assert said == ["authorization.entered", "authorization.ended"]
    assert "authorization.read" in kinds(TWO)[before:]


def test_a_program_reads_the_rules_and_policies_of_its_practice(
    visit: Visit, client: TestClient
) -> None:
    fields = TYPED | {"id": "OWN-PROGRAMS-1", "field_2": "", "values_1": "99213"}
    assert visit("lead").post(RULES, fields).status_code == 303
    program = ProgramAtWork(client, token(frozenset({TokenScope.RULES_READ})))
    found = said(program.call("GET", f"/api/v1/practices/{ONE.slug}/rules"))
    [mine] = [one for one in found["rules"] if one["id"] == "OWN-PROGRAMS-1"]
    assert (mine["state"], mine["layer"], mine["version"]) == ("draft", "practice", 1)
    assert "if on a line: code is one of 99213" in mine["says"]
    policy = {
        "knob": "timely_filing_days", "value": "120", "whose": "practice", "payer_kind": "",
        "document": "Contract",
    }  # fmt: skip
    assert visit("lead").post(f"/practices/{ONE.slug}/policies", policy).status_code == 303
    listed = said(program.call("GET", f"/api/v1/practices/{ONE.slug}/policies"))["policies"]
    assert ("practice", "timely_filing_days", 120) in [
        (one["of"], one["knob"], one["value"]) for one in listed
    ]
