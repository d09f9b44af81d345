"""One sealed value in one of two columns: that of all rows, or that of Part 2 programs.

Which one it is says the label of the claim (42 CFR Part 2); ``tenants.part_two`` moves what lies in
the first although its claim got the label later.
"""

from __future__ import annotations

from uuid import UUID

from core.confidentiality import FieldClass, Sensitivity
from tenants.sealed import CLINICAL_COLUMN
from tenants.sealer import Sealer

_SUBSTANCE_USE = FieldClass.SUBSTANCE_USE.value


class EitherColumn:
    """How the value lies in ``table``; ``columns`` are its two, in the order of ``seal``."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._clinical = CLINICAL_COLUMN[table]
        self.columns = (self._clinical, _SUBSTANCE_USE)

    def seal(
        self, sealer: Sealer, row_id: UUID, plaintext: bytes, sensitivity: Sensitivity
    ) -> tuple[bytes | None, bytes | None]:
        """The two columns of a row of a claim with this label; one of them is empty."""
        if sensitivity is Sensitivity.SUBSTANCE_USE:
            return None, sealer.seal(self._table, _SUBSTANCE_USE, row_id, plaintext)
        return sealer.seal(self._table, self._clinical, row_id, plaintext), None

    def open(
        self, sealer: Sealer, row_id: UUID, clinical: bytes | None, substance_use: bytes | None
    ) -> bytes | None:
        """The value of a row with these two columns; None where both are empty."""
        if substance_use is not None:
            return sealer.open(self._table, _SUBSTANCE_USE, row_id, substance_use)
        if clinical is not None:
            return sealer.open(self._table, self._clinical, row_id, clinical)
        return None
