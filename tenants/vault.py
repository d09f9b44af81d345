"""Keys wrapped by the transit engine of HashiCorp Vault (or OpenBao).

Address, token and certificates come from Vault's own environment (``VAULT_ADDR``, ``VAULT_TOKEN``,
``VAULT_CACERT``, ``VAULT_NAMESPACE``). The transit key is made with ``derived=true``: Vault then
derives another key for every practice, purpose and version.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from typing import Any

from core.crypto import KeyContext
from core.errors import SetupError, UnavailableError

_MAGIC = b"\xe4"
_CIPHERTEXT = re.compile(rb"vault:v([0-9]{1,9}):[A-Za-z0-9+/=]+\Z")

_MISSING = "CLAIMWRIGHT_KEYS names Vault; install it with: pip install 'claimwright[vault]'"
_NO_ACCESS = "no address or token for Vault; give them in VAULT_ADDR and VAULT_TOKEN"
_WRONG = "a practice's key was not wrapped by the transit key that CLAIMWRIGHT_KEYS names"
_NO_KEY = "Vault has no such transit key as CLAIMWRIGHT_KEYS names, or it is not made derived=true"
_AWAY = "Vault does not answer; practices used in the last minutes go on, try again for others"
_DENIED = "Vault refuses to use the transit key; check the token and its policy"


class VaultTransit:
    """A key provider over one derived transit key. A call ends within ``timeout_seconds``."""

    def __init__(self, mount: str, key: str, *, timeout_seconds: float = 3.0) -> None:
        try:
            import hvac
            from hvac import exceptions
            from requests.exceptions import RequestException
        except ImportError:
            raise SetupError(_MISSING) from None
        if not (os.environ.get("VAULT_ADDR") and os.environ.get("VAULT_TOKEN")):
            raise SetupError(_NO_ACCESS)
        self._mount = mount
        self._key = key
        self._denied = (exceptions.Forbidden, exceptions.Unauthorized)
        self._refused = (exceptions.InvalidRequest, exceptions.InvalidPath)
        self._away = (exceptions.VaultError, RequestException)
        client = hvac.Client(
            timeout=timeout_seconds, namespace=os.environ.get("VAULT_NAMESPACE") or None
        )
        self._transit: Any = client.secrets.transit

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        """See ``KeyProvider.wrap``."""
        answer = self._ask(
            _NO_KEY,
            self._transit.encrypt_data,
            plaintext=_base64(key),
            context=_base64(context.encoded()),
        )
        wrapped = _MAGIC + str(answer["data"]["ciphertext"]).encode()
        self.root_of(wrapped)
        return wrapped

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """See ``KeyProvider.unwrap``."""
        self.root_of(wrapped)
        answer = self._ask(
            _WRONG,
            self._transit.decrypt_data,
            ciphertext=wrapped[1:].decode(),
            context=_base64(context.encoded()),
        )
        return base64.b64decode(answer["data"]["plaintext"])

    def root_of(self, wrapped: bytes) -> int:
        """See ``KeyProvider.root_of``: the version of the transit key."""
        found = _CIPHERTEXT.match(wrapped[1:]) if wrapped[:1] == _MAGIC else None
        if found is None:
            raise SetupError(_WRONG)
        return int(found[1])

    def newest_root(self) -> int:
        """See ``KeyProvider.newest_root``."""
        answer = self._ask(_NO_KEY, self._transit.read_key)
        return int(answer["data"]["latest_version"])

    def health(self) -> None:
        """See ``KeyProvider.health``."""
        self.newest_root()

    def _ask(self, refusal: str, call: Callable[..., Any], **given: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = call(name=self._key, mount_point=self._mount, **given)
        except self._denied:
            raise UnavailableError(_DENIED) from None
        except self._refused:
            raise SetupError(refusal) from None
        except self._away:
            raise UnavailableError(_AWAY) from None
        return answer


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
