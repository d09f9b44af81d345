"""The claim page and what a biller does there: everything in its own practice, and recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import event, text
from structlog.testing import capture_logs

from api.web.reasons import reason
from audit.logging import allow_listed
from core.errors import ConflictError
from tenants.reference import cause_table
from tenants.session import tenant_transaction
from tenants.store import claim_page
from tests.api.http import pages_world as world
from tests.api.http.edit_form import sent_by
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


def test_a_denial_stands_with_its_cause_its_next_step_and_when(visit: Visit) -> None:
    page = unescape(visit("poster").get(at(ONE, "paid")).text)
    panel = page[page.index('id="denials-title"') :].partition("</section>")[0]
    label = cause_table().ruling("CO", "50", world.today()).label
    due = world.today() + timedelta(days=9)
    for shown in (
        "$42.50", "CO 50", label, "N115", "medical necessity",
        "Ask the practice for the record and appeal with it", f'datetime="{due.isoformat()}"',
    ):  # fmt: skip
        assert shown in panel, shown
    # The practice counts in its own time zone.
    assert re.search(r"in (9|10) days", panel)
    assert "denials-title" not in visit("poster").get(at(ONE, "held")).text


def test_an_adjustment_says_what_its_code_means_not_its_group(visit: Visit) -> None:
    page = unescape(visit("poster").get(at(ONE, "paid")).text)
    panel = page[page.index('aria-label="Remittance 1"') :].partition("</section>")[0]
    table = cause_table()
    for group, carc in (("CO", "45"), ("PR", "3"), ("CO", "50")):
        label = table.ruling(group, carc, world.today()).label
        assert re.search(rf"<b>{group} {carc}</b>[^<]*<span class=\"small\">{label}</span>", panel)
    assert "contractual" not in panel


def test_a_denial_item_is_read_whole_in_its_own_practice_alone() -> None:
    claim_id = world.seed(ONE, "paid")
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        [item] = claim_page.denials(connection, claim_id)
    assert (item.line_no, item.group, item.carc, item.remark_codes) == (2, "CO", "50", ("N115",))
    assert (item.amount_cents, item.status) == (4_250, "open")
    with tenant_transaction(world.runtime().engine, TWO.tenant_id) as connection:
        assert claim_page.denials(connection, claim_id) == ()


def test_a_step_says_why_in_words_with_the_code_beside_it(visit: Visit) -> None:
    page = unescape(visit("biller").get(at(ONE, "rejected")).text)
    time = page[page.index('class="time"') :]
    said = reason("277CA A7:562 85")
    assert said != "277CA A7:562 85"
    assert re.search(rf"<p>{re.escape(said)} <span [^>]*mono[^>]*>277CA A7:562 85</span></p>", time)
    paid = unescape(visit("biller").get(at(ONE, "paid")).text)
    assert "<p>CARC 50</p>" in paid[paid.index('class="time"') :], "words of their own stand alone"


def test_the_page_of_a_claim_is_a_handful_of_queries(visit: Visit) -> None:
    biller, asked = visit("biller"), []
    count = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(world.runtime().engine, "before_cursor_execute", count)
    try:
        assert biller.get(at(ONE, "paid")).status_code == 200
    finally:
        event.remove(world.runtime().engine, "before_cursor_execute", count)
    reads = [one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(reads) <= 12, reads


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
    fields = sent_by(biller.get(f"{address}/edit").text)
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
    saved = biller.post(f"{address}/edit", sent_by(review.text) | {"step": "save"})
    assert saved.headers["location"] == address
    after = stored(TWO, "held")
    assert after.version == int(fields["version"]) + 1
    assert after.claim.lines[0].place_of_service == "10"
    assert after.claim.charge_cents == 18_500 + 2_125
    assert after.claim.subscriber.member_id == "ABC123"
    assert {"claim.edited", "claim.scrubbed"} <= set(events(TWO, "held"))


def test_two_people_cannot_overwrite_each_other(visit: Visit) -> None:
    first, second, address = visit("biller"), visit("lead"), at(TWO, "dental")
    form = sent_by(first.get(f"{address}/edit").text)
    mine, theirs = form | {"tooth1": "15"}, form | {"tooth1": "13"}
    assert first.post(f"{address}/edit", mine | {"step": "save"}).status_code == 303
    late = second.post(f"{address}/edit", theirs | {"step": "save"})
    assert late.status_code == 409
    assert "changed this claim meanwhile" in late.text
    assert sent_by(late.text)["tooth1"] == "13", "what was typed is not lost"
    assert stored(TWO, "dental").claim.lines[0].teeth[0].number == "15"
    again = second.post(f"{address}/edit", sent_by(late.text) | {"step": "save"})
    assert again.status_code == 303
    assert stored(TWO, "dental").claim.lines[0].teeth[0].number == "13"


def test_fields_that_cannot_be_taken_are_named_and_nothing_is_lost(visit: Visit) -> None:
    biller, address = visit("biller"), at(ONE, "rejected")
    fields = sent_by(biller.get(f"{address}/edit").text)
    fields |= {"dx1": "nonsense", "units1": "-2", "pointers2": "9", "charge1": "1.234"}
    answer = biller.post(f"{address}/edit", fields | {"step": "save"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 4
    again = sent_by(answer.text)
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
    assert kept["line_at"].startswith("tests/api/http/test_claim_pages.py:")
    assert kept["route"] == "/practices/{slug}/claims/{claim_id}"


def test_a_read_that_cannot_be_recorded_is_not_shown(visit: Visit, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise ConflictError("the audit log cannot be written")

    monkeypatch.setattr("tenants.uow.record", full)
    answer = visit("biller").get(at(ONE, "held"))
    assert answer.status_code == 409
    assert FAMILY_NAME not in answer.text
