"""The two practices that tests of isolation look at; they leave them as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tenants.postgres import DatabaseUrls
from tests.tenants.two_practices import World, two_practices


@pytest.fixture(scope="session")
def world(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Made once a test process: whoever asks for it is of the group ``two_practices``."""
    home = tmp_path_factory.mktemp("isolation") / "home"
    with two_practices(server, home, f"isolation_{os.getpid()}") as made:
        yield made
