"""Each fault of the demonstration, put right by hand in the form, to the end: ready to send.

The real visits of the demonstration, taken in, coded, priced and scrubbed by the real rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from api.plugin_steps import PluginChoice
from api.practices import create_practice
from core.ids import npi_with_check_digit
from core.intake.encounter import Encounter
from core.ports import Practice, StoredPayer
from core.usecases.intake import Arrival, take_encounters
from core.usecases.prepare import prepare_claims
from core.usecases.work_claim import holding
from plugins.demo import DemoPractice, payer_ref
from plugins.demo_payers import DEMO_PAYERS, DEMO_SETTINGS
from tenants.ids import new_id
from tenants.staff import Role, Staff
from tenants.store import staff
from tests.api.http import pages_world as world
from tests.api.http.edit_form import sent_by
from tests.api.http.visitors import Visitor, session_of
from tests.by_hand import by_hand

NAMES = ("behavioral_health", "dental", "home_health", "telehealth")
NPI = npi_with_check_digit("130000017")
MEMBER_ID = "1EG4TE5MK73"

# What a biller types; ``#`` stands for the number of the line.
REPAIRS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("behavioral_health", "time below the band"): {"code#": "90834"},
    ("behavioral_health", "no time"): {"minutes#": "45", "code#": "90834"},
    ("behavioral_health", "rendering NPI missing"): {"rendering_npi": NPI},
    ("behavioral_health", "member id missing"): {"member_id": MEMBER_ID},
    ("behavioral_health", "POS"): {"place_of_service": "11"},
    ("dental", "surface missing"): {"tooth#": "14", "surfaces#": "MO"},
    ("dental", "tooth missing"): {"tooth#": "14"},
    ("dental", "no such tooth"): {"tooth#": "14"},
    ("dental", "code retired"): {"code#": "D1551", "charge#": "95"},
    ("dental", "member id missing"): {"member_id": MEMBER_ID},
    ("home_health", "attending NPI missing"): {"attending_npi": NPI},
    ("home_health", "period too long"): {"statement_to": "+29"},
    ("telehealth", "in-person place"): {"place_of_service": "10"},
    ("telehealth", "rendering NPI missing"): {"rendering_npi": NPI},
    ("telehealth", "deleted code"): {"code#": "99213", "modifiers#": "95"},
    ("telehealth", "GT"): {"modifiers#": "93"},
}

# Kept in the record of the visit, or a line that is not there: the practice completes the visit.
NOT_ON_THE_CLAIM = {
    ("home_health", "notice not sent"),
    ("home_health", "plan unsigned"),
    ("home_health", "group missing"),
    ("telehealth", "patient state missing"),
}


def first_of_each_fault(name: str) -> dict[str, Encounter]:
    demo: Any = import_module(f"plugins.{name}.demo")
    found: dict[str, Encounter] = {}
    for case in demo.cases(7, DemoPractice(as_of=world.today(), encounters=240)):
        if case.fault:
            found.setdefault(case.fault, case.encounter)
    return found


@pytest.fixture(scope="module")
def faulty() -> dict[tuple[str, str], tuple[Practice, UUID]]:
    """The claims with a fault, by plugin and fault, each in a practice with that plugin."""
    running, found = world.runtime(), {}
    for number, name in enumerate(NAMES):
        visits = first_of_each_fault(name)
        practice = create_practice(
            running,
            slug=f"faulty-{name.replace('_', '-')}",
            name=f"Faulty {name}",
            plugins=[PluginChoice(name=name, settings=DEMO_SETTINGS)],
            billing=next(iter(visits.values())).billing,
        )
        with running.unit_of_work(practice.tenant_id) as uow:
            if not number:
                payers = {one.payer_id: one for one in DEMO_PAYERS}.values()
                uow.masters.add_payers(
                    [StoredPayer(id=payer_ref(one), payer=one) for one in payers]
                )
            arrivals = [Arrival(position=n, encounter=one) for n, one in enumerate(visits.values())]
            digest = hashlib.sha256(name.encode()).digest()
            take_encounters(uow, arrivals, kind="test", sha256=digest)
        with running.unit_of_work(practice.tenant_id) as uow:
            prepare_claims(uow, running.rule_book(practice.tenant_id))
            for fault, number_of in zip(visits, range(1, len(visits) + 1), strict=True):
                place = uow.claims.places([f"{practice.number:04d}{number_of:08d}"])
                [one] = place.values()
                found[name, fault] = (practice, one.id)
    return found


@pytest.fixture(scope="module")
def biller(client: TestClient, faulty: Any) -> Visitor:
    person = Staff(id=new_id(), email="repair@example.org", name="Repair Example", role=Role.BILLER)
    with by_hand(world.runtime().engine) as connection:
        staff.add(connection, person, password_hash="none")
        tenants = {practice.tenant_id for practice, _ in faulty.values()}
        staff.assign(connection, person.id, list(tenants))
    return Visitor(client, session_of(person.id))


def test_every_fault_of_the_demonstration_is_known_here(faulty: Any) -> None:
    assert set(faulty) == set(REPAIRS) | NOT_ON_THE_CLAIM


@pytest.mark.parametrize(("name", "fault"), REPAIRS)
def test_a_fault_is_put_right_to_the_end(
    biller: Visitor, faulty: Any, name: str, fault: str
) -> None:
    practice, claim_id = faulty[name, fault]
    with world.runtime().unit_of_work(practice.tenant_id) as uow:
        before = uow.claims.get(claim_id)
        assert before.position.stage == "held"
        assert holding(uow.claims.findings(claim_id))
    address = f"/practices/{practice.slug}/claims/{claim_id}"
    fields = sent_by(biller.get(f"{address}/edit").text)
    line_no = before.claim.lines[0].line_no
    typed = {key.replace("#", str(line_no)): text for key, text in REPAIRS[name, fault].items()}
    if typed.get("statement_to") == "+29":
        first = date.fromisoformat(fields["statement_from"])
        typed["statement_to"] = (first + timedelta(days=29)).isoformat()
    assert set(typed) <= set(fields)
    review = biller.post(f"{address}/edit", fields | typed | {"step": "review"})
    assert review.status_code == 200, review.text
    saved = biller.post(f"{address}/edit", sent_by(review.text) | {"step": "save"})
    assert saved.headers["location"] == address
    with world.runtime().unit_of_work(practice.tenant_id) as uow:
        left = [one.finding.rule for one in holding(uow.claims.findings(claim_id))]
        after = uow.claims.get(claim_id)
    assert left == []
    assert after.position.stage == "ready"
    for line in after.claim.lines:
        was = next(one for one in before.claim.lines if one.line_no == line.line_no)
        shown = f"{line.charge_cents / 100:.2f}"
        assert was.charge_cents == line.charge_cents or f"<ins>{shown}</ins>" in review.text
    page = biller.get(address)
    assert page.status_code == 200
    if after.claim.institutional is not None:
        assert after.claim.institutional.type_of_bill in page.text
        assert after.claim.attending.npi in page.text
