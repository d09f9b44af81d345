"""The claim to the next payer: it balances, or it is refused with the reason."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import Claim, Institutional, OtherPayer, ServiceLine
from core.claims.parties import Name, Payer, PayerSequence, Person, Provider, Subscriber
from core.remittance.balance import prove
from core.remittance.matching import match
from core.submission.secondary import SecondaryRefusal, balances_for_cob, secondary_claim
from tests.core.remittance.checks import (
    cas,
    check,
    claim_payment,
    open_claim,
    open_line,
    service,
)

PAID_ON = date(2026, 2, 27)
PATIENT = Person(name=Name(last="Sample", first="Alex"))


def other(payer_id: str, sequence: PayerSequence) -> OtherPayer:
    return OtherPayer(
        sequence=sequence,
        payer=Payer(payer_id=payer_id, name=payer_id),
        subscriber=Subscriber(person=PATIENT, member_id=f"M{payer_id}"),
    )


SECOND = other("P2", PayerSequence.SECONDARY)
THIRD = other("P3", PayerSequence.TERTIARY)


def primary(*charges: int) -> Claim:
    return Claim(
        claim_number="C1",
        payer=Payer(payer_id="P1", name="P1"),
        subscriber=Subscriber(person=PATIENT, member_id="MP1"),
        patient=PATIENT,
        billing=Provider(name=Name(last="Practice")),
        auth_number="AUTH",
        lines=tuple(
            ServiceLine(
                line_no=place, code="90834", charge_cents=charge, control_number=f"L{place}"
            )
            for place, charge in enumerate(charges, start=1)
        ),
        other_payers=(SECOND, THIRD),
    )


def made(claim: Claim, payment, next_payer=SECOND, **more):
    ours = open_claim(
        claim.claim_number, *(open_line(one.line_no, one.charge_cents) for one in claim.lines)
    )
    return secondary_claim(
        claim,
        payment,
        match(payment, ours),
        next_payer=next_payer,
        claim_number=claim.claim_number + "S",
        paid_on=PAID_ON,
        **more,
    )


def paid(*more, **named):
    return claim_payment(
        "C1",
        service(10000, cas("CO", "45", 3000), cas("PR", "2", 1400), control_number="L1"),
        *more,
        payer_claim_number="ICN1",
        **named,
    )


def test_the_decision_travels_with_the_claim() -> None:
    claim = made(primary(10000), paid())
    assert isinstance(claim, Claim)
    assert claim.claim_number == "C1S"
    assert claim.sequence is PayerSequence.SECONDARY
    assert claim.payer.payer_id == "P2"
    assert claim.subscriber.member_id == "MP2"
    assert claim.auth_number == ""
    later, earlier = claim.other_payers
    assert later == THIRD
    assert (earlier.payer.payer_id, earlier.sequence) == ("P1", PayerSequence.PRIMARY)
    assert (earlier.paid_cents, earlier.payer_claim_number) == (5600, "ICN1")
    (decision,) = claim.lines[0].adjudications
    assert (decision.payer_id, decision.paid_cents, decision.adjudicated_on) == (
        "P1",
        5600,
        PAID_ON,
    )
    assert balances_for_cob(claim)


def test_a_decision_on_the_claim_as_a_whole_stays_on_the_payer() -> None:
    payment = claim_payment("C1", charge_cents=10000, adjustments=(cas("PR", "1", 10000),))
    claim = made(primary(10000), payment)
    assert isinstance(claim, Claim)
    earlier = claim.other_payers[-1]
    assert (earlier.paid_cents, earlier.remaining_patient_cents) == (0, 10000)
    assert earlier.adjudicated_on == PAID_ON
    assert claim.lines[0].adjudications == ()
    assert balances_for_cob(claim)


def test_the_third_payer_gets_both_decisions() -> None:
    second = made(primary(10000), paid())
    assert isinstance(second, Claim)
    payment = claim_payment(
        "C1S",
        service(10000, cas("OA", "23", 8600), cas("PR", "3", 400), control_number="L1"),
        status="2",
    )
    ours = open_claim("C1", open_line(1, 10000))
    third = secondary_claim(
        second,
        payment,
        match(payment, ours),
        next_payer=THIRD,
        claim_number="C1T",
        paid_on=PAID_ON,
    )
    assert isinstance(third, Claim)
    assert third.sequence is PayerSequence.TERTIARY
    assert [one.payer.payer_id for one in third.other_payers] == ["P1", "P2"]
    assert [one.payer_id for one in third.lines[0].adjudications] == ["P1", "P2"]
    assert balances_for_cob(third)


def test_after_a_replacement_the_next_payer_gets_a_first_bill() -> None:
    institutional = Institutional(type_of_bill="0137", statement_from=PAID_ON, statement_to=PAID_ON)
    corrected = msgspec.structs.replace(
        primary(10000), frequency="7", payer_claim_number="OLD", institutional=institutional
    )
    claim = made(corrected, paid())
    assert isinstance(claim, Claim)
    assert (claim.frequency, claim.payer_claim_number) == ("1", "")
    assert claim.institutional is not None
    assert claim.institutional.type_of_bill == "0131"
    interim = msgspec.structs.replace(primary(10000), frequency="3")
    assert made(interim, paid()).frequency == "3"


def test_a_split_line_carries_both_decisions() -> None:
    payment = claim_payment(
        "C1",
        service(6000, cas("PR", "2", 1000), control_number="L1"),
        service(4000, cas("CO", "45", 4000), control_number="L1"),
    )
    claim = made(primary(10000), payment)
    assert isinstance(claim, Claim)
    assert len(claim.lines[0].adjudications) == 2
    assert balances_for_cob(claim)


REFUSED = {
    "a reversal": (paid(status="22"), SecondaryRefusal.REVERSAL),
    "an estimate": (paid(status="25"), SecondaryRefusal.PREDETERMINATION),
    "crossed over": (paid(status="19"), SecondaryRefusal.FORWARDED),
    "crossed over by name": (paid(crossover_payer="Second"), SecondaryRefusal.FORWARDED),
    "forwarded": (paid(status="23"), SecondaryRefusal.FORWARDED),
    "nothing left": (
        claim_payment("C1", service(10000, cas("CO", "45", 3000), control_number="L1")),
        SecondaryRefusal.NOTHING_LEFT,
    ),
    "an unknown line": (
        claim_payment("C1", service(10000, cas("PR", "1", 5), code="A0001")),
        SecondaryRefusal.LINE_NOT_MATCHED,
    ),
    "part of the claim": (
        claim_payment("C1", service(9000, cas("PR", "1", 5), control_number="L1")),
        SecondaryRefusal.LINE_NOT_DECIDED,
    ),
    "another claim": (
        claim_payment("C8", service(10000, cas("PR", "1", 5), control_number="L1")),
        SecondaryRefusal.NO_MATCH,
    ),
    "out of balance": (
        msgspec.structs.replace(paid(), paid_cents=5601),
        SecondaryRefusal.DOES_NOT_BALANCE,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_billed_on_is_refused(name) -> None:
    payment, refusal = REFUSED[name]
    assert made(primary(10000), payment) is refusal


def test_a_line_without_a_decision_is_waited_for() -> None:
    payment = claim_payment(
        "C1",
        service(6000, cas("PR", "1", 5), control_number="L1"),
        service(4000, control_number="L1"),
    )
    assert made(primary(6000, 4000), payment) is SecondaryRefusal.LINE_NOT_DECIDED


def test_an_unmatched_payment_and_the_same_payer_are_refused() -> None:
    found = secondary_claim(
        primary(10000),
        paid(),
        match(paid(), None),
        next_payer=SECOND,
        claim_number="X",
        paid_on=PAID_ON,
    )
    assert found is SecondaryRefusal.NO_MATCH
    itself = msgspec.structs.replace(
        SECOND,
        payer=primary(1).payer,
        subscriber=primary(1).subscriber,
    )
    assert made(primary(10000), paid(), next_payer=itself) is SecondaryRefusal.SAME_PAYER


def test_a_crossover_that_never_came_is_billed_after_all() -> None:
    assert isinstance(made(primary(10000), paid(status="19"), overdue_crossover=True), Claim)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 50000),
            st.lists(
                st.tuples(st.sampled_from(["CO", "PR", "OA"]), st.integers(-100, 20000)),
                max_size=4,
            ),
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.integers(1, 500), max_size=2),
)
def test_a_secondary_claim_balances_or_is_refused(lines, whole) -> None:
    claim = primary(*(charge for charge, _ in lines))
    payment = claim_payment(
        "C1",
        *(
            service(
                charge, *(cas(group, "1", cents) for group, cents in rows), control_number=f"L{n}"
            )
            for n, (charge, rows) in enumerate(lines, start=1)
        ),
        adjustments=[cas("PR", "1", cents) for cents in whole],
    )
    assert prove(check(payment)) == ()
    found = made(claim, payment)
    if isinstance(found, Claim):
        assert balances_for_cob(found)
        assert found.charge_cents == claim.charge_cents
        spoiled = msgspec.structs.replace(found.other_payers[-1], paid_cents=10**9)
        assert not balances_for_cob(msgspec.structs.replace(found, other_payers=(spoiled,)))
    else:
        assert found is SecondaryRefusal.NOTHING_LEFT
        assert not any(group == "PR" and cents > 0 for _, rows in lines for group, cents in rows)
        assert not whole
