from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.conftest import Begun
from small_events import fan_in, transfer, write_events
from small_world import decided
from stanch.engine.home import Home, open_home
from stanch.engine.replay import replay
from stanch.engine.wiring import save_line
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
