"""The versions of partners' plugins on disk, below ``CLAIMWRIGHT_HOME/plugins``; no database.

``<name>/<version>/`` holds ``code``, the files of one wheel, and ``installed.json``, which says
what they are and who answered for them. A version is there whole or not at all, and is never
written to again: what judged a claim is what was installed. Nothing here imports any of it.

``trusted/`` holds the public keys of authors whom the operator believes, one file a signer.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec

from api.plugin_signature import SignatureError, signature_path, verify_bytes
from api.plugin_wheel import PluginWheel, read_wheel_bytes, wheel_of
from audit.logging import get_logger
from core.errors import (
    ClaimwrightError,
    ConflictError,
    InputError,
    IntegrityError,
    NotFoundError,
    UnavailableError,
)
from plugins.host import BUILT_IN
from plugins.source import PluginSource
from plugins.spec import Manifest

_TRUSTED = "trusted"
_CODE = "code"
_INSTALLED = "installed.json"
_LOCK = "lock"
_UNFINISHED = ".part-"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.ASCII)
_NATIVE = (".so", ".pyd", ".dll", ".dylib", ".pyc", ".pyo")
_RESERVED = frozenset({_TRUSTED, *(name.rpartition(".")[2] for name in BUILT_IN)})

log = get_logger("plugins")

Inspect = Callable[[PluginSource], Manifest]
"""Asks a version for its manifest, in a process of its own."""


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """One installed version. ``wheel`` and ``digest`` are SHA-256: of the file, of what it held.

    ``signer`` is whose signature held, by the name the operator gave the key; empty: it was
    installed unsigned, because the operator said so.
    """

    name: str
    version: str
    module: str
    digest: str
    wheel: str
    files: int
    signer: str
    fingerprint: str
    manifest: Manifest
    installed_at: datetime


class PluginStore:
    """The installed versions below one home; nothing is made there until one is installed."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "plugins"

    @property
    def trusted(self) -> Path:
        """Where the public keys of believed authors lie."""
        return self._folder / _TRUSTED

    def every(self) -> tuple[Installed, ...]:
        """What is installed, by name and in the order it was installed."""
        found = [_read(path) for path in sorted(self._folder.glob(f"*/*/{_INSTALLED}"))]
        return tuple(sorted(found, key=lambda one: (one.name, one.installed_at)))

    def sources(self) -> tuple[PluginSource, ...]:
        """What is installed, as the host takes it; without what was altered since, which is told.

        A practice that runs an altered version is told that it is not installed; others work on.
        """
        found = []
        for path in sorted(self._folder.glob(f"*/*/{_INSTALLED}")):
            try:
                one = _read(path)
                self.check(one)
            except ClaimwrightError:
                log.warning("plugin.altered", plugin=path.parent.parent.name)
            else:
                found.append(self.source(one))
        return tuple(found)

    def source(self, one: Installed) -> PluginSource:
        """Where one version lies."""
        return PluginSource(
            name=one.name,
            module=one.module,
            version=one.version,
            folder=self._version(one.name, one.version) / _CODE,
            digest=one.digest,
        )

    def stamp(self) -> int:
        """Changes whenever something is installed or removed; cheap to ask."""
        try:
            return (self._folder / _LOCK).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def find(self, name: str, version: str) -> Installed:
        """One installed version; ``NotFoundError``."""
        path = self._version(name, version) / _INSTALLED
        if not path.is_file():
            raise NotFoundError(f"{name} {version} is not installed; see: claimwright plugin list")
        return _read(path)

    def install(
        self, wheel: Path, *, inspect: Inspect, at: datetime, unsigned: bool = False
    ) -> tuple[Installed, bool]:
        """Install the wheel's version; all of it or nothing. False: it was there already.

        The signature lies beside the wheel. ``unsigned``: take it without one. Refused are what is
        no pure wheel of one plugin, a version that is there with other bytes, and a plugin that is
        another than it says.
        """
        data = read_wheel_bytes(wheel)
        told = wheel_of(wheel.name, data)
        _check(told, data)
        signer, fingerprint = self._signer(wheel, told, unsigned=unsigned)
        with self._changing():
            folder = self._version(told.name, told.version)
            if folder.exists():
                known = self.find(told.name, told.version)
                if known.wheel != told.sha256:
                    raise ConflictError(
                        f"{told.name} {told.version} is installed already, from another wheel; "
                        "a version is never changed: give the new one a number of its own"
                    )
                return known, False
            with self._unfinished() as work:
                digest = _unpack(data, told, work / _CODE)
                source = PluginSource(
                    name=told.name, module=told.module, version=told.version,
                    folder=work / _CODE, digest=digest,
                )  # fmt: skip
                installed = Installed(
                    name=told.name,
                    version=told.version,
                    module=told.module,
                    digest=digest,
                    wheel=told.sha256,
                    files=len(told.files),
                    signer=signer,
                    fingerprint=fingerprint,
                    manifest=_asked(inspect(source), told),
                    installed_at=at,
                )
                _write(work / _INSTALLED, msgspec.json.format(msgspec.json.encode(installed)))
                folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                work.rename(folder)
                _sync(folder.parent)
        return installed, True

    def remove(self, name: str, version: str) -> Installed:
        """Take a version away; who may ask has made sure that nobody runs it."""
        known = self.find(name, version)
        with self._changing():
            gone = self._folder / f"{_UNFINISHED}{os.urandom(6).hex()}"
            self._version(name, version).rename(gone)
            _remove(gone)
        return known

    def check(self, one: Installed) -> None:
        """``IntegrityError`` when the files are not those that were installed."""
        folder = self._version(one.name, one.version) / _CODE
        if not folder.is_dir() or _digest(folder) != one.digest:
            raise IntegrityError(
                f"the files of {one.name} {one.version} are not as they were installed; remove "
                "the version and install its wheel again"
            )

    def _version(self, name: str, version: str) -> Path:
        if not _NAME.match(name) or not _is_version(version):
            raise InputError("a plugin has a lower-case Python name, a version digits and dots")
        return self._folder / name / version

    def _signer(self, wheel: Path, told: PluginWheel, *, unsigned: bool) -> tuple[str, str]:
        beside = signature_path(wheel)
        if not beside.exists():
            if unsigned:
                return "", ""
            raise SignatureError(
                f"{wheel.name} is not signed: there is no file {beside.name}. To install it all "
                "the same, say --unsigned; that is recorded"
            )
        if not self.trusted.is_dir():
            raise SignatureError(
                "no author is trusted here yet: put the public key of the one who signs into "
                "plugins/trusted"
            )
        found = verify_bytes(told, _bytes(beside), self.trusted)
        return found.name, found.fingerprint

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time; what an earlier, killed one left behind goes."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for left in self._folder.glob(f"{_UNFINISHED}*"):
                    _remove(left)
                yield
                os.utime(self._folder / _LOCK)
        except OSError as fault:
            raise UnavailableError(
                f"the folder plugins cannot be written ({fault.strerror}); nothing was changed"
            ) from None

    @contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """A folder of our own, gone at the end unless it was given its name."""
        work = self._folder / f"{_UNFINISHED}{os.urandom(6).hex()}"
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            if work.exists():
                _remove(work)


