"""The Merkle tree of RFC 6962: roots, compact growth, inclusion and consistency proofs; pure.

A leaf is ``SHA-256(0x00 || data)`` and a node ``SHA-256(0x01 || left || right)``, so a leaf can
never be passed off as a node. Proofs follow RFC 9162 section 2.1, which restates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from core.errors import AuditLogError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of no leaves, the hash of nothing."""
    return Frontier().extended(leaves).root()


class Frontier(msgspec.Struct, frozen=True, kw_only=True):
    """The right edge of a tree: all that is needed to grow it, in O(log n) hashes.

    ``hashes`` are the roots of the perfect subtrees the size splits into, largest first: a tree of
    13 leaves is 8 + 4 + 1, three hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.hashes):
            raise AuditLogError("the stored edge of an audit tree does not fit its size")

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The edge after ``leaves`` (leaf hashes) were appended."""
        size = self.size
        hashes = list(self.hashes)
        for leaf in leaves:
            current = leaf
            carry = size
            while carry & 1:
                current = sha256(b"\x01" + hashes.pop() + current).digest()
                carry >>= 1
            hashes.append(current)
            size += 1
        return Frontier(size=size, hashes=tuple(hashes))

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        whole = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            whole = node_hash(left, whole)
        return whole


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes that lead from leaf ``index`` to the root of ``leaves``, lowest first.

    ``AuditLogError`` unless ``0 <= index < len(leaves)``.
    """
    if not 0 <= index < len(leaves):
        raise AuditLogError("there is no such entry in an audit tree of this size")
    proof: list[bytes] = []
    first, last = 0, len(leaves)
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            proof.append(root(leaves[middle:last]))
            last = middle
        else:
            proof.append(root(leaves[first:middle]))
            first = middle
    return tuple(reversed(proof))


def consistency_proof(old: Frontier, new_leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The proof that the tree of ``old`` grown by ``new_leaves`` begins with the tree of ``old``.

    Needs only the old edge and what was added, so it stays cheap however long the log is. Empty
    when the old tree is empty or nothing was added.
    """
    if old.size == 0 or not new_leaves:
        return ()
    proof: list[bytes] = []
    # The subtree still to be split, as [first, last) of the new tree; it holds the old tree's end.
    first, last = 0, old.size + len(new_leaves)
    unused = list(old.hashes)
    while last != old.size:
        middle = first + _split(last - first)
        if old.size <= middle:
            proof.append(root(new_leaves[middle - old.size : last - old.size]))
            last = middle
        else:
            proof.append(unused.pop(0))
            first = middle
    if first > 0:
        rest = old.size - first
        proof.append(Frontier(size=rest, hashes=tuple(unused)).root())
    return tuple(reversed(proof))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], whole: bytes
) -> bool:
    """Whether leaf hash ``leaf`` is entry ``index`` of the tree of ``size`` and root ``whole``."""
    if not 0 <= index < size:
        return False
    at, last, current = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            current = node_hash(step, current)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            current = node_hash(current, step)
        at >>= 1
        last >>= 1
    return last == 0 and current == whole


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``new_size`` begins with the tree of ``old_size``."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if not proof:
        return False
    # A perfect old tree is itself a node of the new one, and the proof leaves it out.
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old = node_hash(step, old)
            new = node_hash(step, new)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        at >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """The largest power of two below ``size`` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)
