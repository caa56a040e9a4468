from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.intake import runs
from stanch.intake.chunks import CODED_SCHEMA
from stanch.intake.merge import merge, rechunked
from stanch.intake.runs import Run, Sorter

Keyed = list[tuple[int, int, int]]


def coded(rows: Keyed) -> pa.Table:
    """Return rows of key, file and row as events; amount holds the file and number the row."""
    columns = {
        name: pa.nulls(len(rows), field.type) for name, field in zip(CODED_SCHEMA.names, CODED_SCHEMA, strict=True)
    }
    columns["known_at"] = pa.array([key for key, _, _ in rows], pa.timestamp("us", tz="UTC"))
    columns["amount"] = pa.array([file for _, file, _ in rows], pa.int64())
    columns["number"] = pa.array([row for _, _, row in rows], pa.int64())
    return pa.table([columns[name] for name in CODED_SCHEMA.names], schema=CODED_SCHEMA)


def keyed(table: pa.Table) -> Keyed:
    keys = table["known_at"].cast(pa.int64()).to_pylist()
    return list(zip(keys, table["amount"].to_pylist(), table["number"].to_pylist(), strict=True))


FILES = st.lists(st.lists(st.integers(0, 12), max_size=30), max_size=5)


@given(FILES, st.integers(1, 7), st.integers(1, 9))
def test_merging_runs_is_sorting_all_rows_by_time_file_and_row(files: list[list[int]], buffer: int, chunk: int) -> None:
    rows = [sorted((key, file, row) for row, key in enumerate(keys)) for file, keys in enumerate(files)]
    parts = [
        Run(run[0][0], file, lambda run=run: iter([coded(run[at : at + buffer]) for at in range(0, len(run), buffer)]))  # type: ignore[misc]  # a default binds the loop's value
        for file, run in enumerate(rows)
        if run
    ]
    merged = [row for table in rechunked(merge(parts), chunk) for row in keyed(table)]
    assert merged == sorted(row for run in rows for row in run)


@given(FILES, st.integers(1, 6))
def test_rows_out_of_order_come_back_in_order(files: list[list[int]], add: int) -> None:
    sorter = Sorter(4)
    parts: list[Run] = []
    everything: Keyed = []
    for file, keys in enumerate(files):
        rows = [(key, file, row) for row, key in enumerate(keys)]
        everything += rows
        for at in range(0, len(rows), add):
            parts += sorter.add(coded(rows[at : at + add]), file)
        parts += sorter.flush(file)
    assert [row for table in merge(parts) for row in keyed(table)] == sorted(everything)


def test_many_rows_are_sorted_on_disk_and_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "RUN_ROWS", 10)
    monkeypatch.setattr(runs, "MEMORY_ROWS", 20)
    sorter = Sorter(4)
    rows = [((7 * number) % 100, 0, number) for number in range(100)]
    parts = [run for row in rows for run in sorter.add(coded([row]), 0)]
    folder = sorter.folder()
    assert folder is not None
    assert len(list(folder.iterdir())) == 8
    assert [row for table in merge(parts) for row in keyed(table)] == sorted(rows)
    sorter.close()
    assert not folder.exists()


def test_a_run_is_opened_only_when_the_others_have_reached_it() -> None:
    opened: list[int] = []

    def reading(first: int) -> Run:
        def read() -> list[pa.Table]:
            opened.append(first)
            return [coded([(first, 0, 0), (first + 1, 0, 1)])]

        return Run(first, first, lambda: iter(read()))

    tables = merge([reading(30), reading(10), reading(20)])
    next(tables)
    assert opened == [10]
    assert sum(table.num_rows for table in tables) == 4
