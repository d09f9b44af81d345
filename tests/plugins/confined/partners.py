"""The partners' plugins of these tests, and hosts that run them confined."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from plugins.confined.limits import LIMITS, Limits
from plugins.host import PluginHost
from plugins.source import PluginSource

FOLDER = Path(__file__).resolve().parent.parent / "partners"


def source(name: str, version: str = "1.0.0", **changes: Any) -> PluginSource:
    """The installed version of one of the partners here."""
    given: dict[str, Any] = {"folder": FOLDER / name, "module": f"{name}_claims", **changes}
    return PluginSource(name=name, version=version, **given)


@contextmanager
def hosting(
    *sources: PluginSource, limits: Limits = LIMITS, **changes: Any
) -> Iterator[PluginHost]:
    """A host that runs these confined, and ends their processes afterwards."""
    host = PluginHost(sources=sources, limits=limits, **changes)
    try:
        yield host
    finally:
        host.close()


def written(folder: Path, name: str, text: str) -> PluginSource:
    """A plugin of one file with this text."""
    (folder / f"{name}_claims.py").write_text(text, encoding="utf-8")
    return source(name, folder=folder)


def in_process(name: str) -> ModuleType:
    """The same plugin, imported here."""
    path = FOLDER / name / f"{name}_claims.py"
    spec = importlib.util.spec_from_file_location(f"{name}_claims", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
