from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stanch.model.columns import NULL
from stanch.model.schema import EVENT_SCHEMA
from stanch.model.time import DAY, HOUR
from stanch.store.blocks import encode_block
from stanch.store.lake import Words, connect, write_closed_days
from stanch.store.records import Records
from stanch.store.rows import Commit

ENTITIES = np.random.default_rng(2).integers(0, 2**64, (10, 2), dtype=np.uint64)
WORDS = Words(ENTITIES, ["bank", "transfer", "转账"])
FRIDAY = 20_000 * DAY  # 2024-10-04


def batch(first: int, clock: npt.NDArray[np.int64]) -> Commit:
    count = len(clock)
    seqs = np.arange(first, first + count)
    columns = {
        "event_id": pa.array([f"e{seq}" for seq in seqs]),
        "seq": seqs,
        "as_of": clock,
        "kind": np.full(count, 1),
        "src": seqs % 10,
        "dst": np.where(seqs % 2 == 0, NULL, 3),
        "detail": np.where(seqs % 2 == 0, NULL, 2),
        "amount": np.where(seqs % 3 == 0, NULL, seqs * 100),
    }
    body = encode_block(columns, ENTITIES if first == 0 else ENTITIES[:0], [])
    return Commit(first, first + count - 1, int(clock[0]), int(clock[-1]), "p", body)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three days, an event an hour; the second batch lies across midnight."""
    with Records.open(tmp_path) as records:
        for first in range(0, 60, 10):
            records.commit(batch(first, FRIDAY + np.arange(first, first + 10) * HOUR))
    return tmp_path


def test_closed_days_are_written_once_and_the_open_day_is_not(home: Path) -> None:
    with Records.open(home) as records:
        written = write_closed_days(records, home / "lake", WORDS)
        assert [path.name for path in written] == ["day=2024-10-04", "day=2024-10-05"]
        before = {path: path.stat().st_mtime_ns for path in (home / "lake").rglob("*")}
        assert write_closed_days(records, home / "lake", WORDS) == []
        assert {path: path.stat().st_mtime_ns for path in (home / "lake").rglob("*")} == before
        records.commit(batch(60, FRIDAY + np.arange(60, 80) * HOUR))
        assert [path.name for path in write_closed_days(records, home / "lake", WORDS)] == ["day=2024-10-06"]
    found = connect(home / "lake").execute("SELECT seq FROM events ORDER BY seq").fetchall()
    assert [row[0] for row in found] == list(range(72))


def test_a_day_left_unfinished_by_a_crash_is_written_anew(home: Path) -> None:
    torn = home / "lake" / "day=2024-10-04.part"
    torn.mkdir(parents=True)
    (torn / "part-0.parquet").write_bytes(b"PAR1 torn")
    with Records.open(home) as records:
        write_closed_days(records, home / "lake", WORDS)
    assert sorted(path.name for path in (home / "lake").iterdir()) == ["day=2024-10-04", "day=2024-10-05"]


def test_the_lake_holds_words_pseudonyms_and_nulls(home: Path) -> None:
    with Records.open(home) as records:
        first = write_closed_days(records, home / "lake", WORDS)[0]
    table = pq.ParquetFile(first / "part-0.parquet").read()
    assert table.schema.equals(EVENT_SCHEMA)
    row = table.slice(1, 1).to_pylist()[0]
    assert row["src"] == ENTITIES[1].tobytes()
    assert (row["kind"], row["detail"], row["amount"], row["text"]) == ("transfer", "转账", 100, None)
    assert table.slice(0, 1).to_pylist()[0]["dst"] is None


def test_sql_over_the_lake_finds_a_pseudonym(home: Path) -> None:
    with Records.open(home) as records:
        write_closed_days(records, home / "lake", WORDS)
    query = "SELECT count(*) FROM events WHERE dst = ? AND kind = 'transfer' AND day = DATE '2024-10-05'"
    assert connect(home / "lake").execute(query, [ENTITIES[3].tobytes()]).fetchone() == (12,)


def test_an_empty_lake_has_the_view_too(tmp_path: Path) -> None:
    assert connect(tmp_path).execute("SELECT count(*), max(as_of), max(day) FROM events").fetchone() == (0, None, None)


def test_the_query_in_the_docs_runs(home: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "store.md"
    query = page.read_text(encoding="utf-8").split("```sql\n")[1].split("```")[0]
    with Records.open(home) as records:
        write_closed_days(records, home / "lake", WORDS)
    assert sorted(row[1] for row in connect(home / "lake").execute(query).fetchall()) == [24, 24]
