"""Entering masters without code: practices, providers, payers, policies, enrolment, staff."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from core.errors import InputError
from core.ids import npi_with_check_digit
from core.usecases.masters import knob_value
from tenants.session import deployment_transaction, tenant_transaction
from tenants.store import policies
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import UNCONFIRMED
from tests.api.http.visitors import Visitor
from tests.by_hand import by_hand

Visit = Callable[[str], Visitor]
ONE, TWO, THREE, FOURTH = world.PRACTICES

PERSON = {
    "practice": THREE.slug,
    "role": "rendering",
    "entity": "person",
    "last_name": "Conjecto",
    "first_name": "Iris",
    "npi": npi_with_check_digit("142345678"),
    "taxonomy": "103T00000X",
    "credential": "phd",
}
GROUP = {
    "practice": THREE.slug,
    "role": "billing",
    "entity": "organization",
    "last_name": "NORTHLINE TELEHEALTH PC",
    "npi": npi_with_check_digit("143345678"),
    "tax_id": "12-3456789",
    "line1": "1 Elm Street",
    "city": "Albany",
    "state": "ny",
    "postal_code": "12207-0001",
}
A_PAYER = {"name": "Keystone Mutual", "payer_id": "keyst", "kind": "commercial",
           "filing_indicator": "ci"}  # fmt: skip


def kinds_of(tenant_id, object_id=None) -> list[str]:
    with tenant_transaction(world.runtime().engine, tenant_id) as connection:
        return list(
            connection.execute(text("SELECT kind FROM audit_event ORDER BY at, id")).scalars()
        )


@pytest.mark.parametrize("fields", [PERSON, GROUP], ids=["person", "group"])
def test_a_provider_is_entered_once(visit: Visit, fields: dict[str, str]) -> None:
    lead = visit("lead")
    assert lead.post("/providers", fields).status_code == 303
    page = lead.get(f"/providers?practice={THREE.slug}").text
    assert fields["npi"] in page
    assert fields["last_name"] in page
    again = lead.post("/providers", fields)
    assert again.status_code == 409
    assert "already" in again.text
    with world.runtime().unit_of_work(THREE.tenant_id) as uow:
        found = uow.masters.providers(fields["role"], [fields["npi"]])[fields["npi"]]
    assert found.status == "active"
    if fields is GROUP:
        assert found.provider.tax_id == "123456789"
        assert found.provider.address.postal_code == "122070001"
        assert found.provider.address.state == "NY"
    assert "provider.created" in kinds_of(THREE.tenant_id)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"npi": "1234567890"}, "not an NPI"),
        ({"first_name": ""}, "first name"),
        ({"last_name": ""}, "last name"),
        ({"taxonomy": "LCSW"}, "taxonomy"),
        ({"clia": "123"}, "CLIA"),
        ({"role": "billing"}, "tax id"),
        ({"role": "billing", "tax_id": "123456789"}, "street address"),
        ({"role": "president"}, "billing, rendering or facility"),
        ({"entity": "robot"}, "person or organisation"),
    ],
)
def test_a_provider_that_is_wrong_is_refused_with_what_was_typed(visit, change, says) -> None:
    fields = PERSON | {"npi": npi_with_check_digit("144345678")} | change
    answer = visit("lead").post("/providers", fields)
    assert answer.status_code == 422
    assert says.lower() in answer.text.lower()
    assert 'value="103T00000X"' in answer.text or "taxonomy" in change


def test_a_provider_that_came_with_a_file_is_confirmed_by_a_person(visit: Visit) -> None:
    page = visit("lead").get(f"/providers?practice={ONE.slug}").text
    action = re.search(r'action="(/practices/[^"]+/confirm)"', page)[1]
    assert UNCONFIRMED.npi in page
    assert "/confirm" not in visit("biller").get(f"/providers?practice={ONE.slug}").text
    assert visit("lead").post(action).status_code == 303
    assert visit("lead").post(action).status_code == 409
    assert "provider.confirmed" in kinds_of(ONE.tenant_id)


def test_providers_of_an_unassigned_practice_are_not_listed(visit: Visit) -> None:
    for path in ("/providers", "/enrolment"):
        assert visit("admin").get(f"{path}?practice={FOURTH.slug}").status_code == 404
        assert visit("admin").post(path, PERSON | {"practice": FOURTH.slug}).status_code == 404


def test_a_payer_with_plan_and_policy_reaches_the_rules(visit: Visit) -> None:
    lead = visit("lead")
    made = lead.post("/payers", A_PAYER)
    assert made.status_code == 303
    address = made.headers["location"]
    assert lead.post("/payers", A_PAYER).status_code == 409
    assert lead.post(f"{address}/plans", {"plan_name": "Silver"}).status_code == 303
    assert lead.post(f"{address}/plans", {"plan_name": "Silver"}).status_code == 409
    plan = re.search(r'<option value="(Silver)"', lead.get(address).text)[1]
    entered = {
        "knob": "timely_filing_days",
        "value": "120",
        "document": "Provider manual 2026",
        "page": "14",
        "first_day": "2026-01-01",
        "plan": plan,
    }
    assert lead.post(f"{address}/policies", entered).status_code == 303
    page = lead.get(address).text
    for shown in ("timely filing days", "120", "Provider manual 2026", "Jan 1, 2026", "Silver"):
        assert shown in page
    with deployment_transaction(world.runtime().engine) as connection:
        [policy] = [one for one in policies.every(connection) if one.payer_ids == ("KEYST",)]
    assert policy.knobs == {"timely_filing_days": 120}
    assert policy.source == "Provider manual 2026 14"
    refused = lead.post(f"{address}/policies", entered | {"value": "soon"})
    assert refused.status_code == 422
    assert "whole number" in refused.text
    backwards = lead.post(f"{address}/policies", entered | {"last_day": "2025-01-01"})
    assert "before the first" in backwards.text


@pytest.mark.parametrize(
    ("knob", "typed", "value"),
    [
        ("requires_taxonomy", "Yes", True),
        ("timely_filing_days", " 90 ", 90),
        ("telehealth.pos_mode", "02", "02"),
        ("telehealth.covered_codes", "90837, g0444;99213", ["90837", "G0444", "99213"]),
        ("telehealth.covered_codes", "all", ["all"]),
        ("credential_modifiers", "LCSW: aj\nPSYD: ah hp", {"LCSW": ["AJ"], "PSYD": ["AH", "HP"]}),
        (
            "frequency_limits",
            "90791 90792: 1 per year\nD1110: 2 a year",
            [
                {"codes": ["90791", "90792"], "maximum": 1, "per": "year"},
                {"codes": ["D1110"], "maximum": 2, "per": "year"},
            ],
        ),
    ],
)
def test_a_policy_is_typed_without_code(knob: str, typed: str, value: object) -> None:
    assert knob_value(knob, typed) == value


@pytest.mark.parametrize(
    ("knob", "typed"),
    [
        ("requires_taxonomy", "perhaps"),
        ("timely_filing_days", "-1"),
        ("timely_filing_days", "١٢"),
        ("telehealth.pos_mode", ""),
        ("telehealth.covered_codes", " , "),
        ("credential_modifiers", "LCSW"),
        ("credential_modifiers", ": AJ"),
        ("frequency_limits", "90791 twice"),
        ("no_such_knob", "1"),
    ],
)
def test_a_policy_that_cannot_be_read_says_how_it_is_typed(knob: str, typed: str) -> None:
    with pytest.raises(InputError):
        knob_value(knob, typed)


def test_an_enrolment_is_entered_and_then_changed(visit: Visit) -> None:
    lead = visit("lead")
    page = lead.get(f"/enrolment?practice={ONE.slug}").text
    choose = {
        name: re.search(rf'<select id="{name}".*?<option value="([^"]+)"', page)[1]
        for name in ("payer", "provider")
    }
    fields = {"practice": ONE.slug, "transaction_kind": "837P", "status": "requested"} | choose
    assert lead.post("/enrolment", fields).status_code == 303
    changed = fields | {"status": "active", "first_day": "2026-03-01"}
    assert lead.post("/enrolment", changed).status_code == 303
    page = lead.get(f"/enrolment?practice={ONE.slug}").text
    assert page.count("<td>837P</td>") == 1
    assert "Mar 1, 2026" in page
    unknown = lead.post("/enrolment", fields | {"payer": str(world.some_id("no payer"))})
    assert unknown.status_code == 404
    assert lead.post("/enrolment", fields | {"payer": "x"}).status_code == 422


def test_a_new_practice_belongs_to_who_entered_it(visit: Visit) -> None:
    lead = visit("lead")
    fields = {"name": "Fifth Street Clinic", "slug": "fifth-street"}
    try:
        assert lead.post("/practices", fields).status_code == 303
        assert lead.post("/practices", fields).status_code == 409
        assert lead.get("/providers?practice=fifth-street").status_code == 200
        assert visit("biller").get("/providers?practice=fifth-street").status_code == 404
        assert "Fifth Street" not in visit("biller").get("/practices").text
    finally:
        with by_hand(world.runtime().engine) as connection:
            connection.execute(
                text(
                    "DELETE FROM staff_assignment WHERE tenant_id ="
                    " (SELECT tenant_id FROM practice WHERE slug = 'fifth-street')"
                )
            )


def test_an_account_is_made_changed_and_closed(visit: Visit) -> None:
    admin = visit("admin")
    fields = {"email": "New.Person@example.org", "name": "New Person", "role": "viewer"}
    assert admin.post("/staff", fields | {"practice": []}).status_code == 422
    made = admin.post("/staff", fields | {"practice": TWO.slug})
    code = re.search(r'class="secret mono">([a-z0-9-]+)<', made.text)[1]
    assert len(code.replace("-", "")) == 23
    assert made.headers["cache-control"] == "no-store"
    assert admin.post("/staff", fields | {"practice": TWO.slug}).status_code == 409
    page = admin.get("/staff").text
    assert "new.person@example.org" in page
    assert code not in page
    address = re.search(r'href="(/staff/[0-9a-f-]{36})"[^>]*>New Person<', page)[1]
    two = {"name": "New Person", "role": "viewer", "practice": [ONE.slug, TWO.slug], "active": "1"}
    assert "exactly one practice" in admin.post(address, two).text
    moved = admin.post(address, two | {"practice": [ONE.slug]})
    assert moved.status_code == 303
    renewed = admin.post(f"{address}/password")
    assert re.search(r'class="secret mono">([a-z0-9-]+)<', renewed.text)[1] != code
    assert admin.post(address, {"name": "New Person", "role": "viewer", "practice": ONE.slug}
                      ).status_code == 303  # fmt: skip
    assert "closed" in admin.get("/staff").text


def test_nobody_closes_their_own_account_or_changes_their_own_role(visit: Visit) -> None:
    admin, address = visit("admin"), f"/staff/{world.PEOPLE['admin'].id}"
    slugs = [practice.slug for practice in world.PRACTICES[:3]]
    fields = {"name": "Admin Example", "role": "admin", "practice": slugs, "active": "1"}
    assert admin.post(address, fields | {"role": "biller"}).status_code == 409
    assert admin.post(address, {**fields, "active": ""}).status_code == 409
    assert admin.get("/staff").status_code == 200
