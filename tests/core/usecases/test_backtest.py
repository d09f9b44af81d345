"""Rules replayed on past claims: counted by hand here, against what payers decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event

from api import backtests
from api.bootstrap import Runtime
from api.settings import Settings
from api.tables.kinds import kind_of
from api.tables.load import load
from api.tables.store import TableStore
from audit.event import machine
from core.errors import InputError, NotFoundError, StateError
from core.rule_ports import BackTestRun
from core.rules.edits import ClaimEdit
from core.rules.needs import HistoryNeed, Needs
from core.rules.rule import Touches
from core.rules.rulebook import RuleSet, compile_rule_book
from core.scrub.backtest import BackTest, Counted
from core.scrub.finding import Flag, Severity
from core.usecases.backtest import (
    Days,
    Trial,
    advance_backtest,
    begin_backtest,
    days_of,
    latest_backtest,
    require_backtest,
    set_size,
    stop_backtest,
    touched_per_month,
    trial_of_rules,
)
from core.usecases.facts import tables_asked
from plugins.host import platform_rules
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tests.core.usecases.office import TODAY, Office, check, denied, era, made, paid

# Events have the time they really had; all that was ever made is replayed.
ALL = Days(None, date(2999, 1, 1))
UNITS = "hcpcs_code,mue_units,mue_mai,mue_rationale\n99213,0,2,CMS Policy\n"


@pytest.fixture(scope="module")
def office(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Four claims: one denied for what the rule means, one for another reason, one paid, one not
    answered; and one that never left."""
    home = tmp_path_factory.mktemp("backtests")
    home.chmod(0o700)
    name = f"backtests_{home.parent.name.replace('-', '_')}"
    urls = create_from_template(server, "template_claimwright", name)
    running = Runtime(Settings(home=home, claims_per_transaction=5), urls)
    try:
        built = Office(running)
        one, two, three, _ = built.filed(made(4))
        built.receive(era(check(denied(one, "197"), denied(two, "50"), paid(three))))
        [late] = [claim for claim in made(5) if claim not in made(4)]
        future = tuple(replace(line, service_from=TODAY.replace(year=2999)) for line in late.lines)
        built.take([replace(late, lines=future)])
        built.cycle.prepare()
        assert built.stages() == ["denied", "denied", "paid", "sent", "held"]
        yield built
    finally:
        running.close()
        drop_database(urls, name)


def rule(name: str, **changes: Any) -> ClaimEdit:
    def seen(case: Any, lines: Any) -> Any:
        return [Flag(message="seen", line_no=line.line_no) for line in lines]

    base: dict[str, Any] = {
        "id": name, "title": name, "source": "test", "severity": Severity.DENY, "check": seen,
        "carc": "197",
    }  # fmt: skip
    return ClaimEdit(**{**base, **changes})


def trial(*rules: ClaimEdit, name: str = "tried", **more: Any) -> Trial:
    new = RuleSet(name=name, version="1", claim_edits=rules)
    return trial_of_rules(new, compile_rule_book([platform_rules(), new]), **more)


def run_of(office: Office, tried: Trial, *, limit: int = 1_000) -> tuple[BackTestRun, BackTest]:
    """Begin it, and go on in a transaction a batch, as processes would that know nothing."""
    with office.work() as uow:
        run_id = begin_backtest(uow, tried, ALL)
    while True:
        with office.work() as uow:
            run = uow.back_tests.lock_run(run_id)
            assert run is not None
            run = advance_backtest(uow, run, tried, limit=limit)
        if run.state == "done":
            break
    with office.work() as uow:
        found = uow.back_tests.find(run_id)
    assert found is not None
    return run, found.result


def charges(office: Office, *places: int) -> int:
    records = office.records()
    return sum(records[place].claim.charge_cents for place in places)


