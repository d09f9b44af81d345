"""S-39: structured text that is meant to hurt is refused in a sentence, by every reader there is.

XML is read nowhere; a file that looks like it is refused by its first bytes (test_hand_in).
"""

from __future__ import annotations

import pytest

from core.errors import InputError, PluginError
from core.rules.policy import KNOBS
from core.usecases.masters import knob_value
from core.x12.profiles import read_profile
from plugins.host import EnabledPlugin, default_host

DEEP = 100_000

SETTINGS = {
    "deep arrays": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "deep in a known field": b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a huge number": b'{"a":' + b"9" * 1_000_000 + b"}",
    "an infinite number": b'{"a":1e999999}',
    "the same name twice": b'{"a":1,"a":2}',
    "no object": b"[]",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "half a sign": b'{"a":"\\ud800"}',
    "nothing": b"",
}
PROFILES = {
    "deep arrays": "a=" + "[" * DEEP,
    "deep arrays in short lines": "a=\n" + "[\n" * 40_000,
    "deep arrays in a line": "a=" + "[" * 1_500,
    "deep tables": "a=" + "{b=" * 600,
    "an endless name": "a." * DEEP + "b=1",
    "a huge number": "a=" + "9" * 1_900,
    "a very huge number": "a=" + "9" * 1_000_000,
    "the same name twice": 'title="a"\ntitle="b"',
    "the same table twice": "[a]\n[a]",
    "NUL": "a=\x00",
    "a million lines": "a=1\n" * 1_000_000,
}


@pytest.mark.attack("S-39")
@pytest.mark.parametrize("text", PROFILES.values(), ids=PROFILES)
def test_a_profile_that_is_a_bomb_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_profile(text)


@pytest.mark.attack("S-39")
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_a_plugin_that_are_a_bomb_are_refused(settings: bytes) -> None:
    with pytest.raises(PluginError):
        default_host().rule_set(EnabledPlugin(name="dental", settings=settings))


@pytest.mark.attack("S-39")
@pytest.mark.parametrize("knob", [name for name, kind in KNOBS.items() if kind == "number"])
@pytest.mark.parametrize(
    "value", ["9" * 100_000, "1e999999", "[" * DEEP, "-" * DEEP, "NaN", "\x00"]
)
def test_a_number_of_a_policy_that_is_none_is_refused(knob: str, value: str) -> None:
    with pytest.raises(InputError):
        knob_value(knob, value)
