"""Servers for these tests: each in a folder of its own, destroyed at the end whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ClaimwrightError
from tenants.postgres import DatabaseUrls, EmbeddedServer, open_database


def _destroy(home: Path) -> None:
    with contextlib.suppress(ClaimwrightError):
        EmbeddedServer(home, durable=False).destroy()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A CLAIMWRIGHT_HOME that is not there yet. pytest's own folders above it are 0700."""
    path = tmp_path / "home"
    yield path
    _destroy(path)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of the one cluster that tests share, kill and start again."""
    path = tmp_path_factory.mktemp("shared") / "home"
    yield path
    _destroy(path)


@pytest.fixture
def server(shared_home: Path) -> EmbeddedServer:
    """The shared server, running; a test leaves its passwords and access rules as they were."""
    server = EmbeddedServer(shared_home, durable=False)
    server.start()
    return server


@pytest.fixture(scope="session")
def shared(shared_home: Path) -> DatabaseUrls:
    """The database of the shared server, with roles."""
    return open_database(shared_home, database_url=None, durable=False)


@pytest.fixture
def as_root() -> None:
    """For what only root can go through."""
    if os.geteuid() != 0:
        pytest.skip("needs root: it is about a server that root starts as somebody else")
