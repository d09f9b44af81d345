"""The audit log in the database: every SQL statement of it stands here.

``record`` writes events in the caller's transaction; a trigger of the database queues them, so
that cannot be forgotten. The rest serves the sequencer (``audit.sequencer``), which also makes the
index by object, the check of the whole log (``audit.log``) and its export (``audit.bundle``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from audit.checkpoint import Checkpoint
from audit.event import Event
from audit.rows import EVENT_COLUMNS, LINE_COLUMNS, StoredLine, event_of, event_row, stored_line
from audit.tree import HASH_BYTES, Frontier
from core.errors import AuditLogError, UnavailableError

__all__ = ["Connection", "TimelineEntry", "record", "timeline"]

_PAGE_ROWS = 2_000
_INDEXED_ONE_BY_ONE = 64

_NOT_WRITTEN = (
    "the audit log cannot be written, so nothing was done or shown; run: claimwright doctor"
)

_COLUMNS = (
    "tenant_id, id, at, actor_kind, actor_id, kind, object_groups, object_ids, counts, digests,"
    " purpose, request_id"
)
_RECORD_ONE = text(
    f"INSERT INTO audit_event ({_COLUMNS}) VALUES (:tenant_id, :id, :at, :actor_kind, :actor_id,"
    " :kind, :object_groups, CAST(:object_ids AS uuid[]), CAST(:counts AS jsonb),"
    " CAST(:digests AS jsonb), :purpose, :request_id)"
)
_RECORD_MANY = text(
    f"""
    INSERT INTO audit_event ({_COLUMNS})
    SELECT tenant_id, id, at, actor_kind, actor_id, kind, object_groups,
           CAST(object_ids AS uuid[]), CAST(counts AS jsonb), CAST(digests AS jsonb),
           purpose, request_id
    FROM unnest(CAST(:tenant_id AS uuid[]), CAST(:id AS uuid[]), CAST(:at AS timestamptz[]),
                CAST(:actor_kind AS text[]), CAST(:actor_id AS uuid[]), CAST(:kind AS text[]),
                CAST(:object_groups AS text[]), CAST(:object_ids AS text[]),
                CAST(:counts AS text[]), CAST(:digests AS text[]), CAST(:purpose AS text[]),
                CAST(:request_id AS uuid[])) AS given ({_COLUMNS})
    """
)


def record(connection: Connection, events: Iterable[Event]) -> int:
    """Write ``events`` in the transaction of ``connection``; how many there were.

    One statement whatever their number. When the business write is rolled back so are its events,
    and when an event cannot be written the business write fails with it. The transaction must
    belong to the events' practice (``app.tenant``); the database refuses any other.
    """
    rows = [event_row(event) for event in events]
    if not rows:
        return 0
    try:
        if len(rows) == 1:
            # One act, one event is the rule, and arrays of one cost three times as much to send.
            connection.execute(_RECORD_ONE, rows[0])
        else:
            many = {name: [row[name] for row in rows] for name in rows[0]}
            connection.execute(_RECORD_MANY, many)
    except DBAPIError as problem:
        # Whatever keeps the log from being written keeps the act from being done (AU-5). A conflict
        # with another transaction is left to the caller, who may try again.
        if str(getattr(problem.orig, "sqlstate", None) or "").startswith("40"):
            raise
        raise UnavailableError(_NOT_WRITTEN) from None
    return len(rows)


def newest_at(connection: Connection, tenant_id: UUID, kinds: Sequence[str]) -> datetime | None:
    """When the newest event of one of these kinds was recorded; None when there is none."""
    return connection.execute(
        text(
            "SELECT max(at) FROM audit_event WHERE tenant_id = :tenant_id AND kind = ANY (:kinds)"
        ),
        {"tenant_id": tenant_id, "kinds": list(kinds)},
    ).scalar()


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a timeline; ``index`` is its place in the tree, None until it is sequenced."""

    event: Event
    index: int | None


