"""No nonce is ever used twice under a key."""

from __future__ import annotations

import os
from array import array
from uuid import uuid4

import pytest

from core.confidentiality import FieldClass
from core.crypto import FieldCipher
from tenants.sealer import PracticeKeys
from tests.campaign import SOAK

# A tenth of it would still take longer than all other tests of keys.
_COUNT = 10_000_000 if SOAK else 200_000
_BATCH = 100_000


@pytest.mark.attack("S-16")
@pytest.mark.campaign
def test_among_ten_million_sealed_values_no_two_have_a_nonce_in_common() -> None:
    """Told by the first 64 of its 96 bits: 2.7e-6 is the chance that two of them meet at all."""
    tenant_id = uuid4()
    key = os.urandom(32)
    sealer = PracticeKeys(
        tenant_id,
        open_cipher=lambda _: FieldCipher(tenant_id, {1: key}),
        open_index=lambda: pytest.fail("no index is asked for"),
        sealing={},
    ).sealer(frozenset({FieldClass.CLINICAL}))
    row_id = uuid4()
    seen = array("Q")
    for start in range(0, _COUNT, _BATCH):
        count = min(_BATCH, _COUNT - start)
        sealed = sealer.seal_many("claim", "clinical", [(row_id, b"")] * count)
        seen.frombytes(b"".join([value[6:14] for value in sealed]))
    ordered = sorted(seen)
    assert len(ordered) == _COUNT
    assert all(map(int.__ne__, ordered, ordered[1:]))
