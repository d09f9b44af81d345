"""Proving that a restored database is the one that was backed up: one answer a question."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import msgspec

from api.backup.manifest import Manifest
from audit.event import DEPLOYMENT
from audit.log import verify_all
from audit.restored import Gap, gather
from audit.sequencer import sequence
from core.confidentiality import FieldClass
from core.errors import AuditLogError, ClaimwrightError
from tenants.keyring import LocalKeyring
from tenants.keys import TenantKeys
from tenants.session import make_engine
from tenants.store import whole
from tenants.store.keys import Connection
from tenants.uow import Clock


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    ok: bool
    sentence: str


class AuditProof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the audit log, and what checkpoints kept elsewhere show to be missing."""

    proof: Proof
    gaps: tuple[Gap, ...]


def prove_rows(connection: Connection, manifest: Manifest, keys: TenantKeys) -> list[Proof]:
    """Compare everything in the database with the manifest; the connection sees all practices."""
    return [
        _same("schema", "tables, keys, triggers and policies", whole.schema_facts(connection),
              manifest.schema),
        _same("rows", "contents of tables", whole.contents(connection), manifest.contents),
        _ledger(connection, manifest),
        prove_cells(connection, keys),
    ]  # fmt: skip


def _same(name: str, what: str, found: Iterable[object], stated: Iterable[object]) -> Proof:
    here, there = set(found), set(stated)
    if here == there:
        return Proof(name=name, ok=True, sentence=f"{len(here):,} {what} are as they were")
    differing = sorted(map(_name_of, here ^ there))
    return Proof(
        name=name,
        ok=False,
        sentence=f"{len(differing)} {what} differ from the backup, first: {differing[0]}",
    )


def _name_of(fact: object) -> str:
    return fact.table if isinstance(fact, whole.TableContent) else " ".join(str(fact).split()[:3])


def _ledger(connection: Connection, manifest: Manifest) -> Proof:
    found = whole.balances(connection)
    sums: dict[UUID, int] = {}
    for one in found:
        sums[one.tenant_id] = sums.get(one.tenant_id, 0) + one.cents
    off = sum(1 for cents in sums.values() if cents)
    ok = found == manifest.balances and not off
    sentence = (
        f"the ledgers of {len(sums)} practices balance, every account as it was"
        if ok
        else f"the trial balance is not the one of the backup ({off} practices out of balance)"
    )
    return Proof(name="ledger", ok=ok, sentence=sentence)


def prove_cells(connection: Connection, keys: TenantKeys) -> Proof:
    """Open every sealed value there is; nothing of it is kept."""
    columns = whole.sealed_columns()
    wrapped = whole.wrapped_keys(connection)
    destroyed = {key.tenant_id for key in wrapped if key.destroyed}
    usable = {key.tenant_id for key in wrapped if not key.destroyed} - destroyed
    opened = 0
    try:
        for tenant_id in sorted(usable):
            sealer = keys.for_tenant(connection, tenant_id, frozenset(FieldClass))
            for table, column in columns:
                for cell in whole.sealed_cells(connection, tenant_id, table, column):
                    sealer.open(cell.table, cell.column, cell.row_id, cell.sealed)
                    opened += 1
    except ClaimwrightError as problem:
        return Proof(name="sealed values", ok=False, sentence=problem.message)
    shredded = f"; the keys of {len(destroyed)} practices were destroyed" if destroyed else ""
    practices = len(usable - {DEPLOYMENT})
    return Proof(
        name="sealed values",
        ok=True,
        sentence=f"{opened:,} sealed values of {practices} practices open with their keys"
        + shredded,
    )


def prove_audit(
    sequencer_url: str,
    manifest: Manifest,
    keyring: LocalKeyring,
    *,
    kept: Path | None,
    folder: Path,
    clock: Clock,
) -> AuditProof:
    """Recompute every audit log of the restored database and compare it with what was signed.

    The checkpoints it has are written to ``folder``, from which the installation goes on; those in
    ``kept`` were outside the lost machine and show what happened after the backup.
    """
    engine = make_engine(sequencer_url, pool_size=1)
    verifier = keyring.signer().verifier
    try:
        with engine.connect() as connection:
            with connection.begin():
                as_stated = whole.signed_trees(connection) == manifest.trees
            gaps = gather(connection, verifier, kept, folder)
            # What waited when the backup was made enters its tree now; nothing else is added.
            sequence(connection, keyring.signer(), clock(), folder)
            verified = verify_all(connection, verifier, folder)
    except AuditLogError as problem:
        return AuditProof(
            proof=Proof(name="audit log", ok=False, sentence=problem.message), gaps=()
        )
    finally:
        engine.dispose()
    if not as_stated:
        sentence = "the newest checkpoints are not those of the backup"
    elif verified.verified:
        sentence = f"{verified.sentence}; every root is the one that was signed"
    else:
        sentence = verified.sentence
    proof = Proof(name="audit log", ok=as_stated and verified.verified, sentence=sentence)
    return AuditProof(proof=proof, gaps=gaps)
