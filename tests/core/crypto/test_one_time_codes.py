"""Codes of authenticator apps: the published vectors, the window, and that a code works once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto.one_time_codes import (
    STEP_SECONDS,
    code_at,
    matching_step,
    step_of,
)

# RFC 4226, appendix D; RFC 6238, appendix B (SHA-1; of its eight digits the last six).
SECRET = b"12345678901234567890"
HOTP = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]
TOTP = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def test_codes_are_those_of_the_published_vectors() -> None:
    assert [code_at(SECRET, step) for step in range(10)] == HOTP
    for now, code in TOTP.items():
        assert code_at(SECRET, step_of(now)) == code


@pytest.mark.parametrize(
    ("off_seconds", "is_taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
@pytest.mark.attack("S-57")
def test_a_clock_may_be_half_a_minute_off(off_seconds: int, is_taken: bool) -> None:
    now = 1_234_567_890  # the beginning of a step
    code = code_at(SECRET, step_of(now + off_seconds))
    found = matching_step(SECRET, code, now_seconds=now, last_step=0)
    assert (found is not None) == is_taken


secrets = st.binary(min_size=20, max_size=20)
moments = st.integers(min_value=10**9, max_value=4 * 10**9)


@given(secret=secrets, now=moments, off=st.integers(-1, 1))
@pytest.mark.attack("S-24")
def test_a_code_that_was_used_is_not_taken_again_nor_one_before_it(
    secret: bytes, now: int, off: int
) -> None:
    step = step_of(now) + off
    used = matching_step(secret, code_at(secret, step), now_seconds=now, last_step=step - 1)
    assert used == step
    for later in range(0, 3 * STEP_SECONDS, STEP_SECONDS):
        for old in (step, step - 1):
            again = matching_step(
                secret, code_at(secret, old), now_seconds=now + later, last_step=used
            )
            assert again is None or again > used, "only by a later step that has the same digits"


@given(secret=secrets, now=moments, code=st.text(max_size=8))
def test_what_is_no_code_of_this_minute_is_not_taken(secret: bytes, now: int, code: str) -> None:
    valid = {code_at(secret, step_of(now) + off) for off in (-1, 0, 1)}
    found = matching_step(secret, code, now_seconds=now, last_step=0)
    assert (found is not None) == (code in valid)
