"""What fails too often is stopped for its practice: by name, and held there alone (K10)."""

from __future__ import annotations

from datetime import date

import pytest

from api import plugin_faults
from api.bootstrap import Runtime
from api.cycle import Cycle
from api.plugin_installs import install
from api.plugin_status import rollout, status_of, troubled
from api.plugin_steps import PluginChoice
from api.plugin_store import PluginStore
from api.practice_plugins import PluginDesk
from api.practices import COMMAND
from core.dates import ALWAYS, Window
from core.errors import PluginError
from core.rules.edits import ClaimEdit, Gate
from core.rules.rule import ANYTHING, Touches
from core.rules.rulebook import RuleSet
from core.scrub.finding import RULE_FAILED, Flag, Severity
from plugins.standing import State
from plugins.stopped import UNKNOWN_RULES, Guard, absent, stopped
from tests.api.plugins.conftest import House
from tests.api.plugins.sight import BREAKS, sight
from tests.core.usecases.office import TODAY, check, era, made, paid

ONE = PluginChoice(name="sight", version="1.0.0")
BROKEN = PluginChoice(name="sight", version="1.2.0")


@pytest.fixture(autouse=True)
def _small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin_faults, "FAULTS_A_DAY_MAX", 1)


def test_a_plugin_that_fails_too_often_is_stopped_there_and_its_claims_are_held(
    house: House,
) -> None:
    (office, desk), (brook, other) = house.office(), house.office()
    desk.enable(ONE)
    desk.promote("sight", "1.2.0")
    other.enable(ONE)
    office.take(made(5))
    office.cycle.prepare()
    # Two claims have the code it looks at; the three others leave.
    assert office.stages() == ["held", "ready", "held", "ready", "ready"]
    with office.work() as uow:
        [status] = status_of(uow)
    assert status.live is not None
    assert (status.live.state, status.live.role) == (State.STOPPED, "system")
    assert [(one.kind, one.faults) for one in status.faults] == [("raised", 2)]
    [row] = office.rows("SELECT count(*) AS n FROM audit_event WHERE kind = 'plugin.stopped'")
    assert row.n == 1
    # From then on it is not asked: what it guards waits with a plain sentence.
    office.cycle.rescrub()
    assert office.stages() == ["held", "ready", "held", "ready", "ready"]
    said = {row.message for row in office.rows("SELECT message FROM finding WHERE rule = 'SGT-1'")}
    assert said == {"Rule SGT-1 did not look: the plugin sight failed too often and was stopped"}
    office.cycle.file()
    assert len(office.rows("SELECT FROM submission")) == 3
    [waits] = [one for one in troubled(house.running) if one.practice == office.practice.slug]
    assert waits.sentence == "the plugin sight 1.2.0 failed too often and was stopped"
    # Nobody else is touched.
    runs = {one.practice: (one.state, one.version) for one in rollout(house.running, "sight")}
    assert runs[office.practice.slug] == ("stopped", "1.2.0")
    assert runs[brook.practice.slug] == ("on", "1.0.0")
    # The lead takes it back: the version before judges, and holds what it flags.
    desk.roll_back("sight")
    office.cycle.rescrub()
    said = {row.message for row in office.rows("SELECT message FROM finding WHERE rule = 'SGT-1'")}
    assert said == {"Say what was seen"}
    desk.disable("sight")
    office.cycle.file()
    assert len(office.rows("SELECT FROM submission")) == 5


def test_switching_it_on_anew_begins_a_new_count(house: House) -> None:
    office, desk = house.office()
    desk.enable(BROKEN)
    office.take(made(5))
    office.cycle.prepare()
    with office.work() as uow:
        [before] = status_of(uow)
    assert before.faults_today == 0
    assert before.live is not None
    assert before.live.state is State.STOPPED
    desk.enable(BROKEN)
    with office.work() as uow:
        [after] = status_of(uow)
    assert (after.live and after.live.state, after.faults_today) == (State.ON, 0)


def test_one_fault_below_the_limit_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin_faults, "FAULTS_A_DAY_MAX", 2)
    office, desk = house.office()
    desk.enable(BROKEN)
    office.take(made(5))
    office.cycle.prepare()
    with office.work() as uow:
        [status] = status_of(uow)
    assert (status.live and status.live.state, status.faults_today) == (State.ON, 2)
    # Nothing of a claim, and nothing of what was said, is in what is kept.
    kept = "\n".join(str(row) for row in office.rows("SELECT f::text FROM plugin_fault f"))
    assert "raised" in kept
    for record in office.records():
        assert record.claim.claim_number not in kept