_TIMELINE = text(
    f"""
    WITH touched AS (
        SELECT tenant_id, event_id FROM audit_object WHERE object_id = :object_id
        UNION ALL
        SELECT span.tenant_id, span.event_id
        FROM audit_object_span AS span
        JOIN audit_event AS wide ON wide.tenant_id = span.tenant_id AND wide.id = span.event_id
        WHERE span.highest_id >= :object_id AND span.lowest_id <= :object_id
          AND :object_id = ANY (wide.object_ids)
        UNION ALL
        SELECT (SELECT current_tenant()), waiting FROM audit_waiting(:object_id) AS waiting
    )
    SELECT {EVENT_COLUMNS}, leaf.index AS leaf_index
    FROM touched
    JOIN audit_event AS event
      ON event.tenant_id = touched.tenant_id AND event.id = touched.event_id
    LEFT JOIN audit_leaf AS leaf ON leaf.tenant_id = event.tenant_id AND leaf.event_id = event.id
    ORDER BY event.at DESC, event.id DESC
    LIMIT :limit
    """
)


def timeline(
    connection: Connection, object_id: UUID, *, limit: int = 500
) -> tuple[TimelineEntry, ...]:
    """Who did what to one object, newest first; batch events that include it are among them."""
    rows = connection.execute(_TIMELINE, {"object_id": object_id, "limit": limit})
    return tuple(TimelineEntry(event=event_of(row), index=row.leaf_index) for row in rows)


def lock(connection: Connection, name: str) -> None:
    """Wait for, and hold to the end of the transaction, the log's lock called ``name``."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(name)})


def _key(name: str) -> int:
    digest = sha256(b"claimwright audit " + name.encode()).digest()
    return int.from_bytes(digest[:8], "big") - (1 << 63)


def try_to_lead(connection: Connection) -> bool:
    """Whether this session is now the one that sequences; it stays so until it ends."""
    held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key("lead")})
    return bool(held.scalar_one())


def tenants_waiting(connection: Connection) -> tuple[UUID, ...]:
    """The practices with events that are not in their tree yet."""
    return tuple(connection.execute(_WAITING).scalars())


# From one practice to the next by the index: a long queue of one costs no more than a short one.
_WAITING = text(
    """
    WITH RECURSIVE waiting AS (
        (SELECT tenant_id FROM audit_pending ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT tenant_id FROM audit_pending AS further
                WHERE further.tenant_id > waiting.tenant_id ORDER BY tenant_id LIMIT 1)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL
    """
)


# Each by its place or its key, whatever the planner believes of the queue: else the queue may be
# read anew for each of its rows, and the whole log for each batch. What a statement gathers here
# is indexed by object in it: one by one for a few, by their span for many (docs/decisions/0003).
_TAKE = text(
    f"""
    WITH taken AS MATERIALIZED (
        DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM audit_pending WHERE tenant_id = :tenant_id
            ORDER BY transaction_id, event_id LIMIT :limit))
        RETURNING tenant_id, event_id
    ), event AS MATERIALIZED (
        SELECT stored.* FROM taken LEFT JOIN LATERAL (
            SELECT * FROM audit_event AS stored
            WHERE stored.tenant_id = taken.tenant_id AND stored.id = taken.event_id OFFSET 0
        ) AS stored ON true
    ), spanned AS (
        INSERT INTO audit_object_span (tenant_id, highest_id, lowest_id, event_id)
        SELECT tenant_id,
               (SELECT id FROM unnest(object_ids) AS member (id) ORDER BY id DESC LIMIT 1),
               (SELECT id FROM unnest(object_ids) AS member (id) ORDER BY id LIMIT 1),
               event.id
        FROM event WHERE cardinality(object_ids) > {_INDEXED_ONE_BY_ONE}
        ON CONFLICT DO NOTHING
    ), indexed AS (
        INSERT INTO audit_object (tenant_id, object_id, event_id)
        SELECT tenant_id, member.id, event.id
        FROM event CROSS JOIN LATERAL unnest(object_ids) AS member (id)
        WHERE cardinality(object_ids) <= {_INDEXED_ONE_BY_ONE}
        ON CONFLICT DO NOTHING
    )
    SELECT NULL AS leaf_index, NULL AS leaf_hash, {LINE_COLUMNS}
    FROM event ORDER BY event.at, event.id
    """
)


def take_waiting(connection: Connection, tenant_id: UUID, limit: int) -> tuple[StoredLine, ...]:
    """Take up to ``limit`` events off the queue, oldest first, with the bytes they hash as."""
    rows = connection.execute(_TAKE, {"tenant_id": tenant_id, "limit": limit})
    found = tuple(map(stored_line, rows.all()))
    if any(one.event_id is None for one in found):
        raise AuditLogError("an audit event was removed before it entered the log")
    return found


def add_leaves(
    connection: Connection, tenant_id: UUID, first: int, leaves: Sequence[tuple[str, bytes]]
) -> None:
    """Store (event id, leaf hash) at ``first`` and on."""
    # Two values, not two arrays: the driver takes as long to write those as the rest of a round.
    connection.execute(
        _ADD_LEAVES,
        {
            "tenant_id": tenant_id,
            "first": first,
            "ids": "{" + ",".join([event_id for event_id, _ in leaves]) + "}",
            "hashes": b"".join([leaf for _, leaf in leaves]),
        },
    )


_ADD_LEAVES = text(
    f"""
    INSERT INTO audit_leaf (tenant_id, index, event_id, hash)
    SELECT :tenant_id, :first + place - 1, event_id,
           substring(CAST(:hashes AS bytea) FROM (place::integer - 1) * {HASH_BYTES} + 1
                     FOR {HASH_BYTES})
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given (event_id, place)
    """
)


class StoredCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as stored, with the edge from which the tree goes on growing."""

    size: int
    root: bytes
    frontier: Frontier
    note: str


