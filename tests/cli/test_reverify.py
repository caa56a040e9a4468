"""``stanch reverify`` on a home in which a card ran through a pool of devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from small_events import Row, event, write_events
from stanch.cli import main

DAY = 86_400
CARD, SECOND = "card:+8613800138001", "card:+8613800138002"
POOL = [
    event("i1", 0, "card_issued", src="outlet:o-1", dst=CARD, holder="person:p-1"),
    event("i2", 60, "card_issued", src="outlet:o-1", dst=SECOND, holder="person:p-1"),
    *(event(f"a{n}", 3600 * n, "card_attached", src=CARD, dst=f"device:3500000000000{n}") for n in range(1, 6)),
]
FAILED = event("f", 2 * DAY, "recertified", dst=CARD, detail="failed")
LIMITED = event("l", 3 * DAY, "card_restricted", src="employee:operator/E1", dst=CARD)
LATER = event("z", 5 * DAY, "sms", src="card:+8613800138009", dst="card:+8613800138008")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main([*words])
    assert ended.value.code == 0
    told = capsys.readouterr()
    return told.out, told.err


def listing(folder: Path, capsys: pytest.CaptureFixture[str], *more: Row) -> dict[str, Any]:
    file = write_events(folder / "events.parquet", [*POOL, *more])
    run(capsys, "replay", str(file), "--home", str(folder / "home"))
    found: dict[str, Any] = msgspec.json.decode(run(capsys, "reverify", "--home", str(folder / "home"), "--json")[0])
    return found


def test_a_card_out_of_a_pool_is_asked_and_not_restricted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = listing(tmp_path, capsys)["open"]
    assert (case["state"], case["level"], case["score"], case["proposal"]) == ("asked", 1, 50, None)
    assert case["until"] is None
    assert "Nothing is restricted" in case["said"]["en"]
    assert "核验" in case["said"]["zh"]


def test_a_person_decides_what_a_failed_verification_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = listing(tmp_path, capsys, FAILED)["open"]
    assert (case["state"], case["proposal"], case["last_card"]) == ("failed", "limit_outgoing", False)


def test_a_limit_names_who_decided_it_and_what_stays_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = listing(tmp_path, capsys, FAILED, LIMITED)["open"]
    assert case["state"] == "limited"
    assert case["decided_by"] is not None
    assert case["flaws"] == {}
    assert "emergency numbers" in case["kept"]


def test_what_nobody_decided_is_listed_with_its_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = listing(tmp_path, capsys, FAILED, LATER)
    assert found["open"] == []
    assert [(case["state"], case["reason"]) for case in found["ended"]] == [("left", "nobody_decided")]
    out, err = run(capsys, "reverify", "--home", str(tmp_path / "home"), "--ended")
    assert "nobody_decided" in out
    assert "Only a person limits" in err
