"""A secondary claim made from a decision is written, accepted by another's parser and read back."""

from datetime import date

import msgspec
import pytest

from core.claims.claim import Claim, Form
from core.claims.parties import PayerSequence
from core.remittance.matching import OpenLine, match
from core.submission.secondary import balances_for_cob, secondary_claim
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import write_claims
from tests.core.remittance.checks import cas, claim_payment, open_claim, service
from tests.core.x12.claim_values import ENVELOPE, RECEIVER, SUBMITTER, invented_claim
from tests.core.x12.pyx12_oracle import faults


def decided(seed: int, form: Form, *, by_line: bool) -> Claim:
    """An invented primary claim with a second payer, after the first one's decision."""
    base = invented_claim(seed, form)
    donor = next(
        one
        for one in (invented_claim(other, form) for other in range(seed + 1, seed + 400))
        if one.other_payers and one.payer.payer_id != base.payer.payer_id
    )
    second = msgspec.structs.replace(
        donor.other_payers[0],
        sequence=PayerSequence.SECONDARY,
        paid_cents=None,
        adjustments=(),
        remaining_patient_cents=None,
        noncovered_cents=None,
        payer_claim_number="",
        adjudicated_on=None,
    )
    lines = tuple(
        msgspec.structs.replace(line, adjudications=(), control_number=f"L{line.line_no}")
        for line in base.lines
    )
    primary = msgspec.structs.replace(
        base,
        lines=lines,
        sequence=PayerSequence.PRIMARY,
        other_payers=(second,),
    )
    share = cas("PR", "2", 100)
    payment = claim_payment(
        primary.claim_number,
        *(
            service(
                line.charge_cents,
                cas("CO", "45", line.charge_cents // 3),
                share,
                code=line.code,
                code_qualifier=line.code_qualifier if line.code else "NU",
                control_number=line.control_number,
            )
            for line in lines
            if by_line
        ),
        adjustments=() if by_line else (share,),
        charge_cents=primary.charge_cents,
        payer_claim_number="ICN778",
    )
    number = primary.claim_number
    ours = msgspec.structs.replace(
        open_claim(
            "C1",
            *(
                OpenLine(
                    line_no=line.line_no,
                    control_number=line.control_number,
                    charge_cents=line.charge_cents,
                )
                for line in lines
            ),
        ),
        claim_number=number,
    )
    found = secondary_claim(
        primary,
        payment,
        match(payment, ours),
        next_payer=second,
        claim_number="SECOND1",
        paid_on=date(2026, 1, 9),
    )
    assert isinstance(found, Claim), found
    return found


def decisions(claim: Claim):
    return [
        [(one.payer_id, one.paid_cents, one.adjustments, one.adjudicated_on) for one in found]
        for found in (line.adjudications for line in claim.lines)
    ]


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("by_line", [True, False])
@pytest.mark.parametrize("form", list(Form))
def test_it_is_written_accepted_and_read_back(form: Form, by_line: bool, seed: int) -> None:
    claim = decided(seed, form, by_line=by_line)
    assert balances_for_cob(claim)
    file = write_claims(
        [claim],
        form=form,
        submitter=SUBMITTER,
        receiver=RECEIVER,
        envelope=ENVELOPE,
        reference="B0000001",
    )
    if form is not Form.DENTAL:  # pyx12 has no 5010 dental map
        assert faults(file.data) == []
    (read,) = read_claims(file.data)
    assert isinstance(read, ReadClaim)
    assert balances_for_cob(read.claim)
    (earlier,) = read.claim.other_payers
    assert earlier.paid_cents == claim.other_payers[0].paid_cents
    assert earlier.payer_claim_number == "ICN778"
    assert decisions(read.claim) == decisions(claim)
