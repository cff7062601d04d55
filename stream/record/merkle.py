"""The Merkle tree of RFC 6962: what the log's root is, and what proves it.

The tree over n leaves splits at the largest power of two below n. Nothing here hashes a record:
leaves come as their hashes, since they stay where a record is erased.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()


class ProofError(ValueError):
    """A proof that cannot be made, since the log has no such place."""


def node_of(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    r"""A growing tree: of each full subtree only the root is kept, so it is small for ever.

    Args:
        size: How many leaves there are.
        roots: Of the full subtrees that they make, the largest first; as `roots` gives them.

    Examples:
        >>> frontier = Frontier()
        >>> frontier.append(sha256(b"\x00").digest())
        >>> frontier.root.hex()[:16]
        '6e340b9cffb37a98'
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)
        if len(self._roots) != size.bit_count():
            raise ValueError(f"expected {size.bit_count()} roots, got {len(self._roots)}")

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, the largest first."""
        return tuple(self._roots)

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_of(left, root)
        return root

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the end."""
        left_full = self.size
        while left_full & 1:
            leaf = node_of(self._roots.pop(), leaf)
            left_full >>= 1
        self._roots.append(leaf)
        self.size += 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what proves that the leaf at `index` is in the tree over `leaves`, from below.

    Raises:
        ProofError: If there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ProofError(f"expected an index below {len(leaves)}, got {index}")
    proof: list[bytes] = []
    first, end = 0, len(leaves)
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(root_of(leaves[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaves[first:middle]))
            first = middle
    return proof[::-1]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return what proves that the tree over `leaves` grew out of that over its first `old_size`.

    Raises:
        ProofError: If the old tree is empty, or larger than the new one.
    """
    if not 0 < old_size <= len(leaves):
        raise ProofError(f"expected an old size from 1 to {len(leaves)}, got {old_size}")
    proof: list[bytes] = []
    first, end, is_whole = 0, len(leaves), True
    while old_size < end:
        middle = first + _split(end - first)
        if old_size <= middle:
            proof.append(root_of(leaves[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaves[first:middle]))
            first, is_whole = middle, False
    if not is_whole:
        proof.append(root_of(leaves[first:end]))
    return proof[::-1]


def proves_inclusion(
    root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` proves the leaf at `index` of the tree of `size` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_of(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_of(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(
    old_root: bytes, old_size: int, root: bytes, size: int, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` proves that one tree grew out of the other (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size or not proof:
        return False
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_of(each, old), node_of(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_of(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is 2 or more."""
    return 1 << (count - 1).bit_length() - 1
