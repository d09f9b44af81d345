"""What is expected for a claim, how that came about, and what the payer allowed beside it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get

from api.http.answers import in_thread, page
from api.http.claim import SHOWS, claim_address
from api.http.claim_access import opened, sight_of
from api.http.sessions import PageRequest, house_of
from core.claims.claim import ServiceLine
from core.confidentiality import FieldClass
from core.pricing.price import TraceStep, price_with_trace
from core.pricing.underpayment import Comparison, compare
from core.rules.pricing import FeePurpose
from core.sight import Shown, seen_claim
from tenants.staff import Right


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its amounts. ``now_cents`` is what the prices of today come to."""

    line: ServiceLine
    money: Comparison
    now_cents: int | None
    steps: tuple[TraceStep, ...]


@get(
    "/practices/{slug:str}/claims/{claim_id:uuid}/prices",
    opt={"access": Right.WORK_QUEUE, "shows": SHOWS},
)
@in_thread
def prices_page(request: PageRequest) -> Response[Any]:
    """The amounts of each line, and the steps to what is expected by the prices of today."""
    with opened(request) as (uow, record):
        practice, sight = uow.practice, sight_of(request, uow, record)
        payments = [payment for _, payment in uow.remittances.of_claim(record.id)]
        uow.record("claim.read", {"claim": [record.id]}, claims=1)
    claim = record.claim
    kind = record.clinical_class
    # A step names the code it prices: of a Part 2 program's claim that is hidden with the rest.
    shows_steps = kind is not FieldClass.SUBSTANCE_USE or sight[kind] is Shown.WHOLE
    priced = price_with_trace(claim, house_of(request).runtime.rule_book(practice.tenant_id))
    steps: dict[int, list[TraceStep]] = {}
    for step in priced.trace:
        if step.purpose is FeePurpose.ALLOWED and shows_steps:
            steps.setdefault(step.line_no, []).append(step)
    seen = seen_claim(record, sight)
    compared = compare(claim, payments)
    return page(
        request,
        "claim_prices.html",
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        claim=seen,
        lines=[
            PricedLine(
                line=line,
                money=money,
                now_cents=now.expected_cents,
                steps=tuple(steps.get(line.line_no, ())),
            )
            for line, money, now in zip(seen.lines, compared, priced.claim.lines, strict=True)
        ],
        short_cents=sum(money.short_cents for money in compared),
        shows_steps=shows_steps,
    )
