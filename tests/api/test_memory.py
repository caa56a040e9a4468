"""Memory of a server: answers kept for repeats are bounded, parts are told, and large pieces go back to the system."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.conftest import House
from api.server import payment
from api.test_watching import samples
from stanch.api import groups
from stanch.api.bodies import read_event
from stanch.api.groups import Counts, Groups
from stanch.api.keys import Key
from stanch.api.queue import Piece
from stanch.api.submission import Submission
from stanch.engine.home import Home
from stanch.engine.opening import open_home

KEY = Key("key", "bank", ("decide",), "", 0, None, None, None, None)

SETTLED = """
import sys
from stanch.engine.allocator import settle

print(" ".join(settle({} if sys.argv[1] == "" else {"MALLOC_ARENA_MAX": "8", "GLIBC_TUNABLES": sys.argv[1]})))
"""


def settled(tunables: str) -> list[str]:
    """Return what a process of its own settles, where an operator set the number of heaps and these tunables."""
    command = [sys.executable, "-c", SETTLED, tunables]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 our own program
    return ran.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_an_operator_set_is_left_alone() -> None:
    assert settled("") == ["mmap_threshold", "trim_threshold", "arena_max"]
    assert settled("glibc.malloc.trim_threshold=1") == ["mmap_threshold"]


def decided(home: Home, deciding: Groups, name: str) -> bytes:
    row = read_event(json.dumps(payment(name)).encode(), KEY, live=False)
    (((reply,),)) = deciding.decide([Piece(Submission("key", "bank", (row,), lambda: None), 0, 1)])
    home.finish()
    deciding.forget()
    assert reply.status == 200
    return reply.body


def test_answers_kept_for_repeats_stay_within_their_bytes_and_all_are_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "REMEMBERED", 20_000)
    with open_home(tmp_path / "home") as home:
        deciding = Groups(home, Counts(), None)
        names = [f"event-{number}" for number in range(120)]
        first = []
        for name in names:
            first.append(decided(home, deciding, name))
            assert deciding.kept["answers"] <= 20_000
        assert deciding.kept["answers"] > 10_000
        assert [decided(home, deciding, name) for name in names] == first
        assert deciding.counts.repeats == 120
        assert deciding.kept["answers"] <= 20_000


def test_metrics_tell_the_bytes_of_the_state_and_of_what_is_kept(house: House) -> None:
    with house.server.client(house.bank) as client, house.server.client(house.admin) as admin:
        client.post("/v1/events", json=payment("weighed"))
        told = samples(admin.get("/metrics").text)
    parts = {name for name in told if name.startswith("stanch_state_bytes{")}
    assert {f'stanch_state_bytes{{part="{part}"}}' for part in ("windows", "known_ids", "ledger", "entities")} <= parts
    assert all(told[name] >= 0 for name in parts)
    assert told['stanch_state_bytes{part="windows"}'] > 100_000
    assert 0 < told['stanch_kept_bytes{what="answers"}'] < groups.REMEMBERED
    assert told['stanch_kept_bytes{what="identifiers"}'] > 0
