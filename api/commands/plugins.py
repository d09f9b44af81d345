"""``plugin``: specialties of partners."""

from __future__ import annotations

from typing import Any

from api.commands import plugin_dev, plugin_kit, plugin_life, plugin_practice, replay


def add(commands: Any) -> None:
    """The command ``plugin``."""
    actions = commands.add_parser("plugin", help="specialties written by partners").add_subparsers(
        required=True, metavar="ACTION"
    )
    plugin_life.add(actions)
    plugin_practice.add(actions)
    plugin_kit.add(actions)
    plugin_dev.add(actions)
    replay.add_backtest(actions)
