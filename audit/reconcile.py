"""Whether everything that changed has an event: the captured changes against the audit log.

The database refuses a transaction of the application that changes rows without an event. What is
left to find is who could go round that: an owner or administrator of the database.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from audit import store
from audit.store import Connection, Unaccounted

_SHOWN_MAX = 100


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; of many unaccounted changes only the first hundred are listed."""

    accounted: bool
    sentence: str
    changes: tuple[Unaccounted, ...]


def reconcile(connection: Connection, *, since: datetime | None = None) -> Reconciliation:
    """Compare every change captured from ``since`` on with the events of its transaction.

    ``connection`` is the sequencer's, which sees all practices, outside any transaction.
    """
    with connection.begin():
        store.read_only_snapshot(connection)
        changes = store.unaccounted(connection, since, _SHOWN_MAX)
    if not changes:
        sentence = "every captured change has an audit event in its transaction"
    else:
        first = changes[0]
        more = "at least " if len(changes) == _SHOWN_MAX else ""
        sentence = (
            f"{more}{len(changes)} changes have no audit event; the first: {first.operation} of"
            f" {first.rows} rows of {first.table} at {first.at:%Y-%m-%d %H:%M:%S} UTC"
        )
    return Reconciliation(accounted=not changes, sentence=sentence, changes=changes)
