"""The claim page and what a biller does there: everything in its own practice, and recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from audit.logging import allow_listed
from core.errors import ConflictError
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, MEMBER_ID
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
ONE, TWO = world.PRACTICES[:2]


def at(practice, name: str) -> str:
    return f"/practices/{practice.slug}/claims/{world.seed(practice, name)}"


def events(practice, claim: str) -> list[str]:
    with tenant_transaction(world.runtime().engine, practice.tenant_id) as connection:
        return list(
            connection.execute(
                text("SELECT kind FROM audit_event WHERE :c = ANY(object_ids) ORDER BY id"),
                {"c": world.seed(practice, claim)},
            ).scalars()
        )


def stored(practice, claim: str):
    with world.runtime().unit_of_work(practice.tenant_id) as uow:
        return uow.claims.get(world.seed(practice, claim))


def form_fields(page: str) -> dict[str, str]:
    """The inputs of the edit form as a browser would send them."""
    found = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name not in ("token", "number")}


def test_the_page_says_where_who_owes_who_acts_and_by_when(visit: Visit) -> None:
    page = visit("biller").get(at(ONE, "held")).text
    answers = re.findall(r"<dt>([^<]+)</dt>", page)
    assert {"Where it is", "Who owes", "Who acts next", "By when"} <= set(answers)
    for shown in (FAMILY_NAME, MEMBER_ID, "F41.1", "90837", "prof.telehealth-place", "NCCI PTP"):
        assert shown in page


def test_money_remittance_and_ledger_stand_line_by_line(visit: Visit) -> None:
    page = visit("poster").get(at(ONE, "paid")).text
    for shown in ("$117.10", "$42.90", "$67.50", "CO 45", "PR 3", "N115", "EFT-55012", "sum $0.00"):
        assert shown in page, shown


def test_each_opening_is_one_read_in_the_audit_log(visit: Visit) -> None:
    before = events(ONE, "paid")
    visit("auditor").get(at(ONE, "paid"))
    assert events(ONE, "paid") == [*before, "claim.read"]


@pytest.mark.parametrize(
    ("name", "claim", "sees", "misses"),
    [
        ("biller", "held", ("/edit", "/scrub", "/override"), ("/release", "/send-again")),
        ("coder", "held", ("/edit", "/scrub"), ("/release", "/override", "/send-again")),
        ("auditor", "held", (), ("/edit", "/scrub", "/override", "/release")),
        ("biller", "rejected", ("/edit", "/send-again"), ("/scrub", "/release", "/override")),
        ("biller", "paid", (), ("/edit", "/scrub", "/release", "/send-again")),
    ],
)
def test_actions_follow_the_state_and_the_role(
    visit: Visit, name: str, claim: str, sees, misses
) -> None:
    page = unescape(visit(name).get(at(ONE, claim)).text)
    address = at(ONE, claim)
    for action in sees:
        assert f'"{address}{action}"' in page, action
    for action in misses:
        assert f'"{address}{action}"' not in page, action


def test_an_edit_is_shown_as_a_difference_before_it_is_saved(visit: Visit) -> None:
    biller, address = visit("biller"), at(TWO, "held")
    fields = form_fields(biller.get(f"{address}/edit").text)
    assert fields["dx1"] == "F41.1"
    fields |= {"place_of_service1": "10", "units2": "1", "charge2": "21.25", "member_id": "ABC123"}
    review = biller.post(f"{address}/edit", fields | {"step": "review"})
    assert review.status_code == 200
    assert stored(TWO, "held").claim.lines[0].place_of_service == ""
    shown = [re.sub(r"<[^>]+>", "|", row) for row in re.findall(r"<tr>(.*?)</tr>", review.text)]
    text_ = "\n".join(shown)
    for label in ("Place of service", "Units", "Charge", "Member ID", "Total charge"):
        assert label in text_
    assert "Modifiers" not in text_
    saved = biller.post(f"{address}/edit", form_fields(review.text) | {"step": "save"})
    assert saved.headers["location"] == address
    after = stored(TWO, "held")
    assert after.version == int(fields["version"]) + 1
    assert after.claim.lines[0].place_of_service == "10"
    assert after.claim.charge_cents == 18_500 + 2_125
    assert after.claim.subscriber.member_id == "ABC123"
    assert {"claim.edited", "claim.scrubbed"} <= set(events(TWO, "held"))


def test_two_people_cannot_overwrite_each_other(visit: Visit) -> None:
    first, second, address = visit("biller"), visit("lead"), at(TWO, "dental")
    form = form_fields(first.get(f"{address}/edit").text)
    mine, theirs = form | {"tooth1": "15"}, form | {"tooth1": "13"}
    assert first.post(f"{address}/edit", mine | {"step": "save"}).status_code == 303
    late = second.post(f"{address}/edit", theirs | {"step": "save"})
    assert late.status_code == 409
    assert "changed this claim meanwhile" in late.text
    assert form_fields(late.text)["tooth1"] == "13", "what was typed is not lost"
    assert stored(TWO, "dental").claim.lines[0].teeth[0].number == "15"
    again = second.post(f"{address}/edit", form_fields(late.text) | {"step": "save"})
    assert again.status_code == 303
    assert stored(TWO, "dental").claim.lines[0].teeth[0].number == "13"


def test_fields_that_cannot_be_taken_are_named_and_nothing_is_lost(visit: Visit) -> None:
    biller, address = visit("biller"), at(ONE, "rejected")
    fields = form_fields(biller.get(f"{address}/edit").text)
    fields |= {"dx1": "nonsense", "units1": "-2", "pointers2": "9", "charge1": "1.234"}
    answer = biller.post(f"{address}/edit", fields | {"step": "save"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 4
    again = form_fields(answer.text)
    assert (again["charge1"], again["dx1"], again["dx2"]) == ("1.234", "nonsense", "F33.0")
    assert stored(ONE, "rejected").version == 1


def test_a_rejected_claim_is_sent_again(visit: Visit) -> None:
    biller, address = visit("biller"), at(TWO, "rejected")
    assert biller.post(f"{address}/send-again").headers["location"] == address
    assert stored(TWO, "rejected").position.stage == "ready"
    twice = biller.post(f"{address}/send-again")
    assert twice.status_code == 409
    assert "only a rejected claim is sent again" in twice.text.lower()


def test_a_deny_is_overridden_with_a_reason_and_then_released(visit: Visit) -> None:
    biller, address = visit("biller"), at(ONE, "overridable")
    assert biller.post(f"{address}/release").status_code == 409
    page = biller.get(address).text
    finding = re.search(r'name="finding" value="([^"]+)"', page)[1]
    short = biller.post(f"{address}/override", {"finding": finding, "reason": "no"})
    assert short.status_code == 422
    assert "<details open>" in short.text
    reason = "Separate work, the record is attached."
    done = biller.post(f"{address}/override", {"finding": finding, "reason": reason})
    assert done.status_code == 303
    page = unescape(biller.get(address).text)
    assert f"Overridden by {world.PEOPLE['biller'].name}: {reason}" in page
    assert f'"{address}/release"' in page
    assert biller.post(f"{address}/release").status_code == 303
    assert stored(ONE, "overridable").position.stage == "ready"


def test_a_reject_is_overridden_by_nobody(visit: Visit) -> None:
    with world.runtime().unit_of_work(ONE.tenant_id) as uow:
        findings = uow.claims.findings(world.seed(ONE, "held"))
    [reject] = [one for one in findings if one.finding.severity == "reject"]
    answer = visit("admin").post(
        f"{at(ONE, 'held')}/override",
        {"finding": str(reject.id), "reason": "because I would like to"},
    )
    assert answer.status_code == 403
    assert "must be put right" in answer.text


def test_a_filed_claim_is_not_edited(visit: Visit) -> None:
    answer = visit("biller").get(f"{at(ONE, 'paid')}/edit")
    assert answer.status_code == 409
    assert "is corrected instead" in answer.text


def test_an_error_shows_no_health_information_and_no_trace(visit: Visit, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"{FAMILY_NAME} {MEMBER_ID}")

    monkeypatch.setattr("api.http.claim.claim_page.money", broken)
    with capture_logs() as logged:
        page = visit("biller").get(at(ONE, "held"))
        program = visit("biller").get(at(ONE, "held"), accept="application/json")
    assert page.status_code == program.status_code == 500
    for said in (page.text, program.text, repr(logged)):
        assert FAMILY_NAME not in said
        assert MEMBER_ID not in said
        assert "Traceback" not in said
    number = re.search(r"number: ([0-9a-f-]{36})", page.text)[1]
    kept = allow_listed(None, "error", dict(logged[0]) | {"event": "http.failed"})
    assert kept["request_id"] == number
    assert kept["error_type"] == "RuntimeError"
    assert kept["line_at"].startswith("test_claim_pages.py:")
    assert kept["route"] == "/practices/{slug}/claims/{claim_id}"


def test_a_read_that_cannot_be_recorded_is_not_shown(visit: Visit, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise ConflictError("the audit log cannot be written")

    monkeypatch.setattr("tenants.uow.record", full)
    answer = visit("biller").get(at(ONE, "held"))
    assert answer.status_code == 409
    assert FAMILY_NAME not in answer.text