def test_what_was_held_is_counted_by_what_became_of_it(office: Office) -> None:
    ids = [record.id for record in office.records()]
    _, result = run_of(office, trial(rule("T-1"), rule("T-2", severity=Severity.WARN)))
    holding, warning = result.rules
    assert result.claims == 5
    assert holding == Counted(
        rule="T-1", title="T-1", version="1", severity="deny", touched=5, held=5,
        # The one that never left is held by the platform for its date.
        held_anyway=1, prevented=1, false_holds=1, undecided=3,
        charge_cents=charges(office, 0, 1, 2, 3, 4),
        expected_cents=holding.expected_cents, prevented_cents=charges(office, 0),
        examples={
            "prevented": (ids[0],), "false_hold": (ids[2],), "undecided": (ids[1], ids[3], ids[4]),
        },
    )  # fmt: skip
    assert (warning.held, warning.warned, warning.examples) == (0, 5, {})
    assert (result.total.held, result.total.prevented, result.total.warned) == (5, 1, 0)
    assert sum(month.claims for month in result.months) == 5
    assert (result.delay_days, result.delay_is_assumed) == (0, False)


def test_reasons_a_rule_names_besides_count_as_prevented(office: Office) -> None:
    _, result = run_of(office, trial(rule("T-1"), carcs={"T-1": ("50",)}))
    assert (result.total.prevented, result.total.undecided) == (2, 2)
    assert result.carcs == {"T-1": ("50",)}


def test_batch_by_batch_it_comes_to_the_same_and_changes_nothing(office: Office) -> None:
    def of_claims() -> Any:
        return office.rows(
            "SELECT c.id, c.version, c.stage, c.rule_book_digest, f.id AS finding"
            " FROM claim c LEFT JOIN finding f ON f.claim_id = c.id ORDER BY c.id, f.id"
        )

    before, tried = of_claims(), trial(rule("T-1"))
    run, single = run_of(office, tried, limit=1)
    assert (run.done_claims, run.of_claims) == (5, 5)
    assert single == run_of(office, tried)[1]
    assert of_claims() == before


def test_a_batch_costs_the_same_statements_however_many_claims_it_has(office: Office) -> None:
    counted: dict[int, int] = {}
    tried = trial(
        rule("T-1", needs=Needs(eligibility=True, history=(HistoryNeed(look_back_days=90),)))
    )
    for limit in (2, 5):
        seen: list[str] = []
        with office.work() as uow:
            begun = begin_backtest(uow, tried, ALL)
        with office.work() as uow:
            run = uow.back_tests.lock_run(begun)
            assert run is not None
            note = lambda *given, seen=seen: seen.append(given[2])  # noqa: E731
            event.listen(office.running.engine, "before_cursor_execute", note)
            advance_backtest(uow, run, tried, limit=limit)
            event.remove(office.running.engine, "before_cursor_execute", note)
            stop_backtest(uow, begun)
        counted[limit] = len(seen)
    assert counted[5] == counted[2] > 5


def test_it_is_stopped_or_ends_when_the_rules_change_under_it(office: Office) -> None:
    first, other = trial(rule("T-1")), trial(rule("T-1", severity=Severity.WARN))
    for act, state in (
        (lambda uow, run: stop_backtest(uow, run.id), "stopped"),
        (lambda uow, run: advance_backtest(uow, run, other), "outdated"),
    ):
        with office.work() as uow:
            run_id = begin_backtest(uow, first, ALL)
        with office.work() as uow:
            run = uow.back_tests.lock_run(run_id)
            assert run is not None
            act(uow, advance_backtest(uow, run, first, limit=2))
        with office.work() as uow:
            ended = uow.back_tests.run(run_id)
            assert ended is not None
            assert ended.state == state
            assert uow.back_tests.find(run_id) is None
            with pytest.raises(NotFoundError):
                stop_backtest(uow, run_id)


