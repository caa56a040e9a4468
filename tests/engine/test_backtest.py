from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from engine.conftest import Begun
from stanch.decide.desk import combined
from stanch.engine.backtest import backtest, rerun, stored
from stanch.engine.decisions import read_decided
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.rules import Rules, load_rules
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.store.records import Records

RULES = load_rules()


@pytest.fixture
def records(begun: Begun, uninterrupted: bytes) -> Records:
    del uninterrupted  # its home is read
    return Records.read(begun.home.with_name("uninterrupted"))


def with_score(step: str, score: float) -> Rules:
    scores = {**RULES.policy.from_score, step: score}
    return replace(RULES, policy=replace(RULES.policy, from_score=scores))


def as_bytes(decision: Decision) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(decision, row=0))


def test_the_same_rules_decide_again_what_is_stored_byte_for_byte(records: Records) -> None:
    again = {
        int(outcome.arrivals.rows[row, INDEX["seq"]]): as_bytes(decision)
        for outcome in rerun(records, RULES)
        for row, decision in outcome.decisions.items()
    }
    assert again == {place: as_bytes(decision) for place, decision, _ in stored(records)}
    assert len(again) > 100


def test_the_same_rules_change_nothing(records: Records) -> None:
    for report in (backtest(records, RULES), backtest(records, RULES, RULES)):
        assert report.same == report.events > 10_000
        assert (report.changed, report.appeared, report.disappeared, report.examples) == ({}, {}, {}, ())


def test_without_re_verification_exactly_those_steps_are_gone(records: Records) -> None:
    steps = {
        kind: {side: tuple(step for step in names if step != "reverify") for side, names in sides.items()}
        for kind, sides in RULES.policy.steps.items()
    }
    asked = sum(decision.action == "reverify" for _, decision, _ in stored(records))
    report = backtest(records, replace(RULES, policy=replace(RULES.policy, steps=steps)))
    assert report.changed == {"reverify -> allow": asked}
    assert (report.appeared, report.disappeared) == ({}, {})
    assert all(change.reason_before == change.reason_after for change in report.examples)


def control_score(decision: Decision) -> float:
    return combined([finding for finding in decision.findings if finding.side == "control"])


def test_a_delay_needed_from_a_higher_score_spares_exactly_the_payments_below_it(records: Records) -> None:
    delayed = [control_score(decision) for _, decision, _ in stored(records) if decision.action == "delay"]
    spared = sum(score < 0.7 for score in delayed)
    report = backtest(records, with_score("delay", 0.7))
    assert sum(report.changed.values()) == spared > 0
    assert all(change.startswith("delay -> ") for change in report.changed)


def test_a_typology_left_out_takes_its_findings_with_it(records: Records) -> None:
    gone = "telecom.outlet_burst"
    left = tuple(t for t in RULES.catalogue.typologies if t.id != gone)
    found = sum(any(f.typology == gone for f in decision.findings) for _, decision, _ in stored(records))
    report = backtest(records, replace(RULES, catalogue=replace(RULES.catalogue, typologies=left)))
    assert found > 0
    assert report.disappeared == {gone: found}
    assert report.appeared == {}
    assert report.examples[0].reason_before is not None


def changed_policy(folder: Path, score: str) -> Path:
    text = (Path(__file__).parents[2] / "src/stanch/decide/start.yaml").read_text("utf-8")
    path = folder / "policy.yaml"
    path.write_text(text.replace("delay: 0.5", f"delay: {score}"), "utf-8")
    return path


def test_another_policy_on_a_home_is_noted_in_its_log_and_goes_on(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    home, policy = another("home"), changed_policy(tmp_path, "0.7")
    with open_home(home, keys=begun.keys, policy=policy) as opened:
        replay(opened, [begun.later])
        first, second = opened.records.policies()
        word, kind = opened.line.names.words.code("policy_changed"), INDEX["kind"]
        noted = [row for block in opened.records.blocks() for row in block.block.matrix() if row[kind] == word]
        assert [int(row[INDEX["seq"]]) for row in noted] == [first.activated_seq, second.activated_seq]
        active = opened.rules.hash
    with open_home(home, keys=begun.keys) as opened:
        assert opened.rules.hash == active == second.hash


def test_the_windows_of_another_policy_are_filled_from_the_log(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path, records: Records
) -> None:
    with open_home(another("home"), keys=begun.keys, policy=changed_policy(tmp_path, "0.7")) as opened:
        replay(opened, [begun.later])
        found = typologies(opened.records)
    assert found == typologies(records)


def typologies(records: Records) -> set[tuple[str, str]]:
    """Return what was found on which event, apart from what our own warnings and holds lead to."""
    return {
        (commit.ids()[row], finding.typology)
        for commit in read_decided(records)
        for row, decision in commit.decisions.items()
        for finding in decision.findings
    }


def test_what_comes_while_a_log_is_decided_again_is_left_out(begun: Begun, another: Callable[[str], Path]) -> None:
    with open_home(another("home"), keys=begun.keys) as opened:
        end, again = opened.records.last_seq(), rerun(opened.records, opened.rules)
        next(again)
        replay(opened, [begun.later])
        places = [int(place) for outcome in again for place in outcome.arrivals.rows[:, INDEX["seq"]]]
        assert 0 < max(places) <= end < opened.records.last_seq()