def last_checkpoint(connection: Connection, tenant_id: UUID) -> StoredCheckpoint | None:
    """The newest checkpoint of a practice."""
    row = connection.execute(
        text(
            "SELECT size, root, frontier, note FROM audit_checkpoint"
            " WHERE tenant_id = :tenant_id ORDER BY size DESC LIMIT 1"
        ),
        {"tenant_id": tenant_id},
    ).first()
    if row is None:
        return None
    hashes = tuple(
        row.frontier[at : at + HASH_BYTES] for at in range(0, len(row.frontier), HASH_BYTES)
    )
    frontier = Frontier(size=row.size, hashes=hashes)
    return StoredCheckpoint(size=row.size, root=row.root, frontier=frontier, note=row.note)


def add_checkpoint(
    connection: Connection, checkpoint: Checkpoint, frontier: Frontier, now: datetime
) -> None:
    """Store a checkpoint, and that it has yet to leave the database."""
    connection.execute(
        text(
            """
            WITH added AS (
                INSERT INTO audit_checkpoint (tenant_id, size, root, frontier, note, signed_at)
                VALUES (:tenant_id, :size, :root, :frontier, :note, :now)
                RETURNING tenant_id, size
            )
            INSERT INTO audit_unpublished (tenant_id, size) SELECT tenant_id, size FROM added
            """
        ),
        {
            "tenant_id": checkpoint.tenant_id,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "frontier": b"".join(frontier.hashes),
            "note": checkpoint.note,
            "now": now,
        },
    )


def unpublished(connection: Connection) -> tuple[tuple[UUID, int, str], ...]:
    """Practice, size and note of checkpoints that have yet to leave the database, in order."""
    rows = connection.execute(
        text(
            "SELECT tenant_id, size, note FROM audit_unpublished"
            " JOIN audit_checkpoint USING (tenant_id, size) ORDER BY tenant_id, size"
        )
    )
    return tuple((row.tenant_id, row.size, row.note) for row in rows)


