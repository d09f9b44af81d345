"""Wrapped keys and signatures."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest

from core.crypto import (
    KeyContext,
    SigningKey,
    signature_is_valid,
    unwrap_key,
    wrap_key,
    wrapped_root_version,
)
from core.errors import SealError

ROOT = bytes(range(32))
KEY = bytes(range(32, 64))
CONTEXT = KeyContext(tenant_id=uuid4(), purpose="data", version=3)
WRAPPED = wrap_key(KEY, CONTEXT, root_key=ROOT, root_version=7, nonce=bytes(12))


def test_a_wrapped_key_unwraps_and_names_its_root() -> None:
    assert unwrap_key(WRAPPED, CONTEXT, root_keys={7: ROOT}) == KEY
    assert wrapped_root_version(WRAPPED) == 7
    assert KEY not in WRAPPED


@pytest.mark.parametrize(
    "change", [{"tenant_id": UUID(int=7)}, {"purpose": "index"}, {"version": 4}], ids=str
)
def test_a_wrapped_key_is_bound_to_its_use(change: dict[str, object]) -> None:
    other = msgspec.structs.replace(CONTEXT, **change)
    with pytest.raises(SealError):
        unwrap_key(WRAPPED, other, root_keys={7: ROOT})


@pytest.mark.parametrize("root_keys", [{}, {6: ROOT}, {7: bytes(32)}], ids=str)
def test_another_root_does_not_unwrap(root_keys: dict[int, bytes]) -> None:
    with pytest.raises(SealError):
        unwrap_key(WRAPPED, CONTEXT, root_keys=root_keys)


def test_no_flipped_bit_and_no_truncation_unwraps() -> None:
    for place in range(len(WRAPPED) * 8):
        altered = bytearray(WRAPPED)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(SealError):
            unwrap_key(bytes(altered), CONTEXT, root_keys={7: ROOT})
    for length in range(len(WRAPPED)):
        with pytest.raises(SealError):
            unwrap_key(WRAPPED[:length], CONTEXT, root_keys={7: ROOT})


def test_a_key_of_another_length_is_not_wrapped() -> None:
    with pytest.raises(SealError):
        wrap_key(b"short", CONTEXT, root_key=ROOT, root_version=1, nonce=bytes(12))


def test_a_signature_matches_the_published_vector() -> None:
    """RFC 8032 section 7.1, test 2."""
    key = SigningKey(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    signature = key.sign(b"\x72")
    assert key.public_bytes.hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert signature.hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signature_is_valid(key.public_bytes, signature, b"\x72")


def test_a_wrong_signature_is_invalid_and_never_an_error() -> None:
    key = SigningKey(ROOT)
    signature = key.sign(b"message")
    assert not signature_is_valid(key.public_bytes, signature, b"other")
    assert not signature_is_valid(SigningKey(KEY).public_bytes, signature, b"message")
    assert not signature_is_valid(key.public_bytes, signature[:-1], b"message")
    assert not signature_is_valid(b"short", signature, b"message")
    with pytest.raises(SealError):
        SigningKey(b"short")
