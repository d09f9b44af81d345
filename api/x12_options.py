"""What ``claimwright x12`` gives a check beside the file: code tables, and a partner's profile.

A profile is named (those shipped) or a file (the operator's own).
"""

from __future__ import annotations

from pathlib import Path

from api.settings import read
from api.tables.code_tables import loaded_code_tables
from core.errors import InputError
from core.x12.check import CheckOptions
from core.x12.profiles import Profile, read_profile

SHIPPED = Path(__file__).parent / "profiles"


def shipped_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with the product."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_profile(name: str) -> Profile:
    """The profile of a shipped name, or of a file ending in ``.toml``; else ``InputError``."""
    path = Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not name.endswith(".toml") and name not in shipped_profiles():
        names = ", ".join(shipped_profiles())
        raise InputError(f"there is no profile of this name; there are {names}, or give a .toml")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path.name}: the profile cannot be opened or is no UTF-8") from None
    try:
        return read_profile(text)
    except InputError as error:
        raise InputError(f"{path.name}: {error.message}") from None


def x12_options(profile: str = "") -> CheckOptions:
    """The options of a check: every code table there is, and the partner's profile if named."""
    tables = loaded_code_tables(read().home)
    return CheckOptions(tables=tables, profile=load_profile(profile) if profile else None)
