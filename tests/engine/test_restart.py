from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.conftest import Begun
from small_events import fan_in, transfer, write_events
from small_world import decided, key_file
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.wiring import save_line
from stanch.store.layout import SNAPSHOTS
from stanch.store.snapshots import latest, save

Prepare = Callable[[Path], None]


def no_snapshot(snapshots: Path) -> None:
    shutil.rmtree(snapshots)


def torn_snapshot(snapshots: Path) -> None:
    array = max(snapshots.glob("snapshot-*")) / "observer.values.npy"
    victim = array if array.exists() else min(array.parent.glob("*.npy"))
    victim.write_bytes(victim.read_bytes()[:-7])


def snapshot_of_another_layout(snapshots: Path) -> None:
    found = latest(snapshots)
    assert found is not None
    arrays = {name: array for name, array in found.arrays.items() if not name.startswith("observer.")}
    save(snapshots, found.seq, arrays, {**found.meta, "windows": 1})


def whole_snapshot(snapshots: Path) -> None:
    assert list(snapshots.glob("snapshot-*"))


@pytest.mark.parametrize("prepare", [whole_snapshot, torn_snapshot, snapshot_of_another_layout, no_snapshot])
def test_a_home_goes_on_from_a_snapshot_and_its_tail_as_from_its_log_alone(
    begun: Begun, uninterrupted: bytes, another: Callable[[str], Path], prepare: Prepare
) -> None:
    home = another("home")
    with open_home(home, keys=begun.keys) as opened:
        opened.snapshot()
        later = [begun.later]
        replay(opened, later, batch=100)
    prepare(home / "snapshots")
    assert decided(home, later, begun.keys)[0] == uninterrupted


def memory(home: Home) -> tuple[object, ...]:
    """What decides next: words, open episodes, waits, and the clock."""
    _, meta = save_line(home.line)
    return meta["desk"], meta["words"], home.door.clock.now, home.door.clock.peak, len(home.line.names.entities)


def test_a_home_remembers_the_same_whether_it_went_on_or_began_again(
    begun: Begun, another: Callable[[str], Path]
) -> None:
    home = another("home")
    with open_home(home, keys=begun.keys) as opened:
        replay(opened, [begun.later])
        opened.finish()
        went_on = memory(opened)
        opened.snapshot()
    with open_home(home, keys=begun.keys) as opened:
        from_snapshot = memory(opened)
    shutil.rmtree(home / "snapshots")
    with open_home(home, keys=begun.keys) as opened:
        from_log = memory(opened)
    assert went_on == from_snapshot == from_log


def test_names_that_only_a_set_aside_event_used_do_not_shift_the_names_of_the_log(begun: Begun, tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = write_events(tmp_path / "1.parquet", [*fan_in(), transfer("ahead", 90_000_000, "stranger", "strange")])
    second = write_events(tmp_path / "2.parquet", fan_in(start=800, payee="another"))
    with open_home(home, keys=begun.keys) as opened:
        replay(opened, [first])
        opened.snapshot()
    with open_home(home, keys=begun.keys) as opened:
        replay(opened, [second])
        names = opened.line.names.entities.since(0)
    shutil.rmtree(home / "snapshots")
    with open_home(home, keys=begun.keys) as opened:
        assert (opened.line.names.entities.since(0) == names).all()


def test_the_policy_in_force_goes_on_after_reopening(begun: Begun, tmp_path: Path) -> None:
    home, file = tmp_path / "home", write_events(tmp_path / "1.parquet", fan_in())
    text = (Path(__file__).parents[2] / "src/stanch/decide/start.yaml").read_text("utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("id: start", "id: own"), "utf-8")
    with open_home(home, keys=begun.keys, policy=tmp_path / "own.yaml") as opened:
        replay(opened, [file])
    with open_home(home, keys=begun.keys) as opened:
        assert opened.rules.policy.id == "own"
        assert len(opened.records.policies()) == 1


def test_a_snapshot_saved_beside_is_the_state_of_its_moment_though_the_line_went_on(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    key_file(tmp_path)
    first, then = [*fan_in()], [*fan_in(3600, "other")]
    files = [write_events(tmp_path / "first.parquet", first), write_events(tmp_path / "then.parquet", then)]
    for name in ("beside", "at_once"):
        with open_home(tmp_path / name, keys=keys) as home:
            replay(home, files[:1])
            home.snapshot_aside() if name == "beside" else home.snapshot()
            replay(home, files[1:])
    beside, at_once = (latest(tmp_path / name / SNAPSHOTS) for name in ("beside", "at_once"))
    assert beside is not None
    assert at_once is not None
    assert (beside.seq, beside.meta) == (at_once.seq, at_once.meta)
    assert all(np.array_equal(array, at_once.arrays[name]) for name, array in beside.arrays.items())
    with open_home(tmp_path / "beside", keys=keys) as home:
        replay(home, files)
        assert home.door.refusals.known == len(first) + len(then)
