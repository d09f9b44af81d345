"""A claim or payment read by itself says whether it adds up, and by how much it does not."""

from __future__ import annotations

import pytest

from core.x12.loops import LoopStream, Wanted
from core.x12.unit_sums import claim_difference_cents, payment_difference_cents
from tests.core.x12.x12_samples import MUTANTS, made, needs_shared


def differences(kind: str, data: bytes) -> list[int | None]:
    unit, difference = (
        ("2100", payment_difference_cents) if kind == "835" else ("2300", claim_difference_cents)
    )
    stream = LoopStream(data, Wanted(frozenset((kind,)), unit, typed=True))
    return [difference(part.unit) for part in stream if part.unit is not None]


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "837I", "837D", "835"])
def test_a_clean_file_adds_up_claim_by_claim(kind: str) -> None:
    assert differences(kind, made(kind, 30)) == [0] * 30


@needs_shared
def test_a_total_a_dollar_above_its_lines_is_told_in_cents() -> None:
    found = differences("837I", (MUTANTS / "837I__03-clm-total.x12").read_bytes())
    assert [each for each in found if each] == [100]


PAYMENT = (
    "ISA*00*          *00*          *ZZ*PAYER01        *ZZ*PROVIDER01     *260115*1200*^*00501"
    "*000000001*0*T*:~GS*HP*PAYER01*PROVIDER01*20260115*1200*1*X*005010X221A1~ST*835*0001~"
    "BPR*I*70*C*CHK************20260115~TRN*1*T1*1512345678~N1*PR*ACME~N1*PE*CLINIC*XX*1234567893~"
    "LX*1~CLP*C1*1*100*70*10*12*I1~CAS*CO*45*5~SVC*HC:99213*60*40~CAS*CO*45*10**97*5~CAS*PR*1*5~"
    "SVC*HC:99214*40*30~CAS*PR*2*5**3*5~SE*14*0001~GE*1*1~IEA*1*000000001~"
)


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("", "", 0),
        # Of the claim itself.
        ("CAS*CO*45*5~SVC", "CAS*CO*45*4.5~SVC", 50),
        # The claim adds up, one of its lines does not.
        ("60*40~CAS*CO*45*10**97*5", "60*40~CAS*CO*45*9**97*5", 100),
        # No amount at all.
        ("CLP*C1*1*100", "CLP*C1*1*1OO", None),
        ("SVC*HC:99213*60*40", "SVC*HC:99213*60", None),
    ],
)
def test_a_payment_says_what_is_missing_or_that_nobody_can_tell(
    old: str, new: str, difference: int | None
) -> None:
    # LX here, so that the loose claim adjustment stands where the guide has it.
    data = PAYMENT.replace(
        "CLP*C1*1*100*70*10*12*I1~CAS*CO*45*5~", "CLP*C1*1*105*70*10*12*I1~CAS*CO*45*5~"
    )
    assert old in data or old.startswith("CLP")
    data = data.replace("CLP*C1*1*105", new) if old.startswith("CLP") else data.replace(old, new)
    assert differences("835", data.encode()) == [difference]
