"""What is written as a 278 is read back as it was, and our own check finds nothing in it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.eligibility.authorization_replies import answer_to
from core.eligibility.authorization_words import sentences
from core.eligibility.authorizations import (
    CERTIFYING,
    OPEN,
    AuthorizationAnswer,
    AuthorizationRequest,
    Decision,
    certified_services,
    is_open,
    unanswered,
)
from core.errors import X12SyntaxError
from core.x12.authorization_reader import read_authorizations
from core.x12.authorization_writer import write_authorizations
from core.x12.check import check
from core.x12.report import Status
from tests.campaign import rounds
from tests.core.x12.authorization_values import (
    ANSWER,
    REFUSAL,
    REQUEST,
    answers,
    as_file,
    requests,
)
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.remittance_values import without_places

SLOW = settings(max_examples=rounds(120), suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.campaign
@SLOW
@given(requests())
def test_a_request_comes_back_as_it_was(request: AuthorizationRequest) -> None:
    data = write_authorizations([request], ENVELOPE)
    assert without_places(read_authorizations(data)) == (request,)
    assert [t.status for t in check(data).transactions] == [Status.ACCEPTED]


@pytest.mark.campaign
@SLOW
@given(answers())
def test_an_answer_comes_back_as_it_was(answer: AuthorizationAnswer) -> None:
    data = write_authorizations([answer], ENVELOPE)
    assert without_places(read_authorizations(data)) == (answer,)
    assert [t.status for t in check(data).transactions] == [Status.ACCEPTED]


@pytest.mark.campaign
@SLOW
@given(requests(), st.sampled_from(["A1", "A2", "A3", "A4", "A6", "CT", "NA"]))
def test_the_answer_to_any_request_is_right_by_the_guide_and_settles_or_leaves_open_all(
    request: AuthorizationRequest, action: str
) -> None:
    decision = Decision(action=action, number="AUTH-1")
    answer = answer_to(request, decision, lambda _: decision, control_number="0001")
    (read,) = read_authorizations(write_authorizations([answer], ENVELOPE))
    assert isinstance(read, AuthorizationAnswer)
    services = request.event.services
    assert unanswered(request, read) == (services if action in OPEN else ())
    assert len(certified_services(read)) == (len(services) if action in CERTIFYING else 0)
    assert is_open(read) == (action in OPEN)


@pytest.mark.campaign
@settings(max_examples=rounds(500))
@given(
    st.sampled_from([REQUEST, ANSWER, REFUSAL]),
    st.integers(0, 40),
    st.sampled_from(["drop", "twice", "cut", "junk", "swap"]),
    st.text("*:^0123456789ABCDEX", max_size=12),
)
def test_a_damaged_file_is_read_or_refused_and_always_judged(
    segments: tuple[str, ...], place: int, harm: str, junk: str
) -> None:
    place %= len(segments)
    hurt = segments[place]
    changed = {
        "drop": [],
        "twice": [hurt, hurt],
        "cut": [hurt[: len(hurt) // 2] or "X"],
        "junk": [f"{hurt}*{junk}"],
        "swap": [f"{hurt.split('*')[0]}*{junk}"],
    }[harm]
    data = as_file(*segments[:place], *changed, *segments[place + 1 :])
    with contextlib.suppress(X12SyntaxError):
        for read in read_authorizations(data):
            assert sentences(read) if isinstance(read, AuthorizationAnswer) else read.patient
    check(data)
