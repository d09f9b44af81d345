"""Answering a request as its reviewer would: what was asked, said back with decisions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from core.eligibility.authorizations import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Decision,
    Party,
    Service,
    Trace,
)


def answer_to(
    request: AuthorizationRequest,
    decision: Decision,
    decide: Callable[[Service], Decision],
    *,
    control_number: str,
    final: bool = True,
) -> AuthorizationAnswer:
    """The answer to ``request``: ``decision`` on the event, ``decide`` asked for each service.

    The requester's numbers come back as its own (TRN01 2), so that it finds event and services
    again. Papers, the parties' addresses and whatever only a request may say stay out.
    """
    event = request.event
    services = tuple(
        msgspec.structs.replace(
            service,
            traces=_returned(service.traces),
            attachments=(),
            providers=tuple(map(_named, service.providers)),
            decision=decide(service),
        )
        for service in event.services
    )
    return AuthorizationAnswer(
        control_number=control_number,
        reference=request.reference,
        kind="18" if final else "19",
        reviewer=_named(request.reviewer),
        requesters=tuple(map(_named, request.requesters)),
        subscriber=request.subscriber,
        dependent=request.dependent,
        event=msgspec.structs.replace(
            event,
            traces=_returned(event.traces),
            conditions=(),
            attachments=(),
            other_reviewers=(),
            providers=tuple(map(_named, event.providers)),
            decision=decision,
            services=services,
        ),
    )


def _returned(traces: tuple[Trace, ...]) -> tuple[Trace, ...]:
    return tuple(msgspec.structs.replace(trace, kind="2") for trace in traces)


def _named(party: Party) -> Party:
    return msgspec.structs.replace(party, address=None, contact=None)
