"""Which program calls: the token in the Authorization header, and the guard of every API route.

A refused token is an audit event with its digest. Guessing is slowed down by network, and never
holds up a true token: what is looked up first is whether it is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.house import House
from api.http.sessions import NOTHING_HERE, house_of
from api.http.throttle import network_of
from audit.event import Actor, ActorKind, ObjectType, Purpose, machine
from core.errors import ClaimwrightError, ForbiddenError, InputError, NotFoundError
from core.ports import Practice
from tenants.programs import TOKEN, Program, TokenScope, prefix_of, token_digest
from tenants.session import deployment_transaction
from tenants.store import programs as store
from tenants.store import sessions

_NOT_A_TOKEN = "send a token that holds, as: Authorization: Bearer cwt_..."  # noqa: S105


class TokenRefusedError(ClaimwrightError):
    """No token, or one that does not hold: unknown, revoked, expired, its account closed."""

    code = "token-refused"
    http_status = 401
    headers: ClassVar[Mapping[str, str]] = {"www-authenticate": "Bearer"}


class TooManyTokensError(ClaimwrightError):
    """Too many refused tokens from one network."""

    code = "too-many-requests"
    http_status = 429

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"too many refused tokens from this network; wait {wait_seconds} seconds")
        self.headers = {"retry-after": str(wait_seconds)}


class ExposedTokenError(InputError):
    """A token in an address or a cookie, where others may read it."""

    code = "token-exposed"
    http_status = 400


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who called: a program, by one of its tokens."""

    token_id: UUID
    program: Program

    @property
    def actor(self) -> Actor:
        """The program as the actor of audit events."""
        return Actor(kind=ActorKind.CLIENT, id=self.program.id)

    @property
    def about(self) -> dict[ObjectType, list[UUID]]:
        """What an event about the caller names."""
        return {ObjectType.TOKEN: [self.token_id], ObjectType.PRINCIPAL: [self.program.id]}


ApiRequest = Request[Caller, None, State]


async def check_caller(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """The guard of every route of the interface: a token, the scope, the network, the practice."""
    host = connection.client.host if connection.client else ""
    given = connection.headers.getall("authorization", [])
    scope = handler.opt["access"]
    slug = connection.path_params.get("slug")
    connection.scope["user"] = await to_thread.run_sync(
        _admit, house_of(connection), given, host, scope, slug
    )


def _admit(
    house: House, given: list[str], host: str, scope: TokenScope, slug: str | None
) -> Caller:
    caller = _caller(house, given, host)
    if not caller.program.may_call_from(host):
        raise _refused(house, caller, ForbiddenError("this program may not call from here"))
    if scope not in caller.program.scopes:
        raise _refused(house, caller, ForbiddenError(f"this needs the scope {scope}"))
    if slug is not None and caller.program.practice(slug) is None:
        raise _refused(house, caller, NotFoundError(NOTHING_HERE))
    return caller


def _caller(house: House, given: list[str], host: str) -> Caller:
    kind, _, text = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if kind.lower() != "bearer" or not text:
        raise TokenRefusedError(_NOT_A_TOKEN)
    prefix, digest = prefix_of(text), token_digest(text)
    found = None
    if prefix is not None:
        with deployment_transaction(house.runtime.engine) as connection:
            found = store.presented(connection, prefix=prefix, secret_sha256=digest)
    if found is not None and found.live:
        return Caller(token_id=found.token_id, program=found.program)
    about: dict[ObjectType, list[UUID]] = {}
    if found is not None:
        about = Caller(token_id=found.token_id, program=found.program).about
    with house.deployment_work(None) as work:
        wait = sessions.slowed(work.connection, _network_key(host, "refused"))
        if not wait:
            work.record(
                "token.refused",
                about,
                actor=machine("api"),
                purpose=Purpose.SECURITY,
                digests={"token": digest},
            )
    if wait:
        raise TooManyTokensError(wait)
    raise TokenRefusedError(_NOT_A_TOKEN)


def _refused(house: House, caller: Caller, problem: ClaimwrightError) -> ClaimwrightError:
    with house.deployment_work(None) as work:
        work.record("access.refused", caller.about, actor=caller.actor, purpose=Purpose.SECURITY)
    return problem


class ExposedTokens(ASGIMiddleware):
    """Refuses a request with a token in its address or its cookies, and marks the token.

    Addresses and cookies are kept by browsers, proxies and logs. Who sees the mark replaces it.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look before anything else does."""
        if await mark_exposed_token(scope):
            raise ExposedTokenError(
                "a token goes into the Authorization header alone; this one stood where others can "
                "read it, so have it replaced"
            )
        await next_app(scope, receive, send)


async def mark_exposed_token(scope: Scope) -> bool:
    """Whether a token stands where none may; it is recorded, and marked if it is a true one."""
    text = _where_none_may_stand(scope)
    found = TOKEN.search(text) if "cwt_" in text else None
    if found is None:
        return False
    client = scope.get("client")
    host = client[0] if client else ""
    await to_thread.run_sync(_mark, scope["litestar_app"].state["house"], found.group(), host)
    return True


def _where_none_may_stand(scope: Scope) -> str:
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    parts = [scope["path"].encode(), scope["query_string"], *cookies]
    return unquote_to_bytes(b"\n".join(parts)).decode("latin-1")


def _mark(house: House, text: str, host: str) -> None:
    prefix, digest = prefix_of(text), token_digest(text)
    if prefix is None:
        return  # shaped like one, and never one of ours
    with house.deployment_work(None) as work:
        found = store.mark_exposed(work.connection, prefix=prefix, secret_sha256=digest)
        # Whoever makes tokens up fills no log with them.
        if found is None and sessions.slowed(work.connection, _network_key(host, "exposed")):
            return
        work.record(
            "token.exposed",
            {ObjectType.TOKEN: [found]} if found else {},
            actor=machine("api"),
            purpose=Purpose.SECURITY,
            digests={"token": digest},
        )


def caller_of(request: ApiRequest) -> Caller:
    """Who called; the guard has seen to it that somebody did."""
    found = request.scope["user"]
    assert isinstance(found, Caller), "check_caller ran"
    return found


def practice_of(request: ApiRequest) -> Practice:
    """The practice in the address, one of the caller's own; the guard has seen to it."""
    found = caller_of(request).program.practice(request.path_params["slug"])
    assert found is not None, "check_caller ran"
    return found


def _network_key(host: str, what: str) -> bytes:
    return hashlib.sha256(f"api {what}\0{network_of(host)}".encode()).digest()
