"""The tree and its proofs: published vectors, and foreign implementations on the same leaves."""

import random
import types

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError

from service.audit.tiles import (
    ENTRIES,
    ENTRY_BYTES_MAX,
    Edge,
    TileError,
    TileName,
    bundle,
    nodes,
    tiles_of,
    unbundle,
)
from service.audit.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    roots_of_proof,
)

# The reference inputs and results of Certificate Transparency (transparency-dev/merkle, testonly).
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 2): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"],
    (1, 2): [ROOTS[1]],
    (2, 3): [ROOTS[2]],
    (1, 5): [
        ROOTS[1],
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ],
}


class Grown:
    """A tree and every tile that it ever had."""

    def __init__(self, leaves=()):
        self.edge = Edge()
        self.files = {}
        self.append(leaves)

    def append(self, leaves):
        """Grow, and keep the tiles."""
        for name, content in [*self.edge.append([leaf_hash(leaf) for leaf in leaves]), *self.edge.partial()]:
            self.files[name] = content

    def read(self, name):
        """A tile, or the beginning of it once it has been filled."""
        return self.files[name] if name in self.files else self.files[name.full]

    def node(self, size):
        """The nodes of the tree as it was at that size."""
        return nodes(self.read, size)


@pytest.fixture(scope="module")
def grown():
    """Seventy thousand leaves: three levels of tiles, two of them begun anew; with roots at the odd places."""
    tree = Grown()
    leaves = [str(number).encode() for number in range(70_000)]
    foreign = pymerkle.InmemoryTree("sha256")
    roots = {}
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000):
        tree.append(leaves[tree.edge.size : size])
        roots[size] = tree.edge.root()
    foreign.append_entries(leaves)
    return tree, leaves, roots, foreign


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size):
    """Nought to eight leaves."""
    assert Grown(LEAVES[:size]).edge.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index, size):
    """Made, and held."""
    proof = inclusion_proof(index, size, Grown(LEAVES[:size]).node(size))
    assert [part.hex() for part in proof] == INCLUSION[index, size]
    assert is_included(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first, second):
    """Made, and held."""
    proof = consistency_proof(first, second, Grown(LEAVES[:second]).node(second))
    assert [part.hex() for part in proof] == CONSISTENCY[first, second]
    old, new = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert is_consistent(first, second, proof, old, new)


def test_pymerkle_has_the_same_roots_at_every_edge_of_a_tile(grown):
    """One short of a tile, a tile, one more; at two levels."""
    _, _, roots, foreign = grown
    for size, root in roots.items():
        assert root == foreign.get_root(size), size


def test_pymerkle_proves_the_same_inclusion(grown):
    """The same hashes in the same order; its own check takes them."""
    tree, leaves, roots, foreign = grown
    for size in (257, 65_537, 70_000):
        node = tree.node(size)
        for index in {0, 1, 255, 256, size // 2, size - 2, size - 1} & set(range(size)):
            theirs = foreign.prove_inclusion(index + 1, size)
            ours = inclusion_proof(index, size, node)
            assert theirs.path[1:] == ours, (index, size)
            pymerkle.verify_inclusion(leaf_hash(leaves[index]), roots[size], theirs)


def test_sigstore_takes_our_inclusion_proofs_and_no_others(grown):
    """Its verifier of Rekor's proofs, on our leaves."""
    tree, leaves, roots, _ = grown
    for size in (1, 256, 257, 65_537, 70_000):
        node = tree.node(size)
        for index in {0, size // 3, size - 1}:
            proof = inclusion_proof(index, size, node)
            verify_merkle_inclusion(rekor_entry(leaves[index], index, size, proof, roots[size]))
            with pytest.raises(VerificationError):
                verify_merkle_inclusion(rekor_entry(b"another", index, size, proof, roots[size]))


def rekor_entry(body, index, size, proof, root):
    """What sigstore looks at of an entry."""
    told = types.SimpleNamespace(log_index=index, tree_size=size, hashes=proof, root_hash=root)
    return types.SimpleNamespace(_inner=types.SimpleNamespace(inclusion_proof=told, canonicalized_body=body))


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_any_proof_holds_and_no_altered_one(data):
    """Any two sizes, any entry; then one part of the proof, the place, the size or a root is another."""
    size = data.draw(st.integers(1, 600) | st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513]))
    leaves = [str(number).encode() for number in range(size)]
    tree = Grown(leaves)
    root, node = tree.edge.root(), tree.node(size)
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(0, size))
    old = Grown(leaves[:first]).edge.root()
    proof, path = inclusion_proof(index, size, node), consistency_proof(first, size, node)
    leaf = leaf_hash(leaves[index])
    assert is_included(leaf, index, size, proof, root)
    assert is_consistent(first, size, path, old, root)
    for broken in altered(proof, data):
        assert not is_included(leaf, index, size, broken, root)
    for broken in altered(path, data):
        assert not is_consistent(first, size, broken, old, root)
    assert not is_included(leaf_hash(b"another"), index, size, proof, root)
    assert not is_included(leaf, index, size, proof, leaf) or size == 1
    assert not is_consistent(first, size, path, leaf_hash(b"another"), root)
    assert not is_consistent(first, size, path, old, leaf_hash(b"another")) or first == 0
    other = data.draw(st.integers(-1, size))
    assert other == index or not is_included(leaf, other, size, proof, root)


