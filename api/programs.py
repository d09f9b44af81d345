"""Programs that call the interface: their accounts and tokens, made and ended."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from api.bootstrap import Runtime
from api.deployment import deployment_work
from api.practices import COMMAND
from audit.event import Actor, ObjectType, Purpose
from core.errors import ConflictError, InputError
from tenants.ids import new_id
from tenants.programs import (
    Network,
    Program,
    Token,
    TokenScope,
    expiry,
    new_token,
    prefix_of,
    token_digest,
)
from tenants.session import deployment_transaction
from tenants.store import practices
from tenants.store import programs as store

_NAME_CHARACTERS_MAX = 80


def create_program(
    runtime: Runtime,
    *,
    name: str,
    scopes: frozenset[TokenScope],
    slugs: Sequence[str],
    networks: tuple[Network, ...] = (),
    actor: Actor = COMMAND,
) -> Program:
    """Give a program an account for these practices; it has no token yet."""
    if not 1 <= len(name) <= _NAME_CHARACTERS_MAX or not name.isprintable():
        raise InputError(f"a program has a name of 1 to {_NAME_CHARACTERS_MAX} signs")
    with deployment_transaction(runtime.engine) as connection:
        assigned = tuple(practices.by_slug(connection, slug) for slug in dict.fromkeys(slugs))
    program = Program(id=new_id(), name=name, scopes=scopes, networks=networks, practices=assigned)
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        store.add(work.connection, program)
        about = {
            ObjectType.PRINCIPAL: [program.id],
            ObjectType.PRACTICE: [one.tenant_id for one in assigned],
        }
        work.record("principal.created", about, counts={"scopes": len(scopes)})
    return program


def create_token(
    runtime: Runtime, program_id: UUID, *, days: int, actor: Actor = COMMAND
) -> tuple[Token, str]:
    """A new token of a program, and its text: the only time anybody sees it."""
    now = runtime.clock()
    text = new_token()
    prefix = prefix_of(text)
    assert prefix is not None, "a token we made is one of ours"
    token = Token(id=new_id(), prefix=prefix, created_at=now, expires_at=expiry(now, days))
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        program = store.by_id(work.connection, program_id)
        if not program.active:
            raise ConflictError("this program's account is closed; make a new one")
        store.add_token(
            work.connection, token, program_id=program.id, secret_sha256=token_digest(text)
        )
        about = {ObjectType.TOKEN: [token.id], ObjectType.PRINCIPAL: [program.id]}
        work.record("token.created", about, counts={"days": days})
    return token, text


def revoke_token(
    runtime: Runtime, *, token_id: UUID | None = None, prefix: str = "", actor: Actor = COMMAND
) -> None:
    """End a token, named by its id or its prefix; the next request with it is refused."""
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        found = store.revoke(work.connection, token_id=token_id, prefix=prefix)
        work.record("token.revoked", {ObjectType.TOKEN: [found]})


def close_program(runtime: Runtime, program_id: UUID, *, actor: Actor = COMMAND) -> None:
    """Close a program's account with all of its tokens."""
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        program = store.by_id(work.connection, program_id)
        store.close(work.connection, program.id)
        work.record("principal.closed", {ObjectType.PRINCIPAL: [program.id]})


def programs(runtime: Runtime) -> tuple[tuple[Program, tuple[Token, ...]], ...]:
    """Every program with its tokens."""
    with deployment_transaction(runtime.engine) as connection:
        return tuple((one, store.tokens(connection, one.id)) for one in store.every(connection))
