"""Routes about what claims are judged by: the rules people wrote, and the payers' policies."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get

from api.http.answers import in_thread
from api.http.sessions import house_of
from api.http.v1.callers import ApiRequest, caller_of, practice_of
from core.rules.declared_versions import standings
from core.rules.declared_words import rule_in_words
from core.rules.policy_library import standings as policy_standings
from tenants.programs import TokenScope
from tenants.store.policies import library


class RuleEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as it stands today: the version that is switched on, or the draft."""

    id: str
    version: int
    layer: str
    state: str
    title: str
    document: str
    first_day: date | None
    last_day: date | None
    says: tuple[str, ...]


class RulesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The rules people wrote that the practice follows, drafts among them."""

    rules: tuple[RuleEntry, ...]


class PolicyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One policy on the days it holds. `stale`: why it wants looking at.

    `value` is in the shape of docs/knobs.md; `of` is `payer` where every practice follows it.
    """

    of: str
    knob: str
    value: object
    payer_kind: str
    payer_id: str
    plan: str
    state: str
    document: str
    page: str
    first_day: date | None
    last_day: date | None
    stale: tuple[str, ...]


class PoliciesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What payers ask of the practice's claims."""

    policies: tuple[PolicyEntry, ...]


@get(
    "/api/v1/practices/{slug:str}/rules",
    opt={"access": TokenScope.RULES_READ, "answer": RulesAnswer},
)
@in_thread
def list_rules(request: ApiRequest) -> Response[bytes]:
    """The rules people wrote that this practice follows."""
    with _work(request) as uow:
        found = standings(uow.declared_rules.every(), uow.today)
    entries = tuple(
        RuleEntry(
            id=one.id,
            version=one.shown.version,
            layer=one.shown.layer.value,
            state=one.state,
            title=one.shown.title,
            document=one.shown.source,
            first_day=one.shown.effective.first,
            last_day=one.shown.effective.last,
            says=tuple(rule_in_words(one.shown)),
        )
        for one in found
    )
    return _json(RulesAnswer(rules=entries))


@get(
    "/api/v1/practices/{slug:str}/policies",
    opt={"access": TokenScope.RULES_READ, "answer": PoliciesAnswer},
)
@in_thread
def list_policies(request: ApiRequest) -> Response[bytes]:
    """What payers ask of this practice's claims, each entry on the days it holds."""
    with _work(request) as uow:
        found = policy_standings(library(uow.connection), uow.today)
    entries = tuple(
        PolicyEntry(
            of=one.entry.layer.value,
            knob=one.entry.knob,
            value=one.entry.value,
            payer_kind=one.entry.payer_kind,
            payer_id=one.entry.payer_id,
            plan=one.entry.plan,
            state=one.entry.state,
            document=one.entry.document,
            page=one.entry.page,
            first_day=one.window.first,
            last_day=one.window.last,
            stale=tuple(one.stale),
        )
        for one in found
        if one.window is not None and one.entry.value is not None
    )
    return _json(PoliciesAnswer(policies=entries))


def _work(request: ApiRequest) -> Any:
    caller = caller_of(request)
    practice = practice_of(request)
    return house_of(request).runtime.unit_of_work(practice.tenant_id, caller.actor)


def _json(value: msgspec.Struct) -> Response[bytes]:
    return Response(content=msgspec.json.encode(value), media_type="application/json")
