"""Which claims share a file: every claim in exactly one, whatever order they come in."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import Name, Payer, Person, Provider, Subscriber
from core.submission.batches import FilingSlip, group_for_files, slip

slips = st.lists(
    st.builds(
        FilingSlip,
        claim_id=st.uuids(),
        claim_number=st.text("0123456789", min_size=1, max_size=4),
        form=st.sampled_from(Form),
        receiver=st.sampled_from(["CH1", "CH2"]),
        usage=st.sampled_from(["P", "T"]),
        billing_key=st.sampled_from([("1",), ("2",)]),
    ),
    max_size=30,
    unique_by=lambda one: one.claim_id,
)


@given(slips, st.integers(1, 4), st.integers(0, 9), st.randoms())
def test_grouping_is_complete_bounded_and_independent_of_order(
    given_slips, transaction_max, more, chance: Random
) -> None:
    limits = {
        "claims_a_transaction_max": transaction_max,
        "claims_a_file_max": transaction_max + more,
    }
    files = group_for_files(given_slips, **limits)
    written = [one for file in files for part in file.transactions for one in part]
    assert sorted(one.claim_id for one in written) == sorted(one.claim_id for one in given_slips)
    for file in files:
        assert 0 < file.claims <= transaction_max + more
        assert all(0 < len(part) <= transaction_max for part in file.transactions)
        held = [one for part in file.transactions for one in part]
        assert {(one.form, one.receiver, one.usage) for one in held} == {
            (file.form, file.receiver, file.usage)
        }
        assert [one.billing_key for one in held] == sorted(one.billing_key for one in held)
    shuffled = list(given_slips)
    chance.shuffle(shuffled)
    assert group_for_files(shuffled, **limits) == files


def test_the_slip_of_a_claim_knows_its_billing_provider() -> None:
    person = Person(name=Name(last="Sample"))
    claim = Claim(
        claim_number="C1",
        form=Form.DENTAL,
        payer=Payer(payer_id="P", name="P"),
        subscriber=Subscriber(person=person),
        patient=person,
        billing=Provider(name=Name(last="Practice"), npi="1234567893", tax_id="123456789"),
        lines=(ServiceLine(line_no=1, charge_cents=1),),
    )
    found = slip(UUID(int=1), claim, receiver="CH", usage="T")
    assert (found.form, found.receiver, found.usage) == (Form.DENTAL, "CH", "T")
    assert found.billing_key == ("1234567893", "123456789", "", "Practice", "")
