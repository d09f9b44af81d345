"""Partner profiles by name (those shipped) or file (the operator's own)."""

from __future__ import annotations

from pathlib import Path

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


def options_with_profile(name: str) -> CheckOptions:
    """The options of a check under this profile; without a name there is none."""
    return CheckOptions(profile=load_profile(name)) if name else CheckOptions()
