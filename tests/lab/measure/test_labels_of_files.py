from __future__ import annotations

from pathlib import Path

import pytest

from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.measure.labels import measure_labels
from stanch.model.errors import InputError

MAPPING = """
source: bank
timezone: UTC
columns:
  happened_at: T
  src: {column: A, as: account, prefix: x-}
  dst: {column: B, as: account, prefix: x-}
  amount: {column: M, unit: major}
constants: {kind: transfer, currency: CNY}
labels: [bad]
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Ten payers to one account that passes half on, the last two labelled, and one payment beside them."""
    rows = [f"2026-03-02T09:{5 * at:02}:00Z,p{at},mule,1000,{int(at > 7)}" for at in range(10)]
    rows.insert(8, "2026-03-02T09:38:00Z,mule,next,5000,0")
    data, mapping = tmp_path / "payments.csv", tmp_path / "map.yaml"
    data.write_text("\n".join(["T,A,B,M,bad", *rows, "2026-03-02T11:00:00Z,p1,shop,5,0"]) + "\n")
    mapping.write_text(MAPPING)
    return data, mapping


def test_decisions_are_held_against_label_columns(files: tuple[Path, Path], tmp_path: Path) -> None:
    data, mapping = files
    with open_home(tmp_path / "home") as home:
        replay(home, [data], mapping)
        (label,) = measure_labels(home, [data], mapping)
    good, bad = label.values
    assert (good.value, good.rows, good.acted) == ("0", 10, 0)
    assert (bad.value, bad.rows, bad.found, bad.acted) == ("1", 2, 2, 2)
    assert label.ranking is not None
    assert label.ranking.average_precision == 1.0


def test_files_that_were_not_replayed_cannot_be_measured(files: tuple[Path, Path], tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home, pytest.raises(InputError, match="replay the same files"):
        measure_labels(home, [files[0]], files[1])


def test_a_mapping_without_labels_says_so(files: tuple[Path, Path], tmp_path: Path) -> None:
    data, mapping = files
    mapping.write_text(MAPPING.replace("labels: [bad]", ""))
    with open_home(tmp_path / "home") as home, pytest.raises(InputError, match="names no labels"):
        measure_labels(home, [data], mapping)
