"""Each test has a practice of its own, in an installation it shares with its module."""

from __future__ import annotations

import itertools

import pytest

from api.bootstrap import Runtime
from tests.core.usecases.office import Office

_numbers = itertools.count(1)


@pytest.fixture
def office(installation: Runtime) -> Office:
    return Office(installation, f"office-{next(_numbers)}")
