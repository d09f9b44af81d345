"""Browsers without a window: one for each person, over one app and one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from litestar.testing import TestClient

from api.http.app import create_app
from tests.api.http import pages_world
from tests.api.http.visitors import Visitor, signed_in


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(
        create_app(pages_world.runtime()),
        base_url=pages_world.ORIGIN,
        raise_server_exceptions=False,
    ) as made:
        yield made


@pytest.fixture
def visit(client: TestClient) -> Callable[[str], Visitor]:
    """``visit("biller")`` is a signed-in biller; ``visit("")`` is nobody."""
    return lambda name: signed_in(client, name)


@pytest.fixture(scope="module")
def standing(client: TestClient) -> Callable[[str], Visitor]:
    """``standing("biller")`` keeps one session for the module: for requests that do not end it."""
    return cache(lambda name: signed_in(client, name))
