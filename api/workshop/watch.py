"""Whether somebody saved: what the plugin's files look like from outside."""

from __future__ import annotations

from pathlib import Path

from plugins.project import PROJECT_FILE, PluginProject

Look = frozenset[tuple[str, int, int]]

_KINDS = (".py", ".csv", ".json", ".toml", ".txt")


def look(project: PluginProject) -> Look:
    """Names, times and sizes of its code and data: another value once something was saved."""
    top = project.source / project.module.partition(".")[0]
    files = [project.folder / PROJECT_FILE, top.with_suffix(".py")]
    if top.is_dir():
        files += [path for path in top.rglob("*") if path.suffix in _KINDS]
    return frozenset(found for path in files if (found := _seen(path)) is not None)


def _seen(path: Path) -> tuple[str, int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None  # an editor writes a file by putting another in its place
    return str(path), told.st_mtime_ns, told.st_size
