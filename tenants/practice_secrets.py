"""A secret a practice, in a file beside the keyring: what makes a shred final.

Wrapped keys lie in the database, so they lie in every backup of it. Each unwrapped key is therefore
mixed with the practice's secret before it is used, and the secret is in no database. With its file
gone, no copy of the database can be opened again, whatever the key service still knows. A small
marker stays, so that nobody makes the practice a new secret by mistake.

The folder belongs in the backup of the keyring, never in that of the database.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from core.crypto import KEY_BYTES
from core.errors import DestroyedError, SetupError, UnavailableError

SECRETS_FOLDER = "practice-secrets"

_SECRET_SUFFIX = ".secret"  # noqa: S105
_DESTROYED_SUFFIX = ".destroyed"
_SUFFIXES = frozenset({_SECRET_SUFFIX, _DESTROYED_SUFFIX})

_ABSENT = (
    "the secret of a practice is not in the folder practice-secrets; put the folder of this "
    "installation back from the backup of its keyring"
)
_DAMAGED = (
    "the secret of a practice is damaged; put the folder practice-secrets of this installation "
    "back from the backup of its keyring"
)
_OPEN_TO_OTHERS = (
    "the secret of a practice can be read by other users of this machine; run: chmod 600 on the "
    "files in practice-secrets"
)
_UNREADABLE = "the folder practice-secrets cannot be read; check its owner and permissions"
_UNWRITABLE = "the folder practice-secrets cannot be written; check the disk and its permissions"
_DESTROYED = "the keys of this practice were destroyed; nothing of it can be read any more"


class PracticeSecrets:
    """The secrets below ``home``: one file a practice, 0600, in a folder of 0700."""

    def __init__(self, home: Path) -> None:
        self._folder = home / SECRETS_FOLDER

    def make(self, tenant_id: UUID) -> None:
        """Make a practice's secret unless it is there; of two processes, the first one's stays."""
        self._refuse_destroyed(tenant_id)
        path = self._path(tenant_id)
        if path.exists():
            return
        secret = os.urandom(KEY_BYTES)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, prefix=".secret-") as file:
                file.write(base64.b64encode(secret) + b"\n")
                file.write(_check(tenant_id, secret) + b"\n")
                file.flush()
                os.fsync(file.fileno())
                try:
                    os.link(file.name, path)
                except FileExistsError:
                    return
            self._sync()
        except OSError:
            raise UnavailableError(_UNWRITABLE) from None

    def read(self, tenant_id: UUID) -> bytes:
        """A practice's secret; ``SetupError`` when it is absent, damaged or another practice's."""
        self._refuse_destroyed(tenant_id)
        path = self._path(tenant_id)
        try:
            if path.stat().st_mode & 0o077:
                raise SetupError(_OPEN_TO_OTHERS)
            lines = path.read_bytes().split()
        except FileNotFoundError:
            raise SetupError(_ABSENT) from None
        except OSError:
            raise UnavailableError(_UNREADABLE) from None
        try:
            encoded, check = lines
            secret = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise SetupError(_DAMAGED) from None
        if len(secret) != KEY_BYTES or check != _check(tenant_id, secret):
            raise SetupError(_DAMAGED)
        return secret

    def destroy(self, tenant_id: UUID) -> None:
        """Remove a practice's secret for good; doing it again changes nothing."""
        path = self._path(tenant_id)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The marker comes first: killed in between, a second call finishes, and until then
            # the secret is not given out.
            self._marker(tenant_id).touch(mode=0o600)
            self._sync()
            if path.exists():
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
                self._sync()
        except OSError:
            raise UnavailableError(_UNWRITABLE) from None

    def is_destroyed(self, tenant_id: UUID) -> bool:
        """Whether the secret was removed on purpose."""
        return self._marker(tenant_id).exists()

    def files(self) -> dict[str, bytes]:
        """Every file of the folder by its name, for the backup of the keyring."""
        try:
            return {
                path.name: path.read_bytes()
                for path in sorted(self._folder.glob("*.*"))
                if path.suffix in _SUFFIXES
            }
        except OSError:
            raise UnavailableError(_UNREADABLE) from None

    def put_back(self, files: Mapping[str, bytes]) -> None:
        """Write files of a backup into a folder that has none of them.

        A practice that was destroyed here meanwhile stays destroyed.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, content in files.items():
                path = self._folder / Path(name).name
                if path.exists() or path.suffix not in _SUFFIXES:
                    continue
                if path.with_suffix(_DESTROYED_SUFFIX).exists():
                    continue
                with os.fdopen(
                    os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
                ) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            self._sync()
        except OSError:
            raise UnavailableError(_UNWRITABLE) from None

    def _refuse_destroyed(self, tenant_id: UUID) -> None:
        if self.is_destroyed(tenant_id):
            raise DestroyedError(_DESTROYED)

    def _path(self, tenant_id: UUID) -> Path:
        return self._folder / f"{tenant_id}{_SECRET_SUFFIX}"

    def _marker(self, tenant_id: UUID) -> Path:
        return self._folder / f"{tenant_id}{_DESTROYED_SUFFIX}"

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check(tenant_id: UUID, secret: bytes) -> bytes:
    return sha256(tenant_id.bytes + secret).hexdigest().encode()
