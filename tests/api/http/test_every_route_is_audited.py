"""Every route writes its audit event before it answers, or says here why it has none (R16, L1).

The table is compared with the app's own: a route without a row fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from api.http import refusals
from core.claims.parties import Payer
from core.ids import npi_with_check_digit
from core.ports import StoredPayer
from tenants.staff import RIGHTS, Right, Role
from tenants.store import masters_pages
from tests.api.http import pages_world as world
from tests.api.http import walk_world as walk
from tests.api.http.edit_form import sent_by
from tests.api.http.test_every_route import GUARDED, NOBODYS, ROUTES, ask, filled
from tests.api.http.test_sign_in import attempt
from tests.api.http.visitors import Visitor, start_session
from tests.by_hand import by_hand

# Routes that show no health information and change nothing.
WITHOUT_EVENT = {
    ("GET", "/"): "leads on, shows nothing",
    ("GET", "/health"): "says that the process answers",
    ("GET", "/static/{version:str}/{name:str}"): "our own style, script and icons",
    ("GET", "/sign-in"): "an empty form",
    ("GET", "/password"): "an empty form",
    ("GET", "/queue"): "claim numbers, payers and amounts: the queue holds no health information",
    ("GET", "/practices"): "masters of the deployment: no patient",
    ("GET", "/providers"): "providers: no patient",
    ("GET", "/enrolment"): "providers with payers: no patient",
    ("GET", "/payers"): "payers: no patient",
    ("GET", "/payers/{payer_ref:uuid}"): "a payer: no patient",
    ("GET", "/staff"): "accounts: no patient",
    ("GET", "/staff/{staff_id:uuid}"): "an account: no patient",
    ("GET", "/people"): "accounts of the practice: no patient",
    ("GET", "/programs"): "accounts of programs: no patient",
    ("GET", "/programs/{program_id:uuid}"): "an account of a program: no patient",
    ("GET", "/practices/{slug:str}/demands"): "what a practice demands: no patient",
    ("GET", "/practices/{slug:str}/files"): "an empty form",
    ("GET", "/practices/{slug:str}/rules"): "rules: no patient",
    ("GET", "/practices/{slug:str}/rules/new"): "an empty form",
    ("GET", "/practices/{slug:str}/rules/{rule:str}"): "a rule: no patient",
    ("GET", "/practices/{slug:str}/rules/{rule:str}/edit"): "a rule: no patient",
    ("GET", "/practices/{slug:str}/policies"): "what payers ask for: no patient",
    ("GET", "/practices/{slug:str}/denials"): "counts by reason, payer and code: no patient",
    ("GET", "/practices/{slug:str}/waivers"): "rules let pass: no patient",
    ("GET", "/practices/{slug:str}/back-tests"): "counts of claims: no patient",
    ("GET", "/practices/{slug:str}/back-tests/{back_test_id:uuid}"): (
        "counts, and numbers of claims: no patient"
    ),
    ("GET", "/plugins"): "what is installed: no patient",
    ("GET", "/practices/{slug:str}/plugins"): "plugins: no patient",
    ("GET", "/practices/{slug:str}/plugins/{plugin:str}"): "a plugin, and counts: no patient",
    ("GET", "/emergency"): "an empty form, and one's own emergencies without their reasons",
    ("GET", "/notes"): "days and ids of one's own notes, none of their words",
    ("GET", "/second-factor"): "an empty form",
    ("GET", "/step-up"): "an empty form",
    ("GET", "/enrol"): "an empty form",
    ("GET", "/reset"): "an empty form",
    ("GET", "/security"): "one's own factors and sessions",
    ("GET", "/sign-in/company"): "leads to the provider; nothing is known of anybody yet",
    ("POST", "/sign-in/challenge"): "a challenge for anybody; what answers it is an event",
    ("POST", "/second-factor/challenge"): "a challenge; what answers it is an event",
    ("POST", "/enrol/challenge"): "a challenge; the key that is added is an event",
}

CLAIM = "/practices/{slug:str}/claims/{claim_id:uuid}"
DISCLOSURES = "/practices/{slug:str}/disclosures"
WAIVERS = "/practices/{slug:str}/waivers"
BACK_TESTS = "/practices/{slug:str}/back-tests"
REQUEST = DISCLOSURES + "/requests/{request_id:uuid}"
PATIENT = {"number": walk.PATIENT_NUMBER}


def at(claim: str, action: str = "") -> str:
    return f"/practices/{walk.practice().slug}/claims/{walk.claim(claim)}{action}"


def a_disclosure(_: Visitor) -> dict[str, str]:
    return PATIENT | {
        "disclosed_on": "2026-01-05",
        "purpose": "public_health",
        "recipient": "State Health Department",
        "what": "Laboratory result",
        "why": "Reportable condition",
    }


def an_override(who: Visitor) -> dict[str, str]:
    finding = walk.found_in(who.get(at("overridable")).text, r'name="finding" value="([^"]+)"')
    return {"finding": finding, "reason": "Separate work, the record is attached."}


def a_waiver(_: Visitor) -> dict[str, str]:
    last = world.today() + timedelta(days=20)
    return {
        "rule": "PS-012",
        "last_day": last.isoformat(),
        "reason": "The payer has lifted the limit.",
        "document": "Bulletin 2026-4",
    }


def a_waiver_asked_for(act: str) -> Callable[[Visitor], str]:
    """One that the administrator of the walk asked for."""

    def found(who: Visitor) -> str:
        address = f"/practices/{walk.practice().slug}/waivers"
        asker = walk.visitor(who.client, "admin")
        assert asker.post(address, a_waiver(who)).status_code == 303
        return walk.found_in(who.get(address).text, rf'action="({address}/[^"]+/{act})"')

    return found


def a_back_test(who: Visitor) -> str:
    address = f"/practices/{walk.practice().slug}/back-tests"
    return who.post(address, {"what": "rule:PS-012"}).headers["location"]


def an_enrolment(who: Visitor) -> dict[str, str]:
    slug = walk.practice().slug
    page = who.get(f"/enrolment?practice={slug}").text
    chosen = {
        name: walk.found_in(page, rf'<select id="{name}".*?<option value="([^"]+)"')
        for name in ("payer", "provider")
    }
    return {"practice": slug, "transaction_kind": "837P", "status": "requested"} | chosen


def a_request(who: Visitor) -> str:
    """The address of an accounting somebody asked for."""
    asked = who.post(f"/practices/{walk.practice().slug}/disclosures/requests", PATIENT)
    return asked.headers["location"]


def a_provider_that_waits(who: Visitor) -> str:
    page = who.get(f"/providers?practice={walk.practice().slug}").text
    return walk.found_in(page, r'action="(/practices/[^"]+/confirm)"')


def an_unusual_access(who: Visitor) -> str:
    """``kin`` has the patient's surname: the review lists it, and another signs it off."""
    page = who.get("/review").text
    listed = page[page.index(walk.people("kin").name) :]
    return walk.found_in(listed, r'action="(/practices/walked-clinic/review/[^"]+)"')


