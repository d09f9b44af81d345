"""Keys wrapped by AWS KMS. Credentials, region and address come from AWS's own environment."""

from __future__ import annotations

from typing import Any

from core.crypto import KeyContext
from core.errors import SetupError, UnavailableError

_MAGIC = 0xE3
_ROOT = 1

_MISSING = "CLAIMWRIGHT_KEYS names AWS KMS; install it with: pip install 'claimwright[aws]'"
_NO_ACCESS = (
    "no region or credentials for AWS KMS; give them in AWS's own environment or configuration"
)
_WRONG = "a practice's key was not wrapped by the key that CLAIMWRIGHT_KEYS names"
_NO_KEY = "AWS KMS does not know the key that CLAIMWRIGHT_KEYS names"
_AWAY = "AWS KMS does not answer; practices used in the last minutes go on, try again for others"
_DENIED = "AWS KMS refuses to use the key; check its state and the rights of this program"

_WRONG_CODES = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_NO_KEY_CODES = frozenset({"NotFoundException", "InvalidArnException", "InvalidKeyUsageException"})
_DENIED_CODES = frozenset(
    {"AccessDeniedException", "DisabledException", "KMSInvalidStateException"}
)


class AwsKms:
    """A key provider over one symmetric KMS key; the context is its encryption context.

    A call ends within ``timeout_seconds`` for each of two attempts.
    """

    def __init__(self, key_id: str, *, timeout_seconds: float = 3.0) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise SetupError(_MISSING) from None
        self._key_id = key_id
        self._refused = ClientError
        self._away = BotoCoreError
        try:
            self._client: Any = boto3.client(
                "kms",
                config=Config(
                    connect_timeout=timeout_seconds,
                    read_timeout=timeout_seconds,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                ),
            )
        except BotoCoreError:
            raise SetupError(_NO_ACCESS) from None

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        """See ``KeyProvider.wrap``."""
        answer = self._ask(
            "encrypt", KeyId=self._key_id, Plaintext=key, EncryptionContext=_pairs(context)
        )
        return bytes((_MAGIC,)) + bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        """See ``KeyProvider.unwrap``."""
        self.root_of(wrapped)
        answer = self._ask(
            "decrypt",
            KeyId=self._key_id,
            CiphertextBlob=wrapped[1:],
            EncryptionContext=_pairs(context),
        )
        return bytes(answer["Plaintext"])

    def root_of(self, wrapped: bytes) -> int:
        """See ``KeyProvider.root_of``: KMS renews its own material without showing it."""
        if wrapped[:1] != bytes((_MAGIC,)):
            raise SetupError(_WRONG)
        return _ROOT

    def newest_root(self) -> int:
        """See ``KeyProvider.newest_root``."""
        return _ROOT

    def health(self) -> None:
        """See ``KeyProvider.health``."""
        self._ask("describe_key", KeyId=self._key_id)

    def _ask(self, action: str, **given: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, action)(**given)
        except self._refused as refused:
            raise _told(str(refused.response.get("Error", {}).get("Code", ""))) from None
        except self._away as away:
            if type(away).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
                raise SetupError(_NO_ACCESS) from None
            raise UnavailableError(_AWAY) from None
        return answer


def _told(code: str) -> SetupError | UnavailableError:
    if code in _WRONG_CODES:
        return SetupError(_WRONG)
    if code in _NO_KEY_CODES:
        return SetupError(_NO_KEY)
    return UnavailableError(_DENIED if code in _DENIED_CODES else _AWAY)


def _pairs(context: KeyContext) -> dict[str, str]:
    return {
        "claimwright:tenant": str(context.tenant_id),
        "claimwright:purpose": context.purpose,
        "claimwright:version": str(context.version),
    }
