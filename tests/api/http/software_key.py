"""A security key in software, for tests: makes credentials and answers challenges, also wrongly.

It does what an authenticator and a browser do together (W3C Web Authentication, sections 6 and 7),
and lets a test bend one thing at a time: the origin, the site, the counter, the flags.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@dataclass
class SoftwareKey:
    """One key for one site."""

    origin: str
    domain: str
    counter: int = 0
    flags: int = PRESENT | VERIFIED
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def register(self, options: dict[str, Any]) -> dict[str, str]:
        """The form fields our script sends for a new key."""
        numbers = self.private.public_key().public_numbers()
        public = encode_cbor(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(self.flags | ATTESTED) + attested + public
        statement = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return {
            "proof_key": encoded(self.credential_id),
            "proof_client_data": encoded(client),
            "proof_attestation": encoded(statement),
        }

    def answer(self, options: dict[str, Any], *, handle: bytes = b"") -> dict[str, str]:
        """The form fields our script sends for a proof."""
        self.counter += 1
        data = self._data(self.flags)
        client = self._client("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client).digest()
        fields = {
            "proof_key": encoded(self.credential_id),
            "proof_client_data": encoded(client),
            "proof_authenticator_data": encoded(data),
            "proof_signature": encoded(self.private.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return fields | ({"proof_user_handle": encoded(handle)} if handle else {})

    def _data(self, flags: int) -> bytes:
        site = hashlib.sha256(self.domain.encode()).digest()
        return site + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()
