"""The life of a partner's plugin at a practice: agreed to, switched on, promoted, taken back."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from api.plugin_steps import PluginChoice
from core.dates import Window
from core.errors import ConflictError, InputError, NotFoundError, PluginError, StateError
from plugins.standing import Act, State
from tenants.ids import new_id
from tests.api.plugins.conftest import House
from tests.core.usecases.office import made

ONE = PluginChoice(name="sight", version="1.0.0")
TWO = PluginChoice(name="sight", version="1.1.0", grant=("clinical",))


def test_a_plugin_works_for_the_practice_that_switched_it_on_and_no_other(house: House) -> None:
    (river, desk), (brook, _) = house.office(), house.office()
    desk.enable(ONE)
    for office in (river, brook):
        office.take(made(5))
        office.cycle.prepare()
    assert river.stages() == ["held", "ready", "held", "ready", "ready"]
    assert brook.stages() == ["ready"] * 5
    found = river.rows("SELECT DISTINCT rule, rule_version FROM finding WHERE severity = 'deny'")
    assert [tuple(row) for row in found] == [("SGT-1", "1.0.0")]


def test_what_a_version_asks_to_see_is_agreed_to_by_name_and_anew_when_it_asks_for_more(
    house: House,
) -> None:
    _, desk = house.office()
    with pytest.raises(InputError, match=r"asks to see clinical.*--grant clinical"):
        desk.enable(PluginChoice(name="sight", version="1.1.0"))
    with pytest.raises(InputError, match="does not ask to see money"):
        desk.enable(PluginChoice(name="sight", version="1.0.0", grant=("money",)))
    desk.enable(ONE)
    with pytest.raises(InputError, match="asks to see clinical"):
        desk.promote("sight", "1.1.0")
    with pytest.raises(InputError, match="asks to see clinical"):
        desk.shadow(PluginChoice(name="sight", version="1.1.0"))
    assert desk.promote("sight", "1.1.0", grant=("clinical",)).sees == ("clinical",)
    # What was agreed to once holds while the version that asked for it works.
    assert desk.enable(PluginChoice(name="sight", version="1.1.0")).sees == ("clinical",)
    assert desk.roll_back("sight").sees == ()


def test_a_version_that_asks_for_more_than_was_agreed_to_is_not_run_whoever_let_it_in(
    house: House,
) -> None:
    office, desk = house.office()
    agreed = desk.enable(TWO)
    with office.work() as uow:
        uow.plugins.add(replace(agreed, id=new_id(), place=2, sees=()))
        uow.record("practice.changed")
    office.take(made(5))
    office.cycle.prepare()
    said = {row.message for row in office.rows("SELECT message FROM finding")}
    assert "Rule SGT-1 did not look: the plugin sight cannot be loaded" in said
    assert "Say what was seen" not in said


def test_every_step_is_kept_with_its_day_and_who_took_it(house: House) -> None:
    office, desk = house.office()
    desk.enable(PluginChoice(name="sight", version="1.0.0", window=Window(date(2026, 1, 5))))
    desk.set_settings("sight", b'{"severity": "warn"}')
    desk.promote("sight", "1.1.0", grant=("clinical",))
    desk.disable("sight", date(2026, 3, 1))
    desk.disable("sight")
    with office.work() as uow:
        steps = uow.plugins.every("sight")
    assert [(one.place, one.act, one.version, one.state) for one in steps] == [
        (1, Act.ENABLED, "1.0.0", State.ON),
        (2, Act.SETTINGS, "1.0.0", State.ON),
        (3, Act.PROMOTED, "1.1.0", State.ON),
        (4, Act.DISABLED, "1.1.0", State.ON),
        (5, Act.DISABLED, "1.1.0", State.OFF),
    ]
    assert {one.window.first for one in steps} == {date(2026, 1, 5)}
    assert steps[3].window.last == date(2026, 2, 28)
    assert [one.settings for one in steps[:3]] == [b"{}", *[b'{"severity":"warn"}'] * 2]
    assert {(one.role, one.said_by) for one in steps} == {("command", desk._actor.id)}
    events = office.rows(
        "SELECT kind, counts FROM audit_event WHERE kind LIKE 'plugin.%' ORDER BY at, id"
    )
    assert [(row.kind, row.counts["place"]) for row in events] == [
        ("plugin.enabled", 1), ("plugin.settings", 2), ("plugin.promoted", 3),
        ("plugin.disabled", 4), ("plugin.disabled", 5),
    ]  # fmt: skip
    assert [one.live for one in desk.status()] == [None]


def test_a_plugin_of_bounded_days_judges_services_of_those_days_alone(house: House) -> None:
    office, desk = house.office()
    claims = made(3)
    day = claims[0].service_from
    assert day is not None
    desk.enable(PluginChoice(name="sight", version="1.0.0"))
    desk.disable("sight", day)
    office.take(claims)
    office.cycle.prepare()
    held = [one for one, stage in zip(claims, office.stages(), strict=True) if stage == "held"]
    looked_at = [one for one in claims if any(line.code == "99214" for line in one.lines)]
    assert held == [one for one in looked_at if one.service_from and one.service_from < day]


def test_rolling_back_twice_goes_back_further_and_brings_the_settings_of_then(
    house: House,
) -> None:
    _, desk = house.office()
    with pytest.raises(NotFoundError):
        desk.roll_back("sight")
    desk.enable(ONE)
    desk.set_settings("sight", b'{"severity": "info"}')
    desk.promote("sight", "1.1.0", grant=("clinical",))
    desk.set_settings("sight", b'{"severity": "warn"}')
    desk.promote("sight", "1.2.0")
    back = desk.roll_back("sight")
    assert (back.version, back.settings) == ("1.1.0", b'{"severity":"warn"}')
    back = desk.roll_back("sight")
    assert (back.version, back.settings) == ("1.0.0", b'{"severity":"info"}')
    with pytest.raises(StateError, match="no other version"):
        desk.roll_back("sight")


def test_what_cannot_be_built_is_refused_and_nothing_is_kept(house: House) -> None:
    office, desk = house.office()
    for choice, error in (
        (PluginChoice(name="sigth"), InputError),
        (PluginChoice(name="sight"), PluginError),
        (PluginChoice(name="sight", version="9.9"), PluginError),
        (PluginChoice(name="sight", version="1.0.0", settings=b'{"colour": 1}'), PluginError),
        (PluginChoice(name="sight", version="1.0.0", settings=b'{"severity": 5}'), PluginError),
        (PluginChoice(name="sight", version="1.0.0", settings=b"[1]"), InputError),
        (PluginChoice(name="sight", version="1.0.0", settings=b'{"severity": "x"}'), PluginError),
    ):
        with pytest.raises(error):
            desk.enable(choice)
    assert office.count("practice_plugin") == 0
    assert desk.status() == ()


def test_of_two_who_change_a_plugin_at_once_the_second_is_told(house: House) -> None:
    office, desk = house.office()
    desk.enable(ONE)
    with office.work() as uow:
        [now] = uow.plugins.every("sight")
    desk.set_settings("sight", b'{"severity": "warn"}')
    with office.work() as uow:
        assert not uow.plugins.add(now)
        uow.record("practice.changed")
    with pytest.raises(ConflictError, match="counts already"):
        desk.promote("sight", "1.0.0")


def test_the_rule_book_is_read_in_as_many_queries_however_long_the_history(house: House) -> None:
    from sqlalchemy import event

    office, desk = house.office()
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    def queries() -> int:
        asked.clear()
        house.running.rule_book(office.tenant_id)
        return len(asked)

    event.listen(house.running.engine, "before_cursor_execute", note)
    try:
        without = queries()
        desk.enable(ONE)
        for severity in ("warn", "info", "deny"):
            desk.set_settings("sight", f'{{"severity": "{severity}"}}'.encode())
        desk.shadow(TWO)
        assert queries() == without
    finally:
        event.remove(house.running.engine, "before_cursor_execute", note)
    book = house.running.rule_book(office.tenant_id)
    assert house.running.rule_book(office.tenant_id).lookers is book.lookers
