"""Merkle trees over byte strings, as RFC 9162 section 2.1 defines them.

A leaf hashes as SHA-256(0x00 ‖ leaf), a node as SHA-256(0x01 ‖ left ‖ right); the left subtree
holds the largest power of two of leaves that is smaller than all of them.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree with no leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above `left` and `right`."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root hash over `leaves`, 32 bytes; `EMPTY_ROOT` when there are none."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return _levels(hashes)[-1][0] if hashes else EMPTY_ROOT


def prove(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion path of leaf `index`, lowest sibling first.

    Raises:
        IndexError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    path: list[bytes] = []
    for level in _levels([leaf_hash(leaf) for leaf in leaves])[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """All levels from the leaves up. A last node without a sibling rises as it is, which gives
    the same tree as splitting at the largest power of two.
    """
    levels = [hashes]
    while len(hashes) > 1:
        above = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        if len(hashes) % 2:
            above.append(hashes[-1])
        levels.append(above)
        hashes = above
    return levels


def verify(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` is number `index` of the `size` leaves under `root`, as `path` proves.

    The algorithm of RFC 9162 section 2.1.3.2. Anything that does not fit, including a path too
    long or too short, is False.
    """
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0 or len(sibling) != len(current):
            return False
        if position % 2 or position == last:
            current = node_hash(sibling, current)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            current = node_hash(current, sibling)
        position, last = position // 2, last // 2
    return last == 0 and current == root
