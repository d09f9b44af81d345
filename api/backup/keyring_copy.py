"""The keyring's own backup: one small file under a passphrase, to be kept apart from all others."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from api import settings as settings_module
from api.settings import Settings
from core.crypto import NONCE_BYTES
from core.crypto.passphrase import SALT_BYTES, open_with_passphrase, seal_with_passphrase
from core.errors import ConflictError, InputError, UnavailableError
from tenants.keyring import KEYRING_FILE, LocalKeyring
from tenants.practice_secrets import PracticeSecrets

PASSPHRASE_CHARACTERS_MIN = 20

_TOO_SHORT = (
    f"the passphrase needs {PASSPHRASE_CHARACTERS_MIN} characters or more: six words drawn by lot "
    "are good; whoever has it and a backup can read everything"
)


class _Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds: the keyring, and the files of ``practice-secrets`` by name."""

    keyring: bytes
    secrets: dict[str, bytes]


def write_keyring_copy(settings: Settings, path: Path, passphrase: str) -> None:
    """Seal the keyring of this installation and its practices' secrets into the new ``path``."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise InputError(_TOO_SHORT)
    # Opened first: a damaged keyring, or none, must not be what is kept.
    LocalKeyring.open(settings.home, database_has_keys=True)
    content = msgspec.msgpack.encode(
        _Copy(
            keyring=(settings.home / KEYRING_FILE).read_bytes(),
            secrets=PracticeSecrets(settings.home).files(),
        )
    )
    sealed = seal_with_passphrase(
        content, passphrase, salt=os.urandom(SALT_BYTES), nonce=os.urandom(NONCE_BYTES)
    )
    _write_new(path, sealed)


def put_keyring_back(settings: Settings, path: Path, passphrase: str) -> None:
    """Put the keyring in ``path`` into the home folder, which must have none."""
    settings_module.make_home(settings)
    try:
        sealed = path.read_bytes()
    except OSError:
        raise InputError("the file with the keyring cannot be read; check its name") from None
    try:
        copy = msgspec.msgpack.decode(open_with_passphrase(sealed, passphrase), type=_Copy)
    except msgspec.DecodeError:
        raise InputError("that file is of another version of Claimwright") from None
    target = settings.home / KEYRING_FILE
    if not target.exists():
        _write_new(target, copy.keyring)
    elif target.read_bytes() != copy.keyring:
        raise ConflictError(
            "the home folder has a keyring already, another one; restore into an empty home folder"
        )
    LocalKeyring.open(settings.home, database_has_keys=True)
    PracticeSecrets(settings.home).put_back(copy.secrets)


def _write_new(path: Path, content: bytes) -> None:
    """Whole, mode 0600, on the disk, and never over another file."""
    fresh = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        try:
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except FileExistsError:
        raise ConflictError("there is a file of that name already; choose another") from None
    except OSError as problem:
        raise UnavailableError(
            f"the file cannot be written there ({problem.strerror}); choose another folder"
        ) from None
