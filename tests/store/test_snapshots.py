import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stanch.model.errors import StoreError
from stanch.store.idempotency import NEW, Known
from stanch.store.segments import drop_ids, load_ids, save_ids
from stanch.store.snapshots import latest, save

STATE = {"sums": np.arange(1000, dtype=np.int64), "flags": np.array([True, False]), "none": np.zeros((0, 2), np.uint64)}


def damage(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


@pytest.mark.parametrize("mapped", [False, True])
def test_the_newest_state_comes_back_as_it_was(tmp_path: Path, mapped: bool) -> None:
    save(tmp_path, 5, {"sums": np.zeros(3)}, {})
    save(tmp_path, 9, STATE, {"policy": "abc", "clock": 2**60})
    found = latest(tmp_path, mapped=mapped)
    assert found is not None
    assert (found.seq, found.meta, found.warnings) == (9, {"policy": "abc", "clock": 2**60}, ())
    for name, values in STATE.items():
        assert np.array_equal(found.arrays[name], values)
        assert found.arrays[name].dtype == values.dtype


def test_no_snapshot_is_none(tmp_path: Path) -> None:
    assert latest(tmp_path / "absent") is None


def test_two_snapshots_are_kept(tmp_path: Path) -> None:
    for seq in (3, 20, 100):
        save(tmp_path, seq, STATE, {})
    assert [path.name[-3:] for path in sorted(tmp_path.iterdir())] == ["020", "100"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: damage(path / "sums.npy"), "sums.npy is damaged"),
        (lambda path: cut(path / "sums.npy"), "sums.npy is damaged"),
        (lambda path: (path / "flags.npy").unlink(), "flags.npy is missing"),
        (lambda path: cut(path / "manifest.json"), "manifest.json cannot be read"),
        (lambda path: (path / "manifest.json").unlink(), "manifest.json is missing"),
    ],
)
def test_a_torn_snapshot_is_passed_over_with_a_warning(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    save(tmp_path, 5, STATE, {})
    spoil(save(tmp_path, 9, STATE, {}))
    found = latest(tmp_path)
    assert found is not None
    assert found.seq == 5
    assert reason in found.warnings[0]


def test_an_unfinished_snapshot_is_not_seen_and_is_cleared(tmp_path: Path) -> None:
    shutil.move(save(tmp_path, 9, STATE, {}), tmp_path / "snapshot-00000000000000000009.part")
    assert latest(tmp_path) is None
    save(tmp_path, 11, STATE, {})
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-00000000000000000011"]


def test_a_disk_that_refuses_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="saving a snapshot at event 1"):
        save(tmp_path / "occupied", 1, STATE, {})


def keys(first: int, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    return np.random.default_rng(first).integers(0, 2**64, (count, 2), dtype=np.uint64)


def add(known: Known, first: int, count: int) -> None:
    known.check_and_add(keys(first, count), np.zeros(count, np.uint64), np.arange(first, first + count, dtype=np.int64))


def missing(known: Known, first: int, count: int) -> int:
    seqs = np.arange(10**6, 10**6 + count, dtype=np.int64)
    return int((known.check_and_add(keys(first, count), np.zeros(count, np.uint64), seqs).seq == NEW).sum())


def test_ids_are_saved_in_segments_that_never_repeat(tmp_path: Path) -> None:
    known = Known()
    for first in (0, 100, 200):
        add(known, first, 100)
        save_ids(tmp_path, known, first + 100)
    save_ids(tmp_path, known, 300)
    assert len(list(tmp_path.iterdir())) == 3
    loaded = load_ids(tmp_path, 300)
    assert [missing(loaded, first, 100) for first in (0, 100, 200, 300)] == [0, 0, 0, 100]


def test_going_back_to_an_older_snapshot_drops_later_ids_and_the_replay_brings_them_again(tmp_path: Path) -> None:
    known = Known()
    for first in (0, 100):
        add(known, first, 100)
        save_ids(tmp_path, known, first + 100)
    older = load_ids(tmp_path, 100)
    add(older, 100, 50)
    save_ids(tmp_path, older, 150)
    again = load_ids(tmp_path, 150)
    assert missing(again, 0, 100) == 0
    assert len(again) == 150


def test_old_segments_go_and_the_rest_still_loads(tmp_path: Path) -> None:
    known = Known()
    for first in (0, 100):
        add(known, first, 100)
        save_ids(tmp_path, known, first + 100)
    drop_ids(tmp_path, 120)
    loaded = load_ids(tmp_path, 200, from_seq=120)
    assert missing(loaded, 0, 100) == 100
    assert missing(load_ids(tmp_path, 200, from_seq=100), 100, 100) == 0


def test_a_missing_or_damaged_segment_is_an_error(tmp_path: Path) -> None:
    known = Known()
    for first in (0, 100):
        add(known, first, 100)
        save_ids(tmp_path, known, first + 100)
    one, other = sorted(tmp_path.iterdir())
    damage(other)
    with pytest.raises(StoreError, match="is damaged"):
        load_ids(tmp_path, 200)
    one.unlink()
    with pytest.raises(StoreError, match="from 0 to 200 are missing"):
        load_ids(tmp_path, 200)
