"""Published 835s, written by others: those that balance post, and their cash ties out."""

from datetime import date
from pathlib import Path

import pytest

from core.claims.position import Stage
from core.ledger.balances import balances
from core.ledger.entries import Account
from core.remittance.balance import prove, signed_payment_cents
from core.remittance.matching import OpenLine, match_all
from core.remittance.posting import plan
from core.x12.remittance_reader import read_remittances
from tests.core.remittance.checks import CAUSES, open_claim

SHARED = Path(__file__).parents[4] / "shared" / "data" / "x12"
FILES = sorted(
    path
    for path in SHARED.rglob("*")
    if path.is_file() and ("835_005010X221A1" in path.parts or path.name.startswith("835_"))
)
pytestmark = pytest.mark.shared


def ours(remittance):
    """A claim of ours for every other claim number of the remittance, billed as it says."""
    found = {}
    for place, payment in enumerate(remittance.claims):
        if place % 2 or payment.claim_number in found:
            continue
        lines = tuple(
            OpenLine(line_no=number, code=line.code, charge_cents=abs(line.charge_cents))
            for number, line in enumerate(payment.lines, start=1)
        )
        known = open_claim(str(place), *lines, stage=Stage.ACCEPTED)
        found[payment.claim_number] = known
    return found


@pytest.mark.skipif(not FILES, reason="the published examples are not beside the checkout")
def test_the_published_files_are_here_in_number() -> None:
    assert len(FILES) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_published_check_that_balances_ties_out(path: Path) -> None:
    for remittance in read_remittances(path.read_bytes()):
        imbalances = prove(remittance)
        if imbalances:
            assert all(one.difference_cents for one in imbalances)
            continue
        for claims in ({}, ours(remittance)):
            found = plan(
                remittance.header,
                match_all(remittance.claims, claims),
                remittance.provider_adjustments,
                causes=CAUSES,
                today=date(2026, 3, 2),
            )
            ledger = balances(one for entry in found.entries for one in entry.postings)
            assert ledger.get(Account.PAYER_CASH, 0) == signed_payment_cents(remittance.header)
            assert ledger.get(Account.REMITTANCE_CLEARING, 0) == 0
            if not claims:
                assert len(found.unmatched) == len(remittance.claims)
