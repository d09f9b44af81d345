"""The contract as documented: the page is current, every example runs, every hook is typed."""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import plugins
from core import money
from plugins import spec
from plugins.demo import DemoPeople, DemoPractice, organization, person
from plugins.demo_payers import BLUESTONE
from plugins.host import EnabledPlugin, PluginHost

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"
NAMES = [hook.__name__ for hook in spec.HOOKS]


def test_the_contract_has_the_thirteen_hooks_and_no_other() -> None:
    declared = [
        name for name, item in vars(spec).items() if getattr(item, "claimwright_spec", None)
    ]
    assert declared == NAMES
    assert len(NAMES) == 13


def test_the_page_on_hooks_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == spec.documentation()


@pytest.mark.parametrize("hook", spec.HOOKS, ids=NAMES)
def test_each_hook_is_documented_in_the_same_parts(hook: Any) -> None:
    text = inspect.cleandoc(hook.__doc__)
    for part in ("When called:", "Arguments:", "Returns:", "Since: contract ", "Example::"):
        assert part in text
    assert inspect.signature(hook).return_annotation is not inspect.Signature.empty


def example_plugin(name: str) -> ModuleType:
    """The example of one hook as a plugin of its own."""
    doc = inspect.cleandoc(getattr(spec, name).__doc__)
    source = inspect.cleandoc(doc.partition("Example::")[2])
    module = ModuleType("example")
    space = vars(module)
    space.update({public: getattr(plugins, public) for public in plugins.__all__})
    space.update(
        msgspec=msgspec,
        money=money,
        Decimal=Decimal,
        timedelta=timedelta,
        DemoPeople=lambda plugin, seed, practice: DemoPeople(
            plugin, seed, practice, payers=((BLUESTONE, 1),)
        ),
        BILLING=organization("example", "Example Clinic", "261QM0801X", 25_000_001, "1 Elm St"),
        THERAPIST=person("Example", "Eve", "LCSW", "1041C0700X", 25_000_002),
    )
    space["MANIFEST"] = spec.Manifest(
        name="example", version="1", contract=1, title="Example", prefixes=("EX",)
    )
    exec(compile(source, f"<example of {name}>", "exec"), space)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_hook_runs_as_a_plugin(name: str) -> None:
    host = PluginHost(modules=(example_plugin(name),))
    practice = DemoPractice(as_of=date(2026, 5, 21), encounters=3)
    if name == "demo_encounters":
        assert len(host.demo_encounters("example", 1, practice)) == 3
    elif name == "settings_type":
        host.rule_set(EnabledPlugin(name="example", settings=b'{"evening_rate":true}'))
    else:
        rules = host.rule_set(EnabledPlugin(name="example")).rules()
        assert [rule.source for rule in rules if rule.source]
        assert host.build_rule_book([EnabledPlugin(name="example")]).contributors
