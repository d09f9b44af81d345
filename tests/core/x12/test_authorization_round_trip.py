"""What is written as a 278 is read back as it was, and our own check finds nothing in it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from core.eligibility.authorizations import AuthorizationAnswer, AuthorizationRequest
from core.x12.authorization_reader import read_authorizations
from core.x12.authorization_writer import write_authorizations
from core.x12.check import check
from core.x12.report import Status
from tests.core.x12.authorization_values import answers, requests
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.remittance_values import without_places

SLOW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(requests())
def test_a_request_comes_back_as_it_was(request: AuthorizationRequest) -> None:
    data = write_authorizations([request], ENVELOPE)
    assert without_places(read_authorizations(data)) == (request,)
    assert [t.status for t in check(data).transactions] == [Status.ACCEPTED]


@SLOW
@given(answers())
def test_an_answer_comes_back_as_it_was(answer: AuthorizationAnswer) -> None:
    data = write_authorizations([answer], ENVELOPE)
    assert without_places(read_authorizations(data)) == (answer,)
    assert [t.status for t in check(data).transactions] == [Status.ACCEPTED]
