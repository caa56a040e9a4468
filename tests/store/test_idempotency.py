import tracemalloc

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.store.digests import body_digests, event_keys, siphash, string_digests
from stanch.store.idempotency import NEW, Known, Seen

SECRET = b"a secret of sixteen or more bytes"


def keys_of(ids: list[int]) -> npt.NDArray[np.uint64]:
    """Few distinct first words, so that searches collide and run on."""
    return np.array([(i % 7, i) for i in ids], np.uint64).reshape(len(ids), 2)


def feed(known: Known, ids: list[int], bodies: list[int], first: int) -> Seen:
    seqs = np.arange(first, first + len(ids), dtype=np.int64)
    return known.check_and_add(keys_of(ids), np.array(bodies, np.uint64), seqs)


class Twin:
    """The same rules as a dict."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[int, int]] = {}
        self.floor = 0

    def feed(self, ids: list[int], bodies: list[int], first: int) -> list[tuple[int, bool]]:
        answers = []
        for seq, (event, body) in enumerate(zip(ids, bodies, strict=True), start=first):
            stored = self.known.get(event)
            if stored is None or stored[0] < self.floor:
                self.known[event] = (seq, body)
                answers.append((NEW, False))
            else:
                answers.append((stored[0], stored[1] != body))
        return answers


def answers(seen: Seen) -> list[tuple[int, bool]]:
    return list(zip(seen.seq.tolist(), seen.conflict.tolist(), strict=True))


batches = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 1)), max_size=400), st.integers(0, 900)),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(batches)
def test_the_table_answers_as_a_dict_does(steps: list[tuple[list[tuple[int, int]], int]]) -> None:
    known, twin, seq = Known(), Twin(), 0
    for rows, forgotten in steps:
        ids, bodies = [r[0] for r in rows], [r[1] for r in rows]
        assert answers(feed(known, ids, bodies, seq)) == twin.feed(ids, bodies, seq)
        seq += len(rows)
        known.forget(forgotten)
        twin.floor = max(twin.floor, forgotten)


def test_a_repeat_inside_a_batch_finds_its_first() -> None:
    assert answers(feed(Known(), [5, 6, 5, 6], [1, 1, 1, 2], 10)) == [
        (NEW, False),
        (NEW, False),
        (10, False),
        (11, True),
    ]


def test_growing_through_many_tables_loses_no_id() -> None:
    known, rng = Known(), np.random.default_rng(3)
    keys = rng.integers(0, 2**64, (200_000, 2), dtype=np.uint64)
    seqs = np.arange(len(keys), dtype=np.int64)
    for start in range(0, len(keys), 4096):
        part = slice(start, start + 4096)
        assert (known.check_and_add(keys[part], keys[part, 0], seqs[part]).seq == NEW).all()
    again = known.check_and_add(keys, keys[:, 0].copy(), seqs + 10**6)
    assert np.array_equal(again.seq, seqs)
    assert not again.conflict.any()


def test_one_large_batch_and_small_batches_fill_alike() -> None:
    known, keys = Known(), np.random.default_rng(4).integers(0, 2**64, (100_000, 2), dtype=np.uint64)
    seqs = np.arange(len(keys), dtype=np.int64)
    known.check_and_add(keys, keys[:, 0], seqs)
    assert np.array_equal(known.check_and_add(keys, keys[:, 0], seqs).seq, seqs)


def test_memory_stays_bounded_when_the_past_is_forgotten() -> None:
    known, rng = Known(), np.random.default_rng(5)
    for start in range(0, 400_000, 1000):
        keys = rng.integers(0, 2**64, (1000, 2), dtype=np.uint64)
        known.forget(start - 5000)
        known.check_and_add(keys, keys[:, 0], np.arange(start, start + 1000, dtype=np.int64))
    assert known.nbytes + known.unsaved_nbytes < 32 * 2**16


def test_ids_that_came_one_by_one_are_noted_for_the_next_export_without_an_object_each() -> None:
    known, count = Known(), 50_000
    keys = np.random.default_rng(6).integers(0, 2**64, (count, 2), dtype=np.uint64)
    tracemalloc.start()
    for seq in range(count):
        known.check_and_add(keys[seq : seq + 1], keys[seq : seq + 1, 0], np.full(1, seq))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    tables = known.nbytes + known.unsaved_nbytes
    assert known.unsaved_nbytes <= 2 * 24 * count
    assert held < 2 * tables
    assert np.array_equal(np.sort(known.export_since(0)[:, 3]), np.arange(1, count + 1, dtype=np.uint64))
    known.export_since(count)
    assert known.unsaved_nbytes == 0


def test_saved_ids_come_back_and_later_ones_do_not_repeat_them() -> None:
    known, loaded = Known(), Known()
    feed(known, [1, 2, 3], [0, 0, 0], 0)
    first = known.export_since(0)
    feed(known, [3, 4], [0, 0], 3)
    second = known.export_since(3)
    assert (len(first), len(second)) == (3, 1)
    loaded.load(first)
    loaded.load(second)
    assert answers(feed(loaded, [1, 4, 3, 5], [0, 1, 0, 0], 9)) == [(0, False), (4, True), (2, False), (NEW, False)]


def test_siphash_gives_the_published_values() -> None:
    key = bytes(range(16))
    published = {0: 0x726FDB47DD0E0E31, 1: 0x74F839C593DC67FD, 8: 0x93F5F5799A932462, 15: 0xA129CA6149BE45E5}
    assert {size: siphash(key, bytes(range(size))) for size in published} == published


def test_the_same_id_from_two_sources_is_two_events() -> None:
    keys = event_keys(np.array([0, 1, 0]), pa.array(["a", "a", "a"]), SECRET)
    assert keys[0].tolist() == keys[2].tolist()
    assert keys[0].tolist() != keys[1].tolist()
    assert len(set(keys.ravel().tolist())) == 4


def test_a_slice_of_a_column_has_the_digests_of_its_own_rows() -> None:
    ids = pa.array(["", "x", None, "12345678", "123456789"])
    whole = string_digests(ids, SECRET)
    assert np.array_equal(string_digests(ids.slice(2), SECRET), whole[2:])
    assert np.array_equal(string_digests(ids.cast(pa.large_string()), SECRET), whole)
    assert len(set(whole.tolist())) == 5


@given(st.integers(0, 9), st.integers(0, 4), st.integers(-(2**63), 2**63 - 1))
@settings(deadline=None)
def test_one_changed_number_changes_the_digest_of_its_row_only(row: int, column: int, value: int) -> None:
    matrix = np.arange(60, dtype=np.int64).reshape(10, 6)
    columns, extra = np.arange(5), np.zeros(10, np.uint64)
    before = body_digests(matrix, columns, extra)
    changed = matrix.copy()
    changed[row, column] = value
    differs = body_digests(changed, columns, extra) != before
    assert differs.tolist() == [at == row and value != matrix[row, column] for at in range(10)]
