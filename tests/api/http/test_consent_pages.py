"""The page of consents, and the patient's word that no plan is to be told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import PAYER
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
TWO = world.PRACTICES[1]
ADDRESS = f"/practices/{TWO.slug}/claims/{world.seed(TWO, 'overridable')}"


def kinds() -> list[str]:
    with tenant_transaction(world.runtime().engine, TWO.tenant_id) as connection:
        found = connection.execute(
            text("SELECT kind FROM audit_event WHERE kind ~ '^(consent|restriction)' ORDER BY id")
        )
        return list(found.scalars())


@pytest.mark.control("R26")
def test_a_consent_is_entered_shown_and_revoked_and_each_is_an_event(visit: Visit) -> None:
    biller, before = visit("biller"), len(kinds())
    assert PAYER.payer_id in biller.get(f"{ADDRESS}/consents").text, "this payer is suggested"
    signed = (world.today() - timedelta(days=9)).isoformat()
    fields = {
        "kind": "part2", "purpose": "payment", "recipients": "bluhb", "signed_on": signed,
        "document": "cabinet 3, folder 12",
    }  # fmt: skip
    for wrong in ({"signed_on": ""}, {"document": ""}, {"kind": "x"}, {"purpose": "sale"}):
        refused = biller.post(f"{ADDRESS}/consents", fields | wrong)
        assert refused.status_code == 422
    done = biller.post(f"{ADDRESS}/consents", fields)
    assert done.headers["location"] == f"{ADDRESS}/consents"
    page = unescape(biller.get(f"{ADDRESS}/consents").text)
    assert "cabinet 3, folder 12" in page
    assert "in force" in page
    revoke = re.search(rf'action="({ADDRESS}/consents/[^"]+/revoke)"', page)[1]
    assert biller.post(revoke, {"revoked_on": "2199-01-01"}).status_code == 422
    assert biller.post(revoke).status_code == 303
    page = biller.get(f"{ADDRESS}/consents").text
    assert "not in force" in page
    assert biller.post(revoke).status_code == 409
    assert [one for one in kinds()[before:] if one != "consent.read"] == [
        "consent.entered",
        "consent.revoked",
    ]


@pytest.mark.control("R24")
def test_no_plan_is_told_of_a_visit_and_only_the_patients_word_lifts_it(visit: Visit) -> None:
    biller = visit("biller")
    address = f"/practices/{TWO.slug}/claims/{world.seed(TWO, 'dental')}"
    said = "The patient paid in full; no plan is told of this visit."
    assert said not in biller.get(address).text
    assert biller.post(f"{address}/restriction", {"restriction": "perhaps"}).status_code == 422
    assert biller.post(f"{address}/restriction", {"restriction": "lift"}).status_code == 409
    assert biller.post(f"{address}/restriction", {"restriction": "set"}).status_code == 303
    assert said in biller.get(address).text
    assert said in visit("auditor").get(address).text, "whoever sees the claim sees that"
    assert biller.post(f"{address}/restriction", {"restriction": "lift"}).status_code == 303
    assert said not in biller.get(address).text
    assert kinds()[-2:] == ["restriction.set", "restriction.lifted"]
