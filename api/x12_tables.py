"""What ``claimwright x12`` gives a check beside the file: the code tables of the installation."""

from __future__ import annotations

from core.x12.observers import CheckOptions
from tenants.code_tables import code_tables


def x12_options() -> CheckOptions:
    """The options of a check with every table there is."""
    return CheckOptions(tables=code_tables())
