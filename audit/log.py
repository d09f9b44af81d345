"""Verify the whole audit log where it lives, against its signatures and the files outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from audit import outside, store, verify
from audit.checkpoint import CheckpointVerifier
from audit.store import Connection
from core.errors import AuditLogError

# A gap wider than this is reported as a log cut short instead of entry by entry.
_GAP_ENTRIES_MAX = 1_000


class LogProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one practice's log; ``first`` to ``last`` are indexes, -1 for none."""

    tenant_id: UUID
    first: int
    last: int
    sentence: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome: how many events there are, whether all of them verify, and what does not."""

    events: int
    practices: int
    verified: bool
    sentence: str
    problems: tuple[LogProblem, ...]


def verify_all(
    connection: Connection,
    verifier: CheckpointVerifier,
    checkpoint_folder: Path,
    *,
    patience_seconds: int = 0,
) -> Verification:
    """Recompute every log from its stored bytes.

    It verifies when every event is in its tree, every checkpoint (in the database and outside) is
    rightly signed and has the root of that many events, and the newest checkpoint is outside too.
    What is younger than ``patience_seconds`` may still be on its way: while people work, some event
    always waits. ``connection`` is one that may see all practices (the sequencer's), outside any
    transaction. Nothing is written.
    """
    # The files are read before the snapshot: whatever they hold was committed before it.
    outer = _outer_notes(checkpoint_folder)
    events = 0
    problems: list[LogProblem] = []
    with connection.begin():
        store.read_only_snapshot(connection)
        tenants = sorted({*store.logged_tenants(connection), *outer})
        for tenant_id in tenants:
            tally = store.tally(connection, tenant_id, patience_seconds)
            events += tally.events
            found = _verify_one(
                connection, verifier, tenant_id, outer.get(tenant_id, ()), tally, patience_seconds
            )
            problems += (
                LogProblem(tenant_id=tenant_id, first=first, last=last, sentence=sentence)
                for first, last, sentence in found
            )
    return Verification(
        events=events,
        practices=len(tenants),
        verified=not problems,
        sentence=_sentence(events, len(tenants), problems),
        problems=tuple(problems),
    )


def _verify_one(
    connection: Connection,
    verifier: CheckpointVerifier,
    tenant_id: UUID,
    outer: tuple[str, ...],
    tally: store.Tally,
    patience_seconds: int,
) -> Iterator[verify.Problem]:
    signed: list[verify.Signed] = []
    inner = store.notes(connection, tenant_id)
    for place, notes in (("in the database", inner), ("outside the database", outer)):
        for note in notes:
            found = verify.open_note(note, verifier.key, verifier.origin(tenant_id))
            if found is None:
                yield verify.Problem(-1, -1, f"a checkpoint {place} is not signed for this log")
            else:
                signed.append(found)
    settled = store.notes(connection, tenant_id, patience_seconds=patience_seconds)
    if not (set(settled[-1:]) <= set(outer) and set(outer[-1:]) <= set(inner)):
        yield verify.Problem(-1, -1, "the newest checkpoint is not the newest one outside")
    report = verify.check(_entries(connection, tenant_id), signed, str(tenant_id))
    yield from report.problems
    if tally.waiting:
        yield verify.Problem(-1, -1, f"{tally.waiting} events wait for the sequencer")
    if tally.unindexed:
        yield verify.Problem(
            -1, -1, f"{tally.unindexed} events are missing from the index that timelines use"
        )
    if tally.lost:
        yield verify.Problem(-1, -1, f"{tally.lost} events are neither in the log nor waiting")


def _entries(
    connection: Connection, tenant_id: UUID
) -> Iterator[tuple[bytes | None, bytes | None]]:
    """(line, leaf hash) by index; a missing index appears as an empty pair, so it is named."""
    expected = 0
    for stored in store.stored_lines(connection, tenant_id):
        index = expected if stored.index is None else stored.index
        if index - expected > _GAP_ENTRIES_MAX:
            return
        for _ in range(expected, index):
            yield None, None
        yield stored.line, stored.leaf
        expected = index + 1


def _outer_notes(folder: Path) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.checkpoints")):
        try:
            tenant_id = UUID(path.stem)
        except ValueError:
            continue
        try:
            found[tenant_id] = tuple(outside.published(folder, tenant_id))
        except AuditLogError:
            # An empty note has no signature, so the damage is reported for this log like any other.
            found[tenant_id] = ("",)
    return found


def _sentence(events: int, practices: int, problems: list[LogProblem]) -> str:
    logs = "1 log" if practices == 1 else f"{practices} logs"
    if not problems:
        return f"{events} audit events in {logs} verify against their signed checkpoints"
    first = problems[0]
    more = f"; {len(problems) - 1} further problems" if len(problems) > 1 else ""
    return f"the audit log does not verify: practice {first.tenant_id}: {first.sentence}{more}"