def a_payer(_: Visitor) -> str:
    return f"/payers/{world.some_id('payer')}"


def other_person(_: Visitor) -> str:
    return f"/staff/{walk.people('other').id}"


def fixed(path: str) -> Callable[[Visitor], str]:
    return lambda _: path


def given(**fields: str) -> walk.Fields:
    return lambda _: fields


A_PROVIDER = given(
    practice="walked-clinic",
    role="rendering",
    entity="person",
    last_name="Walkin",
    first_name="Iris",
    npi=npi_with_check_digit("146345678"),
    taxonomy="103T00000X",
)
NOTHING = given()

# method, route: who, the address, the fields, and the kinds of events there must be.
WITH_EVENT: dict[tuple[str, str], tuple[str, Any, walk.Fields, set[str]]] = {
    ("GET", "/find"): ("admin", fixed("/find?number=00"), NOTHING, {"claim.searched"}),
    ("GET", CLAIM): ("patient", lambda _: at("held"), NOTHING, {"claim.read"}),
    ("GET", CLAIM + "/prices"): ("admin", lambda _: at("held", "/prices"), NOTHING, {"claim.read"}),
    ("GET", CLAIM + "/edit"): ("admin", lambda _: at("held", "/edit"), NOTHING, {"claim.read"}),
    ("POST", CLAIM + "/edit"): (
        "admin",
        lambda _: at("held", "/edit"),
        lambda who: sent_by(who.get(at("held", "/edit")).text) | {"units2": "2", "step": "save"},
        {"claim.edited"},
    ),
    ("POST", CLAIM + "/scrub"): (
        "admin", lambda _: at("held", "/scrub"), NOTHING, {"claim.scrubbed"},
    ),
    ("POST", CLAIM + "/override"): (
        "admin", lambda _: at("overridable", "/override"), an_override, {"claim.overridden"},
    ),
    ("POST", CLAIM + "/release"): (
        "admin", lambda _: at("overridable", "/release"), NOTHING, {"claim.released"},
    ),
    ("POST", CLAIM + "/send-again"): (
        "admin", lambda _: at("rejected", "/send-again"), NOTHING, {"claim.moved"},
    ),
    ("GET", CLAIM + "/why"): (
        "admin", lambda _: at("held", "/why"), NOTHING, {"claim.explained"},
    ),
    ("POST", WAIVERS): (
        "admin", fixed("/practices/walked-clinic/waivers"), a_waiver, {"waiver.asked"},
    ),
    ("POST", WAIVERS + "/{waiver_id:uuid}/approve"): (
        "other", a_waiver_asked_for("approve"), NOTHING, {"waiver.approved"},
    ),
    ("POST", WAIVERS + "/{waiver_id:uuid}/end"): (
        "other", a_waiver_asked_for("end"), NOTHING, {"waiver.ended"},
    ),
    ("POST", BACK_TESTS): (
        "admin",
        fixed("/practices/walked-clinic/back-tests"),
        given(what="plugin:telehealth", months="3"),
        {"back_test.asked"},
    ),
    ("POST", BACK_TESTS + "/{back_test_id:uuid}/stop"): (
        "admin", lambda who: a_back_test(who) + "/stop", NOTHING, {"back_test.stopped"},
    ),
    ("POST", BACK_TESTS + "/size"): (
        "admin",
        fixed("/practices/walked-clinic/back-tests/size"),
        given(size="40"),
        {"back_test.size_set"},
    ),
    ("POST", "/practices"): (
        "admin", fixed("/practices"), given(name="Walk Two", slug="walk-two"), {"practice.created"},
    ),
    ("POST", "/providers"): ("admin", fixed("/providers"), A_PROVIDER, {"provider.created"}),
    ("POST", "/practices/{slug:str}/providers/{provider_id:uuid}/confirm"): (
        "admin", a_provider_that_waits, NOTHING, {"provider.confirmed"},
    ),
    ("POST", "/enrolment"): ("admin", fixed("/enrolment"), an_enrolment, {"enrolment.changed"}),
    ("POST", "/payers"): (
        "admin",
        fixed("/payers"),
        given(name="Walk Mutual", payer_id="WALKM", kind="commercial", filing_indicator="ci"),
        {"payer.created"},
    ),
    ("POST", "/payers/{payer_ref:uuid}/confirm"): ("admin", None, NOTHING, {"payer.changed"}),
    ("POST", "/payers/{payer_ref:uuid}/plans"): (
        "admin", lambda who: a_payer(who) + "/plans", given(plan_name="Walk"), {"plan.created"},
    ),
    ("POST", "/payers/{payer_ref:uuid}/policies"): (
        "admin",
        lambda who: a_payer(who) + "/policies",
        given(knob="timely_filing_days", value="365", document="Manual", first_day="2020-01-01",
              last_day="2020-01-02"),
        {"policy.entered"},
    ),
    ("POST", "/staff"): (
        "admin",
        fixed("/staff"),
        given(email="walk-new@example.org", name="Walk New", role="viewer",
              practice="walked-clinic"),
        {"staff.created"},
    ),
    ("POST", "/staff/{staff_id:uuid}"): (
        "admin",
        other_person,
        given(name="Another Walker", role="admin", active="1", practice="walked-clinic"),
        {"staff.changed"},
    ),
    ("POST", "/staff/{staff_id:uuid}/password"): (
        "admin", lambda who: other_person(who) + "/password", NOTHING, {"staff.reset_issued"},
    ),
    ("GET", "/portal"): ("director", fixed("/portal"), NOTHING, {"portal.read"}),
    ("GET", "/portal/access"): ("director", fixed("/portal/access"), NOTHING, {"portal.read"}),
    ("GET", DISCLOSURES): (
        "admin", fixed("/practices/walked-clinic/disclosures"), NOTHING, {"patient.read"},
    ),
    ("POST", DISCLOSURES): (
        "admin",
        fixed("/practices/walked-clinic/disclosures"),
        a_disclosure,
        {"disclosure.entered"},
    ),
    ("POST", DISCLOSURES + "/requests"): (
        "admin",
        fixed("/practices/walked-clinic/disclosures/requests"),
        lambda _: PATIENT,
        {"accounting.requested"},
    ),
    ("GET", REQUEST): ("admin", a_request, NOTHING, {"disclosure.read"}),
    ("POST", REQUEST): ("admin", a_request, NOTHING, {"accounting.given"}),
    ("GET", "/review"): ("admin", fixed("/review"), NOTHING, {"review.read"}),
    ("POST", "/practices/{slug:str}/review/{review_id:uuid}"): (
        "other", an_unusual_access, given(outcome="cleared"), {"review.cleared"},
    ),
    ("POST", "/password"): (
        "patient",
        fixed("/password"),
        given(current=world.PASSWORD, fresh="five other unrelated words",
              again="five other unrelated words"),
        {"staff.password_changed"},
    ),
    ("POST", "/sign-out"): ("patient", fixed("/sign-out"), NOTHING, {"staff.signed_out"}),
}  # fmt: skip
# Their events are asserted where the routes themselves are tested. A change that no event tells of
# does not commit (test_capture.py), so a route that works there has written one.
_RECORDS = (
    "test_record_pages::test_a_record_is_entered_corrected_read_and_taken_off_and_each_is_an_event"
)
_PLUGIN = "/practices/{slug:str}/plugins/{plugin:str}"
_PLUGIN_ACTS = (
    "test_plugin_pages::"
    "test_a_plugin_is_switched_on_set_tried_promoted_rolled_back_and_off_and_each_is_an_event"
)
BY_OTHER_TESTS = {
    ("POST", _PLUGIN + "/enable"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/disable"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/settings"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/shadow"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/end-shadow"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/promote"): _PLUGIN_ACTS,
    ("POST", _PLUGIN + "/roll-back"): _PLUGIN_ACTS,
    ("GET", CLAIM + "/records"): _RECORDS,
    ("GET", CLAIM + "/records/new"): _RECORDS,
    ("POST", CLAIM + "/records/new"): _RECORDS,
    ("GET", CLAIM + "/records/{place:str}"): _RECORDS,
    ("POST", CLAIM + "/records/{place:str}"): _RECORDS,
    ("POST", CLAIM + "/records/{place:str}/remove"): _RECORDS,
    ("POST", "/practices/{slug:str}/rules"): (
        "test_rules_pages::test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/rules/{rule:str}/dry-run"): (
        "test_rules_pages::test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/rules/{rule:str}/back-test"): (
        "test_rules_pages::test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/rules/{rule:str}/activate"): (
        "test_rules_pages::test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/rules/{rule:str}/end"): (
        "test_rules_pages::test_a_rule_is_written_checked_tried_switched_on_and_off_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/policies"): (
        "test_rules_pages::test_a_policy_is_entered_followed_and_ended_and_each_is_an_event"
    ),
    ("POST", "/practices/{slug:str}/policies/{policy_id:uuid}/end"): (
        "test_rules_pages::test_a_policy_is_entered_followed_and_ended_and_each_is_an_event"
    ),
    ("GET", "/practices/{slug:str}/authorizations"): (
        "test_rules_pages::test_an_authorization_is_entered_shown_and_ended_and_each_is_an_event"
    ),
    ("GET", CLAIM + "/authorizations"): (
        "test_rules_pages::test_an_authorization_is_entered_shown_and_ended_and_each_is_an_event"
    ),
    ("POST", CLAIM + "/authorizations"): (
        "test_rules_pages::test_an_authorization_is_entered_shown_and_ended_and_each_is_an_event"
    ),
    ("POST", CLAIM + "/authorizations/{authorization_id:uuid}/end"): (
        "test_rules_pages::test_an_authorization_is_entered_shown_and_ended_and_each_is_an_event"
    ),
    (
        "POST",
        "/sign-in",
    ): "test_every_route_is_audited::test_a_sign_in_and_a_refused_one_are_events",
    ("POST", "/sign-in/key"): (
        "test_security_keys::test_a_passkey_alone_signs_in_and_the_challenge_names_nobody"
    ),
    ("GET", "/sign-in/company/return"): (
        "test_company_sign_in::test_a_second_factor_counts_only_as_it_was_agreed"
    ),
    ("POST", "/second-factor"): "test_second_factor::test_a_code_signs_in_once",
    ("POST", "/step-up"): "test_security_keys::test_a_key_is_a_second_factor_and_steps_up",
    ("POST", "/enrol/app"): (
        "test_second_factor::test_the_first_sign_in_adds_a_factor_and_gives_recovery_codes"
    ),
    ("POST", "/enrol/app/confirm"): (
        "test_second_factor::test_the_first_sign_in_adds_a_factor_and_gives_recovery_codes"
    ),
    ("POST", "/enrol/key"): (
        "test_security_keys::test_a_key_is_asked_for_with_its_user_verified_and_for_our_site"
    ),
    ("POST", "/security/app/remove"): (
        "test_second_factor::test_a_second_app_is_added_by_a_factor_only_and_takes_the_place_of_the_first"
    ),
    ("POST", "/security/keys/{key_id:uuid}/remove"): (
        "test_security_keys::test_a_key_is_taken_away_but_not_the_last_factor"
    ),
    ("POST", "/security/recovery"): (
        "test_second_factor::test_a_recovery_code_stands_in_once_and_is_never_slowed"
    ),
    ("POST", "/security/sessions/{session_id:uuid}/end"): (
        "test_accounts::test_one_sees_and_ends_ones_own_sessions_and_nobody_elses"
    ),
    ("POST", "/security/sign-out-everywhere"): (
        "test_accounts::test_signing_out_everywhere_ends_every_session_this_one_too"
    ),
    ("POST", "/reset"): "test_accounts::test_a_code_sets_a_password_once_and_signs_nobody_in",
    ("POST", "/staff/{staff_id:uuid}/factors"): (
        "test_accounts::test_a_code_for_a_password_leaves_the_factors_and_one_for_a_new_start_does_not"
    ),
    ("POST", "/staff/{staff_id:uuid}/sessions"): (
        "test_accounts::test_what_changes_the_rights_of_a_person_ends_their_sessions"
    ),
    ("POST", "/staff/{staff_id:uuid}/credentials"): (
        "test_demands_pages::test_a_certificate_that_has_run_out_ends_the_right_from_that_day"
    ),
    ("POST", "/staff/{staff_id:uuid}/credentials/{credential_id:uuid}/remove"): (
        "test_demands_pages::test_a_certificate_that_has_run_out_ends_the_right_from_that_day"
    ),
    ("POST", "/practices/{slug:str}/demands"): (
        "test_demands_pages::test_a_person_abroad_is_refused_where_records_stay_in_the_country"
    ),
    ("POST", "/practices/{slug:str}/demands/{demand_id:uuid}/remove"): (
        "test_demands_pages::test_a_person_abroad_is_refused_where_records_stay_in_the_country"
    ),
    ("POST", "/programs"): "test_programs_pages::test_a_program_is_entered_used_revoked_and_closed",
    ("POST", "/programs/{program_id:uuid}/tokens"): (
        "test_programs_pages::test_a_program_is_entered_used_revoked_and_closed"
    ),
    ("POST", "/programs/{program_id:uuid}/tokens/{token_id:uuid}/revoke"): (
        "test_programs_pages::test_a_program_is_entered_used_revoked_and_closed"
    ),
    ("POST", "/programs/{program_id:uuid}/close"): (
        "test_programs_pages::test_a_program_is_entered_used_revoked_and_closed"
    ),
    ("POST", "/people"): (
        "test_own_people::test_a_director_invites_for_this_practice_and_in_these_roles_alone"
    ),
    ("POST", "/people/{staff_id:uuid}/close"): (
        "test_own_people::test_whoever_is_closed_is_out_on_every_route_with_the_next_request"
    ),
    ("POST", "/practices/{slug:str}/files"): (
        "test_hand_in::test_a_charge_file_says_at_the_page_what_the_command_says"
    ),
    ("GET", "/practices/{slug:str}/claims.csv"): (
        "test_take_away::test_the_claims_are_taken_with_their_money_without_names_and_marked"
    ),
    ("GET", "/practices/{slug:str}/statements/{statement_id:uuid}/pdf"): (
        "test_take_away::test_a_statement_is_printed_again_as_it_was_issued_and_the_reading_shows"
    ),
    ("POST", "/notes"): "test_notes::test_a_note_is_sealed_and_each_reading_is_an_event",
    ("GET", "/notes/{note_id:uuid}"): (
        "test_notes::test_a_note_is_sealed_and_each_reading_is_an_event"
    ),
    ("POST", CLAIM + "/fix"): (
        "test_rule_pages::test_a_suggestion_is_applied_with_one_click_and_kept_with_its_reason"
    ),
    ("POST", CLAIM + "/reveal"): (
        "test_access_matrix::test_what_is_masked_is_shown_once_for_a_purpose_and_recorded"
    ),
    ("GET", CLAIM + "/consents"): (
        "test_consent_pages::test_a_consent_is_entered_shown_and_revoked_and_each_is_an_event"
    ),
    ("POST", CLAIM + "/consents"): (
        "test_consent_pages::test_a_consent_is_entered_shown_and_revoked_and_each_is_an_event"
    ),
    ("POST", CLAIM + "/consents/{consent_id:uuid}/revoke"): (
        "test_consent_pages::test_a_consent_is_entered_shown_and_revoked_and_each_is_an_event"
    ),
    ("POST", CLAIM + "/restriction"): (
        "test_consent_pages::test_no_plan_is_told_of_a_visit_and_only_the_patients_word_lifts_it"
    ),
    ("POST", "/emergency"): (
        "test_emergency::test_it_opens_a_practice_for_reading_with_a_banner_and_ends_by_the_clock"
    ),
    ("POST", "/emergency/{emergency_id:uuid}/end"): (
        "test_emergency::test_it_opens_a_practice_for_reading_with_a_banner_and_ends_by_the_clock"
    ),
    ("GET", "/emergencies"): "test_emergency::test_the_practice_is_told_and_somebody_else_reviews",
    ("POST", "/emergencies/{emergency_id:uuid}/review"): (
        "test_emergency::test_the_practice_is_told_and_somebody_else_reviews"
    ),
}


@pytest.mark.parametrize("test", sorted(set(BY_OTHER_TESTS.values())))
def test_what_is_said_to_be_tested_elsewhere_is(test: str) -> None:
    module, _, name = test.partition("::")
    path = Path(__file__).with_name(f"{module}.py")
    assert f"\ndef {name}(" in path.read_text(encoding="utf-8")


def test_every_route_has_a_row_here() -> None:
    rows = [*WITHOUT_EVENT, *WITH_EVENT, *BY_OTHER_TESTS]
    assert len(set(rows)) == len(rows)
    assert set(rows) == {(method, path) for method, path, _ in ROUTES}
    changing = {path for method, path in WITHOUT_EVENT if method != "GET"}
    assert all(path.endswith("/challenge") for path in changing), "what may change has an event"


@pytest.mark.control("R16")
@pytest.mark.parametrize(("method", "path"), WITH_EVENT)
def test_a_route_writes_its_event_before_it_answers(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    name, address, fields, kinds = WITH_EVENT[method, path]
    who = walk.visitor(client, name)
    target, sent = _prepared(client, who, path, address, fields)
    before = walk.recorded()
    pages = client.app.state["house"].pages
    render, at_render = pages.render, []

    def watched(*arguments: Any, **values: Any) -> str:
        at_render.append(set(walk.recorded()) - set(before))
        return render(*arguments, **values)

    monkeypatch.setattr(pages, "render", watched)
    answer = who.get(target) if method == "GET" else who.post(target, sent)
    assert answer.status_code in (200, 303), answer.text
    after = walk.recorded()
    fresh = {id_ for id_ in after if id_ not in before}
    assert kinds <= {after[id_] for id_ in fresh}
    # When the page was made, the event was committed already: no body without it.
    assert all(kinds <= {after[id_] for id_ in seen} for seen in at_render)


def _prepared(
    client: TestClient, who: Visitor, path: str, address: Any, fields: walk.Fields
) -> tuple[str, dict[str, str]]:
    """Bring about what the route needs, and say where and what to send."""
    if path.endswith("/payers/{payer_ref:uuid}/confirm"):
        return _unconfirmed_payer() + "/confirm", {}
    if path.endswith("/release"):
        who.post(at("overridable", "/override"), _if_there(who))
    if path.endswith("{review_id:uuid}"):
        walk.visitor(client, "kin").get(at("held"))
    target = address(who)
    return target, fields(who)


def _if_there(who: Visitor) -> dict[str, str]:
    page = who.get(at("overridable")).text
    return an_override(who) if 'name="finding"' in page else {}


def _unconfirmed_payer() -> str:
    row_id = world.some_id("walked payer")
    payer = Payer(payer_id="WALKU", name="WALK UNKNOWN")
    with by_hand(world.runtime().engine) as connection:
        masters_pages.add_payer(connection, StoredPayer(id=row_id, payer=payer, confirmed=False))
    return f"/payers/{row_id}"


@pytest.mark.control("R5", "R16")
@pytest.mark.parametrize(
    ("password", "kind"),
    [(world.PASSWORD, "staff.password_given"), ("not the password", "staff.sign_in_refused")],
)
def test_a_sign_in_and_a_refused_one_are_events(
    client: TestClient, password: str, kind: str
) -> None:
    walk.practice()
    before = walk.recorded()
    attempt(client, walk.people("admin").email, password)
    assert kind in {k for id_, k in walk.recorded().items() if id_ not in before}


@pytest.mark.control("R16")
@pytest.mark.parametrize(("method", "path", "access"), GUARDED)
def test_a_refusal_is_an_event_whatever_the_route(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str, access: Any
) -> None:
    """A role without the right."""
    monkeypatch.setattr(refusals, "FLOOD", refusals.FloodBound())
    without = sorted(frozenset(Role) - RIGHTS[Right(access)])[0]
    who = Visitor(client, start_session(without.value))
    before = walk.recorded()
    assert ask(who, method, filled(path, row=NOBODYS)).status_code == 403
    after = walk.recorded()
    assert [after[id_] for id_ in after if id_ not in before] == ["access.refused"]


@pytest.mark.control("R16")
def test_a_foreign_practice_and_a_foreign_form_are_refused_with_an_event(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "FLOOD", refusals.FloodBound())
    who = walk.visitor(client, "admin")
    before = walk.recorded()
    assert who.get(filled(CLAIM, slug=world.PRACTICES[3].slug)).status_code == 404
    assert who.get(filled(CLAIM, slug=walk.practice().slug)).status_code == 404
    assert who.post("/sign-out", token="forged").status_code == 403
    after = walk.recorded()
    fresh = [after[id_] for id_ in after if id_ not in before]
    assert fresh == ["access.refused"] * 3


def test_a_flood_of_refusals_is_counted_and_does_not_fill_the_log() -> None:
    bound = refusals.FloodBound()
    written = [bound.attempts("one", second / 10) for second in range(3_000)]
    assert len([one for one in written if one]) == 5 * 20, "twenty a minute, five minutes"
    assert sum(written) == 3_000 - 580
    assert bound.attempts("one", 300.0) == 580 + 1, "what was held back is told with the next one"
    assert bound.attempts("another", 300.0) == 1
    for number in range(20_000):
        bound.attempts(f"network {number}", 301.0)
    assert len(bound._windows) == 10_000
