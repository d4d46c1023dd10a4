"""The tree against ``pymerkle`` (whose leaves count from 1) and against what RFC 9162 wants of proofs."""

import hashlib
import warnings

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from workflow_app.sealing import tree

MOST = 70


def leaves(size: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(size)]


def hashes(size: int) -> list[bytes]:
    return [tree.leaf_hash(data) for data in leaves(size)]


def node_of(found: list[bytes]) -> tree.Node:
    def node(level: int, index: int) -> bytes:
        if level == 0:
            return found[index]
        return tree.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def oracle(size: int) -> InmemoryTree:
    made = InmemoryTree(algorithm="sha256")
    for data in leaves(size):
        made.append_entry(data)
    return made


def oracle_root(made: InmemoryTree, size: int) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return bytes(made.get_state(size))


NODE = node_of(hashes(MOST))
ORACLE = oracle(MOST)
sizes = st.integers(1, MOST)


def test_the_examples_of_the_specification() -> None:
    assert tree.root(0, NODE) == hashlib.sha256(b"").digest()
    assert tree.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_every_root_is_the_oracles() -> None:
    growing = tree.Growing()
    for size, leaf in enumerate(hashes(MOST), 1):
        completed = growing.add(leaf)
        assert growing.root == tree.root(size, NODE) == oracle_root(ORACLE, size)
        assert all(NODE(level, index) == found for level, index, found in completed)
        assert len(completed) == (size & -size).bit_length() - 1


@given(st.integers(0, MOST), st.integers(0, MOST))
def test_growing_goes_on_from_any_size(size: int, more: int) -> None:
    more = min(more, MOST - size)
    growing = tree.Growing(size, NODE)
    for leaf in hashes(MOST)[size : size + more]:
        growing.add(leaf)
    assert (growing.size, growing.root) == (size + more, tree.root(size + more, NODE))


@given(sizes, st.data())
def test_inclusion_is_proved_as_the_oracle_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion(index, size, NODE)
    assert path == ORACLE.prove_inclusion(index + 1, size).path[1:]
    assert tree.included(index, size, hashes(size)[index], path) == tree.root(size, NODE)


@given(sizes, sizes)
def test_consistency_is_proved_between_the_oracles_roots(one: int, other: int) -> None:
    first, second = sorted((one, other))
    path = tree.consistency(first, second, NODE)
    assert tree.consistent(first, second, oracle_root(ORACLE, first), oracle_root(ORACLE, second), path)


def test_the_examples_of_section_2_1_5() -> None:
    """The tree of seven leaves, its nodes named as the RFC names them."""
    c, d, g = NODE(0, 2), NODE(0, 3), NODE(1, 0)
    i, j, k = NODE(1, 2), NODE(0, 6), NODE(2, 0)
    l_ = tree.node_hash(i, j)
    a, b, h = NODE(0, 0), NODE(0, 1), NODE(1, 1)
    e, f = NODE(0, 4), NODE(0, 5)
    assert tree.inclusion(0, 7, NODE) == [b, h, l_]
    assert tree.inclusion(3, 7, NODE) == [c, g, l_]
    assert tree.inclusion(4, 7, NODE) == [f, j, k]
    assert tree.inclusion(6, 7, NODE) == [i, k]
    assert tree.consistency(3, 7, NODE) == [c, d, g, l_]
    assert tree.consistency(4, 7, NODE) == [l_]
    assert tree.consistency(6, 7, NODE) == [i, j, k]
    assert tree.node_hash(a, b) == g
    assert tree.node_hash(e, f) == i


@given(sizes, st.data())
def test_a_changed_proof_of_inclusion_leads_elsewhere(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = hashes(size)[index], tree.inclusion(index, size, NODE), tree.root(size, NODE)
    wrong_index = data.draw(st.integers(-1, size).filter(lambda number: number != index))
    assert tree.included(wrong_index, size, leaf, path) != root
    assert tree.included(index, size, tree.leaf_hash(b"another"), path) != root
    assert tree.included(index, size, leaf, [*path, root]) != root
    if path:
        changed = data.draw(st.integers(0, len(path) - 1))
        assert tree.included(index, size, leaf, path[:changed] + path[changed + 1 :]) != root
        assert tree.included(index, size, leaf, [*path[:changed], root, *path[changed + 1 :]]) != root


@given(sizes, sizes, st.data())
def test_a_changed_proof_of_consistency_does_not_hold(one: int, other: int, data: st.DataObject) -> None:
    first, second = sorted((one, other))
    path = tree.consistency(first, second, NODE)
    old, new = tree.root(first, NODE), tree.root(second, NODE)
    elsewhere = tree.leaf_hash(b"elsewhere")
    assert not tree.consistent(first, second, elsewhere, new, path)
    assert not tree.consistent(first, second, old, elsewhere, path)
    assert not tree.consistent(first, second, old, new, [*path, elsewhere])
    if path:
        changed = data.draw(st.integers(0, len(path) - 1))
        assert not tree.consistent(first, second, old, new, path[:changed] + path[changed + 1 :])
        exchanged = [*path[:changed], elsewhere, *path[changed + 1 :]]
        assert not tree.consistent(first, second, old, new, exchanged)
