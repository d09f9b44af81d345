"""What is written of a claim is what is read of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.claim import Claim, Form
from core.x12.check import check
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import WrittenFile, unwritable, write_claims
from core.x12.syntax import Delimiters
from tests.core.x12.claim_values import ENVELOPE, RECEIVER, SUBMITTER, invented_claim
from tests.core.x12.pyx12_oracle import faults

SEEDS = st.integers(min_value=0, max_value=2**32)
FORMS = tuple(Form)


def written(claims: list[Claim], **envelope: object) -> WrittenFile:

    return write_claims(
        claims,
        form=claims[0].form,
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=msgspec.structs.replace(ENVELOPE, **envelope),
        reference="B0000001",
    )


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_write_then_read_gives_the_same_claim(form: Form, seed: int) -> None:
    claim = invented_claim(seed, form)
    assert unwritable(claim) == ()
    (read,) = read_claims(written([claim]).data)
    assert isinstance(read, ReadClaim)
    assert read.claim == claim
    assert read.not_carried == ()


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_keeps_every_claim_with_its_own_providers_and_subscribers(form: Form) -> None:
    claims = [invented_claim(seed, form) for seed in range(40)]
    file = written(claims)
    read = [each.claim for each in read_claims(file.data) if isinstance(each, ReadClaim)]
    assert sorted(read, key=lambda c: c.claim_number) == sorted(
        claims, key=lambda c: c.claim_number
    )
    assert [c.claim_number for c in read] == list(file.transactions[0].claim_numbers)


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters(element="|", component=">", repetition="!", segment="\\"),
        Delimiters(line_break="\r\n"),
        Delimiters(element="<", component=">", repetition="!", segment="?"),
    ],
)
def test_any_delimiters_carry_the_same_claims(delimiters: Delimiters) -> None:
    claims = [invented_claim(seed, Form.INSTITUTIONAL) for seed in range(5)]
    data = written(claims, delimiters=delimiters).data
    read = {each.claim for each in read_claims(data) if isinstance(each, ReadClaim)}
    assert read == set(claims)


@pytest.mark.parametrize("form", [Form.PROFESSIONAL, Form.INSTITUTIONAL])
def test_pyx12_takes_the_invented_claims(form: Form) -> None:
    claims = [invented_claim(seed, form) for seed in range(100, 140)]
    assert faults(written(claims).data) == []


@pytest.mark.parametrize("form", FORMS)
def test_our_own_checker_takes_the_invented_claims(form: Form) -> None:
    claims = [invented_claim(seed, form) for seed in range(100, 140)]
    report = check(written(claims).data)
    # What is invented keeps to the guide and adds up, but tells no story: situations are left out.
    assert [e for each in report.transactions for e in each.errors if e.snip <= 3] == []
    assert report.errors == ()
