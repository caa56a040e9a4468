from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run
from stanch.store.records import Records

PAGE = Path(__file__).parents[2] / "docs" / "graph-patterns.md"


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A circle of four accounts, beside people who pay their rent."""
    moves = [(1, 2, 10, 90000), (2, 3, 12, 80000), (3, 4, 15, 75000), (4, 1, 18, 70000)]
    moves += [(10 + k, 30, day, 3000) for k in range(6) for day in range(1, 32, 5)]
    return write(tmp_path / "moves.ndjson", "settled", moves)


def write(path: Path, kind: str, moves: list[tuple[int, int, int, int]], first: int = 0) -> Path:
    rows = [
        {
            "event_id": f"{kind}{first + k}", "source": "bank", "kind": kind, "amount": amount, "currency": "CNY",
            "happened_at": f"2025-{1 + day // 28:02}-{1 + day % 28:02}T10:00:00Z",
            "src": f"account:6222000000000{src:03}", "dst": f"account:6222000000000{dst:03}",
        }
        for k, (src, dst, day, amount) in enumerate(sorted(moves, key=lambda move: move[2]))
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def as_found(out: str) -> dict[str, Any]:  # Any: JSON
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_circle_in_a_file_is_told_with_its_accounts_transfers_span_and_amounts(run: Run, settled: Path) -> None:
    code, out, _ = run("patterns", settled, "--json")
    assert code == 0
    (circle,) = as_found(out)["patterns"]
    assert circle["typology"] == "cycle"
    assert circle["accounts"] == {"passing": [f"account:622200000000000{k}" for k in range(1, 5)]}
    assert circle["amounts"] == [90000, 80000, 75000, 70000]
    assert (circle["amount"], circle["currency"]) == (315000, "CNY")
    assert (circle["start"][:10], circle["end"][:10]) == ("2025-01-11", "2025-01-19")
    assert len(circle["transfers"]) == 4


def test_the_table_for_people_names_the_typology(run: Run, settled: Path) -> None:
    code, out, _ = run("patterns", settled)
    assert code == 0
    assert "cycle" in out


def test_a_file_of_instructions_says_that_nothing_settled(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path / "asked.ndjson", "transfer", [(1, 2, 10, 900), (2, 3, 11, 900), (3, 4, 12, 900), (4, 1, 13, 9)]
    )
    code, out, err = run("patterns", file, "--json")
    assert code == 0
    assert as_found(out)["instructions_only"]
    assert "instructions stand for movements" in err


def test_a_home_tells_the_same_patterns_by_pseudonym(run: Run, settled: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run("replay", settled, "--home", home)[0] == 0
    code, out, _ = run("patterns", "--home", home, "--json")
    assert code == 0
    (circle,) = as_found(out)["patterns"]
    assert circle["typology"] == "cycle"
    assert "6222" not in json.dumps(circle["accounts"])


def test_what_was_found_is_recorded_once(run: Run, settled: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run("replay", settled, "--home", home)[0] == 0
    code, _, err = run("patterns", "--home", home, "--record", "--json")
    assert (code, "recorded: 4 new" in err) == (0, True)
    code, _, err = run("patterns", "--home", home, "--record", "--json")
    assert (code, "recorded: 0 new" in err) == (0, True)
    with Records.read(home) as records:
        words = {word for block in records.blocks() for word in block.block.new_symbols}
    assert "stanch.patterns" in words


def test_from_a_recorded_event_one_gets_to_the_transfers_it_rests_on(run: Run, settled: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run("replay", settled, "--home", home)
    _, out, _ = run("patterns", "--home", home, "--record", "--json")
    (found,) = as_found(out)["patterns"]
    _, out, _ = run("patterns", "--home", home, "--recorded", "--json")
    (told,) = json.loads(out)
    assert told["id"] == found["id"]
    assert sorted(told["transfers"]) == sorted(found["transfers"])
    assert event_ids(home) == {f"{found['id']}-{account[8:]}" for account in found["accounts"]["passing"]}


def test_closed_days_are_searched_by_themselves_where_asked_and_told_once(
    run: Run, settled: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert "recorded: 4 new" in run("replay", settled, "--home", home, "--patterns", "--json")[2]
    assert "recorded: 0 new" in run("replay", settled, "--home", home, "--patterns", "--json")[2]
    assert len(event_ids(home)) == 4


def test_a_circle_that_closes_on_a_day_still_open_is_not_told_yet(run: Run, tmp_path: Path) -> None:
    moves = [(1, 2, 10, 90000), (2, 3, 12, 80000), (3, 4, 15, 75000), (4, 1, 18, 70000)]
    home, file = tmp_path / "home", write(tmp_path / "moves.ndjson", "settled", moves)
    assert "recorded: 0 new" in run("replay", file, "--home", home, "--patterns", "--json")[2]
    later = write(tmp_path / "later.ndjson", "returned", [(7, 8, 20, 100)])
    assert "recorded: 4 new" in run("replay", later, "--home", home, "--patterns", "--json")[2]


def test_a_fan_that_grows_is_told_again_only_when_most_of_it_is_new(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = []
    for part, days in enumerate(((1, 11), (11, 14), (14, 28))):
        moves = [(100 + day, 30, day, 3000) for day in range(*days)] + [(7, 8, days[1], 100)]
        file = write(tmp_path / f"{part}.ndjson", "settled", moves, first=100 * part)
        run("replay", file, "--home", home, "--patterns", "--json")
        _, out, _ = run("patterns", "--home", home, "--recorded", "--json")
        told.append([p["typology"] for p in json.loads(out)].count("fan_in"))
    assert told == [1, 1, 2]


def event_ids(home: Path) -> set[str]:
    with Records.read(home) as records:
        blocks = [block.block for block in records.blocks()]
    return {
        str(each)
        for block in blocks
        for each in block.columns["event_id"]
        if re.fullmatch(r"[0-9a-f]{24}-.*", str(each))
    }


@pytest.mark.parametrize("words", [(), ("--record",), ("--recorded",), ("x.csv", "--home", "h")])
def test_without_one_history_to_search_the_operator_is_asked(run: Run, words: tuple[str, ...]) -> None:
    assert run("patterns", *words)[0] == 2


def test_the_example_on_the_page_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102 our own page
