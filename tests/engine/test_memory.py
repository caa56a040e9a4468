"""Memory of a home that stays open: copies of snapshots leave nothing behind, and its parts tell their bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.test_singles import clear, told
from small_events import fan_in, transfer, write_events
from small_world import key_file
from stanch.engine import singles
from stanch.engine.copied import copied
from stanch.engine.footprint import state_bytes
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.singles import Singles

MB = 1 << 20

#: A home that knows a million and a half entities (24 MB) and goes on, with a snapshot now and then.
SNAPSHOTS = """
import sys
from pathlib import Path
import numpy as np
import psutil
from stanch.engine.opening import open_home
from stanch.engine.replay import replay

home = open_home(Path(sys.argv[1]), keys=Path(sys.argv[2]))
replay(home, [Path(sys.argv[3])])
home.line.names.load(np.random.default_rng(1).integers(0, 2**63, (1_500_000, 2), dtype=np.uint64), [])
resident, held = [], []
for turn in range(8):
    resident.append(psutil.Process().memory_info().rss)
    home.snapshot_aside()
    held.append([bytes(900) for _ in range(1000)])  # what goes on meanwhile lies behind the copies in the heap
    home._snapshots.finish()
home.close()
print(*resident)
"""


def test_snapshots_in_a_row_do_not_make_the_process_larger(tmp_path: Path) -> None:
    events = write_events(tmp_path / "events.parquet", fan_in())
    command = [sys.executable, "-c", SNAPSHOTS, str(tmp_path / "home"), str(key_file(tmp_path)), str(events)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 our own program
    resident = [int(each) / MB for each in ran.stdout.split()]
    assert max(resident) - resident[0] < 12, resident  # the entities alone are 24 MB, and more when copied


def test_a_copy_has_the_same_arrays_and_shares_nothing_with_them() -> None:
    arrays: dict[str, npt.NDArray[Any]] = {
        "a": np.arange(12, dtype=np.int32).reshape(3, 4), "none": np.zeros((0, 3)), "turned": np.ones((2, 5)).T,
        "flags": np.array([True, False, True]), "one": np.array(7, np.uint64),
    }  # fmt: skip
    copies = copied(arrays)
    assert {name: (each.dtype, each.shape, each.tolist()) for name, each in copies.items()} == {
        name: (each.dtype, each.shape, each.tolist()) for name, each in arrays.items()
    }
    for name, array in arrays.items():
        array[...] = 0
        assert not np.shares_memory(array, copies[name])
    assert copies["a"].sum() == 66
    assert copied({}) == {}


def test_each_part_tells_its_bytes_and_what_is_learned_counts(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        before = state_bytes(home)
        replay(home, [write_events(tmp_path / "a.parquet", [row for n in range(600) for row in payers(n)])])
        after = state_bytes(home)
    assert set(before) == set(after)
    for part in ("windows", "known_ids", "entities", "holders"):
        assert after[part] > before[part], part
    assert after["known_ids"] >= 32 * 7_200
    assert after["entities"] >= 16 * len(home.line.names.entities)


def payers(number: int) -> list[dict[str, object]]:
    return [
        {**row, "event_id": f"{number}-{row['event_id']}", "src": f"account:bank/{number}-{place}"}
        for place, row in enumerate(fan_in(payee=f"shop{number}"))
    ]


def test_identifiers_kept_in_memory_stay_within_their_bytes_and_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [clear(dict(transfer(f"t{n}", n, f"a{n % 70}", f"b{n % 50}"))) for n in range(300)]
    with open_home(tmp_path / "roomy") as home:
        expected, most = taken(home, rows)
    assert most > 10_000
    monkeypatch.setattr(singles, "_MOST", 5_000)
    with open_home(tmp_path / "narrow", keys=tmp_path / "roomy" / "keys.json") as home:
        assert taken(home, rows)[0] == expected
        assert taken(home, rows)[1] <= 5_000


def taken(home: Home, rows: list[dict[str, object]]) -> tuple[list[dict[str, object]], int]:
    """Return rows taken ten at a time, in words and pseudonyms, and the most bytes that identifiers took after one."""
    single, found, most = Singles(home.intake, home.line.names, home.ring.events), [], 0
    for start in range(0, len(rows), 10):
        arrived, reasons = single.take(rows[start : start + 10], None)
        assert not reasons
        found += told(home, arrived)
        most = max(most, single.nbytes)
    return found, most