def altered(proof, data):
    """A proof with a bit flipped, a part left out, a part too much, a part too short."""
    yield [*proof, bytes(32)]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = bytearray(proof[at])
        flipped[bit // 8] ^= 1 << bit % 8
        yield [*proof[:at], bytes(flipped), *proof[at + 1 :]]
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], proof[at][:-1], *proof[at + 1 :]]


def test_a_shrunk_or_empty_tree_proves_nothing():
    """A log that went back has no proof; the empty tree is the beginning of every other and of nothing else."""
    root = Grown(LEAVES).edge.root()
    with pytest.raises(ValueError, match="never shrinks"):
        consistency_proof(8, 7, Grown(LEAVES).node(8))
    assert not is_consistent(8, 7, [], root, root)
    assert is_consistent(0, 8, [], EMPTY_ROOT, root)
    assert not is_consistent(0, 8, [], root, root)
    assert not is_consistent(0, 0, [], EMPTY_ROOT, root)
    assert roots_of_proof(8, 8, [], root) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 700), max_size=6))
def test_growing_in_any_steps_makes_one_tree(steps):
    """The tiles and the root are those of growing at once; the edge can be read back from the tiles."""
    leaves = [str(number).encode() for number in range(sum(steps))]
    tree = Grown()
    for step in steps:
        tree.append(leaves[tree.edge.size : tree.edge.size + step])
        assert Edge.load(tree.edge.size, tree.read) == tree.edge
    once = Grown(leaves)
    assert tree.edge.root() == once.edge.root()
    expected = {name for name in tiles_of(len(leaves)) if name.level != ENTRIES}
    assert set(once.files) == expected
    assert {name: tree.files[name] for name in expected} == once.files


def test_the_tiles_of_the_specifications_example():
    """tlog-tiles: 70,000 entries are 273 full tiles, one of 112; one full, one of 17; one of 1. 256 are 1 and 1."""
    names = [name for name in tiles_of(70_000) if name.level != ENTRIES]
    assert sum(name.level == 0 and name.width == 256 for name in names) == 273
    assert [name.path for name in names[-4:]] == [
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert [name.path for name in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_of(0)) == []
    assert TileName(0, 1_234_067).path == "tile/0/x001/x234/067"


@settings(max_examples=1000)
@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_tiles_name_reads_back(level, index, width):
    """And has no other spelling."""
    name = TileName(level, index, width)
    assert TileName.parse(name.path) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/00",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/x00/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001/",
        "tile/0/001.p",
        "tile/data/001",
        "tile/0/../checkpoint",
        "tile/0/٣٣٣",
        "/tile/0/001",
        "",
    ],
)
def test_nothing_else_is_a_tiles_name(path):
    """Other spellings, other widths, other places."""
    with pytest.raises(TileError):
        TileName.parse(path)


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_read_back_and_a_cut_one_never_does(entries):
    """The two bytes before each entry say its length."""
    content = bundle(entries)
    assert unbundle(content, len(entries)) == entries
    if entries:
        with pytest.raises(TileError):
            unbundle(content[:-1], len(entries))
    with pytest.raises(TileError):
        unbundle(content, len(entries) + 1)


def test_the_longest_entry_fits_a_bundle():
    """65,535 bytes and no more."""
    assert unbundle(bundle([bytes(ENTRY_BYTES_MAX)]), 1) == [bytes(ENTRY_BYTES_MAX)]
    with pytest.raises(OverflowError):
        bundle([bytes(ENTRY_BYTES_MAX + 1)])


def test_short_tiles_are_said_to_be_short():
    """Neither proofs nor the edge are made from half a tile."""
    tree = Grown([str(number).encode() for number in range(300)])
    cut = {name: content[:-1] for name, content in tree.files.items()}
    with pytest.raises(TileError, match="too short"):
        inclusion_proof(random.Random(1).randrange(300), 300, nodes(cut.__getitem__, 300))
    with pytest.raises(TileError, match="too short"):
        Edge.load(300, cut.__getitem__)
