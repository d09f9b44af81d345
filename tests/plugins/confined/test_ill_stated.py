"""A plugin that is wrong in itself is refused by name when its rules are built, and no other is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core.errors import PluginError
from plugins.confined.fences import Fence
from plugins.confined.limits import Limits
from plugins.confined.plugin import ConfinedPlugin
from plugins.host import EnabledPlugin, PluginHost
from tests.plugins.confined.partners import hosting, source, written

LIMITS = Limits(build_seconds=5.0)


@pytest.fixture(scope="module")
def host() -> Iterator[PluginHost]:
    with hosting(source("rogue"), source("lens"), limits=LIMITS) as found:
        yield found


def refusal(host: PluginHost, name: str, settings: bytes = b"{}", version: str = "") -> str:
    with pytest.raises(PluginError) as refused:
        host.build_rule_book([EnabledPlugin(name=name, settings=settings, version=version)])
    assert refused.value.plugin == name
    return refused.value.message


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("no_citation", "rule RGE-1 has no title or no source"),
        ("foreign_prefix", "rule BH-1 lies outside its own name space"),
        ("same_id_twice", "rule RGE-1 is given twice"),
        ("platform_layer", "rule RGE-1 claims a layer that is not its own"),
        ("no_tuple", "hook claim_edits must return a tuple of ClaimEdit"),
        ("another_kind", "hook claim_edits must return a tuple of ClaimEdit"),
        ("wrong_types", "hook claim_edits states a ClaimEdit of wrong types"),
        ("raises", "hook claim_edits raised ZeroDivisionError"),
        ("tables", "rule RGE-1 needs the table horoscope"),
        ("undeclared_need", "rule RGE-1 needs what its manifest does not ask to see: history"),
        ("silences", "would silence PS-001"),
        ("overlapping_fees", "RGE-F1"),
        ("equal_rank", "payer policies RGE-P30 and RGE-P60 have equal rank"),
        ("unseen_money", "states pricing steps and does not ask to see money"),
    ],
)
def test_rules_that_are_ill_stated_are_refused_by_name(
    host: PluginHost, deed: str, said: str
) -> None:
    message = refusal(host, "rogue", msgspec.json.encode({"deed": deed}))
    assert message.startswith("plugin rogue: ")
    assert said in message


@pytest.mark.parametrize(
    "settings", [b"[]", b"{", b'{"deed": 7}', b'{"strange": 1}', b"[" * 100_000, b"{}" * 60_000]
)
def test_settings_that_do_not_fit_are_refused(host: PluginHost, settings: bytes) -> None:
    assert "settings" in refusal(host, "rogue", settings)


def test_after_all_that_others_are_built(host: PluginHost) -> None:
    assert host.build_rule_book([EnabledPlugin(name="lens")]).records


HEAD = """
from plugins import *
MANIFEST = Manifest(name={name!r}, version="1", contract={contract}, title="x",
                    prefixes=("XYZ",), fails_open={fails_open})
"""


def plugin_text(name: str, *, contract: int = 1, fails_open: str = "()", more: str = "") -> str:
    return HEAD.format(name=name, contract=contract, fails_open=fails_open) + more


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no MANIFEST"),
        (plugin_text("odd", contract=2), "is written for contract 2, not 1"),
        (plugin_text("other"), "calls itself by another name"),
        (plugin_text("odd", more="@hook\ndef claims(settings): ...\n"), "the contract does not"),
        (plugin_text("odd", fails_open='("gates",)'), "fails_open names gates"),
        ("raise ValueError('Zephyrquill')", "cannot be imported (ValueError)"),
        ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')", "(OSError)"),
        ("open('/tmp/odd', 'w')", "cannot be imported (PermissionError)"),
        ("import os; os._exit(3)", "ended its process"),
    ],
    ids=lambda one: one[-30:].strip() or "empty",
)
def test_a_module_that_is_no_plugin_is_refused_by_name(
    tmp_path: Path, text: str, said: str
) -> None:
    with hosting(written(tmp_path, "odd", text)) as host:
        message = refusal(host, "odd")
        assert message.startswith("plugin odd: ")
        assert said in message
        assert "Zephyrquill" not in message
        assert [one.plugin for one in host.refused()] == ["odd"]
        assert "odd" not in {one.name for one in host.available()}


def test_a_plugin_that_never_ends_to_load_is_ended(tmp_path: Path) -> None:
    limits = Limits(build_seconds=1.0)
    with hosting(written(tmp_path, "odd", "while True: pass"), limits=limits) as host:
        assert "took too long when its rules were built" in refusal(host, "odd")


def test_a_version_that_is_not_there_is_refused_by_name(host: PluginHost) -> None:
    assert refusal(host, "lens", version="9") == "plugin lens: version 9 is not installed"
    assert "not installed" in refusal(host, "nobody")


def test_where_a_fence_does_not_hold_partners_code_runs_by_the_operators_word_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process says which fences held; here it is told that one more would be needed."""
    monkeypatch.setattr("plugins.confined.plugin.Fence", [*Fence, _Missing])
    monkeypatch.setattr(
        "plugins.confined.plugin.WORDS", {**dict.fromkeys(Fence, ""), _Missing: "the moon"}
    )
    refused = ConfinedPlugin(source("lens"))
    with pytest.raises(PluginError, match="cannot keep it from the moon; CLAIMWRIGHT_UNCONFINED"):
        refused.ready()
    allowed = ConfinedPlugin(source("lens"), unconfined=True)
    assert allowed.manifest.name == "lens"
    allowed.close()


class _Missing:
    value = "moon"
