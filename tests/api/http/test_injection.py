"""SQL in every field, filter and paging mark of every route: no answer breaks, no row changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from api.http import app as app_module
from api.http.security import SAFE_METHODS
from tenants.session import deployment_transaction, tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.test_every_route import ROUTES, filled
from tests.api.http.visitors import Visitor
from tests.campaign import SOAK
from tests.injected_sql import CORPUS

Visit = Callable[[str], Visitor]

# The names fields are read by, from the handlers themselves: a new field is in by being read.
_READ = re.compile(r"""(?:form\.\w+|query_params\.get\w*|read_\w+)\(\s*"([a-z_]\w*)\"""")
_FILTERS = ("practice", "stage", "payer", "reason", "actor", "number", "after", "mine", "late")
FIELDS = sorted(
    {
        name
        for path in Path(app_module.__file__).parent.glob("*.py")
        for name in _READ.findall(path.read_text(encoding="utf-8"))
    }
    | set(_FILTERS)
)

WITHOUT_FIELDS = ("/scrub", "/release", "/send-again")


def rows_now() -> dict[str, int]:
    """How many rows every table of the house has, by practice; events and throttles come and go."""
    counts: dict[str, int] = {}
    passing = r"^(audit_|procrastinate_|alembic_|context_key|tenant_key|sign_in_|web_session)"
    engine = world.runtime().engine
    with deployment_transaction(engine) as connection:
        tables = (
            connection.execute(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                    " AND relkind = 'r' AND relname !~ :passing"
                ),
                {"passing": passing},
            )
            .scalars()
            .all()
        )
        digest = connection.execute(
            text("SELECT md5(string_agg(s::text, ',' ORDER BY s.id)) FROM staff s")
        ).scalar_one()
    counts[f"staff {digest}"] = 1
    for practice in world.PRACTICES:
        with tenant_transaction(engine, practice.tenant_id) as connection:
            for table in tables:
                found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                counts[f"{practice.slug} {table}"] = found
    return counts


@pytest.mark.attack("S-05")
@pytest.mark.campaign
def test_sql_in_every_field_of_every_route_breaks_and_changes_nothing(visit: Visit) -> None:
    assert len(FIELDS) > 40
    assert len(CORPUS) == 30
    visitors = {name: visit(name) for name in ("admin", "director")}
    before = rows_now()
    assert sum(before.values()) > 500
    claim = world.seed(world.PRACTICES[0], "held")
    # Each field gets another text a turn: one turn sends all of them, the soak each to each.
    for turn in range(len(CORPUS) if SOAK else 1):
        fields = {name: CORPUS[(place + turn) % len(CORPUS)] for place, name in enumerate(FIELDS)}
        if turn % 2 == 0:
            # With a version that is right the claim's own fields are read as well.
            fields["version"] = "1"
        for method, path, access in ROUTES:
            visitor = visitors["director" if access == "see_portal" else "admin"]
            if path == "/sign-out":
                continue
            # What needs no field would do its work on the claim.
            target = filled(path) if path.endswith(WITHOUT_FIELDS) else filled(path, row=claim)
            if method in SAFE_METHODS:
                answer = visitor.get_with(target, fields)
            else:
                answer = visitor.post(target, fields)
            assert answer.status_code < 500, (method, path, turn)
            assert "syntax error" not in answer.text
            assert "psycopg" not in answer.text
    assert rows_now() == before


@pytest.mark.attack("S-05")
@pytest.mark.campaign
def test_sql_in_one_filter_of_the_queue_finds_no_more_than_it_names(visit: Visit) -> None:
    biller = visit("biller")
    everything = len(re.findall(r'href="/practices/', biller.get("/queue").text))
    for turn, payload in enumerate(CORPUS):
        # A filter each in the ordinary suite, every filter with every text in the soak.
        for name in _FILTERS if SOAK else (_FILTERS[turn % len(_FILTERS)],):
            answer = biller.get_with("/queue", {name: payload})
            assert answer.status_code == 200, (name, payload)
            # A value that is none of the list's is no filter; what is never shown is more.
            assert len(re.findall(r'href="/practices/', answer.text)) <= everything
