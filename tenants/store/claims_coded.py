"""The open claims of a practice by their procedure codes; nothing about a patient.

Read in the transaction of the practice, before a release of a table is put in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, text

from core.claims.position import Stage

UNSENT = (Stage.DRAFT, Stage.HELD, Stage.READY, Stage.REJECTED)
"""Claims that will be judged again before they leave."""
AT_PAYER = (Stage.BATCHED, Stage.SENT, Stage.RECEIVED, Stage.ACCEPTED, Stage.DENIED)
"""Claims that left and are not paid."""

_CODES = text("""
SELECT c.stage, array_agg(DISTINCT l.code) AS codes
  FROM claim c
  JOIN service_line l ON l.tenant_id = c.tenant_id AND l.claim_id = c.id
 WHERE c.stage = ANY(:stages) AND l.service_from BETWEEN :first AND :last
 GROUP BY c.id, c.stage
""")


def open_claims(
    connection: Connection, first: date, last: date
) -> Iterator[tuple[Stage, frozenset[str]]]:
    """Stage and codes of each open claim with a service from ``first`` to ``last``."""
    stages = [stage.value for stage in (*UNSENT, *AT_PAYER)]
    rows = connection.execute(_CODES, {"stages": stages, "first": first, "last": last})
    for row in rows:
        yield Stage(row.stage), frozenset(code for code in row.codes if code)
