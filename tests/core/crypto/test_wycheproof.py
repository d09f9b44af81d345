"""Published vectors for known faults of cryptography, through the primitives the product uses."""

from __future__ import annotations

import gzip
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.crypto import signature_is_valid

VECTORS = json.loads(
    gzip.decompress(
        (Path(__file__).parents[2] / "testdata/wycheproof/vectors.json.gz").read_bytes()
    )
)
pytestmark = [pytest.mark.attack("S-17")]


def aes_gcm_opens(group: dict[str, Any], case: dict[str, Any]) -> bool:
    aead = AESGCM(bytes.fromhex(case["key"]))
    nonce, aad = bytes.fromhex(case["iv"]), bytes.fromhex(case["aad"])
    try:
        opened = aead.decrypt(nonce, bytes.fromhex(case["ct"] + case["tag"]), aad)
    except InvalidTag:
        return False
    sealed = aead.encrypt(nonce, opened, aad)
    return opened.hex() == case["msg"] and sealed.hex() == case["ct"] + case["tag"]


def ed25519_verifies(group: dict[str, Any], case: dict[str, Any]) -> bool:
    return signature_is_valid(
        bytes.fromhex(group["pk"]), bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
    )


def hkdf_agrees(group: dict[str, Any], case: dict[str, Any]) -> bool:
    try:
        kdf = HKDF(
            algorithm=hashes.SHA256(),
            length=case["size"],
            salt=bytes.fromhex(case["salt"]),
            info=bytes.fromhex(case["info"]),
        )
    except ValueError:
        return False
    return kdf.derive(bytes.fromhex(case["ikm"])).hex() == case["okm"]


def hmac_agrees(group: dict[str, Any], case: dict[str, Any]) -> bool:
    whole = hmac.digest(bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]), "sha256")
    return hmac.compare_digest(whole[: group["tagSize"] // 8].hex(), case["tag"])


CHECKS = {
    "aes_gcm": (aes_gcm_opens, 66),
    "ed25519": (ed25519_verifies, 151),
    "hkdf_sha256": (hkdf_agrees, 86),
    "hmac_sha256": (hmac_agrees, 174),
}


@pytest.mark.parametrize("name", CHECKS)
def test_every_vector_comes_out_as_it_should(name: str) -> None:
    check, expected_count = CHECKS[name]
    count = 0
    for group in VECTORS[name]:
        # The product seals with 256-bit keys and 96-bit nonces, and with nothing else.
        if name == "aes_gcm" and (group["keySize"], group["ivSize"]) != (256, 96):
            continue
        for case in group["tests"]:
            assert check(group, case) is (case["result"] != "invalid"), case["tcId"]
            count += 1
    assert count == expected_count
