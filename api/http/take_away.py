"""Files that leave: a practice's claims as a list, and a patient's statement again.

The event is committed before a byte is sent: what could not be recorded does not leave.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get

from api.documents import csv_file
from api.http.answers import in_thread
from api.http.claim_access import person_of, role_sight
from api.http.downloads import download
from api.http.forms import read_day
from api.http.sessions import NOTHING_HERE, PageRequest, house_of, practice_of, visitor
from core.errors import InputError, NotFoundError
from core.sight import Shown
from tenants.ids import new_id
from tenants.staff import Right
from tenants.store.claim_list import ListedClaim, claims_served

ROWS_MAX = 20_000
"""More than a person works on: beyond it the days are too many, or somebody takes everything."""

_DAYS = 365

_HEADER = (
    "claim_number",
    "payer",
    "form",
    "stage",
    "next_actor",
    "due_on",
    "service_from",
    "service_to",
    "charged",
    "expected",
    "paid",
    "adjusted",
    "insurer_owes",
    "patient_owes",
    "taken_by",
    "taken_at",
)


@get("/practices/{slug:str}/claims.csv", opt={"access": Right.EXPORT_CLAIMS, "step_up": True})
@in_thread
def claims_csv(request: PageRequest) -> Response[Any]:
    """The practice's claims by day of service, each row marked with who took it and when."""
    practice = practice_of(request, request.path_params["slug"])
    runtime = house_of(request).runtime
    with runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        first, last = _days(request, uow.today)
        claims = claims_served(uow.connection, first, last, limit=ROWS_MAX + 1)
        if len(claims) > ROWS_MAX:
            raise InputError(
                f"more than {ROWS_MAX:,} claims were served in these days; ask for fewer days"
            )
        mark = (str(visitor(request).staff.id), uow.now.astimezone(UTC).isoformat("T", "seconds"))
        content = csv_file.write(_HEADER, ((*_row(one), *mark) for one in claims))
        uow.record("export.made", {"export": [new_id()]}, rows=len(claims), size_bytes=len(content))
    return download(content, f"{practice.slug}-claims-{first:%Y%m%d}-{last:%Y%m%d}.csv")


def _days(request: PageRequest, today: date) -> tuple[date, date]:
    query = request.query_params
    last = read_day("last", "the last day", query.get("last", "")) or today
    asked = read_day("first", "the first day", query.get("first", ""))
    first = asked or last - timedelta(days=_DAYS)
    if first > last:
        raise InputError("the first day lies after the last; turn them round")
    return first, last


def _row(claim: ListedClaim) -> tuple[csv_file.Cell, ...]:
    return (
        claim.claim_number,
        claim.payer_name,
        claim.form,
        claim.stage,
        claim.next_actor,
        claim.due_on,
        claim.service_from,
        claim.service_to,
        *(
            csv_file.money(amount_cents)
            for amount_cents in (
                claim.charge_cents,
                claim.expected_cents,
                claim.paid_cents,
                claim.adjusted_cents,
                claim.insurer_cents,
                claim.patient_cents,
            )
        ),
    )


@get("/practices/{slug:str}/statements/{statement_id:uuid}/pdf", opt={"access": Right.WORK_QUEUE})
@in_thread
def statement_pdf(request: PageRequest) -> Response[Any]:
    """A statement as it was issued, to print it again."""
    practice = practice_of(request, request.path_params["slug"])
    statement_id: UUID = request.path_params["statement_id"]
    with house_of(request).runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        found = uow.statements.issued(statement_id)
        # Nothing on paper can be masked: it is there for whoever sees anything of its class.
        if found is None or role_sight(request)[found.field_class] is Shown.HIDDEN:
            raise NotFoundError(NOTHING_HERE)
        about = {"statement": [statement_id], "patient": [found.patient_id]}
        uow.record("statement.read", about)
        content = uow.statements.document(statement_id)
    return download(content, f"statement-{found.number}.pdf")
