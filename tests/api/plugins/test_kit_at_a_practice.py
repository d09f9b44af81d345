"""The kit beside a real practice: a wheel that is not installed is tried on its past claims, and
what is installed is set against another contract."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api.partner_kit.backtest import over_documents, over_practice
from api.partner_kit.compat import by_practice, installed, report
from api.partner_kit.locate import Located, located
from api.plugin_steps import PluginChoice
from core.errors import InputError
from core.scrub.backtest import BackTest
from core.usecases.backtest import Days
from plugins.conformance.compatibility import Verdict
from tests.api.plugins.conftest import House
from tests.api.plugins.sight import sight
from tests.core.usecases.office import made

EVER = Days(None, date(2999, 1, 1))


def test_a_wheel_is_tried_on_past_claims_and_nothing_of_it_stays(
    house: House, tmp_path: Path
) -> None:
    office, desk = house.office()
    filed = office.filed(made(5))
    desk.enable(PluginChoice(name="sight", version="1.0.0"))
    before = (office.count("back_test"), house.running.plugins.names())
    wheel = sight(tmp_path, "1.3.0", codes=("99214", "99203"), sees=("clinical",))
    counted: list[int] = []

    def tried(plugin: Located, *grant: str) -> BackTest:
        return over_practice(
            house.running, office.tenant_id, plugin, EVER,
            settings=b"{}", grant=grant, is_unconfined=True, told=counted.append,
        )  # fmt: skip

    with located(str(wheel)) as plugin:
        with pytest.raises(InputError, match="clinical, which this practice has not agreed to"):
            tried(plugin)
        assert counted == [], "past claims are shown to nobody who may not see the present ones"
        result = tried(plugin, "clinical")
    touched = sum(
        bool({line.code for line in one.claim.lines} & {"99214", "99203"}) for one in filed
    )
    assert 0 < touched < len(filed)
    assert (result.claims, result.total.held, result.total.undecided) == (5, touched, touched)
    assert [one.rule for one in result.rules] == ["SGT-1"]
    assert counted == [5]
    assert (office.count("back_test"), house.running.plugins.names()) == before
    assert [one.version for one in house.running.steps(office.tenant_id)] == ["1.0.0"]


def test_documents_are_judged_without_a_plugin_and_with_it(tmp_path: Path) -> None:
    line = (
        b'{"id": "%s", "payer": {"kind": "commercial"}, "claim": {"form": "837P", "dos": '
        b'"2026-05-12", "billing": {}, "patient": {}, "lines": [{"no": 1, "code": "%s", '
        b'"units": 1, "charge": "150.00"}]}}\n'
    )
    documents = line % (b"a", b"90837") + b"\n{\n" + line % (b"b", b"99213") + b"[1]"
    with located(str(sight(tmp_path))) as plugin:
        found = over_documents(
            plugin,
            [documents[:100], documents[100:]],
            settings=b'{"severity": "warn"}',
            is_unconfined=True,
            today=date(2026, 5, 21),
        )
    assert (found.plugin, found.claims, found.refused, found.changed) == ("sight 1.0.0", 2, 2, 1)
    assert (found.held, found.held_cents) == (0, 0)
    (rule,) = found.rules
    assert (rule.rule, rule.claims, rule.held, rule.charge_cents) == ("SGT-1", 1, 0, 15_000)


def test_each_practice_is_as_ready_for_the_next_contract_as_its_worst_plugin(house: House) -> None:
    (river, desk), (brook, _) = house.office(), house.office()
    desk.enable(PluginChoice(name="sight", version="1.0.0"))
    for contract, verdict in ((2, Verdict.SAFE), (3, Verdict.BLOCKS)):
        reports = [report(one, contract) for one in installed(house.running.settings.home)]
        assert {(one.name, one.version) for one in reports} >= {
            ("dental", ""), ("sight", "1.0.0"), ("sight", "1.2.0"),
        }  # fmt: skip
        told = {one.practice: one for one in by_practice(house.running, reports)}
        assert told[river.practice.slug].verdict is verdict
        assert told[brook.practice.slug].verdict is Verdict.SAFE
    gone = [one for one in reports if one.name != "sight"]
    told = {one.practice: one for one in by_practice(house.running, gone)}
    (missing,) = told[river.practice.slug].plugins
    assert missing.found.reasons == ("it is not installed",)
