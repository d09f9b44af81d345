"""A plugin's project folder made into a wheel, without the network or a build tool.

A plugin is one package of Python and tables, and that is all a wheel of it holds. The same files
make the same bytes, on any machine and day.
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from api.plugin_wheel import wheel_of
from core.errors import InputError
from plugins.project import PluginProject
from plugins.spec import ENTRY_POINT_GROUP

# The first moment a zip can name.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_LEFT_OUT = (".pyc", ".pyo")


def pack(project: PluginProject, into: Path) -> Path:
    """Write the wheel of ``project`` into the folder ``into``; its path.

    ``InputError`` where the project has no name or version, or its files make no plugin's wheel.
    """
    if not project.distribution or not project.version:
        raise InputError("pyproject.toml needs a name and a version under [project]")
    name = project.distribution.replace("-", "_").replace(".", "_")
    file_name = f"{name}-{project.version}-py3-none-any.whl"
    data = _zipped(project, f"{name}-{project.version}.dist-info")
    wheel_of(file_name, data)
    into.mkdir(parents=True, exist_ok=True)
    path = into / file_name
    path.write_bytes(data)
    return path


def _zipped(project: PluginProject, info: str) -> bytes:
    files = dict(_code(project))
    files[f"{info}/METADATA"] = (
        "Metadata-Version: 2.1\n"
        f"Name: {project.distribution}\n"
        f"Version: {project.version}\n"
        "Requires-Python: >=3.11\n"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: claimwright\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    points = f"[{ENTRY_POINT_GROUP}]\n{project.name} = {project.module}\n"
    files[f"{info}/entry_points.txt"] = points.encode()
    listed = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join((*listed, f"{info}/RECORD,,", "")).encode()
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, _MOMENT)
            entry.external_attr = _PLAIN_FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return written.getvalue()


def _code(project: PluginProject) -> Iterator[tuple[str, bytes]]:
    top = project.source / project.module.partition(".")[0]
    if not top.is_dir():
        path = top.with_suffix(".py")
        yield path.name, path.read_bytes()
        return
    for path in sorted(top.rglob("*")):
        relative = path.relative_to(project.source)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if path.is_file() and not hidden and path.suffix not in _LEFT_OUT:
            yield relative.as_posix(), path.read_bytes()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
