"""A sealed stream opens whole and in order, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import stream
from core.crypto.passphrase import SALT_BYTES, open_with_passphrase, seal_with_passphrase
from core.crypto.stream import open_stream, seal_stream
from core.errors import SealError
from tests.campaign import rounds

KEY, OTHER = b"k" * 32, b"o" * 32
CONTEXT = b"what it is"
SMALL = 64
SEALED_CHUNK = SMALL + 16


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "CHUNK_BYTES", SMALL)
        yield


def sealed(content: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(seal_stream([content], key, context))


def opened(content: bytes, *, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(open_stream([content], key, context))


def refused(content: bytes, **given: bytes) -> bool:
    with pytest.raises(SealError):
        opened(content, **given)
    return True


def blocks(content: bytes, draw: Random) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        size = draw.randint(0, 3 * SMALL)
        yield content[at : at + size]
        at += size


@given(st.integers(0, 5 * SMALL), st.integers(0, 1 << 30))
def test_what_was_sealed_opens_whatever_blocks_it_came_in(size: int, seed: int) -> None:
    draw = Random(seed)
    content = draw.randbytes(size)
    written = b"".join(seal_stream(blocks(content, draw), KEY, CONTEXT))
    assert written == sealed(content)
    assert b"".join(open_stream(blocks(written, draw), KEY, CONTEXT)) == content


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL])
def test_a_stream_is_its_content_and_a_tag_for_each_chunk(size: int) -> None:
    chunks = max(1, -(-size // SMALL))
    assert len(sealed(b"x" * size)) == size + 16 * chunks


@pytest.mark.parametrize("size", [0, 10, SMALL, 3 * SMALL, 3 * SMALL + 10])
@pytest.mark.control("R28")
def test_every_truncation_is_refused(size: int) -> None:
    whole = sealed(bytes(size))
    assert all(refused(whole[:end]) for end in range(len(whole)))


def test_every_flipped_bit_is_refused() -> None:
    whole = sealed(bytes(SMALL + 10))
    for at in range(len(whole)):
        for bit in range(8):
            altered = bytearray(whole)
            altered[at] ^= 1 << bit
            assert refused(bytes(altered))


def test_chunks_left_out_repeated_moved_added_or_of_another_stream_are_refused() -> None:
    whole = sealed(bytes(range(256)))
    chunks = [whole[at : at + SEALED_CHUNK] for at in range(0, len(whole), SEALED_CHUNK)]
    assert len(chunks) == 4
    for at in range(len(chunks)):
        assert refused(b"".join(chunks[:at] + chunks[at + 1 :]))
        assert refused(b"".join([*chunks[:at], chunks[at], *chunks[at:]]))
        for other in range(at):
            swapped = list(chunks)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            assert refused(b"".join(swapped))
    assert refused(whole + b"\x00")
    assert refused(whole + whole)
    assert refused(b"".join([sealed(bytes(256), key=OTHER)[:SEALED_CHUNK], *chunks[1:]]))


def test_another_key_and_another_context_are_refused() -> None:
    whole = sealed(b"content")
    assert refused(whole, key=OTHER)
    assert refused(whole, context=b"another")
    with pytest.raises(SealError):
        sealed(b"content", key=b"short")


@pytest.mark.campaign
def test_no_random_damage_is_accepted() -> None:
    draw = Random(7)
    whole = sealed(draw.randbytes(4 * SMALL))
    for _ in range(rounds(20_000)):
        altered = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(altered))
            altered[at] ^= draw.randint(1, 255)
        if bytes(altered) != whole:
            assert refused(bytes(altered))


def test_a_secret_under_a_passphrase_opens_with_it_and_in_no_other_way() -> None:
    kept = seal_with_passphrase(b"secret", "six words", salt=b"s" * SALT_BYTES, nonce=b"n" * 12)
    assert b"secret" not in kept
    assert open_with_passphrase(kept, "six words") == b"secret"
    # The cost of guessing is part of what is authenticated: 14 bytes before the salt.
    cheaper = kept[:2] + (1).to_bytes(4, "big") + kept[6:]
    dearer = kept[:6] + (1 << 31).to_bytes(4, "big") + kept[10:]
    for wrong, phrase in (
        (kept, "six wordz"),
        (kept[:-1], "six words"),
        (kept[:20], "six words"),
        (b"", "six words"),
        (cheaper, "six words"),
        (dearer, "six words"),
    ):
        with pytest.raises(SealError):
            open_with_passphrase(wrong, phrase)
    with pytest.raises(SealError):
        seal_with_passphrase(b"secret", "six words", salt=b"s", nonce=b"n" * 12)
