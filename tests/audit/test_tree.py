"""The Merkle tree: the reference roots, and every proof at every size up to 70."""

from __future__ import annotations

import pytest

from audit.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from core.errors import AuditLogError

SIZE_MAX = 70
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(SIZE_MAX)]
ROOTS = [root(LEAVES[:size]) for size in range(SIZE_MAX + 1)]

# The inputs and roots that implementations of RFC 6962 have in common.
REFERENCE = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
)


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it, by recursion."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(by_definition(leaves[:middle]), by_definition(leaves[middle:]))


def test_the_reference_roots() -> None:
    leaves = [leaf_hash(bytes.fromhex(data)) for data, _ in REFERENCE]
    for size, (_, expected) in enumerate(REFERENCE, start=1):
        assert root(leaves[:size]).hex() == expected


def test_no_leaves_have_the_hash_of_nothing() -> None:
    assert root(()).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_roots_follow_the_definition_at_every_size() -> None:
    for size in range(SIZE_MAX + 1):
        assert ROOTS[size] == by_definition(LEAVES[:size])


def test_growing_in_any_two_steps_gives_the_same_tree() -> None:
    for first in range(SIZE_MAX + 1):
        grown = Frontier().extended(LEAVES[:first]).extended(LEAVES[first:])
        assert (grown.size, grown.root()) == (SIZE_MAX, ROOTS[SIZE_MAX])


def test_every_entry_is_proven_in_every_tree_and_nothing_else_is() -> None:
    for size in range(1, SIZE_MAX + 1):
        whole = ROOTS[size]
        for index in range(size):
            leaf = LEAVES[index]
            proof = inclusion_proof(LEAVES[:size], index)
            assert verify_inclusion(leaf, index, size, proof, whole)
            assert not verify_inclusion(LEAVES[index - 1], index, size, proof, whole) or size == 1
            assert not verify_inclusion(leaf, index + 1, size, proof, whole)
            assert not verify_inclusion(leaf, index, size, (*proof, leaf), whole)
            assert not verify_inclusion(leaf, index, size, proof, ROOTS[size - 1])
            if proof:
                assert not verify_inclusion(leaf, index, size, proof[:-1], whole)


def test_every_growth_is_proven_and_no_other_is() -> None:
    for old in range(SIZE_MAX + 1):
        frontier = Frontier().extended(LEAVES[:old])
        for new in range(old, SIZE_MAX + 1):
            proof = consistency_proof(frontier, LEAVES[old:new])
            assert verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            if 0 < old < new:
                assert not verify_consistency(old, new, ROOTS[old - 1], ROOTS[new], proof)
                assert not verify_consistency(old, new, ROOTS[old], ROOTS[new - 1], proof)
                assert not verify_consistency(old, new, ROOTS[old], ROOTS[new], proof[:-1])
                assert not verify_consistency(old, new, ROOTS[old], ROOTS[new], (*proof, LEAVES[0]))
                assert not verify_consistency(new, old, ROOTS[new], ROOTS[old], proof)


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_an_entry_that_is_not_there_has_no_proof(index: int) -> None:
    with pytest.raises(AuditLogError):
        inclusion_proof(LEAVES[:3], index)
    assert not verify_inclusion(LEAVES[0], index, 3, (), ROOTS[3])


@pytest.mark.parametrize(("size", "hashes"), [(1, 0), (3, 1), (4, 2), (-1, 1)])
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, hashes: int) -> None:
    with pytest.raises(AuditLogError):
        Frontier(size=size, hashes=tuple(LEAVES[:hashes]))


def test_a_leaf_is_never_a_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
