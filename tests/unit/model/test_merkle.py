"""Merkle trees: RFC 9162's known tree, and proofs that prove exactly one leaf."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork_model import merkle

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def by_definition(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, as it is written there."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    left, right = by_definition(entries[:split]), by_definition(entries[split:])
    return sha256(b"\x01" + left + right).digest()


def test_known_roots() -> None:
    # The vectors that Certificate Transparency's implementations share.
    entries = [bytes.fromhex(text) for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
    assert merkle.root([]).hex() == sha256(b"").hexdigest()
    assert merkle.root(entries[:1]).hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert merkle.root(entries).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@given(leaves)
def test_root_is_the_definition(entries: list[bytes]) -> None:
    assert merkle.root(entries) == by_definition(entries)


@given(leaves, st.data())
def test_a_proof_proves_one_leaf(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path, root = merkle.prove(entries, index), merkle.root(entries)
    size = len(entries)
    assert merkle.verify(entries[index], index, size, path, root)
    assert not merkle.verify(entries[index] + b"x", index, size, path, root)
    assert not merkle.verify(entries[index], index, size, [*path, root], root)
    assert not merkle.verify(entries[index], index, size, path, sha256(root).digest())
    assert not merkle.verify(entries[index], size, size, path, root)
    assert not merkle.verify(entries[index], -1, size, path, root)
    if path:
        assert not merkle.verify(entries[index], index, size, path[:-1], root)
        assert not merkle.verify(entries[index], index, size, [b"", *path[1:]], root)
        other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
        if entries[other] != entries[index]:
            assert not merkle.verify(entries[other], index, size, path, root)


def test_a_path_must_reach_the_top() -> None:
    assert not merkle.verify(b"a", 0, 2, [], merkle.leaf_hash(b"a"))


def test_a_node_is_no_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    root = merkle.root([b"a", b"b"])
    assert not merkle.verify(left + right, 0, 1, [], root)


@given(st.data())
def test_no_proof_for_no_leaf(data: st.DataObject) -> None:
    entries = data.draw(leaves)
    for index in (-1, len(entries)):
        with pytest.raises(IndexError):
            merkle.prove(entries, index)
