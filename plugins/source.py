"""Where the code of a partner's plugin lies, which version of it, and who has it switched on."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.dates import ALWAYS, Window


class PluginSource(msgspec.Struct, frozen=True, kw_only=True):
    """One installed version of a partner's plugin.

    ``name`` is its entry point and its manifest's name, ``module`` what is imported. ``folder`` is
    put on the import path of the process that runs it; nothing writes there after the install, and
    None means the environment's own packages. ``digest`` is a SHA-256 over its files.
    """

    name: str
    module: str
    version: str
    folder: Path | None = None
    digest: str = ""


class EnabledPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin as a practice has switched it on: from when to when, and its settings as JSON.

    ``version`` is the one the practice runs where several are installed; empty: the only one.
    ``sees`` are the kinds of facts the practice agreed to; None: nobody has to agree.
    ``stopped``: it failed too often and is not asked; what it would look at is held instead.
    """

    name: str
    version: str = ""
    window: Window = ALWAYS
    settings: bytes = b"{}"
    sees: tuple[str, ...] | None = None
    stopped: bool = False
