"""The cell cipher: what it opens, and everything it must not."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import FieldCipher
from core.crypto.cipher import OVERHEAD_BYTES, sealed_key_version
from core.crypto.encoding import length_prefixed, subkey
from core.errors import SealError

TENANT = UUID("018f0000-0000-7000-8000-0000000000aa")
ROW = UUID("018f0000-0000-7000-8000-0000000000bb")
KEY = bytes(range(32))
NONCE = bytes(range(12))
CIPHER = FieldCipher(TENANT, {1: KEY})
PLACE = {"table": "patient", "column": "demographics", "row_id": ROW}


@given(st.binary(max_size=400), st.binary(min_size=12, max_size=12))
def test_what_is_sealed_opens_in_its_own_cell(plaintext: bytes, nonce: bytes) -> None:
    sealed = CIPHER.seal(plaintext, nonce=nonce, **PLACE)
    assert CIPHER.open_sealed(sealed, **PLACE) == plaintext
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES == len(plaintext) + 34


def test_the_form_is_the_one_that_is_written_down() -> None:
    """Recomputed by hand, so that a value sealed today opens in ten years."""
    header = b"\xe1\x01\x00\x00\x00\x01"
    context = length_prefixed(TENANT.bytes, b"patient", b"demographics")
    body = AESGCM(subkey(KEY, "seal", "1")).encrypt(NONCE, b"secret", header + context + ROW.bytes)
    assert CIPHER.seal(b"secret", nonce=NONCE, **PLACE) == header + NONCE + body


def test_the_same_seal_gives_the_same_bytes_for_ever() -> None:
    sealed = CIPHER.seal(b"golden", nonce=NONCE, **PLACE)
    assert sealed.hex() == (
        "e10100000001000102030405060708090a0b49977345aef4d526ef79e2c022646578a45c6363e3d5"
    )


def test_no_flipped_bit_opens() -> None:
    sealed = CIPHER.seal(b"Smith", nonce=NONCE, **PLACE)
    for place in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(SealError):
            CIPHER.open_sealed(bytes(altered), **PLACE)


def test_no_shortened_or_lengthened_value_opens() -> None:
    sealed = CIPHER.seal(b"Smith", nonce=NONCE, **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            CIPHER.open_sealed(sealed[:length], **PLACE)
    with pytest.raises(SealError):
        CIPHER.open_sealed(sealed + b"\x00", **PLACE)


@pytest.mark.parametrize(
    "other",
    [
        {"row_id": UUID(int=ROW.int + 1)},
        {"column": "clinical"},
        {"table": "claim"},
        {"table": "patientd", "column": "emographics"},
        {"table": "patien", "column": "tdemographics"},
    ],
    ids=["row", "column", "table", "boundary right", "boundary left"],
)
def test_a_value_moved_to_another_cell_does_not_open(other: dict[str, object]) -> None:
    sealed = CIPHER.seal(b"Smith", nonce=NONCE, **PLACE)
    with pytest.raises(SealError):
        CIPHER.open_sealed(sealed, **{**PLACE, **other})


def test_a_value_moved_to_another_practice_does_not_open_even_under_the_same_key() -> None:
    sealed = CIPHER.seal(b"Smith", nonce=NONCE, **PLACE)
    with pytest.raises(SealError):
        FieldCipher(uuid4(), {1: KEY}).open_sealed(sealed, **PLACE)


def test_every_version_opens_and_the_newest_seals() -> None:
    old = CIPHER.seal(b"old", nonce=NONCE, **PLACE)
    both = FieldCipher(TENANT, {1: KEY, 2: bytes(32)})
    new = both.seal(b"new", nonce=NONCE, **PLACE)
    assert (sealed_key_version(old), sealed_key_version(new)) == (1, 2)
    assert both.open_sealed(old, **PLACE) == b"old"
    assert both.open_sealed(new, **PLACE) == b"new"
    with pytest.raises(SealError):
        CIPHER.open_sealed(new, **PLACE)


def test_a_value_relabelled_with_another_version_does_not_open_under_the_same_key() -> None:
    both = FieldCipher(TENANT, {1: KEY, 2: KEY})
    sealed = both.seal(b"x", nonce=NONCE, **PLACE)
    with pytest.raises(SealError):
        both.open_sealed(b"\xe1\x01\x00\x00\x00\x01" + sealed[6:], **PLACE)


def test_a_refusal_says_nothing_about_the_value_or_the_reason() -> None:
    sealed = CIPHER.seal(b"Smith", nonce=NONCE, **PLACE)
    messages = set()
    for altered in (b"", sealed[:-1], sealed[:3], b"\xe1\x02" + sealed[2:], b"x" * 60):
        with pytest.raises(SealError) as caught:
            CIPHER.open_sealed(altered, **PLACE)
        messages.add(caught.value.message)
        assert caught.value.__cause__ is None
    assert len(messages) == 1


def test_a_batch_seals_as_one_by_one() -> None:
    column = CIPHER.column("patient", "demographics")
    rows = [(uuid4(), f"value {number}".encode()) for number in range(50)]
    nonces = os.urandom(12 * 50)
    one_by_one = tuple(
        column.seal(row_id.bytes, plaintext, nonces[at * 12 : at * 12 + 12])
        for at, (row_id, plaintext) in enumerate(rows)
    )
    assert column.seal_many(rows, nonces) == one_by_one
    assert column.seal_many([], b"") == ()


def test_a_nonce_of_the_wrong_size_is_refused() -> None:
    column = CIPHER.column("patient", "demographics")
    for size in (0, 8, 11, 13):
        with pytest.raises(SealError):
            column.seal(ROW.bytes, b"x", bytes(size))
    with pytest.raises(SealError):
        column.seal_many([(ROW, b"x")], bytes(24))


@pytest.mark.parametrize("keys", [{}, {1: b"short"}, {1: KEY, 2: b""}])
def test_a_cipher_without_whole_keys_is_not_made(keys: dict[int, bytes]) -> None:
    with pytest.raises(SealError):
        FieldCipher(TENANT, keys)


def test_an_older_version_can_be_told_to_seal() -> None:
    both = FieldCipher(TENANT, {1: KEY, 2: bytes(32)}, sealing=1)
    assert sealed_key_version(both.seal(b"x", nonce=NONCE, **PLACE)) == 1
    with pytest.raises(SealError):
        FieldCipher(TENANT, {1: KEY}, sealing=2)


@pytest.mark.parametrize("sealed", [b"", b"\xe1\x01", b"\x00" * 40])
def test_the_version_of_what_is_not_sealed_is_not_guessed(sealed: bytes) -> None:
    with pytest.raises(SealError):
        sealed_key_version(sealed)


@given(
    st.lists(st.binary(max_size=5), max_size=4),
    st.lists(st.binary(max_size=5), max_size=4),
)
def test_length_prefixes_keep_different_parts_apart(left: list[bytes], right: list[bytes]) -> None:
    assert (length_prefixed(*left) == length_prefixed(*right)) == (left == right)


def test_subkeys_differ_by_purpose_and_context() -> None:
    keys = {
        subkey(KEY, "seal"),
        subkey(KEY, "wrap"),
        subkey(KEY, "seal", "a", "bc"),
        subkey(KEY, "seal", "ab", "c"),
        subkey(bytes(32), "seal"),
    }
    assert len(keys) == 5
