"""Who meets what a practice demands: the place, the certificate, and the day it runs out."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from core.claims.parties import PayerKind
from tenants.demands import WARNED_DAYS, Credential, Demand, refusal
from tenants.staff import Right, Role, Staff

TODAY = date(2026, 3, 1)
DAY = timedelta(days=1)
ONSHORE = Demand(id=UUID(int=1), onshore=True)
MEDICAID = Demand(id=UUID(int=2), onshore=True, payer_kind="medicaid")
CODER = Demand(id=UUID(int=3), credential="CPC", access="edit_claim")


def person(location: str = "US") -> Staff:
    return Staff(
        id=UUID(int=9), email="a@example.org", name="A", role=Role.CODER, location=location
    )


def card(expires_on: date | None = None, name: str = "CPC") -> Credential:
    return Credential(id=UUID(int=4), staff_id=UUID(int=9), name=name, expires_on=expires_on)


@pytest.mark.parametrize(
    ("demands", "location", "cards", "access", "kind", "says"),
    [
        ((), "IN", (), Right.WORK_QUEUE, PayerKind.MEDICAID, ""),
        ((ONSHORE,), "US", (), Right.WORK_QUEUE, PayerKind.COMMERCIAL, ""),
        ((ONSHORE,), "US-PA", (), Right.WORK_QUEUE, PayerKind.COMMERCIAL, ""),
        ((ONSHORE,), "IN", (), Right.WORK_QUEUE, PayerKind.COMMERCIAL, "United States"),
        ((ONSHORE,), "IN-KA", (), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, "United States"),
        ((MEDICAID,), "PH", (), Right.WORK_QUEUE, PayerKind.MEDICAID, "United States"),
        ((MEDICAID,), "PH", (), Right.WORK_QUEUE, PayerKind.MEDICARE, ""),
        ((CODER,), "US", (), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, "valid CPC"),
        ((CODER,), "US", (), Right.WORK_QUEUE, PayerKind.COMMERCIAL, ""),
        ((CODER,), "US", (card(),), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, ""),
        ((CODER,), "US", (card(name="CCS"),), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, "CPC"),
        ((CODER,), "US", (card(TODAY + DAY),), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, ""),
        ((CODER,), "US", (card(TODAY),), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, "CPC"),
        ((CODER,), "US", (card(TODAY - DAY),), Right.EDIT_CLAIM, PayerKind.COMMERCIAL, "CPC"),
        ((CODER, ONSHORE), "IN", (card(),), Right.EDIT_CLAIM, PayerKind.AUTO, "United States"),
    ],
)
def test_work_is_refused_in_a_sentence_or_not_at_all(
    demands, location, cards, access, kind, says: str
) -> None:
    told = refusal(demands, person(location), cards, access=access, payer_kind=kind, on=TODAY)
    assert says in told
    assert bool(told) is bool(says)


@pytest.mark.parametrize(
    ("days", "counts", "soon"),
    [(None, True, False), (WARNED_DAYS + 1, True, False), (WARNED_DAYS, True, True),
     (1, True, True), (0, False, True), (-1, False, True)],
)  # fmt: skip
def test_a_certificate_is_pointed_out_thirty_days_ahead(days, counts: bool, soon: bool) -> None:
    one = card(None if days is None else TODAY + timedelta(days))
    assert one.counts_on(TODAY) is counts
    assert one.ends_soon(TODAY) is soon
