"""Where the code of a partner's plugin lies, and which version of it."""

from __future__ import annotations

from pathlib import Path

import msgspec


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
