"""The database of the audit tests: one server a test session, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from tests.audit.logdatabase import LogDatabase


@pytest.fixture(scope="session")
def log_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogDatabase]:
    database = LogDatabase(tmp_path_factory.mktemp("audit") / "home")
    yield database
    database.close()


@pytest.fixture
def database(log_server: LogDatabase) -> LogDatabase:
    log_server.clear()
    return log_server


@pytest.fixture
def practice() -> UUID:
    return uuid4()