def _check(told: PluginWheel, data: bytes) -> None:
    """What more is asked of a wheel that is to be installed than of one that is looked at."""
    if not _NAME.match(told.name) or told.name in _RESERVED:
        raise InputError(f"{told.name[:40]} is no name a partner's plugin can have here")
    if not all(part.isidentifier() for part in told.module.split(".")):
        raise InputError("the wheel's entry point must name a module")
    if not _is_version(told.version):
        raise InputError("the wheel's version is digits and letters with dots, such as 1.2.0")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for entry in archive.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise InputError("the wheel has a link or another thing that is no file")
            if entry.filename.lower().endswith(_NATIVE):
                raise InputError(
                    "the wheel has compiled parts; a plugin is Python text and tables alone"
                )


def _is_version(version: str) -> bool:
    return (
        0 < len(version) <= 40
        and version[0].isdigit()
        and version.isascii()
        and all(sign.isalnum() or sign in ".+!_" for sign in version)
        and ".." not in version
    )


def _asked(manifest: Manifest, told: PluginWheel) -> Manifest:
    """The manifest, if the plugin is who its wheel says."""
    if (manifest.name, manifest.version) != (told.name, told.version):
        raise InputError(
            f"the wheel is of {told.name} {told.version}, and its manifest says otherwise; build "
            "it again"
        )
    return manifest


def _unpack(data: bytes, told: PluginWheel, folder: Path) -> str:
    """Write the wheel's files, nobody's to change; the digest over them.

    ``wheel_of`` has looked at every path and measured every file.
    """
    folder.mkdir(mode=0o700)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for one in told.files:
            path = folder / one.path
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
            with os.fdopen(descriptor, "wb") as file:
                file.write(archive.read(one.path))
                file.flush()
                os.fsync(file.fileno())
    found = _digest(folder)
    for inside in folder.rglob("*"):
        if inside.is_dir():
            inside.chmod(0o500)
    folder.chmod(0o500)
    return found


def _digest(folder: Path) -> str:
    total = sha256()
    for path in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).as_posix()):
        if path.is_symlink() or not path.is_dir():
            data = b"" if path.is_symlink() else path.read_bytes()
            total.update(f"{path.relative_to(folder).as_posix()}:{len(data)}:".encode())
            total.update(data)
    return total.hexdigest()


def _read(path: Path) -> Installed:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Installed)
    except (msgspec.MsgspecError, OSError):
        raise IntegrityError(
            f"what is known of the plugin {path.parent.parent.name} is damaged; remove its folder "
            "below plugins and install its wheel again"
        ) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(20_001)
    except OSError as fault:
        raise InputError(f"{path.name}: cannot be opened ({fault.strerror})") from None


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _remove(folder: Path) -> None:
    """A folder whose folders nobody may write to, away."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
