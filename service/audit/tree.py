"""The Merkle tree of RFC 6962: roots, proofs, and how proofs are checked.

Rule 1: whatever is hashed into a tree is hashed in this file.
Rule 2: it knows no file, no tile and no signature; where nodes come from is somebody else's business.

    node(level, i) = hash of the perfect subtree over leaves [i·2^level, (i+1)·2^level)

               root of 7                 PATH(4, D[7])  = 5, c, a
              .----'----.                PROOF(6, D[7]) = b, c, a: enough to make both roots from
             a           .
           .-'-.       .-'-.
          .     .     b     c
         0 1   2 3   4 5    6
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "Node",
    "consistency_proof",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "perfect_levels",
    "range_hash",
    "roots_of_proof",
]

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""(level, index) -> the hash of a perfect subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 | entry), RFC 6962 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 | left | right), RFC 6962 2.1."""
    return sha256(b"\x01" + left + right).digest()


def perfect_levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """All perfect subtrees over these neighbours, level by level; a rest without a sibling rises no further."""
    levels = [list(hashes)]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[0::2], below[1::2], strict=False)
        levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return levels


def range_hash(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]) for a range that begins where a subtree of its size may begin."""
    width = end - start
    if width == 0:
        return EMPTY_ROOT
    level = width.bit_length() - 1
    if width == 1 << level:
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(range_hash(start, middle, node), range_hash(middle, end, node))


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]), leaf's sibling first (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no entry {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, node: Node) -> list[bytes]:
    """PROOF(first, D[second]) (RFC 6962 2.1.2); empty where there is nothing to prove."""
    if not 0 <= first <= second:
        raise ValueError(f"no proof from {first} to {second}: a log never shrinks")
    if first in {0, second}:
        return []
    path: list[bytes] = []
    start, end = 0, second
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    if start:  # the old tree is not itself a node of the proof's way: its last subtree has to be told
        path.append(range_hash(start, end, node))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf's hash to the root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in proof):
        return False
    here, last, made = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            made = node_hash(part, made)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            made = node_hash(made, part)
        here, last = here >> 1, last >> 1
    return last == 0 and made == root


def is_consistent(first: int, second: int, proof: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether the tree of `second` entries with root `new` begins with the tree of `first` with root `old`."""
    if first == 0:
        return old == EMPTY_ROOT and not proof and (second > 0 or new == EMPTY_ROOT)
    if first == second:
        return not proof and old == new
    return roots_of_proof(first, second, proof, old) == (old, new)


def roots_of_proof(first: int, second: int, proof: Sequence[bytes], old: bytes) -> tuple[bytes, bytes] | None:
    """Both roots that a consistency proof makes (RFC 9162 2.1.4.2), for 0 < first < second; None if it fits neither.

    `old` is the root that the proof may leave out: that of a perfect tree stands on the way itself.
    """
    if not 0 < first < second or any(len(part) != HASH_BYTES for part in proof):
        return None
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return None
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    older = newer = path[0]
    for part in path[1:]:
        if last == 0:
            return None
        if here & 1 or here == last:
            older, newer = node_hash(part, older), node_hash(part, newer)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            newer = node_hash(newer, part)
        here, last = here >> 1, last >> 1
    return (older, newer) if last == 0 else None


def _split(width: int) -> int:
    """The largest power of two below `width`: where RFC 6962 parts a tree."""
    return 1 << ((width - 1).bit_length() - 1)
