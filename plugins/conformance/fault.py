"""One thing that is wrong with a plugin, with the place where it stands and what to do."""

from __future__ import annotations

from core.claims.parties import Value


class Fault(Value, frozen=True, kw_only=True):
    """``check`` names what was looked at, ``where`` is ``file:line`` where it is known.

    A warning is worth reading and refuses nothing.
    """

    check: str
    message: str
    where: str = ""
    rule: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}"


def worst_first(faults: list[Fault]) -> tuple[Fault, ...]:
    """Each said once: errors before warnings, then by place."""
    unique = dict.fromkeys(faults)
    return tuple(sorted(unique, key=lambda one: (one.is_warning, one.check, _place(one.where))))


def _place(where: str) -> tuple[str, int]:
    path, _, line = where.rpartition(":")
    return (path, int(line)) if line.isdigit() else (where, 0)
