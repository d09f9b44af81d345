"""A plugin's project folder: what its ``pyproject.toml`` says it is, and where its code lies."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from core.errors import InputError
from plugins.spec import ENTRY_POINT_GROUP

PROJECT_FILE = "pyproject.toml"


class PluginProject(msgspec.Struct, frozen=True, kw_only=True):
    """A folder in which somebody writes a plugin.

    ``name`` is the plugin's entry point, ``module`` what is imported, ``source`` the folder it is
    imported from (``folder`` or its ``src``), ``distribution`` and ``version`` what the project
    says of itself.
    """

    folder: Path
    name: str
    module: str
    source: Path
    distribution: str = ""
    version: str = ""


def read_project(folder: Path) -> PluginProject:
    """The plugin project in ``folder``; ``InputError`` saying what is missing."""
    path = folder / PROJECT_FILE
    if not path.is_file():
        raise InputError(f"there is no {PROJECT_FILE} in the folder; name the plugin's own folder")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InputError(f"{PROJECT_FILE} is not TOML") from None
    project = _table(document, "project")
    points = _table(_table(project, "entry-points"), ENTRY_POINT_GROUP)
    if len(points) != 1:
        raise InputError(
            f"{PROJECT_FILE} names {len(points)} plugins; one is named under"
            f' [project.entry-points."{ENTRY_POINT_GROUP}"]'
        )
    ((name, module),) = points.items()
    if not isinstance(module, str) or not all(map(str.isidentifier, module.split("."))):
        raise InputError(f"{PROJECT_FILE}: the entry point {name} must name a module")
    folder = folder.resolve()
    return PluginProject(
        folder=folder,
        name=name,
        module=module,
        source=_source(folder, module),
        distribution=str(project.get("name", "")),
        version=str(project.get("version", "")),
    )


def _table(above: dict[str, Any], name: str) -> dict[str, Any]:
    found = above.get(name, {})
    if not isinstance(found, dict):
        raise InputError(f"{PROJECT_FILE}: {name} must be a table")
    return found


def _source(folder: Path, module: str) -> Path:
    relative = Path(*module.split("."))
    for source in (folder / "src", folder):
        if (source / relative).is_dir() or (source / relative.with_suffix(".py")).is_file():
            return source
    raise InputError(f"the module {module} lies neither in the project's folder nor in its src")
