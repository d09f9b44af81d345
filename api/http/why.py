"""The page that says of one claim which rules looked, what they said, and why."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from msgspec.structs import replace

from api.http.answers import in_thread, page
from api.http.claim import SHOWS, claim_address
from api.http.claim_access import opened, role_sight, seen_words, sees_clinical, sight_of
from api.http.sessions import PageRequest, house_of
from core.errors import ForbiddenError
from core.ports import ClaimRecord, FindingAnswer
from core.scrub.explain import RuleTold, Verdict
from core.sight import Shown, Sight
from core.usecases.explain_claim import explain_claim
from tenants.staff import Right
from tenants.store import claim_page

_GROUPS = (
    ("Spoke", lambda one: one.verdict is Verdict.WON),
    ("Gave way to another rule", lambda one: one.verdict is Verdict.LOST),
    ("Could not judge", lambda one: one.verdict is Verdict.NO_OPINION and bool(one.lines)),
    ("Looked and found nothing", lambda one: one.verdict is Verdict.QUIET),
    ("Is about something else", lambda one: one.verdict is Verdict.NO_OPINION and not one.lines),
)


@get(
    "/practices/{slug:str}/claims/{claim_id:uuid}/why",
    opt={"access": Right.WORK_QUEUE, "shows": SHOWS},
)
@in_thread
def why(request: PageRequest) -> Response[Any]:
    """Every rule on this claim as it is today."""
    runtime = house_of(request).runtime
    with opened(request) as (uow, record):
        if not sees_clinical(role_sight(request), record):
            raise ForbiddenError("your role does not see what rules say of this claim")
        record, told = explain_claim(uow, record.id, runtime.rule_book(uow.tenant_id))
        practice, answers = uow.practice, _answers(uow, record, sight_of(request, uow, record))
        seen = role_sight(request)
        told = replace(
            told,
            rules=tuple(
                replace(
                    rule,
                    findings=tuple(
                        replace(one, finding=seen_words(one.finding, record, seen))
                        for one in rule.findings
                    ),
                )
                for rule in told.rules
            ),
        )
    return page(
        request,
        "why.html",
        here="queue",
        practice=practice,
        address=claim_address(practice, record.id),
        number=record.claim.claim_number,
        told=told,
        answers=answers,
        groups=[(title, _chosen(told.rules, belongs)) for title, belongs in _GROUPS],
    )


def _chosen(rules: tuple[RuleTold, ...], belongs: Any) -> list[RuleTold]:
    return [one for one in rules if belongs(one)]


def _answers(uow: Any, record: ClaimRecord, sight: Sight) -> list[tuple[FindingAnswer, str]]:
    """What people answered to findings, also to those a later scrub took; with their names.

    Their reasons may speak of the patient, as those of overrides may.
    """
    found = uow.claims.answers(record.id)
    if sight[record.clinical_class] is not Shown.WHOLE:
        found = tuple(replace(one, reason="") for one in found)
    known = claim_page.people(uow.connection, {one.by for one in found}) if found else {}
    return [(one, known.get(one.by, "somebody")) for one in found]
