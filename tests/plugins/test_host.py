"""The host: a plugin that breaks the contract is refused by name, and touches nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import msgspec
import pytest

from core.dates import Window
from core.errors import InputError, PluginError
from core.rules.fees import find_fee
from core.rules.rulebook import RuleSet
from plugins import (
    ClaimEdit,
    Fee,
    FeePurpose,
    FeeRank,
    FeeSchedule,
    Flag,
    Layer,
    Manifest,
    RecordType,
    Severity,
    hook,
)
from plugins.demo_payers import DEMO_RULES, DEMO_SETTINGS
from plugins.host import EnabledPlugin, PluginHost, available, build_rule_book, load
from plugins.testing import contract_faults, findings, line, payer, professional_claim

NAMES = ("behavioral_health", "dental", "home_health", "telehealth")


def quiet(case: Any, lines: Any) -> tuple[Flag, ...]:
    return ()


def edit(id: str = "VIS-1", **changes: Any) -> ClaimEdit:
    given: dict[str, Any] = {
        "id": id,
        "title": "Rule",
        "source": "vision manual p. 1",
        "severity": Severity.DENY,
        "check": quiet,
        **changes,
    }
    return ClaimEdit(**given)


def partner(
    name: str = "vision", *, contract: int = 1, prefixes: tuple[str, ...] = ("VIS",), **hooks: Any
) -> ModuleType:
    """A partner's module whose hooks return the values in ``hooks``."""
    module = ModuleType(name)
    vars(module)["MANIFEST"] = Manifest(
        name=name, version="1", contract=contract, title="Vision", prefixes=prefixes
    )
    for given, answer in hooks.items():
        vars(module)[given] = hook(_named(given, answer))
    return module


def _named(name: str, answer: Any) -> Callable[[], Any]:
    def implementation() -> Any:
        return answer() if callable(answer) else answer

    implementation.__name__ = name
    return implementation


def build(*modules: ModuleType, enable: tuple[str, ...] = ("vision",)) -> Any:
    host = PluginHost(modules=modules)
    return host.build_rule_book([EnabledPlugin(name=name) for name in enable])


def test_the_four_specialties_are_available() -> None:
    assert [manifest.name for manifest in available()] == list(NAMES)


@pytest.mark.parametrize(
    ("module", "says"),
    [
        (ModuleType("vision"), "MANIFEST"),
        (partner(contract=2), "contract 2"),
        (partner(prefixes=("PS",)), "prefixes of its own"),
        (partner(prefixes=()), "prefixes of its own"),
        (partner(claim_edit=(edit(),)), "does not know"),
    ],
)
def test_a_plugin_outside_the_contract_is_refused_when_loaded(
    module: ModuleType, says: str
) -> None:
    with pytest.raises(PluginError, match=r"^plugin vision: ") as caught:
        load(module)
    assert says in caught.value.message


def fail() -> Any:
    raise ValueError("Jane Q. Patient, member W123456789")


@pytest.mark.attack("S-45")
@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ({"claim_edits": [edit()]}, "must return a tuple"),
        ({"claim_edits": (Fee(code="1", amount_cents=1),)}, "must return a tuple"),
        ({"claim_edits": (edit("BH-900"),)}, "outside its own name space"),
        ({"claim_edits": (edit(), edit())}, "given twice"),
        ({"claim_edits": (edit(source=""),)}, "no source"),
        ({"claim_edits": (edit(layer=Layer.PLATFORM),)}, "layer"),
        ({"claim_edits": (edit(supersedes=("PS-001",)),)}, "silence PS-001"),
        ({"records": (RecordType(id="other.x", title="t", source="s", type=Fee),)}, "name space"),
        ({"settings_type": dict}, "Struct type"),
        ({"gates": fail}, "hook gates raised ValueError"),
        (
            {
                "fee_schedules": (
                    FeeSchedule(
                        id="VIS-F1",
                        title="t",
                        source="s",
                        fees=(Fee(code="V2020", amount_cents=1), Fee(code="V2020", amount_cents=2)),
                    ),
                )
            },
            "equal rank",
        ),
    ],
)
def test_a_fault_is_blamed_on_the_plugin_by_name(hooks: dict[str, Any], says: str) -> None:
    with pytest.raises(PluginError, match=r"^plugin vision: ") as caught:
        build(partner(**hooks))
    assert says in caught.value.message
    assert "Patient" not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_plugin_that_is_not_enabled_changes_nothing() -> None:
    module = partner(claim_edits=(edit(),))
    with_it = PluginHost(modules=(module,)).build_rule_book([EnabledPlugin(name="dental")])
    without = build_rule_book([EnabledPlugin(name="dental")])
    assert with_it.digest == without.digest


