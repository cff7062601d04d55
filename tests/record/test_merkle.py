"""The log's tree: the published vectors of RFC 6962, and a naive recursive oracle."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.record.canonical import leaf_of
from stream.record.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    proves_consistency,
    proves_inclusion,
    root_of,
)

# Certificate Transparency's own vectors (google/certificate-transparency, merkle_tree_test.cc).
INPUTS = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = (
    pytest.param(0, 1, [], id="the only leaf"),
    pytest.param(0, 8, [A, B, C], id="1 of 8"),
    pytest.param(5, 8, [D, E, ROOTS[3]], id="6 of 8"),
    pytest.param(2, 3, [ROOTS[1]], id="3 of 3"),
    pytest.param(1, 5, [ROOTS[0], B, D], id="2 of 5"),
)
CONSISTENCY = (
    pytest.param(1, 1, [], id="1 to 1"),
    pytest.param(1, 8, [A, B, C], id="1 to 8"),
    pytest.param(6, 8, [F, E, ROOTS[3]], id="6 to 8"),
    pytest.param(2, 5, [B, D], id="2 to 5"),
)
LEAVES = [leaf_of(b"", bytes.fromhex(each)) for each in INPUTS]

trees = st.integers(1, 70).map(lambda size: [sha256(bytes([n])).digest() for n in range(size)])


def naive_root(leaves):
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    """RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m, leaves, *, whole=True):
    """RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing():
    assert root_of([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_published_paths(index, size, path):
    proof = inclusion_proof(LEAVES[:size], index)

    assert [each.hex() for each in proof] == path
    assert proves_inclusion(bytes.fromhex(ROOTS[size - 1]), size, index, LEAVES[index], proof)


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCY)
def test_the_published_consistency_proofs(old, size, path):
    proof = consistency_proof(LEAVES[:size], old)
    roots = [bytes.fromhex(ROOTS[each - 1]) for each in (old, size)]

    assert [each.hex() for each in proof] == path
    assert proves_consistency(roots[0], old, roots[1], size, proof)


@given(trees, st.data())
def test_root_and_proofs_are_those_of_the_oracle(leaves, data):
    size = len(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path, proof = inclusion_proof(leaves, index), consistency_proof(leaves, old)

    assert root_of(leaves) == naive_root(leaves)
    assert path == naive_path(index, leaves)
    assert proof == naive_proof(old, leaves)
    assert proves_inclusion(root_of(leaves), size, index, leaves[index], path)
    assert proves_consistency(root_of(leaves[:old]), old, root_of(leaves), size, proof)


@given(trees, st.data())
def test_a_proof_proves_nothing_else(leaves, data):
    size = len(leaves)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 80))
    root, path = root_of(leaves), inclusion_proof(leaves, index)

    assert not proves_inclusion(root, size, index, sha256(b"another").digest(), path)
    assert not proves_inclusion(sha256(b"another").digest(), size, index, leaves[index], path)
    assert not proves_inclusion(root, size, index, leaves[index], [*path, root])
    if other != index:
        assert not proves_inclusion(root, size, other, leaves[index], path)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, old)
    forged = root_of([sha256(b"another").digest(), *leaves[1:old]])
    assert not proves_consistency(forged, old, root, size, proof)
    assert not proves_consistency(root_of(leaves[:old]), old, root, size, [*proof, root])


@given(trees, st.data())
def test_a_frontier_goes_on_from_what_was_stored(leaves, data):
    at = data.draw(st.integers(0, len(leaves)))
    before = Frontier()
    for leaf in leaves[:at]:
        before.append(leaf)
    after = Frontier(before.size, before.roots)
    for leaf in leaves[at:]:
        after.append(leaf)

    assert (after.size, after.root) == (len(leaves), naive_root(leaves))
    assert len(after.roots) <= max(1, len(leaves).bit_length())


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_what_is_not_there(index):
    with pytest.raises(ProofError, match=r"expected an index below 3"):
        inclusion_proof(LEAVES[:3], index)
    with pytest.raises(ProofError, match=r"expected an old size from 1 to 3"):
        consistency_proof(LEAVES[:3], index + 1 if index > 0 else 0)


def test_a_frontier_that_does_not_fit_its_size_is_refused():
    with pytest.raises(ValueError, match="expected 2 roots, got 1"):
        Frontier(3, LEAVES[:1])
