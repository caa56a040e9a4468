"""Playing files into a home: what ``stanch replay`` does, with the loop of a world closed where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from stanch.engine.backtest import BacktestReport, backtest
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, replay, replay_tables
from stanch.engine.rules import load_rules
from stanch.intake.report import IntakeReport
from stanch.intake.take import take
from stanch.lab.closed_loop import ClosedLoop
from stanch.lab.flows import Money, read_flows
from stanch.lab.follow.agenda import told_afterwards
from stanch.lab.follow.answers import read_answers
from stanch.lab.follow.field import listed, places_of
from stanch.lab.follow.offices import Offices
from stanch.lab.measure.ground import Names
from stanch.model.errors import InputError
from stanch.store.place import has_log

#: What ``stanch replay`` reads of a folder.
SUFFIXES: Final = (".parquet", ".csv", ".ndjson", ".jsonl", ".xml")

Progress = Callable[[int, int], None]


def play(
    home: Home, files: Sequence[Path], mapping: Path | None, world: Path | None, batch: int, progress: Progress
) -> ReplaySummary:
    """Decide on every event of files, in the order in which they became known; with a ``world`` the loop is closed.

    Closed days go to the lake, and a snapshot is left, so that the next start reads no log.
    """
    if world is None:
        summary = replay(home, readable(files), mapping, batch=batch, progress=progress)
    else:
        summary = play_world(home, readable(files), world, batch, progress)
    home.close_days()
    home.snapshot()
    return summary


def play_world(
    home: Home, files: Sequence[Path], world: Path, batch: int = 4096, progress: Progress | None = None
) -> ReplaySummary:
    """Decide on the events of a world, each as it is after all that was decided and answered before it."""
    if home.records.last_seq() >= 0:
        raise InputError(f"{home.path} already has a log; a world whose loop is closed needs a new home")
    loop = open_loop(world, Names(home.ring.keys))
    report = IntakeReport()
    tables = (taken.table for taken in take(files, None, home.intake, report=report))
    summary = replay_tables(home, tables, batch=batch, progress=progress, loop=loop)
    summary.events, summary.refused = report.events, report.refused
    loop.write(home.path)
    return summary


def open_loop(world: Path, names: Names) -> ClosedLoop:
    """Return the loop of a world: its victims' money, and its officials and institutions. Raises InputError."""
    money, answers = Money(read_flows(world / "truth")), read_answers(world / "truth")
    clear = {found: name for name in places_of(world) if (found := names.of(name)) is not None}
    told = told_afterwards(world, money, answers, names.of)
    essential = frozenset(code for clear in listed(world, "essential_payee") if (code := names.of(clear)) is not None)
    return ClosedLoop(money, Offices(answers, names.of, clear), told, essential)


def backtest_policies(home: Path, policy: Path, against: Path, keys: Path | None = None) -> BacktestReport:
    """Tell what a policy would decide otherwise than another one, on the log of a home. Changes nothing."""
    with open_existing(home, keys) as opened:
        return backtest(opened.records, load_rules(policy), load_rules(against))


def open_existing(home: Path, keys: Path | None = None) -> Home:
    """Open a home that has a log. Raises InputError where there is none, instead of making one."""
    if not has_log(home):
        raise InputError(f"no log in {home}; make one with: stanch replay FILE --home {home}")
    return open_home(home, keys=keys)


def readable(paths: Sequence[Path]) -> list[Path]:
    """Return the event files among files and folders, folders in order of name. Raises InputError."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES) if path.is_dir() else [path]
        if not inside and (path / "events").is_dir():
            inside = readable([path / "events"])
        if not inside:
            raise InputError(f"no event files in {path}; expected {', '.join(SUFFIXES)}")
        found += inside
    missing = [path for path in found if not path.is_file()]
    if missing:
        raise InputError(f"{missing[0]}: no such file or folder")
    return found
