"""Who answers for a wheel: a statement about it, signed with Ed25519 and kept beside it.

``<wheel>.sig`` is a JSON object: the statement, the public key and the signature over the
statement's canonical bytes (docs/decisions/0040). Whom an operator believes is a folder of public
keys, one file a signer; a signature by any other key says nothing.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from api.plugin_wheel import PluginWheel, read_wheel_bytes, wheel_of
from core.crypto.signing import SEED_BYTES, SigningKey, signature_is_valid
from core.errors import ConflictError, InputError, IntegrityError

FORMAT = "claimwright-plugin-signature-1"

_DOMAIN = FORMAT.encode() + b"\n"
_PUBLIC = "claimwright-plugin-key-1"
_PRIVATE = "claimwright-plugin-private-key-1"
_SIGNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}\Z", re.ASCII)
_FILE_BYTES_MAX = 20_000


class SignatureError(IntegrityError):
    """A wheel's signature does not hold, or is by nobody who is trusted here."""

    code = "plugin-signature"


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a signer says of one wheel.

    ``sha256`` is over the wheel's bytes. ``name``, ``version``, ``contract`` and ``sees`` are its
    manifest's, ``rules`` how many it states under its default settings: whoever installs it
    compares them with what the plugin says when it is loaded.
    """

    name: str
    version: str
    contract: int
    sha256: str
    sees: tuple[str, ...]
    rules: int

    def message(self) -> bytes:
        """The bytes that are signed: the same for equal statements, and of no other format."""
        return _DOMAIN + msgspec.json.encode(self, order="sorted")


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file beside the wheel. ``key`` and ``signature`` are base64."""

    format: str
    statement: Statement
    key: str
    signature: str


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose signature holds: the name the operator gave the key, its fingerprint, what was said."""

    name: str
    fingerprint: str
    statement: Statement


def signature_path(wheel: Path) -> Path:
    """Where the signature of ``wheel`` lies."""
    return wheel.with_name(f"{wheel.name}.sig")


def sign(key: SigningKey, statement: Statement) -> bytes:
    """The signature file over ``statement``."""
    made = Signature(
        format=FORMAT,
        statement=statement,
        key=base64.b64encode(key.public_bytes).decode(),
        signature=base64.b64encode(key.sign(statement.message())).decode(),
    )
    return msgspec.json.format(msgspec.json.encode(made)) + b"\n"


def verify(
    wheel: Path, signature: Path | None = None, *, trusted: Path | Mapping[str, bytes]
) -> Signer:
    """Who signed ``wheel``; ``SignatureError`` when nobody trusted did, or something was altered.

    ``signature`` is the file beside the wheel unless it is given. ``trusted`` is a folder of
    public keys, or keys by name.
    """
    data = read_wheel_bytes(wheel)
    beside = signature or signature_path(wheel)
    if not beside.exists():
        raise SignatureError(f"{wheel.name} is not signed: there is no file {beside.name}")
    return verify_bytes(wheel_of(wheel.name, data), _read(beside), trusted)


def verify_bytes(
    wheel: PluginWheel, signature: bytes, trusted: Path | Mapping[str, bytes]
) -> Signer:
    """As ``verify``, of a wheel and a signature that were read already."""
    keys = trusted_keys(trusted) if isinstance(trusted, Path) else trusted
    try:
        given = msgspec.json.decode(signature, type=Signature)
        key = base64.b64decode(given.key, validate=True)
        signed = base64.b64decode(given.signature, validate=True)
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError):
        raise SignatureError("the signature file cannot be read; ask for it again") from None
    if given.format != FORMAT:
        raise SignatureError("the signature is of another format than this program knows")
    # The key in the file only says which of the trusted ones to ask.
    name = next((name for name, public in sorted(keys.items()) if public == key), None)
    if name is None:
        raise SignatureError("the wheel is signed, but by nobody whose key is trusted here")
    said = given.statement
    if not signature_is_valid(keys[name], signed, said.message()):
        raise SignatureError("the signature does not hold: the statement was altered")
    if said.sha256 != wheel.sha256:
        raise SignatureError("the wheel was altered after it was signed, or is another one")
    if (said.name, said.version) != (wheel.name, wheel.version):
        raise SignatureError("the statement is about another plugin or version than the wheel is")
    return Signer(name=name, fingerprint=fingerprint(key), statement=said)


def fingerprint(public: bytes) -> str:
    """A public key as people compare it: the first 16 bytes of its SHA-256, in fours."""
    digits = sha256(public).hexdigest()[:32]
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def make_key(path: Path) -> bytes:
    """A new private key in ``path``, the public one in ``<path>.pub``; the public bytes.

    Neither file may be there already: a key that is written over is lost.
    """
    public = path.with_name(f"{path.name}.pub")
    for one in (path, public):
        if one.exists():
            raise ConflictError(f"{one.name} is there already; name another file")
    key = SigningKey(seed := os.urandom(SEED_BYTES))
    _write(path, f"{_PRIVATE} {base64.b64encode(seed).decode()}\n", 0o600)
    _write(public, f"{_PUBLIC} {base64.b64encode(key.public_bytes).decode()}\n", 0o644)
    return key.public_bytes


def read_key(path: Path) -> SigningKey:
    """The private key in ``path``; ``InputError`` when others may read it, or it is none."""
    text = _read(path)
    if path.stat().st_mode & 0o077:
        raise InputError(f"{path.name} can be read by others; run: chmod 600 {path.name}")
    seed = _key_in(text, _PRIVATE, path.name)
    return SigningKey(seed)


def trusted_keys(folder: Path) -> dict[str, bytes]:
    """The public keys in ``folder``, by the name of their file without ``.pub``."""
    if not folder.is_dir():
        raise InputError(f"{folder.name}: there is no such folder of trusted keys")
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.pub")):
        if not _SIGNER.match(path.stem):
            raise InputError(f"{path.name}: name the file of a key after who signs, in letters")
        found[path.stem] = _key_in(_read(path), _PUBLIC, path.name)
    return found


def _key_in(text: bytes, kind: str, file_name: str) -> bytes:
    words = text.decode("ascii", "replace").split()
    try:
        key = base64.b64decode(words[1], validate=True) if words[:1] == [kind] else b""
    except (binascii.Error, ValueError, IndexError):
        key = b""
    if len(words) != 2 or len(key) != SEED_BYTES:
        raise InputError(f"{file_name}: holds no key of the kind {kind}")
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES_MAX + 1)
    except OSError as fault:
        raise InputError(f"{path.name}: cannot be opened ({fault.strerror})") from None
    if len(data) > _FILE_BYTES_MAX:
        raise InputError(f"{path.name}: longer than a key or a signature is")
    return data


def _write(path: Path, text: str, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except OSError as fault:
        raise InputError(f"{path.name}: cannot be written ({fault.strerror})") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
