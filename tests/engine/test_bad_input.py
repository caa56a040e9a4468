from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from small_events import Row, fan_in, transfer, write_events
from stanch.cli import main
from stanch.engine.opening import open_home
from stanch.engine.replay import replay_tables
from stanch.intake.report import IntakeReport
from stanch.intake.take import take

GOOD = fan_in()


class Told(NamedTuple):
    """What a run of the command said."""

    code: int
    summary: dict[str, Any]  # Any: the summary as JSON
    err: str


Replaying = Callable[..., Told]


@pytest.fixture
def replaying(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replaying:
    def run(*files: Path, more: Sequence[str] = ()) -> Told:
        arguments = ["replay", *map(str, files), "--home", str(tmp_path / "home"), "--json", *more]
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        summary = json.loads(said.out) if said.out.startswith("{") else {}
        return Told(int(str(ended.value.code or 0)), summary, said.err)

    return run


def ndjson(path: Path, rows: Sequence[Row | str]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(spelled(row)) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def spelled(row: Row) -> dict[str, object]:
    """The row with its times as text."""
    times = {name: _iso(int(str(row[name]))) for name in ("happened_at", "known_at")}
    return {**row, **times}


def _iso(micros: int) -> str:
    stamp: str = pa.scalar(micros, pa.timestamp("us", tz="UTC")).as_py().isoformat()
    return stamp


def csv(path: Path, rows: Sequence[Row], encoding: str = "utf-8", extra: bytes = b"") -> Path:
    names = ["event_id", "source", "kind", "happened_at", "known_at", "src", "dst", "amount", "currency"]
    lines = [",".join(names), *(",".join(str(spelled(row)[name]) for name in names) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding) + extra)
    return path


def quarantined(home: Path) -> list[str]:
    return [json.loads(line)["reason"] for line in (home / "quarantine.ndjson").read_text("utf-8").splitlines()]


def test_a_good_file_ends_with_zero(tmp_path: Path, replaying: Replaying) -> None:
    told = replaying(write_events(tmp_path / "good.parquet", GOOD))
    assert (told.code, told.summary["decided"], told.err) == (0, len(GOOD), "")


def test_a_broken_parquet_file_is_named_and_the_good_one_decided(tmp_path: Path, replaying: Replaying) -> None:
    broken = write_events(tmp_path / "broken.parquet", fan_in(payee="other"))
    broken.write_bytes(broken.read_bytes()[:-20])
    told = replaying(broken, write_events(tmp_path / "good.parquet", GOOD))
    assert (told.code, told.summary["decided"]) == (3, len(GOOD))
    assert "broken.parquet" in told.err
    assert "Traceback" not in told.err


def test_a_file_that_is_not_there_is_an_error_and_nothing_is_decided(tmp_path: Path, replaying: Replaying) -> None:
    told = replaying(tmp_path / "absent.parquet", write_events(tmp_path / "good.parquet", GOOD))
    assert (told.code, told.summary) == (3, {})
    assert "absent.parquet" in told.err


def test_a_broken_csv_row_is_refused_and_the_others_are_decided(tmp_path: Path, replaying: Replaying) -> None:
    told = replaying(csv(tmp_path / "rows.csv", GOOD, extra=b'torn,"row\n'))
    assert told.summary["decided"] == len(GOOD)
    assert told.summary["refused"] == 1
    assert len(quarantined(tmp_path / "home")) == 1


def test_mixed_encodings_refuse_the_rows_that_cannot_be_read(tmp_path: Path, replaying: Replaying) -> None:
    chinese = (
        ",".join(["x", "\u94f6\u884c", "transfer", "", "", "account:bank/a", "account:bank/b", "100", "CNY"]) + "\n"
    )
    told = replaying(csv(tmp_path / "mixed.csv", GOOD, extra=chinese.encode("gb18030")))
    assert (told.summary["decided"], told.summary["refused"]) == (len(GOOD), 1)


WRONG = {
    "unknown kind": ({"kind": "transfered"}, "transfered"),
    "wrong check digit": ({"kind": "login", "dst": "device:350000000000018"}, "check digit"),
    "negative amount": ({"amount": -5}, "amount"),
    "no payee": ({"dst": None}, "dst"),
    "no date": ({"happened_at": "soon"}, "happened_at"),
}


@pytest.mark.parametrize(("columns", "told_of"), WRONG.values(), ids=WRONG)
def test_one_wrong_row_is_refused_with_its_reason(
    tmp_path: Path, replaying: Replaying, columns: dict[str, object], told_of: str
) -> None:
    wrong = json.dumps({**spelled(transfer("wrong", 30, "a", "b")), **columns})
    told = replaying(ndjson(tmp_path / "events.ndjson", [*GOOD, wrong]))
    assert (told.code, told.summary["decided"], told.summary["refused"]) == (0, len(GOOD), 1)
    assert "quarantine.ndjson" in told.err
    (reason,) = quarantined(tmp_path / "home")
    assert told_of in reason


def test_garbage_between_good_rows_stops_nothing(tmp_path: Path, replaying: Replaying) -> None:
    rows = [line for row in GOOD for line in (row, "{not json", '"a string"', "\x00\x01", "[]")]
    told = replaying(ndjson(tmp_path / "events.ndjson", rows))
    assert told.summary["decided"] == len(GOOD)
    assert told.summary["refused"] == 4 * len(GOOD)


def test_a_file_that_changes_while_it_is_read_is_given_up_and_told(tmp_path: Path) -> None:
    rows = [transfer(f"e{n}", n, f"a-{n}", f"b-{n}") for n in range(3000)]
    file = write_events(tmp_path / "growing.parquet", rows)
    with open_home(tmp_path / "home") as home:
        report = IntakeReport()
        tables = (taken.table for taken in take([file], None, home.intake, 1000, report))
        first = next(tables)
        file.write_bytes(b"another file")
        summary = replay_tables(home, chain([first], tables))
    assert report.files[0].error is not None
    assert summary.decided == summary.events < len(rows)


def test_a_wrong_policy_ends_with_the_code_of_the_operator(tmp_path: Path, replaying: Replaying) -> None:
    (tmp_path / "own.yaml").write_text("id: own\n", "utf-8")
    file = write_events(tmp_path / "good.parquet", GOOD)
    told = replaying(file, more=["--policy", str(tmp_path / "own.yaml")])
    assert told.code == 2
    assert "own.yaml" in told.err


def test_a_policy_is_tried_out_against_another_from_the_command_line(tmp_path: Path, replaying: Replaying) -> None:
    replaying(write_events(tmp_path / "good.parquet", GOOD))
    start = (Path(__file__).parents[2] / "src/stanch/decide/start.yaml").read_text("utf-8")
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(start, "utf-8")
    new.write_text(start.replace("  delay: 0.5\n", "  delay: 0.6\n"), "utf-8")
    told = replaying(more=["--policy", str(new), "--against", str(old)])
    assert told.code == 0
    assert told.summary["changed"] == {"delay -> allow": 4}
    assert told.summary["same"] == len(GOOD) - 4
    assert told.summary["examples"][0]["reason_after"] == told.summary["examples"][0]["reason_before"]
