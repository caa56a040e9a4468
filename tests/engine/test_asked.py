"""Rules change while the line runs: other processes lay down what they want, the line answers between two batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.conftest import Begun
from other_rules import other_rules
from small_events import MORNING
from stanch.engine.asked import Answer, Asked, answer_all, answer_of, ask
from stanch.engine.changes import Said, propose
from stanch.engine.decisions import export_decisions
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.retrace import retraced
from stanch.model.errors import StoreError
from stanch.store.records import Records


def test_a_version_is_proposed_and_approved_in_the_middle_of_a_file(
    begun: Begun, another: Callable[[str], Path], uninterrupted: bytes, tmp_path: Path
) -> None:
    home, batches, paths = another("home"), list[int](), list[Path]()
    with open_home(home, keys=begun.keys) as opened:
        first, rules = opened.rules.hash, other_rules(opened.rules, tmp_path)

        def between() -> None:
            batches.append(opened.records.last_seq())
            if len(batches) == 2:
                paths.append(ask(home, Asked("propose", "Anna", MORNING, "fewer losses", body=rules.body())))
                paths.append(ask(home, Asked("approve", "anna", MORNING, "", rules.hash)))
                paths.append(ask(home, Asked("approve", "Bo", MORNING, "", rules.hash)))
                assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
            answer_all(opened)

        opened.between = between
        replay(opened, [begun.later], batch=100)
        went_on = opened.rules.hash
        opened.finish()
        export_decisions(opened.records, home / "d.parquet")
    assert len(batches) >= 8
    assert (first, went_on) != (went_on, first)
    proposed, refused, approved = (answer_of(path, 0) for path in paths)
    assert proposed == approved == Answer(rules.hash)
    assert refused is not None
    assert "same person" in refused.refused
    assert list((home / "asked").iterdir()) == []
    assert (home / "d.parquet").read_bytes() != uninterrupted
    with Records.read(home) as records:
        found = retraced(records)
    assert (found.equal, found.versions) == (True, 2)
    with open_home(home, keys=begun.keys) as opened:
        assert opened.rules.hash == rules.hash


def test_a_request_that_cannot_be_read_is_answered_and_the_line_goes_on(
    begun: Begun, another: Callable[[str], Path]
) -> None:
    home = another("home")
    (home / "asked").mkdir()
    (home / "asked" / "1.json").write_bytes(b"{")
    ask(home, Asked("dance", "Anna", MORNING, ""))
    with open_home(home, keys=begun.keys) as opened:
        opened.between = partial(answer_all, opened)
        assert replay(opened, [begun.later]).decided > 700
    told = sorted(path.read_text("utf-8") for path in (home / "asked").glob("*.answer"))
    assert len(told) == 2
    assert any("cannot be read" in each for each in told)
    assert any("unknown act" in each for each in told)


def test_what_fails_is_answered_and_not_tried_again(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    home = another("home")
    with open_home(home, keys=begun.keys) as opened:
        version = propose(opened, other_rules(opened.rules, tmp_path), Said("Anna", MORNING, "fewer losses"))
        path = ask(home, Asked("approve", "Bo", MORNING, "", version))
        opened.vault.close()  # as a disk that fails does
        with pytest.raises(StoreError):
            answer_all(opened)
        answer_all(opened)
        answer = answer_of(path, 0)
        assert answer is not None
        assert "failed" in answer.refused
        assert opened.rules.hash != version


def test_nobody_waits_for_ever(begun: Begun, another: Callable[[str], Path]) -> None:
    assert answer_of(ask(another("home"), Asked("approve", "Bo", MORNING, "", "1" * 12)), 0.05) is None
