"""A version in shadow is judged beside what counts, and touches neither money nor state (K9)."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from api.backtests import Asked, begin, run_to_its_end
from api.plugin_status import status_of
from api.plugin_steps import PluginChoice
from api.practices import COMMAND
from core.errors import InputError, NotFoundError, StateError
from core.scrub.shadow import ShadowClaim
from core.usecases.backtest import days_of, set_size
from tenants.session import tenant_transaction
from tests.api.plugins.conftest import House
from tests.core.usecases.office import Office, made

ONE = PluginChoice(name="sight", version="1.0.0")
TWO = PluginChoice(name="sight", version="1.1.0", grant=("clinical",))
BROKEN = PluginChoice(name="sight", version="1.2.0")
# What a shadow may write: its own findings, faults of what is tried, and the log of both.
OF_THE_SHADOW = {"shadow_claim", "shadow_finding", "plugin_fault"}


def state_of(office: Office) -> dict[str, str]:
    """Every row of the practice in every other table, digested."""
    with tenant_transaction(office.running.engine, office.tenant_id) as connection:
        tables = connection.execute(
            text(
                "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND c.relkind = 'r'"
                " AND c.relnamespace = 'public'::regnamespace"
                " AND has_table_privilege(c.oid, 'SELECT') AND EXISTS (SELECT FROM pg_attribute a"
                " WHERE a.attrelid = c.oid AND a.attnum = 1 AND a.attname = 'tenant_id')"
            )
        ).scalars()
        return {
            table: sha256(
                "\n".join(
                    connection.execute(
                        text(f"SELECT whole::text FROM {table} whole ORDER BY 1")
                    ).scalars()
                ).encode()
            ).hexdigest()
            for table in tables
            if table not in OF_THE_SHADOW and not table.startswith("audit_")
        }


@pytest.mark.parametrize("tried", [TWO, BROKEN], ids=["that holds", "that breaks"])
def test_what_is_tried_changes_no_claim_no_money_and_no_queue(
    house: House, tried: PluginChoice
) -> None:
    office, desk = house.office()
    before = house.running.rule_book(office.tenant_id).digest
    desk.shadow(tried)
    # The book that counts is the same book, so what is prepared, held and filed by it is too.
    assert house.running.rule_book(office.tenant_id).digest == before
    office.take(made(5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.shadows.go_on", lambda *_: 0)
        office.cycle.prepare()
    without = state_of(office)
    assert office.cycle.shadow() == 5
    assert state_of(office) == without
    assert office.stages() == ["ready"] * 5
    office.cycle.file()
    assert len(office.rows("SELECT FROM submission")) == 5
    assert not office.rows("SELECT FROM finding WHERE rule LIKE 'SGT-%'")


def test_the_report_counts_what_would_be_held_and_how_much_money(house: House) -> None:
    office, desk = house.office()
    with pytest.raises(NotFoundError):
        desk.shadow_report("sight")
    desk.enable(ONE)
    desk.shadow(TWO)
    claims = made(5)
    office.take(claims)
    office.cycle.prepare()
    report = desk.shadow_report("sight")
    # 1.0.0 flags 99214 and holds two; 1.1.0 flags 99203 too, of which one is not held yet.
    newly = [
        one
        for one in claims
        if {line.code for line in one.lines} & {"99214", "99203"}
        and "99214" not in {line.code for line in one.lines}
    ]
    assert (report.claims, report.newly_held, report.no_longer_held) == (5, len(newly), 0)
    assert report.newly_held_cents == sum(one.charge_cents for one in newly) > 0
    assert report.different >= report.newly_held == 1
    assert report.shadow_microseconds > 0 < report.microseconds
    assert {one.rule for one in report.rules} == {"SGT-1"}
    # Nothing a finding says is kept.
    rows = [str(row) for row in office.rows("SELECT f::text FROM shadow_finding f")]
    assert rows
    assert not any("Say what was seen" in row for row in rows)
    # A quieter version lets go of what is held now.
    desk.end_shadow("sight")
    desk.shadow(replace(ONE, settings=b'{"severity": "info"}'))
    office.cycle.shadow()
    report = desk.shadow_report("sight")
    assert (report.newly_held, report.no_longer_held) == (0, 2)
    assert [(one.rule, one.new, one.gone, one.changed) for one in report.rules] == [
        ("SGT-1", 0, 0, 2)
    ]


def test_each_version_of_a_claim_is_tried_once(house: House) -> None:
    office, desk = house.office()
    desk.shadow(TWO)
    office.take(made(3))
    office.cycle.prepare()
    assert office.cycle.shadow() == 0
    assert office.count("shadow_claim") == 3
    office.take(made(4)[3:])
    office.cycle.prepare()
    assert office.count("shadow_claim") == 4


def test_of_two_workers_that_try_the_same_claims_one_counts(house: House) -> None:
    office, desk = house.office()
    step = desk.shadow(TWO)
    office.take(made(2))
    office.cycle.prepare()
    [one, two] = office.rows("SELECT claim_id, claim_version FROM shadow_claim")
    judged = [
        ShadowClaim(
            claim_id=row.claim_id, claim_version=row.claim_version, was_held=False,
            would_hold=True, charge_cents=1, microseconds=0, shadow_microseconds=0,
        )
        for row in (one, two)
    ]  # fmt: skip
    before = desk.shadow_report("sight")
    with office.work() as uow:
        assert uow.shadows.add(step.id, judged, on=uow.today) == 0
    assert desk.shadow_report("sight") == before


def test_a_version_that_breaks_in_shadow_is_counted_and_holds_nothing(house: House) -> None:
    office, desk = house.office()
    desk.shadow(BROKEN)
    office.take(made(5))
    office.cycle.prepare()
    assert office.stages() == ["ready"] * 5
    report = desk.shadow_report("sight")
    assert [(one.rule, one.failed) for one in report.rules] == [("SGT-1", 2)]
    with office.work() as uow:
        [status] = status_of(uow)
    assert status.live is None
    assert {(one.version, one.rule, one.kind, one.faults) for one in status.faults} == {
        ("1.2.0", "SGT-1", "raised", 2)
    }


def test_what_touches_many_claims_counts_only_after_it_was_tried(house: House) -> None:
    office, desk = house.office()
    with office.work() as uow:
        set_size(uow, 1)
    office.take(made(9))
    office.cycle.prepare()
    with pytest.raises(StateError, match="touches more than 1 claims a month"):
        desk.enable(ONE)
    desk.shadow(ONE)
    with pytest.raises(StateError, match="try it in shadow"):
        desk.promote("sight", "1.0.0")
    office.cycle.shadow()
    promoted = desk.promote("sight", "1.0.0")
    assert (promoted.version, promoted.settings) == ("1.0.0", b"{}")
    [status] = desk.status()
    assert status.shadow is None
    found = desk.tried("sight", "1.0.0")
    assert found is not None
    assert (found.claims, found.newly_held > 0) == (9, True)
    assert desk.tried("sight", "1.1.0") is None
    # A trial of one version says nothing of another, nor of other settings.
    with pytest.raises(StateError):
        desk.promote("sight", "1.1.0", grant=("clinical",))
    # One that broke while it was tried is not let loose either.
    desk.shadow(BROKEN)
    office.cycle.shadow()
    with pytest.raises(StateError):
        desk.promote("sight", "1.2.0")
    # A back-test of exactly this version will do as well, once the practice agreed to what it sees.
    asked = Asked(kind="plugin", subject="sight 1.1.0")
    with office.work() as uow:
        days = days_of(uow.today, 12)
    with pytest.raises(InputError, match="asks to see clinical"):
        begin(house.running, office.tenant_id, asked, days, COMMAND)
    desk.shadow(TWO)
    run_id = begin(house.running, office.tenant_id, asked, days, COMMAND)
    run_to_its_end(house.running, office.tenant_id, run_id, lambda _: None)
    assert desk.shadow_report("sight").claims == 0
    assert desk.promote("sight", "1.1.0").sees == ("clinical",)
