"""Browsers without a window: one for each person, over one app and one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from litestar.testing import TestClient

from api.http.app import create_app
from api.http.house import House
from tests.api.http import pages_world
from tests.api.http.visitors import Visitor, signed_in


@pytest.fixture(scope="module", autouse=True)
def _world(world_of_pages: None) -> None:
    """Whatever a module here asks, it asks its own world."""


@pytest.fixture(scope="session")
def _browser() -> Iterator[TestClient]:
    """One app for all modules: its routes take longer to put together than most modules run."""
    with TestClient(
        create_app(pages_world.runtime()),
        base_url=pages_world.ORIGIN,
        raise_server_exceptions=False,
    ) as made:
        yield made


@pytest.fixture(scope="module")
def client(_world: None, request: pytest.FixtureRequest) -> TestClient:
    """A browser of the app, which works in this module's world."""
    # Not an argument: what lives longer would be made first, and there is no world yet.
    made: TestClient = request.getfixturevalue("_browser")
    made.app.state["house"] = House(pages_world.runtime())
    return made


@pytest.fixture
def visit(client: TestClient) -> Callable[[str], Visitor]:
    """``visit("biller")`` is a signed-in biller; ``visit("")`` is nobody."""
    return lambda name: signed_in(client, name)


@pytest.fixture(scope="module")
def standing(client: TestClient) -> Callable[[str], Visitor]:
    """``standing("biller")`` keeps one session for the module: for requests that do not end it."""
    return cache(lambda name: signed_in(client, name))