def mark_published(connection: Connection, tenant_id: UUID, size: int) -> None:
    """A practice's checkpoints up to ``size`` are outside now."""
    connection.execute(
        text("DELETE FROM audit_unpublished WHERE tenant_id = :tenant_id AND size <= :size"),
        {"tenant_id": tenant_id, "size": size},
    )


def read_only_snapshot(connection: Connection) -> None:
    """Make the transaction that just began one unchanging view, which may write nothing."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def logged_tenants(connection: Connection) -> tuple[UUID, ...]:
    """Every practice with an event, a leaf or a checkpoint."""
    rows = connection.execute(
        text(
            "SELECT tenant_id FROM audit_event UNION SELECT tenant_id FROM audit_leaf"
            " UNION SELECT tenant_id FROM audit_checkpoint ORDER BY 1"
        )
    )
    return tuple(rows.scalars())


def notes(connection: Connection, tenant_id: UUID, *, patience_seconds: int = 0) -> tuple[str, ...]:
    """The notes of a practice's checkpoints, smallest first; the youngest only without patience."""
    rows = connection.execute(
        text(
            "SELECT note FROM audit_checkpoint WHERE tenant_id = :tenant_id AND (:patience = 0"
            " OR signed_at < now() - make_interval(secs => :patience)) ORDER BY size"
        ),
        {"tenant_id": tenant_id, "patience": patience_seconds},
    )
    return tuple(rows.scalars())


def stored_lines(
    connection: Connection, tenant_id: UUID, *, first: int = 0
) -> Iterator[StoredLine]:
    """The log of a practice from leaf ``first`` on, in order of its index, a page at a time.

    Each event by its key, as above: a plan for any ``first`` may join the whole log for each page.
    """
    statement = text(
        f"""
        SELECT leaf.index AS leaf_index, leaf.hash AS leaf_hash, {LINE_COLUMNS}
        FROM (SELECT tenant_id, index, event_id, hash FROM audit_leaf
              WHERE tenant_id = :tenant_id AND index >= :first ORDER BY index LIMIT :limit) AS leaf
        LEFT JOIN LATERAL (
            SELECT * FROM audit_event AS stored
            WHERE stored.tenant_id = leaf.tenant_id AND stored.id = leaf.event_id OFFSET 0
        ) AS event ON true
        ORDER BY leaf.index
        """
    )
    while True:
        rows = connection.execute(
            statement, {"tenant_id": tenant_id, "first": first, "limit": _PAGE_ROWS}
        ).all()
        yield from map(stored_line, rows)
        if len(rows) < _PAGE_ROWS:
            return
        first = rows[-1].leaf_index + 1


def leaf_of(connection: Connection, tenant_id: UUID, event_id: UUID) -> StoredLine | None:
    """One event with its place in the tree."""
    row = connection.execute(
        text(
            f"""
            SELECT leaf.index AS leaf_index, leaf.hash AS leaf_hash, {LINE_COLUMNS}
            FROM audit_leaf AS leaf
            JOIN audit_event AS event
              ON event.tenant_id = leaf.tenant_id AND event.id = leaf.event_id
            WHERE leaf.tenant_id = :tenant_id AND leaf.event_id = :event_id
            """
        ),
        {"tenant_id": tenant_id, "event_id": event_id},
    ).first()
    return None if row is None else stored_line(row)


