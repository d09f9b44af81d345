"""An installation with two versions of a partner's plugin; each test founds its own practice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from api.bootstrap import Runtime
from api.plugin_installs import install
from api.practice_plugins import PluginDesk
from api.practices import COMMAND
from api.settings import Settings
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tests.api.plugins.sight import BREAKS, sight
from tests.core.usecases.office import Office

_numbers = itertools.count(1)


class House:
    """The installation, with ``sight`` 1.0.0 that flags 99214, 1.1.0 that flags 99203 too and asks
    for clinical facts, and 1.2.0 that breaks on 99214."""

    def __init__(self, running: Runtime, wheels: Path) -> None:
        self.running = running
        self.wheels = wheels
        for path in (
            sight(wheels, "1.0.0", codes=("99214",)),
            sight(wheels, "1.1.0", codes=("99214", "99203"), sees=("clinical",)),
            sight(wheels, "1.2.0", codes=("99214",), body=BREAKS),
        ):
            install(running, path, actor=COMMAND, unsigned=True)

    def office(self) -> tuple[Office, PluginDesk]:
        """A practice of the test's own, and the desk where its plugins are looked after."""
        office = Office(self.running, slug=f"river-{next(_numbers):03}")
        return office, PluginDesk(self.running, office.practice, COMMAND, "command")


@pytest.fixture(scope="session")
def house(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("plugins")
    home = folder / "home"
    home.mkdir(mode=0o700)
    name = f"plugins_{uuid4().hex[:12]}"
    urls = create_from_template(server, "template_claimwright", name)
    running = Runtime(Settings(home=home, claims_per_transaction=5), urls)
    try:
        yield House(running, folder)
    finally:
        running.close()
        drop_database(urls, name)
