"""Who holds the root key: the keyring file, or a key service. Chosen by ``CLAIMWRIGHT_KEYS``."""

from __future__ import annotations

from typing import Protocol

from core.crypto import KeyContext
from core.errors import SetupError
from tenants.keyring import LocalKeyring

LOCAL = "local"

_UNKNOWN = (
    "CLAIMWRIGHT_KEYS is local, aws-kms:<key id, ARN or alias>, or vault:<mount>/<transit key>"
)


class KeyProvider(Protocol):
    """Wraps keys under a root key it never gives out.

    The context (practice, purpose, version) is bound to what is wrapped: a wrapped key does not
    open under another one. A service that is slow, down or denying is ``UnavailableError``, within
    a bounded time; a wrong root key or context is ``SetupError``. Neither holds the service's
    words, and nobody goes on without the key.
    """

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        """``key`` (32 bytes) wrapped under the newest root key."""

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """The key inside."""

    def root_of(self, wrapped: bytes) -> int:
        """The version of the root key a wrapped key names; ``SetupError`` for another provider's.

        A provider whose root versions do not show (AWS KMS) says 1.
        """

    def newest_root(self) -> int:
        """The version ``wrap`` uses now."""

    def health(self) -> None:
        """Returns when keys can be wrapped and unwrapped."""


def open_provider(given: str, keyring: LocalKeyring) -> KeyProvider:
    """The provider a setting names; the library of a service is loaded only here."""
    kind, _, name = given.partition(":")
    if given == LOCAL:
        return keyring
    if kind == "aws-kms" and name:
        from tenants.aws_kms import AwsKms

        return AwsKms(name)
    mount, _, key = name.rpartition("/")
    if kind == "vault" and mount and key:
        from tenants.vault import VaultTransit

        return VaultTransit(mount, key)
    raise SetupError(_UNKNOWN)
