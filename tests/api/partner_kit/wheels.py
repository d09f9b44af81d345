"""Wheels made in a test, as a builder makes them: a zip with its own list of files."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

GROUP = "claimwright.plugins.v1"

MODULE = """\
'''Vision.'''
from plugins import ClaimEdit, Flag, Manifest, Severity, Touches, hook

MANIFEST = Manifest(name="sight", version="1.2.0", contract=1, title="Sight", prefixes=("SGT",))


def two_pairs(case, lines):
    for line in lines:
        if line.units > 2:
            yield Flag(line_no=line.line_no, message="More than two lenses on one day")


@hook
def claim_edits(settings):
    return (
        ClaimEdit(
            id="SGT-1", title="Lenses a day", source="invented vision manual, p. 3",
            severity=Severity.DENY, touches=Touches(codes=("V2100",)), check=two_pairs,
        ),
    )
"""


def record(files: Mapping[str, bytes], info: str) -> bytes:
    rows = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*rows, f"{info}/RECORD,,"]).encode()


def wheel(
    folder: Path,
    *,
    name: str = "sight",
    version: str = "1.2.0",
    module: str = MODULE,
    points: str = "",
    more: Mapping[str, bytes] | None = None,
    stated: bytes | None = None,
) -> Path:
    """A wheel of a plugin in ``folder``; ``stated`` replaces its own list of files."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": module.encode(),
        f"{info}/METADATA": f"Metadata-Version: 2.3\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": (points or f"[{GROUP}]\n{name} = {name}\n").encode(),
        **(more or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, data in files.items():
            archive.writestr(inside, data)
        archive.writestr(f"{info}/RECORD", record(files, info) if stated is None else stated)
    return path
