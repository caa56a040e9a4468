from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.conftest import Begun
from small_world import decided
from stanch.engine.decisions import Decided, read_decided
from stanch.model.columns import INDEX
from stanch.store.records import Records


@pytest.mark.parametrize("batch", [1, 7, 256, 4096])
def test_decisions_do_not_depend_on_how_events_are_cut_into_batches(
    begun: Begun, uninterrupted: bytes, another: Callable[[str], Path], batch: int
) -> None:
    assert decided(another("home"), [begun.later], begun.keys, batch)[0] == uninterrupted


def warned_here(commit: Decided) -> set[int]:
    """The subjects that we warned in one commit."""
    ours, warned = commit.names.words.code("stanch"), commit.names.words.code("warned")
    rows = commit.rows
    caused = rows[(rows[:, INDEX["source"]] == ours) & (rows[:, INDEX["kind"]] == warned)]
    return set(caused[:, INDEX["dst"]].tolist())


def test_a_payment_after_a_warning_in_the_same_batch_is_seen_as_one(begun: Begun, uninterrupted: bytes) -> None:
    del uninterrupted  # its home is read
    with Records.read(begun.home.with_name("uninterrupted")) as records:
        seen = [
            commit.rows[row, INDEX["src"]] in warned_here(commit)
            for commit in read_decided(records)
            for row, decision in commit.decisions.items()
            if any(f.typology == "finance.warned_then_pays" for f in decision.findings)
        ]
    assert any(seen)
