"""The keyring file: root keys, the audit signing seed, and the name of this installation.

It lies beside the data, never in the database, and is made once. Without it no sealed value can be
read again: it belongs in the backup, apart from the backup of the database.
"""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from audit.checkpoint import CheckpointSigner
from core.crypto import KEY_BYTES, NONCE_BYTES, KeyContext, unwrap_key, wrap_key
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
    ) -> None:
        self.installation = installation
        self.root_version = root_version
        self._root_keys = root_keys
        self._audit_seed = audit_seed

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
        return wrap_key(
            key,
            context,
            root_key=self._root_keys[self.root_version],
            root_version=self.root_version,
            nonce=os.urandom(NONCE_BYTES),
        )

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """The key inside; ``SetupError`` when this is not the keyring it was wrapped with."""
        try:
            return unwrap_key(wrapped, context, root_keys=self._root_keys)
        except SealError:
            raise SetupError(_WRONG) from None

    def health(self) -> None:
        """Nothing to wait for: the keys are in memory."""

    def signer(self) -> CheckpointSigner:
        """Signs this installation's audit checkpoints."""
        return CheckpointSigner(f"claimwright/{self.installation}", self._audit_seed)


def _read(path: Path) -> LocalKeyring:
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
        root_keys = {int(version): _bytes(key) for version, key in stored.root_keys.items()}
        audit_seed = _bytes(stored.audit_seed)
    except (msgspec.DecodeError, ValueError):
        raise SetupError(_DAMAGED) from None
    if stored.root_version not in root_keys:
        raise SetupError(_DAMAGED)
    return LocalKeyring(
        installation=stored.installation,
        root_keys=root_keys,
        root_version=stored.root_version,
        audit_seed=audit_seed,
    )


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
    content = msgspec.json.encode(msgspec.structs.replace(bare, check=_check(bare)))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".keyring-") as file:
            file.write(msgspec.json.format(content, indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            # A link fails when the name is taken, where a rename would replace the other's keys.
            try:
                os.link(file.name, path)
            except FileExistsError:
                return
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        raise UnavailableError(_UNWRITABLE) from None


def _check(stored: _File) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(stored, check=""), order="deterministic")
    return sha256(content).hexdigest()


def _bytes(encoded: str) -> bytes:
    key = base64.b64decode(encoded, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("wrong length")
    return key