def test_the_order_of_enabling_does_not_matter() -> None:
    enabled = [EnabledPlugin(name=name, settings=DEMO_SETTINGS) for name in NAMES]
    one = build_rule_book(enabled, practice=DEMO_RULES)
    assert build_rule_book(enabled[::-1], practice=DEMO_RULES).digest == one.digest


def test_the_digest_follows_settings_window_and_practice() -> None:
    plain = build_rule_book([EnabledPlugin(name="dental")])
    others = [
        build_rule_book([EnabledPlugin(name="dental", settings=DEMO_SETTINGS)]),
        build_rule_book([EnabledPlugin(name="dental", window=Window(date(2026, 1, 1)))]),
        build_rule_book([EnabledPlugin(name="dental")], practice=DEMO_RULES),
    ]
    assert len({plain.digest, *(book.digest for book in others)}) == 4
    assert build_rule_book([EnabledPlugin(name="dental")]) is plain


def test_an_unknown_plugin_and_one_enabled_twice_are_refused() -> None:
    with pytest.raises(PluginError, match="plugin vision: is not installed"):
        build_rule_book([EnabledPlugin(name="vision")])
    with pytest.raises(InputError, match="twice"):
        build_rule_book([EnabledPlugin(name="dental"), EnabledPlugin(name="dental")])


def test_a_rule_holds_only_on_the_days_its_plugin_is_enabled() -> None:
    enabled = EnabledPlugin(
        name="behavioral_health", window=Window(date(2026, 5, 12), date(2026, 5, 12))
    )
    book = build_rule_book([enabled])
    for day, fires in ((11, False), (12, True), (13, False)):
        short = line("90837", minutes=45, service_from=date(2026, 5, day))
        found = [one.rule for one in findings(professional_claim(short), book)]
        assert ("BH-002" in found) is fires


@pytest.mark.attack("S-45")
def test_a_rule_that_raises_holds_its_claim_without_saying_what_it_saw() -> None:
    def broken(case: Any, lines: Any) -> Any:
        raise ValueError(case.claim.patient.name.last)

    book = build(partner(claim_edits=(edit(check=broken), edit("VIS-2", check=lambda c, _: [7]))))
    found = findings(professional_claim(), book)
    assert [(one.rule, one.severity, one.reason) for one in found] == [
        ("VIS-1", Severity.DENY, "rule_failed"),
        ("VIS-2", Severity.DENY, "rule_failed"),
    ]
    assert all("vision" in one.message and "Invented" not in one.message for one in found)


@pytest.mark.attack("S-45")
def test_a_rule_that_alters_what_it_is_given_alters_nothing() -> None:
    def paid_in_full(case: Any, lines: Any) -> Any:
        case.claim.lines[0].charge_cents = 0

    def somebody_else(case: Any, lines: Any) -> Any:
        case.claim.patient.name.last = "OTHER"

    def no_lines(case: Any, lines: Any) -> Any:
        case.claim.lines.clear()

    for number, check in enumerate((paid_in_full, somebody_else, no_lines), 1):
        claim = professional_claim()
        before = msgspec.json.encode(claim)
        book = build(partner(claim_edits=(edit("VIS-1", check=check),)))
        [found] = [one for one in findings(claim, book) if one.rule == "VIS-1"]
        assert (found.severity, found.reason) == (Severity.DENY, "rule_failed"), number
        assert msgspec.json.encode(claim) == before


def test_the_practice_charge_master_wins_over_a_specialty_table() -> None:
    master = FeeSchedule(
        id="PRACTICE-F1",
        title="Charge master",
        source="practice",
        rank=FeeRank.CHARGE_MASTER,
        layer=Layer.PRACTICE,
        fees=(Fee(code="D0120", amount_cents=7_700),),
    )
    practice = RuleSet(name="practice", version="1", fee_schedules=(master,))
    enabled = [EnabledPlugin(name="dental", settings=DEMO_SETTINGS)]
    book = build_rule_book(enabled, practice=practice)
    row = find_fee(book.fees, FeePurpose.CHARGE, "D0120", (), payer(), date(2026, 5, 12))
    assert row is not None
    assert row.fee.amount_cents == 7_700


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_kit_finds_no_fault_in_a_specialty(name: str) -> None:
    module = __import__(f"plugins.{name}", fromlist=["MANIFEST"])
    assert contract_faults(module) == ()


def test_the_contract_kit_names_the_faults_of_a_partner() -> None:
    assert contract_faults(partner(claim_edits=(edit(),))) == ()
    assert contract_faults(partner(claim_edits=(edit(source="p.1"),))) == (
        "rule VIS-1 cites nothing a reader could look up",
    )
    assert "contract 9" in contract_faults(partner(contract=9))[0]
