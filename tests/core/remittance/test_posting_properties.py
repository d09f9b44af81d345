"""What must hold of every posting plan, whatever the payer sends."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.parties import PayerSequence
from core.ledger.balances import balances, balances_by
from core.ledger.entries import Account
from core.remittance.balance import prove
from core.remittance.matching import match_all
from core.remittance.posting import plan
from tests.campaign import rounds
from tests.core.remittance.checks import (
    CAUSES,
    PAYER,
    TODAY,
    cas,
    check,
    claim_payment,
    open_claim,
    open_line,
    plb,
    service,
)

REASONS = [
    ("CO", "45"),
    ("CO", "253"),
    ("CO", "50"),
    ("CO", "97"),
    ("CO", "104"),
    ("CO", "ZZ"),
    ("OA", "23"),
    ("OA", "18"),
    ("PR", "1"),
    ("PR", "3"),
    ("PR", "96"),
    ("PR", "27"),
    ("PI", "16"),
]
amounts = st.integers(-500, 30000)
adjustments = st.lists(
    st.tuples(st.sampled_from(REASONS), amounts).map(lambda one: cas(*one[0], one[1])), max_size=4
)


@st.composite
def claims(draw, number):
    """One claim of ours and what the payer decided on it; sometimes not ours at all."""
    charges = draw(st.lists(st.integers(1, 50000), min_size=1, max_size=3))
    secondary = draw(st.booleans())
    ours = open_claim(
        f"C{number}",
        *(
            open_line(
                place,
                charge,
                remaining_cents=draw(st.integers(0, charge)) if secondary else None,
            )
            for place, charge in enumerate(charges, start=1)
        ),
        next_payer=draw(st.booleans()),
        sequence=PayerSequence.SECONDARY if secondary else PayerSequence.PRIMARY,
    )
    known = draw(st.integers(0, 5)) > 0
    by_line = draw(st.booleans())
    services = (
        [
            service(
                charge,
                *draw(adjustments),
                control_number=draw(st.sampled_from([f"L{place}", "", "?"])),
                code=draw(st.sampled_from(["90834", "90834", "99999"])),
            )
            for place, charge in enumerate(charges, start=1)
        ]
        if by_line
        else []
    )
    payment = claim_payment(
        f"C{number}",
        *services,
        charge_cents=sum(charges),
        adjustments=draw(adjustments),
        status=draw(st.sampled_from(["1", "2", "4", "19", "23"])),
    )
    return ours if known else None, payment


@st.composite
def checks(draw):
    found = [draw(claims(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    provider = draw(
        st.lists(
            st.tuples(st.sampled_from(["WO", "FB", "L6", "72"]), amounts).map(
                lambda one: plb(*one)
            ),
            max_size=3,
        )
    )
    ours = {one.claim_number: one for one, _ in found if one is not None}
    return ours, check(*(payment for _, payment in found), adjustments=provider)


def planned(ours, remittance):
    return plan(
        remittance.header,
        match_all(remittance.claims, ours),
        remittance.provider_adjustments,
        causes=CAUSES,
        today=TODAY,
        payer_ref=PAYER,
    )


def postings_of(found):
    return [posting for entry in found.entries for posting in entry.postings]


@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(checks())
def test_posted_cash_is_the_payment_and_clearing_ends_at_zero(case) -> None:
    ours, remittance = case
    assert prove(remittance) == ()
    found = planned(ours, remittance)
    ledger = balances(postings_of(found))
    assert ledger.get(Account.PAYER_CASH, 0) == remittance.header.payment_cents
    assert ledger.get(Account.REMITTANCE_CLEARING, 0) == 0
    assert sum(ledger.values()) == 0
    assert Account.WRITE_OFF not in ledger
    assert ledger.get(Account.PROVIDER_LEVEL_ADJUSTMENT, 0) == sum(
        one.amount_cents for one in remittance.provider_adjustments
    )
    unapplied = sum(one.amount_cents for one in found.unmatched if one.claim_id is None)
    assert ledger.get(Account.UNAPPLIED, 0) == -unapplied
    assert len({entry.key for entry in found.entries}) == len(found.entries)
    assert planned(ours, remittance) == found


@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(checks())
def test_what_was_asked_for_is_accounted_for_to_the_cent(case) -> None:
    ours, remittance = case
    found = planned(ours, remittance)
    receivable = balances_by(
        (one for one in postings_of(found) if one.account is Account.INSURANCE_RECEIVABLE),
        lambda one: one.claim_id,
    )
    items = {}
    for item in found.denials:
        items[item.claim_id] = items.get(item.claim_id, 0) + item.amount_cents
    statuses = {one.claim_number: one.status for one in remittance.claims}
    by_claim = {one.claim_id: one for one in found.outcomes}
    for claim in ours.values():
        if statuses[claim.claim_number] == "23":
            continue
        outcome = by_claim[claim.claim_id]
        asked = sum(
            line.charge_cents if line.remaining_cents is None else line.remaining_cents
            for line in claim.lines
        )
        left = asked + receivable.get(claim.claim_id, 0)
        assert left == (outcome.denied_cents + outcome.next_payer_cents + outcome.unexplained_cents)
        assert items.get(claim.claim_id, 0) == outcome.denied_cents
        assert (
            sum(
                share.amount_cents
                for share in found.patient_shares
                if share.claim_id == claim.claim_id
            )
            == outcome.patient_cents
        )


def negated(payment):
    def minus(rows):
        return tuple(msgspec.structs.replace(one, amount_cents=-one.amount_cents) for one in rows)

    return msgspec.structs.replace(
        payment,
        status="22",
        charge_cents=-payment.charge_cents,
        paid_cents=-payment.paid_cents,
        adjustments=minus(payment.adjustments),
        lines=tuple(
            msgspec.structs.replace(
                line,
                charge_cents=-line.charge_cents,
                paid_cents=-line.paid_cents,
                adjustments=minus(line.adjustments),
            )
            for line in payment.lines
        ),
    )


@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(claims(1))
def test_a_reversal_takes_back_exactly_what_was_posted(case) -> None:
    claim, payment = case
    if claim is None or payment.status in ("19", "23"):
        return
    ours = {claim.claim_number: claim}
    found = planned(ours, check(payment, negated(payment)))
    totals = balances_by(
        postings_of(found), lambda one: (one.account, one.line_no, one.payer_ref, one.claim_id)
    )
    assert not any(totals.values())