def leaf_hashes(connection: Connection, tenant_id: UUID, size: int) -> list[bytes]:
    """The first ``size`` leaf hashes of a practice, in order."""
    rows = connection.execute(
        text(
            "SELECT hash FROM audit_leaf WHERE tenant_id = :tenant_id AND index < :size"
            " ORDER BY index"
        ),
        {"tenant_id": tenant_id, "size": size},
    )
    return list(rows.scalars())


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a practice: all, waiting for the sequencer (longer than ``patience_seconds``), in
    neither queue nor tree; and how many have left the queue and are not, or not rightly, in the
    index by object that timelines are read from."""

    events: int
    waiting: int
    lost: int
    unindexed: int


def tally(connection: Connection, tenant_id: UUID, patience_seconds: int = 0) -> Tally:
    """Count a practice's events by where they stand."""
    row = connection.execute(
        text(
            """
            SELECT count(*) AS events,
                   count(pending.event_id) FILTER (WHERE :patience = 0 OR event.transaction_at
                                                   < now() - make_interval(secs => :patience))
                   AS waiting,
                   count(*) FILTER (WHERE pending.event_id IS NULL AND leaf.event_id IS NULL)
                   AS lost
            FROM audit_event AS event
            LEFT JOIN audit_pending AS pending
                   ON pending.tenant_id = event.tenant_id AND pending.event_id = event.id
            LEFT JOIN audit_leaf AS leaf
                   ON leaf.tenant_id = event.tenant_id AND leaf.event_id = event.id
            WHERE event.tenant_id = :tenant_id
            """
        ),
        {"tenant_id": tenant_id, "patience": patience_seconds},
    ).one()
    unindexed = connection.execute(_UNINDEXED, {"tenant_id": tenant_id}).scalar_one()
    return Tally(events=row.events, waiting=row.waiting, lost=row.lost, unindexed=unindexed)


_WAITS = (
    "SELECT FROM audit_pending AS pending"
    " WHERE pending.tenant_id = event.tenant_id AND pending.event_id = event.id"
)
_UNINDEXED = text(
    f"""
    SELECT (
        SELECT count(DISTINCT event.id)
        FROM audit_event AS event
        CROSS JOIN LATERAL unnest(event.object_ids) AS member (id)
        LEFT JOIN audit_object AS indexed
               ON indexed.tenant_id = event.tenant_id AND indexed.object_id = member.id
              AND indexed.event_id = event.id
        WHERE event.tenant_id = :tenant_id
          AND cardinality(event.object_ids) <= {_INDEXED_ONE_BY_ONE}
          AND indexed.event_id IS NULL AND NOT EXISTS ({_WAITS})
    ) + (
        SELECT count(*)
        FROM audit_event AS event
        LEFT JOIN audit_object_span AS span
               ON span.tenant_id = event.tenant_id AND span.event_id = event.id
        WHERE event.tenant_id = :tenant_id
          AND cardinality(event.object_ids) > {_INDEXED_ONE_BY_ONE} AND NOT EXISTS ({_WAITS})
          AND (span.event_id IS NULL OR EXISTS (
              SELECT FROM unnest(event.object_ids) AS member (id)
              WHERE member.id NOT BETWEEN span.lowest_id AND span.highest_id))
    )
    """
)


class Unaccounted(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that changed rows in a transaction without an audit event."""

    tenant_id: UUID
    at: datetime
    table: str
    operation: str
    rows: int


def unaccounted(
    connection: Connection, since: datetime | None, limit: int
) -> tuple[Unaccounted, ...]:
    """Captured changes whose transaction has no event, oldest first."""
    rows = connection.execute(
        text(
            """
            SELECT tenant_id, transaction_at AS at, table_name AS "table", operation,
                   rows_count AS rows
            FROM audit_capture AS capture
            WHERE (CAST(:since AS timestamptz) IS NULL OR transaction_at >= :since)
              AND NOT EXISTS (
                SELECT FROM audit_event AS event
                WHERE event.tenant_id = capture.tenant_id
                  AND event.transaction_id = capture.transaction_id
                  AND event.transaction_at = capture.transaction_at)
            ORDER BY transaction_at, id LIMIT :limit
            """
        ),
        {"since": since, "limit": limit},
    )
    return tuple(Unaccounted(**row._mapping) for row in rows)
