"""One database server a run, a template database, and a fresh copy for each test that asks."""

from __future__ import annotations

import fcntl
import gc
import itertools
import json
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher

from api.bootstrap import Runtime
from api.settings import Settings
from tenants import diagnoses, staff
from tenants.postgres import (
    DatabaseUrls,
    EmbeddedServer,
    create_from_template,
    drop_database,
    open_database,
)
from tenants.store.schema import migrate
from tests.campaign import SOAK

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"

SCHEMA_TEMPLATE = "template_claimwright"

# A copy of the template is eight hundred small files: on a disk they cost more than most tests.
_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 6 << 30
_numbers = itertools.count(1)
_YOUNG_OBJECTS = 50_000


# Nothing is timed in a test: a busy machine is no defect. A property that does not say how often it
# is tried is tried half as often as the library would, and ten times as often in the soak run.
hypothesis.settings.register_profile("house", deadline=None, max_examples=500 if SOAK else 50)
hypothesis.settings.load_profile("house")

# What takes longest begins first, so that no worker is left alone with it at the end. Nothing is
# asked of a name that is missing here or gone; then come those that use a server, then the rest.
_LONGEST = (
    "tests/e2e/test_pages.py",
    "tests/e2e/test_demo.py",
    "tests/core/x12/test_any_bytes.py",
    "tests/e2e/test_sign_in_pages.py",
    "tests/canary/test_canary.py",
    "tests/e2e/test_rule_pages.py",
    "tests/api/http/test_every_route.py",
    "tests/api/http/test_access_matrix.py",
    "tests/e2e/test_rules_pages.py",
    "tests/api/test_published_claims.py",
    "tests/tenants/postgres/test_places.py",
    "tests/api/test_x12_commands.py",
    "tests/bench/test_x12.py",
    "tests/api/test_commands.py",
    "tests/partners/test_first_plugin.py",
    "tests/api/http/test_hand_in.py",
    "tests/core/x12/test_claim_json.py",
    "tests/core/x12/test_check.py",
    "tests/api/test_killed_posting.py",
)
_TOGETHER = ("tests/api/plugins/", "tests/house/")
_WITH_SERVER = ("tests/api/", "tests/audit/", "tests/e2e/", "tests/tenants/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--evidence", help="write the outcome of each test to this file, dated")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--evidence"):
        config.pluginmanager.register(Evidence(Path(config.getoption("--evidence"))))
    # Work is handed out in the order below, not by the number of tests.
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    # Test processes inherit it; nothing here may touch a person's own installation.
    os.environ.pop("DATABASE_URL", None)
    if not config.getoption("basetemp") and _is_roomy(_MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def _is_roomy(folder: Path) -> bool:
    """Whether throwaway servers can live in ``folder``, programs of theirs included."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > _ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def pytest_sessionstart(session: pytest.Session) -> None:
    """Of a test that passes, a worker tells that it ran and that it ended, and no more.

    Half of what the one who hands out the work does would be to hear of each beginning and of each
    setup and teardown that went well.
    """
    for plugin in session.config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":
            plugin.sendevent = partial(_tell, plugin.sendevent)


def _tell(tell: Callable[..., None], name: str, **said: Any) -> None:
    report = said.get("data", {}) if name == "testreport" else {}
    went_well = report.get("outcome") == "passed" and report["when"] != "call"
    if name != "logstart" and not went_well:
        tell(name, **said)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Millions of objects come and none goes: nothing is looked through for what is no longer used.

    What was collected stays to the end, so it is looked through afterwards neither; and a test
    makes much that lives as long as it does, so the look-through is rarer than it is by itself.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS, 20, 100)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A module is one piece of work: split over workers, what it sets up is set up twice.

    And the one who hands out the work counts, after each test, all pieces handed out before.
    """
    for item in items:
        if SOAK and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("campaign")
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_work(item)))
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _work(item: pytest.Item) -> str:
    """Its module, or the folder whose tests share what takes long to make."""
    module = _module(item)
    return next((folder for folder in _TOGETHER if module.startswith(folder)), module)


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _turn(item: pytest.Item) -> int:
    module = _module(item)
    if module in _LONGEST:
        return _LONGEST.index(module)
    return len(_LONGEST) + (not module.startswith(_WITH_SERVER))


