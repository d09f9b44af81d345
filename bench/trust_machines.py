"""What the guard of a program's request costs, beside a session's and a bare row; bounded JSON.

``python -m bench.trust_machines``. The database is an embedded one in a folder of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from api.bootstrap import Runtime
from api.http.house import House
from api.http.sessions import digest_of, new_session_id
from api.http.v1.callers import _admit
from api.outgoing_address import is_public, read_origin, split_url
from api.practices import create_practice, create_staff
from api.programs import create_program, create_token
from api.settings import Settings
from bench.figures import Figure
from core.bounded_json import read_json
from tenants.ids import new_id
from tenants.postgres.database import open_database
from tenants.postgres.server import EmbeddedServer
from tenants.programs import TokenScope, new_token, prefix_of
from tenants.session import deployment_transaction, transaction
from tenants.staff import Role
from tenants.store import practices, sessions
from tenants.store.schema import migrate

_BEST_OF = 3


def _rate(act: Callable[[], object], times: int) -> float:
    """Times a second, the best of three."""
    best = 0.0
    for _ in range(_BEST_OF):
        begun = time.perf_counter()
        for _ in range(times):
            act()
        best = max(best, times / (time.perf_counter() - begun))
    return best


def _requests(quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as folder:
        home = Path(folder)
        urls = open_database(home, database_url=None, durable=False)
        try:
            migrate(urls)
            runtime = Runtime(Settings(home=home, durable=False), urls)
            try:
                return _asked(runtime, 100 if quick else 1_000)
            finally:
                runtime.close()
        finally:
            EmbeddedServer(home, durable=False).destroy()


def _asked(runtime: Runtime, times: int) -> list[Figure]:
    create_practice(runtime, slug="river", name="River")
    person = create_staff(
        runtime,
        email="ada@example.org",
        name="Ada",
        role=Role.ADMIN,
        password="four unrelated plain words",
        slugs=["river"],
    )
    program = create_program(runtime, name="Bench", scopes=frozenset(TokenScope), slugs=["river"])
    given = [f"Bearer {create_token(runtime, program.id, days=1)[1]}"]
    session_id = new_session_id()
    with deployment_transaction(runtime.engine) as connection:
        sessions.start(
            connection, digest=digest_of(session_id), session_id=new_id(), staff_id=person.id
        )
    house = House(runtime)

    def bare() -> None:
        with transaction(runtime.engine) as connection:
            practices.by_slug(connection, "river")

    def session() -> None:
        with deployment_transaction(runtime.engine) as connection:
            assert sessions.find(connection, digest_of(session_id)) is not None

    def token() -> None:
        _admit(house, given, "127.0.0.1", TokenScope.CLAIMS_READ, "river")

    row, of_session, of_token = _cost(bare, times), _cost(session, times), _cost(token, times)
    return [
        Figure(name="one indexed row in a transaction", seen=row, unit="us"),
        Figure(name="the guard of a session", seen=of_session, unit="us"),
        Figure(name="the guard of a token", seen=of_token, unit="us"),
        Figure(
            name="the guard of a token against one row",
            seen=of_token / row,
            unit="times",
            floor=4,
            at_most=True,
        ),
    ]


def _cost(act: Callable[[], object], times: int) -> float:
    """Microseconds a time, the best of three."""
    return 1e6 / _rate(act, times)


def _pure(quick: bool) -> list[Figure]:
    times = 2_000 if quick else 50_000
    rows = {"rows": [{"visit_id": f"v{n}", "charge": "120.50", "code": "90834"} for n in range(9)]}
    document = json.dumps(rows).encode()
    origins = frozenset({read_origin("https://api.vendor.example")})
    token = new_token()
    bounded = _rate(lambda: read_json(document, bytes_max=9_999), times // 10)
    plain = _rate(lambda: json.loads(document), times // 10)
    return [
        Figure(
            name="a token that fails its check, thrown away",
            seen=_rate(lambda: prefix_of(token[:-1] + "0"), times),
            unit="/s",
        ),
        Figure(
            name="an address judged, name and number",
            seen=_rate(
                lambda: (
                    split_url("https://api.vendor.example/v1?x=1", origins),
                    is_public("93.184.216.34"),
                ),
                times,
            ),
            unit="/s",
            floor=10_000,
        ),
        Figure(name="bare json.loads of nine rows", seen=plain, unit="/s"),
        Figure(
            name="the same within limits, as a share of bare",
            seen=100 * bounded / plain,
            unit="%",
            note="depth, names twice, numbers as text",
        ),
    ]


def measure(quick: bool = False) -> list[Figure]:
    """The figures of this area."""
    return [*_requests(quick), *_pure(quick)]


def main() -> None:
    """Print them."""
    for figure in measure("--quick" in sys.argv):
        sys.stdout.write(figure.line() + "\n")


if __name__ == "__main__":
    main()
