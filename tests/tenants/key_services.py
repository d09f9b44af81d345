"""Stand-ins for AWS KMS and Vault transit: small servers that really encrypt, and fail on command.

They speak as much of the two protocols as the product uses, over a socket, so that the services'
own client libraries are part of what is tested.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_WORDS = "arn:aws:kms:us-east-1:111122223333 is not authorized hvs.CAESIJ"
"""What a service says when it refuses; nobody may repeat it."""


class RefusalError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that stopped waiting is what some tests are about."""


class KeyService:
    """One server; ``mode`` is fine, slow, broken or denying. ``stop`` takes it off the network."""

    def __init__(self) -> None:
        self.mode = "fine"
        self.calls = 0
        self.keys = {1: os.urandom(32)}
        self.released = Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.answer()

            do_PUT = do_GET = do_POST  # noqa: N815

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                given = json.loads(self.rfile.read(length) or b"{}")
                service.calls += 1
                if service.mode == "slow":
                    service.released.wait(20)
                try:
                    if service.mode == "broken":
                        raise RefusalError(500, "InternalFailure")
                    if service.mode == "denying":
                        raise RefusalError(*service.denial)
                    status, body = 200, service.act(self.path, dict(self.headers), given)
                except RefusalError as refused:
                    status, body = refused.status, service.refusal(refused.code)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *_: Any) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    denial: tuple[int, str] = (403, "denied")

    def act(self, path: str, headers: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def refusal(self, code: str) -> dict[str, Any]:
        return {"errors": [f"{code}: {SECRET_WORDS}"]}

    def rotate(self) -> None:
        self.keys[max(self.keys) + 1] = os.urandom(32)

    def forget_keys(self) -> None:
        """As if another installation's service stood at this address."""
        self.keys = {version: os.urandom(32) for version in self.keys}

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def encrypt(self, version: int, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(self.keys[version]).encrypt(nonce, plaintext, context)

    def decrypt(self, version: int, sealed: bytes, context: bytes) -> bytes:
        return AESGCM(self.keys[version]).decrypt(sealed[:12], sealed[12:], context)


class Kms(KeyService):
    """Enough of AWS KMS (JSON 1.1) for Encrypt, Decrypt and DescribeKey."""

    setting = "aws-kms:alias/claimwright"
    denial = (400, "AccessDeniedException")

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_KMS": self.address,
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def act(self, path: str, headers: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
        action = headers["X-Amz-Target"].removeprefix("TrentService.")
        if given["KeyId"] != "alias/claimwright":
            raise RefusalError(400, "NotFoundException")
        assert action == "DescribeKey" or given["EncryptionContext"], "every key has a context"
        context = json.dumps(given.get("EncryptionContext"), sort_keys=True).encode()
        if action == "DescribeKey":
            return {"KeyMetadata": {"KeyId": given["KeyId"], "Enabled": True}}
        if action == "Encrypt":
            sealed = self.encrypt(1, base64.b64decode(given["Plaintext"]), context)
            return {"KeyId": given["KeyId"], "CiphertextBlob": base64.b64encode(sealed).decode()}
        try:
            opened = self.decrypt(1, base64.b64decode(given["CiphertextBlob"]), context)
        except (InvalidTag, ValueError):
            raise RefusalError(400, "InvalidCiphertextException") from None
        return {"KeyId": given["KeyId"], "Plaintext": base64.b64encode(opened).decode()}

    def refusal(self, code: str) -> dict[str, Any]:
        return {"__type": code, "message": SECRET_WORDS}


class Vault(KeyService):
    """Enough of Vault's transit engine for a derived key."""

    setting = "vault:transit/claimwright"
    denial = (403, "permission denied")

    def environment(self) -> dict[str, str]:
        return {"VAULT_ADDR": self.address, "VAULT_TOKEN": "invented"}

    def act(self, path: str, headers: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
        assert headers["X-Vault-Token"] == "invented"
        parts = path.removeprefix("/v1/").split("/")
        if parts[0] != "transit" or parts[2] != "claimwright":
            raise RefusalError(404, "no handler for route")
        if parts[1] == "keys":
            return {"data": {"latest_version": max(self.keys), "derived": True}}
        if not given.get("context"):
            raise RefusalError(400, "missing 'context' for key derivation")
        context = base64.b64decode(given["context"])
        if parts[1] == "encrypt":
            newest = max(self.keys)
            sealed = self.encrypt(newest, base64.b64decode(given["plaintext"]), context)
            text = f"vault:v{newest}:{base64.b64encode(sealed).decode()}"
            return {"data": {"ciphertext": text, "key_version": newest}}
        _, version, encoded = given["ciphertext"].split(":")
        try:
            sealed = base64.b64decode(encoded, validate=True)
            opened = self.decrypt(int(version[1:]), sealed, context)
        except (InvalidTag, ValueError, KeyError):
            raise RefusalError(400, "cipher: message authentication failed") from None
        return {"data": {"plaintext": base64.b64encode(opened).decode()}}


@contextmanager
def served(kind: type[Kms] | type[Vault]) -> Iterator[Kms | Vault]:
    """A running service, and the environment in which its client finds it."""
    service = kind()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NO_PROXY", "127.0.0.1")
        for name, value in service.environment().items():
            environment.setenv(name, value)
        yield service
    service.stop()
