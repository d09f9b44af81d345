"""The published tables of an installation that has loaded none."""

from __future__ import annotations

from collections.abc import Collection

from core.rule_ports import Reference
from core.rules.tables import NO_TABLES, Tables


class NothingLoaded:
    """Implements ``core.rule_ports.Reference``: no table is there, so no rule has an opinion."""

    def digest(self, names: Collection[str]) -> str:
        """Nothing answers."""
        return ""

    def tables(self, names: Collection[str]) -> Tables:
        """No tables."""
        return NO_TABLES


NO_REFERENCE: Reference = NothingLoaded()
