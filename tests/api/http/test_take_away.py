"""Files that leave: who may take them, what is in them, how they are named, and that it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.documents import csv_file
from api.http import take_away
from api.http.app import HANDLERS
from api.http.downloads import download
from core.errors import ConflictError
from core.ports import NewStatement
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.pages_claims import FAMILY_NAME, MEMBER_ID
from tests.api.http.visitors import Visitor

Visit = Callable[[str], Visitor]
ONE = world.PRACTICES[0]
CLAIMS = f"/practices/{ONE.slug}/claims.csv"
PDF = b"%PDF-1.7 as it was issued"


@pytest.fixture(scope="module")
def statement() -> UUID:
    """A statement to the patient of the held claim."""
    runtime = world.runtime()
    issued: Any = SimpleNamespace(
        number="0001-0000001", issued_on=date(2026, 3, 1), due_cents=2_500
    )
    with runtime.unit_of_work(ONE.tenant_id) as uow:
        record = uow.claims.get(world.seed(ONE, "held"))
        [made] = uow.new_ids(1)
        new = NewStatement(id=made, patient_id=record.patient_id, statement=issued, document=PDF)
        uow.statements.add([new])
        uow.record("statement.made", {"statement": [made], "patient": [record.patient_id]})
    return made


def events(answer: Any) -> list[Any]:
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        return list(
            connection.execute(
                text("SELECT kind, object_groups, counts FROM audit_event WHERE request_id = :id"),
                {"id": UUID(answer.headers["x-request-id"])},
            )
        )


def rows_of(answer: Any) -> list[dict[str, str]]:
    header, *rows = csv_file.read(answer.content)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("who", ["admin", "lead", "director"])
def test_the_claims_are_taken_with_their_money_without_names_and_marked(
    visit: Visit, who: str
) -> None:
    answer = visit(who).get(CLAIMS)
    assert answer.status_code == 200
    rows = rows_of(answer)
    assert len(rows) == 5
    for row in rows:
        owed = sum(float(row[name] or 0) for name in ("paid", "adjusted", "insurer_owes",
                                                       "patient_owes"))  # fmt: skip
        assert owed in (0, float(row["charged"])), row
        assert row["taken_by"] == str(world.PEOPLE[who].id)
        assert row["taken_at"].endswith("+00:00")
    for word in (FAMILY_NAME, MEMBER_ID, "Odette"):
        assert word.lower() not in answer.text.lower()
    [event] = events(answer)
    assert event.kind == "export.made"
    assert event.counts == {"rows": 5, "size_bytes": len(answer.content)}


@pytest.mark.parametrize("who", ["biller", "coder", "poster", "auditor"])
def test_others_of_the_company_may_not_take_a_list(visit: Visit, who: str) -> None:
    assert visit(who).get(CLAIMS).status_code == 403


def test_a_viewer_may_not_and_a_director_only_of_the_own_practice(visit: Visit) -> None:
    assert (
        visit("viewer").get(f"/practices/{world.PRACTICES[1].slug}/claims.csv").status_code == 403
    )
    other = visit("director").get(f"/practices/{world.PRACTICES[1].slug}/claims.csv")
    assert other.status_code == 404
    assert "claims.csv" in visit("director").get("/portal").text
    assert "claims.csv" not in visit("viewer").get("/portal").text


def test_a_list_asks_for_the_second_step() -> None:
    [route] = [
        handler for handler in HANDLERS if "/practices/{slug:str}/claims.csv" in handler.paths
    ]
    assert route.opt["step_up"] is True


def test_days_narrow_the_list_and_wrong_ones_are_refused(visit: Visit) -> None:
    admin, today = visit("admin"), world.today()
    assert len(rows_of(admin.get(f"{CLAIMS}?first={today - timedelta(days=19)}"))) == 0
    day = today - timedelta(days=20)
    assert len(rows_of(admin.get(f"{CLAIMS}?first={day}&last={day}"))) == 5
    for query in ("first=soon", "last=2026-02-30", f"first={today}&last={day}"):
        answer = admin.get(f"{CLAIMS}?{query}")
        assert answer.status_code == 422
        assert events(answer) == []


def test_more_than_a_person_works_on_is_refused_whole(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_away, "ROWS_MAX", 4)
    answer = visit("admin").get(CLAIMS)
    assert (answer.status_code, "fewer days" in answer.text) == (422, True)
    assert events(answer) == []


@pytest.mark.attack("S-53")
@pytest.mark.parametrize("path", [CLAIMS, "statement"])
def test_what_cannot_be_recorded_does_not_leave(
    visit: Visit, statement: UUID, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise ConflictError("the audit log cannot be written")

    monkeypatch.setattr("tenants.uow.record", full)
    if path == "statement":
        path = f"/practices/{ONE.slug}/statements/{statement}/pdf"
    answer = visit("lead").get(path)
    assert answer.status_code == 409
    assert "content-disposition" not in answer.headers
    assert PDF not in answer.content


def test_a_statement_is_printed_again_as_it_was_issued_and_the_reading_shows(
    visit: Visit, statement: UUID
) -> None:
    page = visit("biller").get(f"/practices/{ONE.slug}/claims/{world.seed(ONE, 'held')}")
    path = f"/practices/{ONE.slug}/statements/{statement}/pdf"
    assert path in page.text
    answer = visit("biller").get(path)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="statement-0001-0000001.pdf"'
    )
    [event] = events(answer)
    assert (event.kind, event.object_groups) == ("statement.read", "statement:1,patient:1")
    assert visit("director").get(path).status_code == 403
    other = f"/practices/{world.PRACTICES[1].slug}/statements/{statement}/pdf"
    assert visit("biller").get(other).status_code == 404


def test_a_file_is_saved_never_shown_and_runs_nowhere(visit: Visit, statement: UUID) -> None:
    for path in (CLAIMS, f"/practices/{ONE.slug}/statements/{statement}/pdf"):
        headers = visit("admin").get(path).headers
        assert headers["content-disposition"].startswith('attachment; filename="')
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        )


@pytest.mark.parametrize(
    "name",
    [
        "../claims.csv", "a/b.csv", "a.html", "a.csv.html", 'a".csv', "a\r\nx: y.csv", "A.csv",
        ".csv", "-a.csv", "a.svg", "\u202ecsv.exe", "a b.csv", "a" * 90 + ".csv", "",
    ],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_a_mistake(name: str) -> None:
    with pytest.raises(AssertionError):
        download(b"", name)
