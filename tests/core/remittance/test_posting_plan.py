"""Each rule of posting, as a case: what the 835 says, and what the ledger and the work list get."""

from datetime import date

import msgspec
import pytest

from core.claims.lifecycle import MOVES, POSTABLE_STAGES, Event
from core.claims.parties import PayerSequence
from core.claims.position import NextActor
from core.denials.causes import Cause
from core.denials.items import DEFAULT_PLAYS, Play
from core.errors import LedgerImbalanceError
from core.ledger.balances import balances, balances_by
from core.ledger.entries import Account, EntryKind
from core.remittance.matching import NoMatch, match_all
from core.remittance.posting import plan, plan_check, plan_claims
from tests.core.remittance.checks import (
    CAUSES,
    NEXT_PAYER,
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

A = Account


def planned(remittance, *claims):
    ours = {claim.claim_number: claim for claim in claims}
    return plan(
        remittance.header,
        match_all(remittance.claims, ours),
        remittance.provider_adjustments,
        causes=CAUSES,
        today=TODAY,
        payer_ref=PAYER,
    )


def books(found):
    totals = balances(posting for entry in found.entries for posting in entry.postings)
    return {account: cents for account, cents in totals.items() if cents}


def one_line(*adjustments, charge=10000, next_payer=False, remaining=None, **more):
    """Plan a check of one claim with one line adjusted so; the plan and its books."""
    line = open_line(1, charge, remaining_cents=remaining)
    sequence = PayerSequence.PRIMARY if remaining is None else PayerSequence.SECONDARY
    remittance = check(
        claim_payment("C1", service(charge, *adjustments, control_number="L1"), **more)
    )
    found = planned(remittance, open_claim("C1", line, next_payer=next_payer, sequence=sequence))
    return found, books(found)


def test_a_payment_with_contract_and_coinsurance() -> None:
    found, ledger = one_line(cas("CO", "45", 3000), cas("PR", "2", 1400))
    assert ledger == {
        A.PAYER_CASH: 5600,
        A.CONTRACTUAL_ADJUSTMENT: 3000,
        A.PATIENT_RECEIVABLE: 1400,
        A.INSURANCE_RECEIVABLE: -10000,
    }
    (outcome,) = found.outcomes
    assert outcome.event is Event.PAY_PATIENT_OWES
    assert (outcome.paid_cents, outcome.contractual_cents, outcome.patient_cents) == (
        5600,
        3000,
        1400,
    )
    (share,) = found.patient_shares
    assert (share.amount_cents, share.group, share.carc, share.line_no) == (1400, "PR", "2", 1)
    assert found.denials == ()
    assert found.secondary == ()


def test_the_patients_share_waits_for_the_next_payer() -> None:
    found, ledger = one_line(cas("CO", "45", 3000), cas("PR", "2", 1400), next_payer=True)
    assert A.PATIENT_RECEIVABLE not in ledger
    assert ledger[A.INSURANCE_RECEIVABLE] == -8600
    by_payer = balances_by(
        (
            one
            for entry in found.entries
            for one in entry.postings
            if one.account is A.INSURANCE_RECEIVABLE
        ),
        lambda one: one.payer_ref,
    )
    assert by_payer == {PAYER: -10000, NEXT_PAYER: 1400}
    assert found.outcomes[0].event is Event.PAY_NEXT_PAYER_OWES
    (bill,) = found.secondary
    assert (bill.next_payer_ref, bill.amount_cents) == (NEXT_PAYER, 1400)
    assert bill.match.claim is not None
    assert found.patient_shares == ()


@pytest.mark.parametrize(
    "more", [{"status": "19"}, {"remark_codes": ("MA18",)}, {"crossover_payer_id": "P2"}]
)
@pytest.mark.parametrize("next_payer", [True, False])
def test_a_claim_that_crossed_over_is_not_billed_twice(more, next_payer) -> None:
    found, ledger = one_line(cas("PR", "2", 1400), next_payer=next_payer, **more)
    assert found.outcomes[0].event is Event.PAY_CROSSED_OVER
    assert found.secondary == ()
    assert A.PATIENT_RECEIVABLE not in ledger


@pytest.mark.parametrize(
    ("adjustment", "cause"),
    [
        (cas("CO", "50", 10000), Cause.MEDICAL_NECESSITY),
        (cas("CO", "197", 10000), Cause.AUTHORISATION),
        (cas("PI", "16", 10000), Cause.INFO_MISSING),
        (cas("OA", "18", 10000), Cause.DUPLICATE),
        (cas("PR", "27", 10000), Cause.ELIGIBILITY),
        (cas("CO", "29", 10000), Cause.TIMELY_FILING),
        (cas("CO", "XX", 10000), Cause.UNLISTED),
        (cas("CR", "1", 10000), Cause.UNLISTED),
    ],
)
def test_a_denial_stays_receivable_and_becomes_an_item(adjustment, cause) -> None:
    found, ledger = one_line(adjustment, status="4")
    assert ledger == {}
    assert found.outcomes[0].event is Event.DENY
    (item,) = found.denials
    assert (item.cause, item.amount_cents, item.line_no) == (cause, 10000, 1)
    assert item.next_step == DEFAULT_PLAYS[cause].next_step
    assert item.due_on > item.decided_on == date(2026, 2, 27)


def test_a_line_denied_among_paid_ones_is_part_payment() -> None:
    remittance = check(
        claim_payment(
            "C1",
            service(10000, cas("CO", "45", 2000), control_number="L1"),
            service(5000, cas("CO", "97", 5000), control_number="L2", remark_codes=("N20",)),
            remark_codes=("MA01",),
        )
    )
    found = planned(remittance, open_claim("C1", open_line(1, 10000), open_line(2, 5000)))
    assert found.outcomes[0].event is Event.PAY_PART
    assert books(found)[A.INSURANCE_RECEIVABLE] == -10000
    (item,) = found.denials
    assert item.remark_codes == ("N20", "MA01")
    assert item.segment == remittance.claims[0].lines[1].segment


def test_a_lone_contractual_adjustment_is_no_denial() -> None:
    found, ledger = one_line(cas("CO", "45", 10000))
    assert found.denials == ()
    assert found.outcomes[0].event is Event.PAY
    assert ledger == {A.CONTRACTUAL_ADJUSTMENT: 10000, A.INSURANCE_RECEIVABLE: -10000}


def test_withholds_and_incentives_have_their_own_account() -> None:
    _, ledger = one_line(cas("CO", "104", 500), cas("CO", "144", -200))
    assert ledger == {A.PAYER_CASH: 9700, A.OTHER_ADJUSTMENT: 300, A.INSURANCE_RECEIVABLE: -10000}


def test_a_patient_protected_by_medicaid_is_not_billed() -> None:
    found, ledger = one_line(cas("CO", "45", 3000), cas("PR", "2", 1400), remark_codes=("N782",))
    assert A.PATIENT_RECEIVABLE not in ledger
    (item,) = found.denials
    assert (item.cause, item.amount_cents) == (Cause.COB, 1400)
    onward, _ = one_line(cas("PR", "2", 1400), remark_codes=("N782",), next_payer=True)
    assert onward.denials == ()
    assert onward.outcomes[0].event is Event.PAY_NEXT_PAYER_OWES


# charge 100.00; the first payer paid 60.00, adjusted 20.00 and left 20.00 to the second
SECONDARY_CASES = {
    "the earlier decision in one OA 23": ((cas("OA", "23", 8000),), 2000, {}, Event.PAY),
    "its own contract hides the earlier one": (
        (cas("CO", "45", 3000), cas("OA", "23", 6000)),
        1000,
        {A.CONTRACTUAL_ADJUSTMENT: 1000},
        Event.PAY,
    ),
    "a share is left to the patient": (
        (cas("OA", "23", 8000), cas("PR", "3", 500)),
        1500,
        {A.PATIENT_RECEIVABLE: 500},
        Event.PAY_PATIENT_OWES,
    ),
    "the whole charge denied is only what was asked": (
        (cas("CO", "50", 10000),),
        0,
        {A.INSURANCE_RECEIVABLE: 2000},
        Event.DENY,
    ),
    "more for the earlier decision than there was": (
        (cas("OA", "23", 9000),),
        1000,
        {A.INSURANCE_RECEIVABLE: 1000},
        Event.PAY_PART,
    ),
}


@pytest.mark.parametrize("name", SECONDARY_CASES)
def test_nothing_is_adjusted_twice_on_a_secondary_claim(name) -> None:
    adjustments, paid, expected, event = SECONDARY_CASES[name]
    found, ledger = one_line(*adjustments, remaining=2000, status="2")
    ledger[A.INSURANCE_RECEIVABLE] = ledger.get(A.INSURANCE_RECEIVABLE, 0) + 2000
    cash = {A.PAYER_CASH: paid} if paid else {}
    assert {account: cents for account, cents in ledger.items() if cents} == cash | expected
    assert found.outcomes[0].event is event


def test_an_earlier_decision_stated_for_the_whole_claim_counts_for_its_lines() -> None:
    """Charges 100.00 and 50.00, asked for 20.00 and 10.00; the payer states 90.00 of 120.00."""
    remittance = check(
        claim_payment(
            "C1",
            service(10000, cas("CO", "45", 3000), control_number="L1"),
            service(5000, cas("CO", "45", 2000), control_number="L2"),
            adjustments=(cas("OA", "23", 9000),),
            status="2",
        )
    )
    ours = open_claim(
        "C1",
        open_line(1, 10000, remaining_cents=2000),
        open_line(2, 5000, remaining_cents=1000),
    )
    found = planned(remittance, ours)
    assert found.outcomes[0].event is Event.PAY
    assert books(found) == {
        A.PAYER_CASH: 1000,
        A.CONTRACTUAL_ADJUSTMENT: 2000,
        A.INSURANCE_RECEIVABLE: -3000,
    }


def test_what_one_line_cannot_take_is_taken_from_the_others() -> None:
    remittance = check(
        claim_payment(
            "C1",
            service(10000, cas("CO", "45", 9000), control_number="L1"),
            service(5000, cas("CO", "45", 4000), control_number="L2"),
            status="2",
        )
    )
    ours = open_claim("C1", open_line(1, 10000, remaining_cents=500), open_line(2, 5000))
    found = planned(remittance, ours)
    assert found.outcomes[0].event is Event.PAY
    assert books(found) == {
        A.PAYER_CASH: 2000,
        A.CONTRACTUAL_ADJUSTMENT: 3500,
        A.INSURANCE_RECEIVABLE: -5500,
    }


def test_a_claim_level_adjustment_takes_from_what_the_lines_say_was_paid() -> None:
    remittance = check(
        claim_payment(
            "C1",
            service(10000, control_number="L1"),
            adjustments=(cas("CO", "253", 200), cas("PR", "1", 1000)),
        )
    )
    found = planned(remittance, open_claim("C1", open_line(1, 10000)))
    assert books(found) == {
        A.PAYER_CASH: 8800,
        A.CONTRACTUAL_ADJUSTMENT: 200,
        A.PATIENT_RECEIVABLE: 1000,
        A.INSURANCE_RECEIVABLE: -10000,
    }


def test_a_reversal_and_its_correction_end_at_the_truth() -> None:
    ours = open_claim("C1", open_line(1, 10000))
    first = claim_payment("C1", service(10000, cas("CO", "45", 4000), control_number="L1"))
    back = claim_payment(
        "C1", service(-10000, cas("CO", "45", -4000), control_number="L1"), status="22"
    )
    right = claim_payment(
        "C1", service(10000, cas("CO", "45", 3000), cas("PR", "3", 2000), control_number="L1")
    )
    one = planned(check(first), ours)
    two = planned(check(back, right), ours)
    assert [outcome.event for outcome in two.outcomes] == [Event.REVERSE, Event.PAY_PATIENT_OWES]
    both = msgspec.structs.replace(one, entries=one.entries + two.entries)
    assert books(both) == books(planned(check(right), ours))


def test_a_reversal_of_a_denial_makes_no_denial() -> None:
    found, ledger = one_line(cas("CO", "50", -10000), charge=-10000, status="22")
    assert found.denials == ()
    assert ledger == {}


def test_a_promise_of_an_estimate_is_no_money() -> None:
    found, ledger = one_line(cas("OA", "101", 4000), status="25")
    assert ledger == {}
    assert found.cleared_cents == 0


@pytest.mark.parametrize(("status", "event"), [("25", Event.PREDETERMINE), ("23", Event.FORWARD)])
def test_estimates_and_forwarded_claims_post_nothing(status, event) -> None:
    found, ledger = one_line(cas("OA", "101", 10000), status=status)
    assert ledger == {}
    assert found.outcomes[0].event is event
    assert found.denials == ()


def test_an_unknown_claim_keeps_its_money_visible() -> None:
    remittance = check(claim_payment("C9", service(7000, cas("CO", "45", 1000))))
    found = planned(remittance)
    assert books(found) == {A.PAYER_CASH: 6000, A.UNAPPLIED: -6000}
    (lost,) = found.unmatched
    assert (lost.amount_cents, lost.reason) == (6000, NoMatch.UNKNOWN_CLAIM)
    assert found.entries[0].kind is EntryKind.REMITTANCE_UNMATCHED
    assert found.outcomes == ()


def test_an_unmatched_line_posts_to_the_claim_with_a_reason() -> None:
    remittance = check(claim_payment("C1", service(7000, cas("CO", "45", 1000), code="A0001")))
    found = planned(remittance, open_claim("C1", open_line(1, 7000)))
    assert books(found)[A.INSURANCE_RECEIVABLE] == -7000
    assert {one.line_no for one in found.entries[0].postings} == {None}
    (line,) = found.unmatched
    assert line.claim_id is not None
    assert line.amount_cents == 6000


def test_provider_level_adjustments_tie_the_check_out() -> None:
    remittance = check(
        claim_payment("C1", service(10000, control_number="L1")),
        adjustments=(plb("WO", 4000), plb("L6", -25), plb("FB", -100), plb("72", 60)),
    )
    found = planned(remittance, open_claim("C1", open_line(1, 10000)))
    assert books(found) == {
        A.PAYER_CASH: 6065,
        A.PROVIDER_LEVEL_ADJUSTMENT: 3935,
        A.INSURANCE_RECEIVABLE: -10000,
    }
    last = found.entries[-1]
    assert last.kind is EntryKind.REMITTANCE_CHECK
    reasons = [one.carc for one in last.postings if one.group == "PLB"]
    assert reasons == ["WO", "L6", "FB", "72"]


def test_a_balance_forwarded_and_recovered_later_leaves_nothing_behind() -> None:
    back = claim_payment("C1", service(-5000, control_number="L1"), status="22")
    ours = open_claim("C1", open_line(1, 5000))
    forward = planned(check(back, adjustments=(plb("FB", -5000),)), ours)
    recovered = planned(check(adjustments=(plb("FB", 5000), plb("WO", -5000))), ours)
    assert books(forward) == {A.INSURANCE_RECEIVABLE: 5000, A.PROVIDER_LEVEL_ADJUSTMENT: -5000}
    assert books(recovered) == {}


def test_a_check_that_does_not_tie_out_is_refused() -> None:
    remittance = check(claim_payment("C1", service(10000)))
    with pytest.raises(LedgerImbalanceError, match="does not tie out"):
        plan_check(remittance.header, (), cleared_cents=9999, today=TODAY)


def test_slices_and_the_whole_are_the_same_plan_with_the_same_keys() -> None:
    payments = [
        claim_payment(f"C{n}", service(1000 + n, cas("CO", "45", n), control_number="L1"))
        for n in range(1, 8)
    ]
    remittance = check(*payments, adjustments=(plb("WO", 11),))
    ours = {f"C{n}": open_claim(f"C{n}", open_line(1, 1000 + n)) for n in range(1, 6)}
    matched = match_all(remittance.claims, ours)
    whole = planned(remittance, *ours.values())
    slices = [
        plan_claims(remittance.header, part, causes=CAUSES, today=TODAY, payer_ref=PAYER)
        for part in (matched[:3], matched[3:])
    ]
    end = plan_check(
        remittance.header,
        remittance.provider_adjustments,
        cleared_cents=sum(one.cleared_cents for one in slices),
        today=TODAY,
        payer_ref=PAYER,
    )
    entries = (*slices[0].entries, *slices[1].entries, *end.entries)
    assert entries == whole.entries
    assert len({entry.key for entry in entries}) == len(entries)


def test_the_keys_do_not_depend_on_where_the_check_stands_in_the_file() -> None:
    one = claim_payment("C1", service(1000, control_number="L1"))
    ours = open_claim("C1", open_line(1, 1000))
    here = planned(check(one), ours)
    there = planned(check(one, first_segment=5003), ours)
    assert [entry.key for entry in here.entries] == [entry.key for entry in there.entries]
    assert here.entries[0].segment != there.entries[0].segment


def test_a_better_play_replaces_the_default() -> None:
    play = Play(next_step="Call", actor=NextActor.CLIENT, days=2, basis="policy")
    remittance = check(claim_payment("C1", service(100, cas("CO", "50", 100), control_number="L1")))
    found = plan_claims(
        remittance.header,
        match_all(remittance.claims, {"C1": open_claim("C1", open_line(1, 100))}),
        causes=CAUSES,
        today=TODAY,
        plays={Cause.MEDICAL_NECESSITY: play},
    )
    assert found.denials[0].next_step == "Call"
    assert found.denials[0].due_on == date(2026, 3, 1)


def test_every_event_of_a_plan_is_a_move_from_every_stage_that_takes_money() -> None:
    emitted = (
        Event.PAY,
        Event.PAY_PATIENT_OWES,
        Event.PAY_NEXT_PAYER_OWES,
        Event.PAY_CROSSED_OVER,
        Event.PAY_PART,
        Event.DENY,
        Event.REVERSE,
        Event.FORWARD,
        Event.PREDETERMINE,
    )
    assert all((stage, event) in MOVES for stage in POSTABLE_STAGES for event in emitted)
