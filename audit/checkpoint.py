"""Signed checkpoints: size and root of a practice's tree, in the C2SP signed-note form.

A checkpoint is three lines (origin, size, root in base64), an empty line, and a signature line, as
specified by C2SP ``tlog-checkpoint`` and ``signed-note``, so other people's tools can check it.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from uuid import UUID

import msgspec

from audit.tree import HASH_BYTES
from core.crypto.signing import SigningKey, signature_is_valid
from core.errors import AuditLogError

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,127}\Z", re.ASCII)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)

_UNREADABLE = "a checkpoint of the audit log cannot be read"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed: the first ``size`` events of ``tenant_id`` have the Merkle ``root``."""

    tenant_id: UUID
    size: int
    root: bytes
    note: str
    """The signed text, as it goes to the client."""


class CheckpointVerifier:
    """Reads checkpoints that were signed with one key. ``key`` is a C2SP verifier key:
    ``name+id+base64(type, public key)``."""

    __slots__ = ("_key_id", "_public", "key", "name")

    def __init__(self, key: str) -> None:
        name, first, rest = key.partition("+")
        key_id, second, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        if not (first and second and _NAME.match(name)) or raw[:1] != _ED25519 or len(raw) != 33:
            raise AuditLogError("the public key of the audit log cannot be read")
        self.key = key
        self.name = name
        self._public = raw[1:]
        self._key_id = _key_id(name, self._public)
        if key_id != self._key_id.hex():
            raise AuditLogError("the public key of the audit log does not fit its own name")

    def origin(self, tenant_id: UUID) -> str:
        """The name of a practice's log: no two practices' checkpoints can be exchanged."""
        return f"{self.name}/audit/{tenant_id}"

    def open(self, note: str, tenant_id: UUID) -> Checkpoint:
        """The checkpoint in ``note``; ``AuditLogError`` unless it is this log's, rightly signed."""
        text, blank, signatures = note.partition("\n\n")
        text += "\n"
        if not blank or not any(self._signed(text, line) for line in signatures.splitlines()):
            raise AuditLogError("a checkpoint of the audit log has no valid signature")
        lines = text.split("\n")
        if len(lines) != 4 or not _SIZE.match(lines[1]):
            raise AuditLogError(_UNREADABLE)
        if lines[0] != self.origin(tenant_id):
            raise AuditLogError("a checkpoint belongs to another audit log")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error:
            raise AuditLogError(_UNREADABLE) from None
        if len(root) != HASH_BYTES:
            raise AuditLogError(_UNREADABLE)
        return Checkpoint(tenant_id=tenant_id, size=int(lines[1]), root=root, note=note)

    def open_note(self, note: str, title: str) -> str:
        """The content of a signed note of that title; ``AuditLogError`` unless it is ours."""
        text, blank, signatures = note.partition("\n\n")
        text += "\n"
        if not blank or not any(self._signed(text, line) for line in signatures.splitlines()):
            raise AuditLogError("a signed note has no valid signature of this installation")
        first, _, content = text.partition("\n")
        if first != title:
            raise AuditLogError("a signed note is not the one that was asked for")
        return content

    def _signed(self, text: str, line: str) -> bool:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or parts[1] != self.name:
            return False
        try:
            raw = base64.b64decode(parts[2], validate=True)
        except binascii.Error:
            return False
        return raw[:_KEY_ID_BYTES] == self._key_id and signature_is_valid(
            self._public, raw[_KEY_ID_BYTES:], text.encode()
        )


class CheckpointSigner:
    """Signs checkpoints. ``name`` names the key and begins every origin; ``seed`` is 32 bytes."""

    __slots__ = ("_key", "_key_id", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        if not _NAME.match(name):
            raise AuditLogError("the name of the audit key may hold letters, digits and ./_- only")
        self._key = SigningKey(seed)
        self._key_id = _key_id(name, self._key.public_bytes)
        encoded = base64.b64encode(_ED25519 + self._key.public_bytes).decode()
        self.verifier = CheckpointVerifier(f"{name}+{self._key_id.hex()}+{encoded}")

    def sign(self, tenant_id: UUID, size: int, root: bytes) -> Checkpoint:
        """A signed checkpoint; deterministic, so signing again gives the same bytes."""
        text = f"{self.verifier.origin(tenant_id)}\n{size}\n{base64.b64encode(root).decode()}\n"
        return Checkpoint(tenant_id=tenant_id, size=size, root=root, note=self._signed(text))

    def sign_note(self, title: str, content: str) -> str:
        """A signed note that is no checkpoint: ``title``, then ``content`` without empty lines.

        A title has a space in it, an origin never has, so neither can stand for the other.
        """
        if " " not in title or "\n" in title or "\n\n" in content:
            raise AuditLogError("a signed note has a title of two words and no empty line")
        return self._signed(f"{title}\n{content.rstrip()}\n")

    def _signed(self, text: str) -> str:
        signature = base64.b64encode(self._key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.verifier.name} {signature}\n"


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]
