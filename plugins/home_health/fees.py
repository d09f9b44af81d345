"""Invented fees for the demonstration."""

from __future__ import annotations

from plugins.tables import demonstration_schedules

DEMONSTRATION = demonstration_schedules("plugins.home_health", "HH")
