"""Rules people write, policies and authorizations, on the way of a claim (B4, D5, D6, G5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from api import backtests
from api.bootstrap import Runtime
from api.policies import changing, end_policy, enter_policy
from api.practices import COMMAND
from api.rules import COMMAND_ROLE, RuleDesk
from api.settings import Settings
from core.authorizations import Counts, PriorAuthorization
from core.claims.claim import Claim
from core.claims.position import NextActor, Stage
from core.dates import Window
from core.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StateError
from core.rules.declared import (
    Action,
    ActionKind,
    Clause,
    Condition,
    DeclaredRule,
    Operator,
    Over,
    Reprice,
    Selectors,
)
from core.rules.policy import Policy
from core.rules.policy_library import LibraryEntry, check_new, standings
from core.rules.rule import Layer
from core.usecases import backtest, keep_authorizations, work_claim
from tenants.ids import new_id
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tenants.staff import Role
from tenants.store import policies
from tests.core.usecases.office import TODAY, Office, made

WHY = "the payer's bulletin of January"
PAYER = "30003"


@pytest.fixture(scope="module")
def running(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    name = f"people_{os.getpid()}"
    urls = create_from_template(server, "template_claimwright", name)
    home = tmp_path_factory.mktemp("people") / "home"
    home.mkdir(mode=0o700)
    made_runtime = Runtime(Settings(home=home), urls)
    yield made_runtime
    made_runtime.close()
    drop_database(urls, name)


_SLUGS = iter(f"office-{number}" for number in range(1, 100))


@pytest.fixture
def office(running: Runtime) -> Office:
    return Office(running, next(_SLUGS))


def desk_of(office: Office, role: str = COMMAND_ROLE) -> RuleDesk:
    return RuleDesk(office.running, office.practice, COMMAND, role)


def rule(*actions: Action, name: str = "OWN-LOOK-1", **more: object) -> DeclaredRule:
    """A rule about each line of 99213."""
    clause = Clause(
        over=Over.THIS_LINE,
        conditions=(Condition(field="line.code", operator=Operator.IS, values=(CODE,)),),
    )
    given = {
        "id": name,
        "title": "Look at this",
        "document": "Bulletin 7",
        "layer": Layer.PRACTICE,
        "clauses": (clause,),
        "actions": actions or (HOLD,),
    }
    return DeclaredRule(**(given | more))


CODE = made(1)[0].lines[0].code


def visits(count: int) -> list[Claim]:
    """Claims of one line, with the code the rules here speak of."""
    return [
        replace(one, lines=(replace(one.lines[0], code=CODE, pointers=(1,)),))
        for one in made(count)
    ]


HOLD = Action(kind=ActionKind.HOLD, message="Look at this before it leaves", carc="197")
TAG = Action(kind=ActionKind.TAG, value="needs-note")
ROUTE = Action(kind=ActionKind.ROUTE, value="coder")


def switched_on(office: Office, *rules: DeclaredRule) -> None:
    desk = desk_of(office)
    for one in rules:
        desk.save(one, WHY)
        desk.activate(one.id, WHY)


def test_a_rule_holds_routes_and_tags_once_it_is_switched_on(office: Office) -> None:
    desk = desk_of(office)
    desk.save(rule(HOLD, TAG, ROUTE), WHY)
    office.take(visits(1))
    office.cycle.prepare()
    assert office.stages() == ["ready"]  # a draft judges nothing
    desk.activate("OWN-LOOK-1", WHY)
    office.take(visits(2)[1:])
    office.cycle.prepare()
    held = office.records()[1]
    assert held.position.stage is Stage.HELD
    assert held.position.next_actor is NextActor.CODER
    [item] = office.rows("SELECT tags, reason, next_actor FROM work_item")
    assert (item.tags, item.reason, item.next_actor) == ("needs-note", "OWN-LOOK-1", "coder")
    with office.work() as uow:
        [finding] = [one.finding for one in uow.claims.findings(held.id)]
        runs = uow.declared_rules.runs(held.id)
    assert (finding.rule, finding.version, finding.layer) == ("OWN-LOOK-1", "1", Layer.PRACTICE)
    assert (finding.source, finding.carc, finding.line_no) == ("Bulletin 7", "197", 1)
    assert [(version, run.action, run.after) for version, run in runs] == [(1, "tag", "needs-note")]


def test_an_edit_runs_the_rules_again_and_keeps_both_traces(office: Office) -> None:
    switched_on(office, rule(HOLD, TAG))
    office.take(visits(1))
    office.cycle.prepare()
    [record] = office.records()
    with office.work() as uow:
        work_claim.edit_claim(
            uow,
            record.id,
            expected_version=1,
            edit=lambda claim: replace(claim, place_of_service="22"),
            rule_book=office.running.rule_book(office.tenant_id),
        )
    with office.work() as uow:
        assert [version for version, _ in uow.declared_rules.runs(record.id)] == [2, 1]


def test_a_rule_reprices_what_a_line_is_expected_to_bring(office: Office) -> None:
    expected = Action(kind=ActionKind.REPRICE, reprice=Reprice.EXPECTED_AMOUNT, value="12.50")
    switched_on(office, rule(expected))
    office.take(visits(1))
    office.cycle.prepare()
    [record] = office.records()
    assert record.claim.lines[0].expected_cents == 1250 * record.claim.lines[0].units
    with office.work() as uow:
        [(_, run)] = uow.declared_rules.runs(record.id)
    assert (run.action, run.field, run.after) == ("reprice", "line.expected", "12.50")


def test_a_rule_ends_from_its_day_on_and_what_was_before_stays(office: Office) -> None:
    desk = desk_of(office)
    switched_on(office, rule())
    desk.end("OWN-LOOK-1", WHY, TODAY + timedelta(days=1))
    office.take(visits(1))
    office.cycle.prepare()
    assert office.stages() == ["held"]
    desk2 = desk_of(office)
    with pytest.raises(NotFoundError):
        desk2.end("OWN-LOOK-1", WHY, None)
    steps = [(one.rule.version, one.step.value) for one in desk.history("OWN-LOOK-1")]
    assert steps == [(1, "draft"), (1, "on"), (2, "off")]
    desk.activate("OWN-LOOK-1", WHY)
    assert desk.history("OWN-LOOK-1")[-1].rule.version == 3


def test_above_the_practices_size_a_rule_is_back_tested_before_it_is_switched_on(
    office: Office,
) -> None:
    office.filed(visits(3))
    with office.work() as uow:
        backtest.set_size(uow, 0)
    desk = desk_of(office)
    desk.save(rule(), WHY)
    assert desk.needs_backtest(desk.newest("OWN-LOOK-1"))
    with pytest.raises(StateError, match="back-test"):
        desk.activate("OWN-LOOK-1", WHY)
    run_id = desk.begin_back_test("OWN-LOOK-1", 12)
    kept = backtests.run_to_its_end(office.running, office.tenant_id, run_id, lambda run: run)
    assert kept is not None
    assert (kept.result.claims, kept.result.total.held) == (3, 3)
    desk.activate("OWN-LOOK-1", WHY)
    assert [one.state for one in desk.standings() if one.id == "OWN-LOOK-1"] == ["in force"]


def test_a_dry_run_counts_claims_and_changes_none(office: Office) -> None:
    office.filed(visits(4))
    before = office.counts()
    found = desk_of(office).dry_run(rule(HOLD), 3)
    assert (found.looked, found.matched, found.is_whole) == (4, 4, True)
    assert len(found.examples) == 4
    after = office.counts()
    assert {name for name in before if before[name] != after[name]} <= {"audit_event"}


def test_a_conflict_is_refused_at_save_and_names_the_other_paper(office: Office) -> None:
    switched_on(office, rule(HOLD, ROUTE))
    other = rule(
        HOLD, Action(kind=ActionKind.ROUTE, value="client"), name="OWN-LOOK-2", document="Memo 3"
    )
    assert any(one.blocks for one in desk_of(office).check(other))
    with pytest.raises(InputError, match="Bulletin 7"):
        desk_of(office).save(other, WHY)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "short"}, "say why"),
        ({"reason": "as told by 717-555-0100 on the phone"}, "something of a person"),
        ({"document": ""}, "which document"),
        ({"id": "LOOK"}, "an id looks like"),
        ({"title": "for jane@example.org only"}, "something of a person"),
        ({"actions": (replace(HOLD, carc="9999"),)}, "CARC"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_in_words(
    office_once: Office, change: dict[str, object], said: str
) -> None:
    reason = str(change.pop("reason", WHY))
    with pytest.raises(InputError, match=said):
        desk_of(office_once).save(replace(rule(), **change), reason)


@pytest.fixture(scope="module")
def office_once(running: Runtime) -> Office:
    return Office(running, "once")


def test_a_rule_of_every_practice_is_an_administrators(running: Runtime) -> None:
    one, two = Office(running, next(_SLUGS)), Office(running, next(_SLUGS))
    of_payer = rule(name="PAYER-LOOK-1", layer=Layer.PAYER, selectors=Selectors(payers=("NOBODY",)))
    with pytest.raises(ForbiddenError):
        desk_of(one, Role.LEAD.value).save(of_payer, WHY)
    desk_of(one, Role.ADMIN.value).save(of_payer, WHY)
    desk_of(one, Role.ADMIN.value).activate("PAYER-LOOK-1", WHY)
    assert "PAYER-LOOK-1" in {found.id for found in desk_of(two).standings()}
    own = rule(name="OWN-MINE-1")
    desk_of(one).save(own, WHY)
    assert "OWN-MINE-1" not in {found.id for found in desk_of(two).standings()}


def entry(knob: str, value: object, **more: object) -> LibraryEntry:
    given = {
        "id": new_id(),
        "layer": Layer.PRACTICE,
        "knob": knob,
        "value": value,
        "document": "Manual 2026",
        "payer_id": PAYER,
    }
    return LibraryEntry(**(given | more))


def entered(office: Office, one: LibraryEntry) -> LibraryEntry:
    with changing(office.running, office.practice, COMMAND, "policy.entered") as work:
        kept = enter_policy(work.connection, one)
        work.changed([kept.id])
    return kept


def knob_of(office: Office, knob: str, day: date = TODAY) -> object:
    book = office.running.rule_book(office.tenant_id)
    payer = replace(made(1)[0].payer, payer_id=PAYER)
    return book.policy(payer, day).knobs.get(knob)


def test_a_practices_policy_wins_over_that_of_all_and_ends_on_a_day(office: Office) -> None:
    with changing(office.running, None, COMMAND, "policy.entered") as work:
        of_all = enter_policy(
            work.connection, entry("corrected_claim_days", 365, layer=Layer.PAYER)
        )
        work.changed([of_all.id])
    assert knob_of(office, "corrected_claim_days") == 365
    first = entered(office, entry("corrected_claim_days", 90))
    assert knob_of(office, "corrected_claim_days") == 90
    second = entered(
        office, entry("corrected_claim_days", 60, first_day=TODAY, document="Bulletin 9")
    )
    assert second.supersedes == first.id
    assert knob_of(office, "corrected_claim_days", TODAY - timedelta(days=1)) == 90
    assert knob_of(office, "corrected_claim_days") == 60
    later = TODAY + timedelta(days=10)
    with changing(office.running, office.practice, COMMAND, "policy.ended") as work:
        done = end_policy(work.connection, second.id, new_id(), on=later, document="Letter")
        work.changed([done.id])
    assert knob_of(office, "corrected_claim_days", later - timedelta(days=1)) == 60
    assert knob_of(office, "corrected_claim_days", later) == 365


def test_papers_that_disagree_are_both_named(office: Office) -> None:
    entered(office, entry("requires_ndc", True, payer_id="", state="PA"))
    other = entry(
        "requires_ndc", False, payer_id="", state="PA", document="Bulletin 9", supersedes=new_id()
    )
    with pytest.raises(ConflictError, match="not there"):
        entered(office, other)
    with office.work() as uow:
        known = policies.library(uow.connection)
    with pytest.raises(ConflictError, match=r"Bulletin 9.*Manual 2026"):
        check_new(replace(other, supersedes=None), known)


def test_the_library_says_what_is_stale(office: Office) -> None:
    entered(office, entry("requires_ndc", True, last_day=date(2025, 12, 31)))
    entered(office, entry("requires_taxonomy", True, review_by=TODAY + timedelta(days=5)))
    entered(office, entry("timely_filing_days", 90, review_by=TODAY + timedelta(days=300)))
    with office.work() as uow:
        found = standings(policies.library(uow.connection), TODAY)
        uow.record("policy.ended", {"policy": [new_id()]})
    own = {one.entry.knob: one.stale for one in found if one.entry.layer is Layer.PRACTICE}
    assert own == {
        "requires_ndc": ("expired",),
        "requires_taxonomy": ("review due",),
        "timely_filing_days": (),
    }


def test_an_authorization_entered_by_staff_is_what_the_scrub_reads(office: Office) -> None:
    entered(office, entry("auth_required_codes", [CODE], payer_id=""))
    first, second = visits(2)
    second = replace(second, patient=first.patient, subscriber=first.subscriber, payer=first.payer)
    office.take([first])
    office.cycle.prepare()
    [record] = office.records()
    assert record.position.stage is Stage.HELD  # no number, nothing on file
    units = sum((line.units for line in first.lines if line.code == CODE), Decimal(0))
    with office.work() as uow:
        keep_authorizations.enter_authorization(
            uow,
            PriorAuthorization(
                id=new_id(),
                patient_id=record.patient_id,
                payer_ref=record.payer_ref,
                number="A-77031",
                codes=(CODE,),
                window=Window(TODAY - timedelta(days=90), TODAY + timedelta(days=10)),
                approved=units,
            ),
        )
    with office.work() as uow:
        work_claim.scrub_again(uow, record.id, office.running.rule_book(office.tenant_id))
    assert office.stages() == ["ready"]
    with office.work() as uow:
        [used] = keep_authorizations.current_authorizations(uow)
    assert (used.used, used.pending, used.left) == (0, units, 0)
    assert used.state(TODAY) == "used up"
    office.take([second])
    office.cycle.prepare()
    with office.work() as uow:
        found = uow.claims.findings(office.records()[1].id)
        uow.record("claim.read", {"claim": [record.id]})
    assert {(one.finding.rule, one.finding.reason) for one in found} == {("PS-056", "exhausted")}


def test_visits_count_days_and_an_ended_authorization_covers_nothing(office: Office) -> None:
    office.take(visits(1))
    office.cycle.prepare()
    [record] = office.records()
    one = PriorAuthorization(
        id=new_id(),
        patient_id=record.patient_id,
        payer_ref=record.payer_ref,
        number="V-1",
        window=Window(TODAY - timedelta(days=90), TODAY + timedelta(days=100)),
        counts=Counts.VISITS,
        approved=Decimal(10),
    )
    with office.work() as uow:
        keep_authorizations.enter_authorization(uow, one)
        with pytest.raises(InputError, match="already"):
            keep_authorizations.enter_authorization(uow, replace(one, id=new_id()))
    with office.work() as uow:
        [used] = keep_authorizations.authorizations_of(uow, record.patient_id)
        assert (used.pending, used.state(TODAY)) == (1, "in force")
        keep_authorizations.end_authorization(uow, record.patient_id, one.id, on=TODAY)
        with pytest.raises(NotFoundError):
            keep_authorizations.end_authorization(uow, record.patient_id, one.id, on=TODAY)
    with office.work() as uow:
        [used] = keep_authorizations.authorizations_of(uow, record.patient_id)
    assert used.state(TODAY) == "ended"


def test_a_code_is_entered_with_its_family(office: Office) -> None:
    office.take(visits(1))
    office.cycle.prepare()
    [record] = office.records()
    one = PriorAuthorization(
        id=new_id(),
        patient_id=record.patient_id,
        payer_ref=record.payer_ref,
        number="F-1",
        codes=("90837",),
        window=Window(TODAY - timedelta(days=90), TODAY + timedelta(days=100)),
    )
    sessions = Policy({"auth_families": {"session": ("90834", "90837")}})
    with office.work() as uow:
        keep_authorizations.enter_authorization(uow, one, sessions)
    with office.work() as uow:
        [used] = keep_authorizations.authorizations_of(uow, record.patient_id)
    assert used.authorization.codes == ("90837", "90834")


def test_a_further_line_is_suggested_and_confirmed_with_a_reason(office: Office) -> None:
    switched_on(office, rule(HOLD, Action(kind=ActionKind.ADD_LINE, value="G2211 25 x1")))
    office.take(visits(1))
    office.cycle.prepare()
    [record] = office.records()
    with office.work() as uow:
        [found] = uow.claims.findings(record.id)
        assert found.finding.suggestion == "Add the line G2211 25 x1"
        book = office.running.rule_book(office.tenant_id)
        with pytest.raises(InputError, match="say why"):
            work_claim.apply_finding_fix(
                uow, record.id, found.id, expected_version=1, rule_book=book, role="biller"
            )
        after = work_claim.apply_finding_fix(
            uow,
            record.id,
            found.id,
            expected_version=1,
            rule_book=book,
            role="biller",
            reason="the note of the visit says so",
        )
    assert [(one.line_no, one.code, one.modifiers) for one in after.claim.lines] == [
        (1, CODE, record.claim.lines[0].modifiers),
        (2, "G2211", ("25",)),
    ]
    assert after.claim.lines[1].service_from == record.claim.lines[0].service_from
