"""Every kind of published table there is: one module of values each, one line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from core.codes.published import Kind
from core.errors import InputError

_MODULES = (
    "core.codes.ncci_pairs",
    "core.codes.ncci_units",
    "core.codes.ncci_add_ons",
    "core.codes.icd_files",
    "core.codes.icd_index",
    "core.codes.published_lists",
    "core.codes.hcpcs_files",
)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name."""
    return {kind.name: kind for module in _MODULES for kind in import_module(module).KINDS}


def kind_of(name: str) -> Kind:
    """The kind called ``name``; ``InputError`` with the names there are."""
    try:
        return kinds()[name]
    except KeyError:
        raise InputError(
            f"there is no such kind of table; the kinds are {', '.join(sorted(kinds()))}"
        ) from None
