"""The records of a claim: entered and corrected in a form of their type, every version readable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace
from sqlalchemy import text

from api.plugin_steps import PluginChoice
from api.practices import create_practice
from core.claims.claim import SpecialtyRecord
from core.ports import Practice
from tenants.session import tenant_transaction
from tenants.staff import Role, Staff, password_hash
from tenants.store import staff
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import fill_claims
from tests.api.http.visitors import Visitor, session_of
from tests.api.typed_form.browser import sent
from tests.by_hand import by_hand

WHY = "the chart says another day"
PLUGINS = ("behavioral_health", "home_health")
CANARY = "QUIETHOUSE"


def some_id(name: str) -> UUID:
    return world.some_id(name if name == "payer" else f"records {name}")


@world.once_a_world
def practice() -> Practice:
    running = world.runtime()
    made = create_practice(
        running,
        slug="records-clinic",
        name="Records Clinic",
        plugins=[PluginChoice(name=name) for name in PLUGINS],
    )
    fill_claims(running, made, running.person(world.PEOPLE["lead"].id), world.today(), some_id)
    hashed = password_hash(world.PASSWORD)
    with by_hand(running.engine) as connection:
        for role in Role:
            if not role.is_client:
                staff.add(connection, person(role), password_hash=hashed)
                staff.assign(connection, person(role).id, [made.tenant_id])
    return made


def person(role: Role) -> Staff:
    return Staff(
        id=some_id(role.value),
        email=f"records-{role.value}@example.org",
        name=f"{role.value.title()} Keeper",
        role=role,
    )


@pytest.fixture
def who(client: TestClient) -> Any:
    practice()
    return lambda name: Visitor(client, session_of(person(Role(name)).id))


def at(claim: str = "held", more: str = "") -> str:
    claim_id = some_id(f"seed {practice().slug} {claim}")
    return f"/practices/{practice().slug}/claims/{claim_id}/records{more}"


def rows(statement: str) -> Any:
    with tenant_transaction(world.runtime().engine, practice().tenant_id) as connection:
        return connection.execute(text(statement)).all()


def events() -> dict[str, int]:
    found = rows(
        "SELECT kind, count(*) AS times FROM audit_event WHERE kind ^@ 'record.' GROUP BY kind"
    )
    return {row.kind: row.times for row in found}


def form_of(visitor: Visitor, path: str) -> dict[str, str]:
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    own = page.text[page.text.index('<form class="card enter typed"') :]
    return dict(sent(own[: own.index("</form>")]))


def put(claim: str, *records: SpecialtyRecord) -> None:
    claim_id = some_id(f"seed {practice().slug} {claim}")
    with world.runtime().unit_of_work(practice().tenant_id) as uow:
        stored = uow.claims.get(claim_id)
        changed = replace(stored, claim=replace(stored.claim, records=records))
        uow.claims.replace(changed, expected_version=stored.version)
        uow.record("claim.edited", {"claim": [claim_id]})


def version_of(claim: str) -> str:
    claim_id = some_id(f"seed {practice().slug} {claim}")
    [row] = [one for one in rows("SELECT id, version FROM claim") if one.id == claim_id]
    return str(row.version)


def test_a_record_is_entered_corrected_read_and_taken_off_and_each_is_an_event(who: Any) -> None:
    biller, before = who("biller"), events()
    new = at(more="/new?kind=home_health.episode&line=")
    fields = form_of(biller, new)
    assert (fields["kind"], fields["line"]) == ("home_health.episode", "")
    bad = biller.post(at(more="/new"), fields | {"f.notice_received": "tomorrow"})
    assert bad.status_code == 422
    assert bad.text.count("a day such as 2026-01-31</span>") == 2, "and the day that is missing"
    assert 'value="tomorrow"' in bad.text
    assert events().get("record.entered") == before.get("record.entered")
    done = biller.post(
        at(more="/new"),
        fields | {"f.start_of_care": "2026-01-05", "f.assessment_accepted": "yes"},
    )
    assert (done.status_code, done.headers["location"]) == (303, at())
    page = biller.get(at()).text
    assert "Jan 5, 2026</dd>" in page
    assert ">Yes</dd>" in page
    fields = form_of(biller, at(more="/visit-1"))
    assert (fields["f.start_of_care"], fields["f.assessment_accepted"]) == ("2026-01-05", "yes")
    other = {"f.start_of_care": "2026-01-06"}
    short = biller.post(at(more="/visit-1"), fields | other | {"why": "so"})
    assert short.status_code == 422
    assert 'value="2026-01-06"' in short.text
    same = biller.post(at(more="/visit-1"), fields | {"why": WHY})
    assert "Nothing was changed" in same.text
    done = biller.post(at(more="/visit-1"), fields | other | {"why": WHY})
    assert done.status_code == 303
    page = biller.get(at()).text
    assert "<del>Jan 5, 2026</del>" in page
    assert "<ins>Jan 6, 2026</ins>" in page
    assert WHY in page
    assert "Biller Keeper" in page
    stale = biller.post(at(more="/visit-1"), fields | other | {"why": WHY})
    assert stale.status_code == 409
    assert "somebody changed this claim meanwhile" in stale.text.lower()
    gone = biller.post(at(more="/visit-1/remove"), {"version": version_of("held"), "why": WHY})
    assert gone.status_code == 303
    page = biller.get(at()).text
    assert "Taken off" in page
    assert "3 versions" in page
    after = events()
    for kind, times in (("entered", 1), ("corrected", 1), ("removed", 1)):
        assert after[f"record.{kind}"] - before.get(f"record.{kind}", 0) == times
    assert after["record.read"] > before.get("record.read", 0)


def test_a_further_row_or_a_refused_form_keeps_what_was_typed(who: Any) -> None:
    coder = who("coder")
    fields = form_of(coder, at("rejected", "/new?kind=behavioral_health.part2&line="))
    assert fields["f.consent?given"] == "no"
    again = coder.post(
        at("rejected", "/new"),
        fields | {"f.program": "yes", "f.consent?given": "yes", "f.consent.signed": "tomorrow"},
    )
    assert again.status_code == 422
    assert "a day such as 2026-01-31</span>" in again.text
    assert 'value="tomorrow"' in again.text
    foreign = coder.post(at("rejected", "/new"), fields | {"f.nobodys": "x"})
    assert foreign.status_code == 422
    assert "a field it does not have" in foreign.text


def test_what_its_plugin_cannot_read_is_kept_and_says_why(who: Any) -> None:
    canary = b'{"unknown": "%s"}' % CANARY.encode()
    put(
        "overridable",
        SpecialtyRecord(kind="dental.restoration", body=b'{"material": "%s"}' % CANARY.encode()),
        SpecialtyRecord(kind="home_health.episode", version=7, body=canary),
        SpecialtyRecord(kind="home_health.episode", body=canary),
    )
    lead = who("lead")
    page = lead.get(at("overridable")).text
    assert "Kept, plugin not enabled" in page
    assert "Kept: a newer version of its plugin wrote it" in page
    assert "Kept: its plugin cannot read it" in page
    assert CANARY not in page
    assert "Correct<" not in page
    for place in ("visit-1", "visit-2", "visit-3"):
        assert lead.get(at("overridable", f"/{place}")).status_code == 409
    refused = lead.post(
        at("overridable", "/visit-1/remove"), {"version": version_of("overridable"), "why": WHY}
    )
    assert refused.status_code == 409
    gone = lead.post(
        at("overridable", "/visit-2/remove"), {"version": version_of("overridable"), "why": WHY}
    )
    assert gone.status_code == 303


@pytest.mark.parametrize("place", ["visit-0", "visit-9", "9-1", "x-1", "visit", "visit-x", "1-1-1"])
def test_a_place_that_is_none_is_not_there(who: Any, place: str) -> None:
    assert who("lead").get(at("held", f"/{place}")).status_code in (404, 422)


@pytest.mark.attack("S-07")
@pytest.mark.control("R4")
@pytest.mark.parametrize("role", sorted(one for one in Role if not one.is_client))
def test_records_are_shown_whole_to_whoever_sees_the_claims_clinical_fields_and_to_nobody_else(
    who: Any, role: Role
) -> None:
    canary = b'{"kind": "%s"}' % CANARY.encode()
    put("paid", SpecialtyRecord(kind="behavioral_health.session", body=canary))
    program = SpecialtyRecord(kind="behavioral_health.part2", body=b'{"program": true}')
    put("dental", program, SpecialtyRecord(kind="behavioral_health.session", body=canary))
    plain = {Role.LEAD, Role.BILLER, Role.CODER, Role.AUDITOR}
    for claim, seeing in (("paid", plain), ("dental", plain - {Role.AUDITOR})):
        page = who(role.value).get(at(claim))
        assert page.status_code == 200
        assert (CANARY in page.text) is (role in seeing)
        assert ("not shown to your role" in page.text) is (role not in seeing)
        form = who(role.value).get(at(claim, "/visit-1"))
        assert (form.status_code == 200) is (role in seeing - {Role.AUDITOR})
        assert CANARY not in form.text or role in seeing
    dental = who("lead").get(at("dental")).text
    assert "42 CFR part 2 prohibits" in dental
