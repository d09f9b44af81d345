"""The keyring file: root keys, the audit signing seed, and the name of this installation.

It lies beside the data, never in the database, and is made once. Without it no sealed value can be
read again: it belongs in the backup, apart from the backup of the database.
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from audit.checkpoint import CheckpointSigner
from core.crypto import (
    KEY_BYTES,
    NONCE_BYTES,
    KeyContext,
    unwrap_key,
    wrap_key,
    wrapped_root_version,
)
from core.errors import SealError, SetupError, UnavailableError

KEYRING_FILE = "keyring.json"

_FORMAT = 1
_INSTALLATION_BYTES = 8

_DAMAGED = "the keyring is damaged; put the keyring.json of this installation back from its backup"
_ABSENT = (
    "the database holds sealed data but keyring.json is not there; put the keyring.json of this "
    "installation back from its backup"
)
_WRONG = (
    "keyring.json is not the one this database was sealed with; put the keyring.json of this "
    "installation back from its backup"
)
_OPEN_TO_OTHERS = "keyring.json can be read by other users of this machine; run: chmod 600 on it"
_UNREADABLE = "keyring.json cannot be read; check its owner and permissions"
_UNWRITABLE = "keyring.json cannot be written; check the disk and the permissions of its folder"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds. Keys are base64; ``check`` tells a damaged file from a wrong one."""

    format: int
    installation: str
    root_version: int
    root_keys: dict[str, str]
    audit_seed: str
    check: str


class LocalKeyring:
    """A key provider that keeps the root keys in a file only its owner can read."""

    def __init__(
        self,
        *,
        installation: str,
        root_keys: dict[int, bytes],
        root_version: int,
        audit_seed: bytes,
        path: Path,
    ) -> None:
        self.installation = installation
        self._root_version = root_version
        self._root_keys = root_keys
        self._audit_seed = audit_seed
        self._path = path

    @classmethod
    def open(cls, home: Path, *, database_has_keys: bool) -> LocalKeyring:
        """The keyring in ``home``, made on first use.

        ``SetupError`` when it is damaged, open to other users, or absent although the database has
        keys: a new one could not open them, so none is made.
        """
        path = home / KEYRING_FILE
        if not path.exists():
            if database_has_keys:
                raise SetupError(_ABSENT)
            _create(path)
        return _read(path)

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        """``key`` wrapped under the newest root key."""
        # Another process may have made a newer one; the old one may be dropped at any time.
        self._read_again()
        return wrap_key(
            key,
            context,
            root_key=self._root_keys[self._root_version],
            root_version=self._root_version,
            nonce=os.urandom(NONCE_BYTES),
        )

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """The key inside; ``SetupError`` when this is not the keyring it was wrapped with."""
        if self.root_of(wrapped) not in self._root_keys:
            # Another process may have added a root key since this one read the file.
            self._read_again()
        try:
            return unwrap_key(wrapped, context, root_keys=self._root_keys)
        except SealError:
            raise SetupError(_WRONG) from None

    def root_of(self, wrapped: bytes) -> int:
        """The version of the root key a wrapped key names."""
        try:
            return wrapped_root_version(wrapped)
        except SealError:
            raise SetupError(_WRONG) from None

    def newest_root(self) -> int:
        """The version of the root key that wraps."""
        return self._root_version

    def root_versions(self) -> tuple[int, ...]:
        """Every root key that is kept."""
        return tuple(sorted(self._root_keys))

    def health(self) -> None:
        """Nothing to wait for: the keys are in memory."""

    def changed_at(self) -> datetime:
        """When the file was last written."""
        return datetime.fromtimestamp(self._path.stat().st_mtime, UTC)

    def add_root(self) -> int:
        """Make a new root key, which wraps from now on; its version. The old ones are kept."""
        with _locked(self._path):
            stored = _stored(self._path)
            version = max(map(int, stored.root_keys)) + 1
            fresh = base64.b64encode(os.urandom(KEY_BYTES)).decode()
            _replace(
                self._path,
                msgspec.structs.replace(
                    stored,
                    root_version=version,
                    root_keys={**stored.root_keys, str(version): fresh},
                ),
            )
        self._read_again()
        return version

    def drop_roots(self, unused: Collection[int]) -> None:
        """Forget root keys that wrap nothing any more; the newest one always stays."""
        with _locked(self._path):
            stored = _stored(self._path)
            kept = {
                version: key
                for version, key in stored.root_keys.items()
                if int(version) not in unused or int(version) == stored.root_version
            }
            _replace(self._path, msgspec.structs.replace(stored, root_keys=kept))
        self._read_again()

    def _read_again(self) -> None:
        fresh = _read(self._path)
        if fresh.installation != self.installation:
            raise SetupError(_WRONG)
        self._root_keys = fresh._root_keys
        self._root_version = fresh._root_version

    def signer(self) -> CheckpointSigner:
        """Signs this installation's audit checkpoints."""
        return CheckpointSigner(f"claimwright/{self.installation}", self._audit_seed)


def _read(path: Path) -> LocalKeyring:
    stored = _stored(path)
    return LocalKeyring(
        installation=stored.installation,
        root_keys={int(version): _bytes(key) for version, key in stored.root_keys.items()},
        root_version=stored.root_version,
        audit_seed=_bytes(stored.audit_seed),
        path=path,
    )


def _stored(path: Path) -> _File:
    """The file as it is, checked."""
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(_OPEN_TO_OTHERS)
        content = path.read_bytes()
    except OSError:
        raise UnavailableError(_UNREADABLE) from None
    try:
        stored = msgspec.json.decode(content, type=_File)
        if stored.format != _FORMAT or stored.check != _check(stored):
            raise SetupError(_DAMAGED)
        versions = {int(version) for version, key in stored.root_keys.items() if _bytes(key)}
        _bytes(stored.audit_seed)
    except (msgspec.DecodeError, ValueError):
        raise SetupError(_DAMAGED) from None
    if stored.root_version not in versions:
        raise SetupError(_DAMAGED)
    return stored


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time changes the file."""
    try:
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError:
        raise UnavailableError(_UNWRITABLE) from None


def _replace(path: Path, stored: _File) -> None:
    """Write the changed keyring whole or not at all."""
    with NamedTemporaryFile(dir=path.parent, prefix=".keyring-", delete=False) as file:
        file.write(_content(stored))
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    _sync(path.parent)


def _create(path: Path) -> None:
    """Write a new keyring whole or not at all; of two processes at once, the first one's stays."""
    bare = _File(
        format=_FORMAT,
        installation=os.urandom(_INSTALLATION_BYTES).hex(),
        root_version=1,
        root_keys={"1": base64.b64encode(os.urandom(KEY_BYTES)).decode()},
        audit_seed=base64.b64encode(os.urandom(KEY_BYTES)).decode(),
        check="",
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".keyring-") as file:
            file.write(_content(bare))
            file.flush()
            os.fsync(file.fileno())
            # A link fails when the name is taken, where a rename would replace the other's keys.
            try:
                os.link(file.name, path)
            except FileExistsError:
                return
        _sync(path.parent)
    except OSError:
        raise UnavailableError(_UNWRITABLE) from None


def _content(stored: _File) -> bytes:
    content = msgspec.json.encode(msgspec.structs.replace(stored, check=_check(stored)))
    return msgspec.json.format(content, indent=1) + b"\n"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(stored: _File) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(stored, check=""), order="deterministic")
    return sha256(content).hexdigest()


def _bytes(encoded: str) -> bytes:
    key = base64.b64decode(encoded, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("wrong length")
    return key
