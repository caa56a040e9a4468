"""Rules on trial decide beside those in force, on the same events; nobody acts upon what they decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from engine.conftest import Begun
from other_rules import other_policy, other_rules
from small_events import MORNING
from stanch.engine.backtest import rerun
from stanch.engine.changes import Said, approve, end_shadow, propose, roll_back, shadow
from stanch.engine.decisions import export_decisions
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.retrace import retraced
from stanch.engine.rules import changed_rules
from stanch.engine.versions import compared, listed
from stanch.features.live import Observer
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.model.errors import InputError
from stanch.store.rows import ShadowRow
from stanch.store.rule_rows import shadows_of

ANNA, BO = Said("Anna", MORNING, "fewer losses"), Said("Bo", MORNING)


def on_trial(home: Home, folder: Path) -> str:
    version = propose(home, other_rules(home.rules, folder), ANNA)
    return shadow(home, version, BO)


def shadows(home: Home, version: str) -> list[ShadowRow]:
    home.finish()
    return shadows_of(home.records, version)


def what(home: Home, version: str) -> list[tuple[int, str, str, bytes]]:
    """What was said on which event, whatever its row in a batch was and whichever code its subject has in this home.

    Codes are given as files are read: what is read at once gets them column by column.
    """
    name = home.line.names.entities.pseudonym
    told = []
    for row in shadows(home, version):
        decision = msgspec.msgpack.decode(row.decision, type=Decision) if row.decision else None
        subjects = [] if decision is None else [name(finding.subject) for finding in decision.findings]
        said = b"" if decision is None else as_bytes(without_codes(decision))
        told.append((row.seq, row.action, row.live, said + b"".join(subjects)))
    return told


def without_codes(decision: Decision) -> Decision:
    found = tuple(msgspec.structs.replace(finding, subject=0) for finding in decision.findings)
    return msgspec.structs.replace(decision, findings=found)


def as_bytes(decision: Decision) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(decision, row=0))


def test_a_trial_changes_no_decision_measure_or_message(
    begun: Begun, another: Callable[[str], Path], uninterrupted: bytes, tmp_path: Path
) -> None:
    del uninterrupted  # its home is read
    told = []
    for name, tries in (("with", True), ("without", False)):
        with open_home(another(name), keys=begun.keys) as opened:
            version = (
                propose(opened, other_rules(opened.rules, tmp_path / name), ANNA)
                if not tries
                else on_trial(opened, tmp_path / name)
            )
            replay(opened, [begun.later])
            opened.finish()
            export_decisions(opened.records, opened.path / "d.parquet")
            table = pq.read_table(opened.path / "d.parquet").drop_columns(["seq"]).to_pylist()
            outbox = [(row.id, row.topic, row.body) for row in opened.records.pending_outbox(100_000)]
            measures = [msgspec.structs.replace(row, seq=0) for row in opened.records.measures()]
            told.append((table, outbox, measures))
            assert bool(shadows(opened, version)) is tries
    for part, other in zip(*told, strict=True):
        assert part == other


def test_a_trial_records_what_would_have_been_decided_from_its_begin_on(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    with open_home(another("home"), keys=begun.keys) as opened:
        version, since = on_trial(opened, tmp_path), opened.records.last_seq() + 1
        rules = opened.trial is not None and other_rules(opened.rules, tmp_path / "again")
        assert rules
        replay(opened, [begun.later], batch=100)
        recorded = {row.seq: row.decision for row in shadows(opened, version) if row.decision}
        again = {
            int(outcome.arrivals.rows[row, INDEX["seq"]]): as_bytes(decision)
            for outcome in rerun(opened.records, rules, since)
            for row, decision in outcome.decisions.items()
        }
        report = compared(opened.records, version)
    assert {seq: as_bytes(msgspec.msgpack.decode(each, type=Decision)) for seq, each in recorded.items()} == again
    assert len(again) > 10
    assert report.events == report.same + sum(report.changed.values())
    assert report.changed
    assert report.appeared["finance.fan_in"] > 0


@pytest.mark.parametrize("batch", [7, 256])
def test_a_stop_or_another_batch_does_not_change_what_a_trial_says(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path, batch: int
) -> None:
    table = pq.read_table(begun.later)
    for n in range(2):
        pq.write_table(table.slice(400 * n, 400), tmp_path / f"{n}.parquet")
    with open_home(another("straight"), keys=begun.keys) as opened:
        version = on_trial(opened, tmp_path / "a")
        replay(opened, [tmp_path / "0.parquet", tmp_path / "1.parquet"])
        straight = what(opened, version)
    with open_home(another("stopped"), keys=begun.keys) as opened:
        on_trial(opened, tmp_path / "b")
        replay(opened, [tmp_path / "0.parquet"], batch=batch)
        opened.snapshot()
    with open_home(tmp_path / "stopped", keys=begun.keys) as opened:
        assert opened.trial is not None
        replay(opened, [tmp_path / "1.parquet"], batch=batch)
        assert what(opened, version) == straight
    assert sum(bool(said) for *_, said in straight) > 10


def test_a_trial_ends_when_somebody_says_so_or_its_version_decides(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    with open_home(another("home"), keys=begun.keys) as opened:
        first, version = opened.rules.hash, on_trial(opened, tmp_path)
        with pytest.raises(InputError, match="is on trial"):
            shadow(opened, version, BO)
        end_shadow(opened, ANNA)
        with pytest.raises(InputError, match="no version is on trial"):
            end_shadow(opened, ANNA)
        replay(opened, [begun.later])
        assert shadows(opened, version) == []
        shadow(opened, version, BO)
        approve(opened, version, BO)
        assert opened.trial is None
        roll_back(opened, first, ANNA)
        assert opened.trial is None, "a trial does not begin again by itself"
        opened.finish()
        assert retraced(opened.records).equal


def test_another_version_comes_into_force_while_one_is_on_trial(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    with open_home(another("home"), keys=begun.keys) as opened:
        version = on_trial(opened, tmp_path)
        stricter = changed_rules(opened.rules, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))
        propose(opened, stricter, ANNA)
        approve(opened, stricter.hash, BO)
        replay(opened, [begun.later])
        assert shadows(opened, version)
        lines = {line.version: line for line in listed(opened.records, bytes.hex)}
        assert (lines[version].trial, lines[version].state) == (True, "overtaken")
        assert retraced(opened.records).equal


def test_a_trial_that_fails_ends_and_the_line_goes_on(
    begun: Begun, another: Callable[[str], Path], tmp_path: Path
) -> None:
    with open_home(another("home"), keys=begun.keys) as opened:
        version = on_trial(opened, tmp_path)
        assert opened.trial is not None
        opened.trial.line.observer = Overflowing(opened.trial.line.observer.plan)
        summary = replay(opened, [begun.later])
        assert summary.decided > 700
        assert opened.trial is None
        opened.finish()
        assert compared(opened.records, version).failed == "a total overflowed"
    with open_home(tmp_path / "home", keys=begun.keys) as opened:
        assert opened.trial is None


class Overflowing(Observer):
    """Windows whose totals leave the range of whole numbers."""

    def observe(self, rows: object, kinds: object, entities: int, out: object = None) -> object:  # type: ignore[override]  # it never answers
        raise InputError("a total overflowed")
