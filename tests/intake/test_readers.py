from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stanch.intake.mapping import Mapping
from stanch.intake.readers import csv, lines
from stanch.intake.readers.formats import open_reader
from stanch.model.errors import InputError

ANY = Mapping(columns={})
Read = tuple[list[dict[str, object]], list[int], list[tuple[int, str]]]


def read(path: Path, columns: list[str] | None = None) -> Read:
    reader = open_reader(path, ANY)
    rows: list[dict[str, object]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    for raw in reader.read(columns or reader.names(), 3):
        rows += raw.table.to_pylist()
        numbers += np.asarray(raw.rows).tolist()
        broken += [(one.row, one.reason) for one in raw.broken]
    return rows, numbers, broken


def file(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def test_good_csv_is_read_with_row_numbers(tmp_path: Path) -> None:
    rows, numbers, broken = read(file(tmp_path, "a.csv", b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n5,6\r\n7,8"))
    assert [row["b"] for row in rows] == ["2", "4", "6", "8"]
    assert numbers == [1, 2, 3, 4]
    assert broken == []


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n9,9\n"])
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "1 fields"),
        (b"1,2,3", "3 fields"),
        (b'"1,2', "a quote is opened"),
        (b'1,"2', "a quote is opened"),
        (b"\xff\xff,2", "neither"),
    ],
)
def test_a_broken_line_costs_itself_and_nothing_else(tmp_path: Path, line: bytes, reason: str, tail: bytes) -> None:
    rows, numbers, broken = read(file(tmp_path, "a.csv", b"a,b\n1,2\n" + line + tail))
    assert numbers == ([1, 3] if tail == b"\n9,9\n" else [1])
    assert len(rows) == len(numbers)
    assert [(row, why[: len(reason)]) for row, why in broken] == [(2, reason)]


def test_a_quoted_value_may_run_over_lines_and_hold_delimiters(tmp_path: Path) -> None:
    rows, numbers, broken = read(file(tmp_path, "a.csv", b'a,b\n1,"x\ny, ""z"""\n3,4\n'))
    assert [row["b"] for row in rows] == ['x\ny, "z"', "4"]
    assert (numbers, broken) == ([1, 3], [])


def test_one_unclosed_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    body = b'a,b\n1,"2\n' + b"3,4\n" * 200
    rows, _, broken = read(file(tmp_path, "a.csv", body))
    assert (len(rows), [row for row, _ in broken]) == (200, [1])


def test_each_line_may_be_utf8_or_gb18030(tmp_path: Path) -> None:
    body = b"a,b\n" + "张三,1\n".encode() + "李四,2\n".encode("gb18030")
    rows, _, broken = read(file(tmp_path, "a.csv", body))
    assert [row["a"] for row in rows] == ["张三", "李四"]
    assert broken == []


def test_rows_are_the_same_however_the_file_is_cut_into_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"a,b\n" + b'1,"x\ny"\n2,3\n\n4\n5,6\n' * 30 + b'7,"8\n9,10'
    path = file(tmp_path, "a.csv", body)
    whole = read(path)
    assert len(whole[0]) == 91
    for size in (5, 17, 64):
        monkeypatch.setattr(lines, "BLOCK_BYTES", size)
        assert read(path) == whole


def test_careful_and_fast_reading_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, "a.csv", b'a,b\n1, 2 \n"",x\n"q",""\n,\n')
    fast = read(path)
    monkeypatch.setattr(csv.CsvReader, "_fast", lambda *_: None)
    assert read(path) == fast


def test_a_header_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names column 'a' twice"):
        read(file(tmp_path, "a.csv", b"a,a\n1,2\n"))
    with pytest.raises(InputError, match="no header line"):
        read(file(tmp_path, "b.csv", b""))


def test_ndjson_is_read_line_by_line(tmp_path: Path) -> None:
    body = '{"a": 1, "b": "x"}\n\n{"a": 2}\nnot json\n[1]\n{"a": "三"}\n'.encode()
    rows, numbers, broken = read(file(tmp_path, "a.ndjson", body))
    assert [row["a"] for row in rows] == ["1", "2", "三"]
    assert [row["b"] for row in rows] == ["x", None, None]
    assert numbers == [1, 3, 6]
    assert [row for row, _ in broken] == [4, 5]


def test_a_line_that_is_nested_without_end_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    deep = b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    rows, numbers, broken = read(file(tmp_path, "a.ndjson", b'{"a": 1}\n' + deep + b'\n{"a": 3}\n'))
    assert ([row["a"] for row in rows], numbers) == ([1, 3], [1, 3])
    assert [row for row, _ in broken] == [2]


def test_numbers_of_ndjson_stay_numbers(tmp_path: Path) -> None:
    path = file(tmp_path, "a.jsonl", b'{"a": 1, "b": 0.5, "c": {"x": 1}}\n')
    (raw,) = open_reader(path, ANY).read(["a", "b", "c"], 10)
    assert raw.table.to_pylist() == [{"a": 1, "b": 0.5, "c": '{"x":1}'}]


def test_a_compressed_file_is_read_and_a_truncated_one_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)
    assert len(read(file(tmp_path, "a.csv.gz", packed))[0]) == 50_000
    with pytest.raises(InputError, match="send the file again, whole"):
        read(file(tmp_path, "b.csv.gz", packed[: len(packed) // 2]))


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read(file(tmp_path, "a.parquet", b"PAR1 nothing"))
    with pytest.raises(InputError, match="unknown format"):
        read(file(tmp_path, "a.xlsx", b""))


def test_rows_of_text_are_words(tmp_path: Path) -> None:
    (raw,) = open_reader(file(tmp_path, "a.tsv", b"a\tb\n1\t\n"), ANY).read(["b"], 10)
    assert raw.table == pa.table({"b": pa.array([""])})
