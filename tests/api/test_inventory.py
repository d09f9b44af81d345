"""The inventory is what is installed and where data goes, not what somebody wrote down (R10)."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from api.bootstrap import Runtime
from api.inventory import inventory
from plugins.host import default_host
from tests.api.command_line import command_line


@pytest.mark.attack("S-68")
@pytest.mark.control("R10")
def test_the_list_of_materials_equals_the_installed_set(running: Runtime) -> None:
    found = inventory(running)
    components = found["components"]
    assert isinstance(components, list)
    libraries = {
        (one["name"], one["version"])
        for one in components
        if one.get("purl", "").startswith("pkg:")
    }
    installed = {
        (one.name.lower().replace("_", "-"), one.version)
        for one in metadata.distributions()
        if one.name != "claimwright"
    }
    assert libraries == installed
    others = {one["name"]: one["version"] for one in components if "purl" not in one}
    assert {"CPython", "postgresql"} <= others.keys() | {"CPython"}
    assert {plugin.name for plugin in default_host().available()} <= others.keys()
    assert int(str(others["postgresql"]).partition(".")[0]) >= 16
    references = [one["bom-ref"] for one in components]
    assert len(set(references)) == len(references)


@pytest.mark.control("R10")
def test_every_way_out_says_what_goes_there_and_no_secret_is_shown(running: Runtime) -> None:
    found = inventory(running)
    services = found["services"]
    assert isinstance(services, list)
    assert {"pages", "exchange", "database", "keys", "checkpoints", "backups", "logs"} <= {
        one["name"] for one in services
    }
    assert all(one["data"][0]["classification"] for one in services)
    text = str(found)
    for url in (running.urls.app, running.urls.migrator, running.urls.sequencer):
        assert url.split(":")[2].split("@")[0] not in text


def test_the_command_prints_both(
    running: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    typed = command_line(running.urls, tmp_path / "home", monkeypatch, capsys)
    (said,) = typed("inventory", "--json").json
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.6")
    ran = typed("inventory")
    assert ran.status == 0
    assert "postgresql" in ran.out
    assert "health data, sealed" in ran.out
