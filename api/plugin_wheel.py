"""A partner's wheel read as a file: nothing of it is unpacked, imported or run.

A wheel is a zip of files with a ``*.dist-info`` folder that says what it is (the binary
distribution format of the Python packaging specifications).
"""

from __future__ import annotations

import base64
import configparser
import re
import zipfile
from email.parser import Parser
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath

import msgspec

from core.errors import InputError
from plugins.spec import ENTRY_POINT_GROUP

WHEEL_BYTES_MAX = 50_000_000
"""A plugin is rules and tables; what is larger is something else."""

FILES_MAX = 5_000
UNPACKED_BYTES_MAX = 200_000_000

_OURS = frozenset({"core", "plugins", "tenants", "audit", "api"})
_FILE_NAME = re.compile(r"[A-Za-z0-9_.!+]+-[A-Za-z0-9_.!+]+(-[A-Za-z0-9_.]+){3,4}\.whl\Z", re.ASCII)


class WheelFile(msgspec.Struct, frozen=True):
    """One file in a wheel, by its path there."""

    path: str
    size: int
    sha256: str


class PluginWheel(msgspec.Struct, frozen=True, kw_only=True):
    """What a wheel says of itself.

    ``name`` is the entry point, ``module`` what it names; ``distribution`` the package's own name.
    ``requires`` are its requirements as written. ``sha256`` is over the whole file.
    """

    name: str
    module: str
    version: str
    distribution: str
    requires: tuple[str, ...]
    sha256: str
    files: tuple[WheelFile, ...]


def read_wheel(path: Path) -> PluginWheel:
    """The plugin wheel at ``path``; ``InputError`` says why it is none."""
    return wheel_of(path.name, read_wheel_bytes(path))


def read_wheel_bytes(path: Path) -> bytes:
    """The bytes of a wheel, read once: what is judged is what is installed."""
    try:
        if path.stat().st_size > WHEEL_BYTES_MAX:
            raise InputError(f"{path.name}: longer than a plugin is")
        return path.read_bytes()
    except OSError as fault:
        raise InputError(f"{path.name}: cannot be opened ({fault.strerror})") from None


def wheel_of(file_name: str, data: bytes) -> PluginWheel:
    """What the wheel ``data`` says of itself; ``InputError`` says why it is no plugin's wheel.

    Refused are paths that leave the folder, names of our own packages, files the wheel's own list
    does not know or knows otherwise, and a wheel with no plugin or more than one.
    """
    if not _FILE_NAME.match(file_name):
        raise InputError("a wheel is named NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            files = _files(archive)
            info = _info_folder(files)
            _check_record(archive, info, files)
            metadata = Parser().parsestr(_text(archive, f"{info}/METADATA"))
            points = _plugin_points(_text(archive, f"{info}/entry_points.txt"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise InputError(f"{file_name}: is damaged, or no wheel; build it again") from None
    if len(points) != 1:
        raise InputError(
            f"{file_name}: names {len(points)} plugins in the entry-point group "
            f"{ENTRY_POINT_GROUP}; a plugin's wheel names one"
        )
    ((name, module),) = points.items()
    return PluginWheel(
        name=name,
        module=module,
        version=str(metadata["Version"] or ""),
        distribution=str(metadata["Name"] or ""),
        requires=tuple(str(one) for one in metadata.get_all("Requires-Dist") or ()),
        sha256=sha256(data).hexdigest(),
        files=files,
    )


def _files(archive: zipfile.ZipFile) -> tuple[WheelFile, ...]:
    entries = [one for one in archive.infolist() if not one.is_dir()]
    names = [one.filename for one in entries]
    if len(entries) > FILES_MAX or sum(one.file_size for one in entries) > UNPACKED_BYTES_MAX:
        raise InputError("the wheel unpacks to more than a plugin is")
    if len({name.casefold() for name in names}) < len(names):
        raise InputError("the wheel has two files of one name")
    for name in names:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or "\\" in name or ":" in name or {"..", "."} & set(parts):
            raise InputError("the wheel has a file that leaves its folder")
        if parts[0] in _OURS or parts[0].endswith(".pth"):
            raise InputError("the wheel has a file that takes the place of one of ours")
        if parts[0].endswith(".data"):
            raise InputError("the wheel brings files for elsewhere; a plugin is its package alone")
    return tuple(
        WheelFile(one.filename, one.file_size, sha256(archive.read(one)).hexdigest())
        for one in sorted(entries, key=lambda one: one.filename)
    )


def _info_folder(files: tuple[WheelFile, ...]) -> str:
    tops = {PurePosixPath(one.path).parts[0] for one in files}
    folders = sorted(name for name in tops if name.endswith(".dist-info"))
    if len(folders) != 1:
        raise InputError("the wheel does not say what it is: it needs one folder *.dist-info")
    return folders[0]


def _text(archive: zipfile.ZipFile, path: str) -> str:
    try:
        return archive.read(path).decode("utf-8")
    except KeyError:
        raise InputError(f"the wheel lacks {path.rpartition('/')[2]}") from None


def _check_record(archive: zipfile.ZipFile, info: str, files: tuple[WheelFile, ...]) -> None:
    """Each file but the list and its signatures stands in RECORD with its hash, and no other."""
    stated: dict[str, str] = {}
    for line in _text(archive, f"{info}/RECORD").splitlines():
        path, _, rest = line.rpartition(",")[0].rpartition(",")
        stated[path.strip('"')] = rest
    for one in files:
        if one.path.startswith(f"{info}/RECORD"):
            continue
        digest = base64.urlsafe_b64encode(bytes.fromhex(one.sha256)).rstrip(b"=").decode()
        if stated.get(one.path) != f"sha256={digest}":
            raise InputError("the wheel's own list does not fit its files; build it again")


def _plugin_points(text: str) -> dict[str, str]:
    found = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=True)
    # Names of entry points are told apart by case.
    found.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        found.read_string(text)
    except configparser.Error:
        raise InputError("the wheel's entry_points.txt cannot be read") from None
    group = found[ENTRY_POINT_GROUP] if found.has_section(ENTRY_POINT_GROUP) else {}
    return {name: value.strip() for name, value in group.items()}