def test_a_rule_of_one_payer_is_as_large_as_that_payers_claims(office: Office) -> None:
    payers = Counter(record.claim.payer.payer_id for record in office.records())
    with office.work() as uow:
        for named, claims in (*payers.items(), ("NOBODY", 0)):
            tried = trial(rule("T-8", touches=Touches(payers=(named,))))
            assert touched_per_month(uow, tried) == -(-claims // 3), "in three months"


def test_above_the_practices_size_rules_are_activated_only_when_tried(office: Office) -> None:
    tried, other = trial(rule("T-7")), trial(rule("T-7", severity=Severity.WARN))
    with office.work() as uow:
        require_backtest(uow, tried)  # five claims in three months are below the size
        set_size(uow, 1)
    try:
        with office.work() as uow, pytest.raises(StateError, match="run a back-test"):
            require_backtest(uow, tried)
        _, result = run_of(office, tried)
        with office.work() as uow:
            require_backtest(uow, tried)
            found = latest_backtest(uow, tried)
            assert found is not None
            assert found.result == result
            assert latest_backtest(uow, other) is None, "another version is another rule"
            with pytest.raises(StateError):
                require_backtest(uow, other)
    finally:
        with office.work() as uow:
            set_size(uow, 25)


@pytest.mark.parametrize(
    ("kind", "subject", "problem"),
    [
        ("rule", "NO-1", NotFoundError),
        ("codes", "mue-practitioner 1999Q1", NotFoundError),
        ("codes", "astrology 2026Q1", InputError),
        ("rules", "x", NotFoundError),
    ],
)
def test_what_is_not_there_is_not_tried(
    office: Office, kind: str, subject: str, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        backtests.trial_of(
            office.running, office.tenant_id, backtests.Asked(kind=kind, subject=subject)
        )


def test_a_window_of_months_ends_today_and_is_one_at_least() -> None:
    assert days_of(TODAY, 1).first == date(2025, 12, 31)
    assert days_of(TODAY, None) == Days(None, TODAY)
    with pytest.raises(InputError, match="one month"):
        days_of(TODAY, 0)


def test_a_worker_brings_each_on_its_way_to_its_end(office: Office) -> None:
    running, me = office.running, machine("command")
    asked = [
        backtests.Asked(kind="plugin", subject="telehealth"),
        backtests.Asked(kind="rule", subject="PS-011"),
    ]
    ids = [backtests.begin(running, office.tenant_id, one, ALL, me) for one in asked]
    backtests.work(running, seconds=60)
    with office.work() as uow:
        _, one_rule = (uow.back_tests.find(run_id) for run_id in ids)
        runs = [uow.back_tests.run(run_id) for run_id in ids]
    assert [run and run.state for run in runs] == ["done", "done"]
    assert one_rule is not None
    assert one_rule.result.total.held == 1, "the claim of the year 2999"


def test_a_release_is_tried_before_it_is_in_force_and_then_rescrubs(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beyond(case: Any, lines: Any) -> Any:
        table = case.tables.mue_practitioner
        for line in lines if table else ():
            limit = table.limit(line.code, case.day_of(line))
            if limit and line.units > limit.units:
                yield Flag(message="beyond", line_no=line.line_no, table_row=str(limit.edition))

    own = RuleSet(
        name="mue",
        version="1",
        claim_edits=(rule("T-9", check=beyond, needs=Needs(tables=("mue_practitioner",))),),
    )
    book = compile_rule_book([platform_rules(), own])
    monkeypatch.setattr(office.running, "rule_book", lambda tenant_id, **_: book)
    office.cycle.rescrub()
    [before] = [one for one in office.records() if one.position.stage == "held"]
    assert before.tables_digest == office.running.reference.digest(tables_asked(book))

    path = tmp_path / "mue-practitioner.csv"
    path.write_text(UNITS)
    store, kind = TableStore(office.running.settings.home), kind_of("mue-practitioner")
    load(store, kind, [path], release="2026Q1", stage=True, at=datetime(2026, 1, 1, tzinfo=UTC))
    asked = backtests.Asked(kind="codes", subject="mue-practitioner 2026Q1")
    tried = backtests.trial_of(office.running, office.tenant_id, asked)
    assert tried.rules == {"T-9", "PS-043"}
    _, result = run_of(office, tried)
    billed = [
        record
        for record in office.records()
        if record.claim.lines[0].service_from < date(2026, 4, 1)
        and any(line.code == "99213" for line in record.claim.lines)
    ]
    assert result.total.held == len(billed) > 0

    with store.changing(kind.name) as change:
        change.activate("2026Q1", datetime(2026, 1, 2, tzinfo=UTC))
    done = office.cycle.rescrub()
    assert (done.claims, done.changed) == (1, 0), "the open one is of another year: no opinion"
    after = office.record(before.id)
    assert after.tables_digest == office.running.reference.digest(tables_asked(book))
    assert after.tables_digest != before.tables_digest
    assert office.cycle.rescrub().claims == 0, "once is enough"