def test_what_fails_open_lets_claims_pass_when_it_is_stopped_and_a_gate_never_does() -> None:
    def never(case: object, lines: object) -> tuple[Flag, ...]:
        raise AssertionError

    edit = ClaimEdit(
        id="EX-1", title="One", source="manual", severity=Severity.DENY, touches=Touches(),
        check=never, supersedes=("EX-2",),
    )  # fmt: skip
    gate = Gate(id="EX-G1", title="Gate", source="manual", check=never)
    stated = RuleSet(
        name="example", version="1", fingerprint="f", claim_edits=(edit,), gates=(gate,)
    )
    closed, opened = stopped(stated, ()), stopped(stated, ("claim_edits",))
    assert ([one.id for one in closed.claim_edits], opened.claim_edits) == (["EX-1"], ())
    for rules in (closed, opened):
        assert rules.fingerprint != stated.fingerprint
        [held] = rules.gates[0].check(None, ())  # type: ignore[arg-type]
        assert held.reason == RULE_FAILED
    assert closed.claim_edits[0].supersedes == ()


def test_a_plugin_that_cannot_be_loaded_holds_what_it_guards_and_stops_nothing_else(
    house: House,
) -> None:
    own = sight(house.wheels / "absent", "0.9.0", codes=("99214",))
    install(house.running, own, actor=COMMAND, unsigned=True)
    office, desk = house.office()
    desk.enable(ONE)
    desk.promote("sight", "0.9.0")
    # Somebody writes into the installed files; the next process is not given them to run.
    store = PluginStore(house.running.settings.home)
    folder = store.source(store.find("sight", "0.9.0")).folder
    assert folder is not None
    code = folder / "sight" / "__init__.py"
    code.chmod(0o600)
    code.write_text(f"{code.read_text()}\nimport socket\n")
    later = Runtime(house.running.settings, house.running.urls)
    try:
        cycle = Cycle(later, office.practice, as_of=TODAY)
        office.take(made(5))
        cycle.prepare()
        assert office.stages() == ["held", "ready", "held", "ready", "ready"]
        said = {row.message for row in office.rows("SELECT message FROM finding")}
        assert "Rule SGT-1 did not look: the plugin sight cannot be loaded" in said
        cycle.file()
        # What payers sent is posted all the same.
        sent = [one for one in office.records() if one.position.stage == "sent"]
        assert len(sent) == 3
        cycle.receive_file("answer.x12", era(check(*map(paid, sent))))
        assert office.stages().count("paid") == 3
        [waits] = [one for one in troubled(later) if one.practice == office.practice.slug]
        assert waits.sentence == "plugin sight: version 0.9.0 is not installed"
        # Nothing that is tried is let through like that, and what is broken can be taken back.
        away = PluginDesk(later, office.practice, COMMAND, "command")
        with pytest.raises(PluginError, match="not installed"):
            away.shadow(PluginChoice(name="sight", version="0.9.0"))
        away.roll_back("sight")
        cycle.rescrub()
        said = {row.message for row in office.rows("SELECT message FROM finding")}
        assert "Say what was seen" in said
    finally:
        later.close()


def test_of_a_plugin_whose_rules_nobody_knows_every_claim_waits() -> None:
    [gate] = absent("sight", None, ALWAYS).gates
    assert (gate.id, gate.touches) == (UNKNOWN_RULES, ANYTHING)
    [flag] = gate.check(None, ())  # type: ignore[arg-type]
    assert "the plugin sight cannot be loaded" in flag.message
    kept = (Guard(rule="SGT-1", touches=Touches(codes=("99214",))),)
    assert absent("sight", kept, ALWAYS).gates == ()
    day = Window(date(2026, 1, 1), date(2026, 1, 31))
    [edit] = absent("sight", kept, day).claim_edits
    assert (edit.effective, edit.touches.codes) == (day, ("99214",))


def test_a_wheel_that_cannot_be_loaded_is_refused_by_name_and_leaves_nothing(
    house: House,
) -> None:
    broken = sight(house.wheels / "broken", "3.0.0", body=f"{BREAKS}\n\nraise OSError('Ruth')")
    with pytest.raises(PluginError, match="sight") as refused:
        install(house.running, broken, actor=COMMAND, unsigned=True)
    assert "Ruth" not in refused.value.message
    folder = house.running.settings.home / "plugins"
    assert not (folder / "sight" / "3.0.0").exists()
    assert not list(folder.glob(".part-*"))
