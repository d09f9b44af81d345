"""One browser and one server for each file of tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.http.app import create_app
from tests.api.http import pages_world as world
from tests.e2e.page_server import served
from tests.e2e.windows import CHROMIUM, SWITCHES, Window


@pytest.fixture(scope="module")
def base(world_of_pages: None) -> Iterator[str]:
    with served(lambda origin: create_app(world.runtime(), origin=origin)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Gone with the last test of its file: while it lives, no other test of the process can have
    an event loop of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            headless=True,
            args=SWITCHES,
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Any, base: str) -> Iterator[Window]:
    made = Window(chromium, base)
    yield made
    made.context.close()
    made.check()
