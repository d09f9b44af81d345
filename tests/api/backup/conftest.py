"""One installation with three practices and a backup of it, made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.backup.make import Made, make
from api.bootstrap import Runtime, runtime
from api.settings import Settings
from bench.invented_office import fill
from tenants.keyring import KEYRING_FILE
from tenants.postgres import EmbeddedServer
from tenants.practice_secrets import SECRETS_FOLDER
from tests.api.backup.canary import plant


class Office:
    """The installation that is backed up, and homes to restore into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home", durable=False)
        self.backups = folder / "backups"
        self._homes: list[Path] = [self.settings.home]
        with runtime(self.settings) as running:
            self.maple = fill(running, "maple", 30)
            self.river = fill(running, "river", 20)
            self.brook = fill(running, "brook", 10)
            plant(running, self.maple)
            self.made: Made = make(running, self.backups)

    def open(self) -> Iterator[Runtime]:
        with runtime(self.settings) as running:
            yield running

    def empty(self, name: str, *, keyring: bool = True) -> Settings:
        """An empty home; with the keyring unless said otherwise."""
        home = self.folder / name
        home.mkdir(mode=0o700)
        self._homes.append(home)
        if keyring:
            shutil.copy2(self.settings.home / KEYRING_FILE, home)
            shutil.copytree(self.settings.home / SECRETS_FOLDER, home / SECRETS_FOLDER)
        return Settings(home=home, durable=False)

    def close(self) -> None:
        for home in self._homes:
            EmbeddedServer(home, durable=False).destroy()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def running(office: Office) -> Iterator[Runtime]:
    yield from office.open()