class Evidence:
    """Gathers outcomes by test function; one failing case makes it failed. Written at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        name = report.nodeid.partition("@")[0].partition("[")[0]
        worst = ("failed", "passed", "skipped")
        known = self._outcomes.get(name, report.outcome)
        self._outcomes[name] = min(known, report.outcome, key=worst.index)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            return
        told = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "tests": dict(sorted(self._outcomes.items())),
        }
        self._path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def shipped_home(run_folder: Path) -> Path:
    """A home folder below which ICD-10-CM is made once for all who read it."""
    return run_folder / "shipped-home"


@pytest.fixture(scope="session")
def shipped_tables(shipped_home: Path) -> Path:
    """What a program's own home may link to as ``shipped``, with ICD-10-CM in it."""
    diagnoses.shipped_table(shipped_home)
    return shipped_home / "shipped"


@pytest.fixture(scope="session", autouse=True)
def _made_once_a_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every home of a test reads that one table; to make it takes seconds."""
    # Not an argument: pytest would go through the whole chain behind it anew for every test.
    shipped_home: Path = request.getfixturevalue("shipped_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnoses, "shipped_folder", lambda _: shipped_home / "shipped")
        yield


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[DatabaseUrls]:
    """The run's server with a migrated template; the last worker to leave takes it away."""
    home = run_folder / "server"
    home.mkdir(exist_ok=True)
    users = run_folder / "server.users"
    with (run_folder / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        open_database(home, database_url=None, name="claimwright", durable=False)
        urls = open_database(home, database_url=None, name=SCHEMA_TEMPLATE, durable=False)
        migrate(urls)
        users.write_text(str(_count(users) + 1))
    yield urls
    with (run_folder / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users.write_text(str(_count(users) - 1))
        if _count(users) == 0:
            EmbeddedServer(home, durable=False).destroy()


def _count(path: Path) -> int:
    return int(path.read_text()) if path.exists() else 0


@contextmanager
def _copy(server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"
    urls = create_from_template(server, SCHEMA_TEMPLATE, name)
    yield urls
    drop_database(urls, name)


@contextmanager
def _installed(home: Path, urls: DatabaseUrls) -> Iterator[Runtime]:
    home.mkdir(mode=0o700)
    made = Runtime(Settings(home=home, claims_per_transaction=5), urls)
    yield made
    made.close()


@pytest.fixture
def database(server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """An empty, migrated database of the test's own."""
    with _copy(server) as urls:
        yield urls


@pytest.fixture
def running(database: DatabaseUrls, tmp_path: Path) -> Iterator[Runtime]:
    """An installation over the test's own database."""
    with _installed(tmp_path / "home", database) as made:
        yield made


@pytest.fixture(scope="module")
def installation(
    server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    """One for all tests of a module, where each works in a practice of its own.

    A copied database, a new process of the server and its first look at every table and statement
    cost more than most tests; and to keep practices apart is what the product is for.
    """
    home = tmp_path_factory.mktemp("installation") / "home"
    with _copy(server) as urls, _installed(home, urls) as made:
        yield made


@pytest.fixture(scope="module")
def world_of_pages(server: DatabaseUrls, run_folder: Path) -> Iterator[None]:
    """``pages_world.runtime()`` answers, with a copy of this module's own."""
    from tests.api.http import pages_world

    with pages_world.opened(server, run_folder):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The published examples beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the published examples are not beside this checkout")
    return SHARED


_FULL_PRICE = {name: getattr(staff, name) for name in ("_HASHER", "_NOBODY")}


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """A quarter of a second each is for whoever guesses; tests that ask for it say so below."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "_HASHER", cheap)
        patch.setattr(staff, "_NOBODY", cheap.hash("of a password nobody has"))
        yield


@pytest.fixture
def full_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords at the price of the product."""
    for name, value in _FULL_PRICE.items():
        monkeypatch.setattr(staff, name, value)
