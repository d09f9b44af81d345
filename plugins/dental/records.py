"""What a dental visit documents beside its charges."""

from __future__ import annotations

import msgspec

from plugins import RecordType


class Restoration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filling: ``material`` is amalgam or composite. On the charge, beside its tooth."""

    material: str


RESTORATION = RecordType(
    id="dental.restoration",
    title="Restoration",
    source="dental.md s.2, surface-count table",
    type=Restoration,
)

RECORDS = (RESTORATION,)
