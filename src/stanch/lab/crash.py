"""Crash: a replay that is killed again and again decides in the end what an uninterrupted one decides, byte for byte.

``python -m stanch.lab.crash --kills 50`` makes a small world, kills the process that replays it (SIGKILL) at random
moments, starts it again until it is done, and compares the exported decisions. ``--http`` does it to a server.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from stanch.engine.decisions import export_decisions
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.served_crash import ServedCrash, crash_served, parcels_of
from stanch.lab.world import load_parameters, make_world
from stanch.store.keys import make_keys

#: Small commits, so that a kill strikes between, before and inside many of them.
BATCH: Final = 64

_WORKER: Final = "--work"
_READY: Final = b"ready\n"
#: The share of kills that strike while the process still starts.
_EARLY: Final = 0.1


class CrashReport(msgspec.Struct, frozen=True):
    """What became of a replay that was killed; ``equal``: its decisions are those of the other, byte for byte."""

    decisions: int
    kills: int
    starts: int
    equal: bool
    seconds: float
    start_seconds: float


def crash(files: Sequence[Path], folder: Path, kills: int, seed: int) -> CrashReport:
    """Replay files without a break, then under kills; both homes and their keys are made in a folder."""
    begun = time.perf_counter()
    keys = folder / "keys.json"
    make_keys(keys)
    whole, starting = _until_done(_Work(folder / "whole", keys, files))
    chance = random.Random(seed)  # noqa: S311 moments to strike, no secret
    broken = _Work(folder / "broken", keys, files)
    done = sum(_struck(broken, _moment(chance, whole, starting, kills)) for _ in range(kills))
    _until_done(broken)
    count, right = _exported(folder / "whole", keys)
    _, found = _exported(folder / "broken", keys)
    spent = round(time.perf_counter() - begun, 1)
    return CrashReport(count, done, kills + 1, right == found, spent, round(starting, 2))


class _Work:
    """A process that replays files into a home, and says when it has opened it."""

    def __init__(self, home: Path, keys: Path, files: Sequence[Path]) -> None:
        self._command = [sys.executable, "-m", "stanch.lab.crash", _WORKER, str(home), str(keys), *map(str, files)]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        return subprocess.Popen(self._command, stdout=subprocess.PIPE)  # noqa: S603 our own module, our own arguments


def _until_done(work: _Work) -> tuple[float, float]:
    """Let the work come to its end; return the seconds of the work, and of the start before it."""
    begun = time.perf_counter()
    with work.start() as process:
        _wait_ready(process)
        opened = time.perf_counter()
        if process.wait() != 0:
            raise RuntimeError("the replay failed; its message stands above")
    return time.perf_counter() - opened, opened - begun


def _struck(work: _Work, after: float) -> bool:
    """Kill the work some seconds after it is ready (before, where negative); return whether it was still at work."""
    with work.start() as process:
        if after >= 0:
            _wait_ready(process)
        try:
            process.wait(abs(after))
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def _moment(chance: random.Random, whole: float, starting: float, kills: int) -> float:
    """Return when to strike: so that the kills spread over the whole of the work, some of them over its start."""
    if chance.random() < _EARLY:
        return -chance.uniform(0.01, starting)
    return chance.uniform(0, 2 * whole / (kills + 1))


def _wait_ready(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is None or process.stdout.readline() != _READY:
        raise RuntimeError("the replay did not start; its message stands above")


def _exported(home: Path, keys: Path) -> tuple[int, bytes]:
    out = home / "decisions.parquet"
    with open_home(home, keys=keys) as opened:
        count = export_decisions(opened.records, out)
    return count, out.read_bytes()


def _work(home: Path, keys: Path, files: Sequence[Path]) -> None:
    with open_home(home, keys=keys) as opened:
        sys.stdout.buffer.write(_READY)
        sys.stdout.buffer.flush()
        for file in files:
            replay(opened, [file], batch=BATCH)
            opened.snapshot()


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 0 only if the decisions are equal."""
    if arguments[:1] == [_WORKER]:
        home, keys, *files = map(Path, arguments[1:])
        _work(home, keys, files)
        return 0
    parser = argparse.ArgumentParser(prog="stanch.lab.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--http", action="store_true", help="kill a server under callers instead of a replay")
    parser.add_argument("--database", help="with --http: address of an empty PostgreSQL database for the log")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_world(load_parameters("start"), asked.seed, asked.people, asked.days, folder / "world")
        files = sorted((folder / "world" / "events").glob("*.parquet"))
        if asked.http:
            parcels = parcels_of(files, asked.seed)
            served = crash_served(parcels, folder / "served" / "home", asked.kills, asked.seed, asked.database)
            return _told(served, right=served.right)
        report = crash(files, folder, asked.kills, asked.seed)
    return _told(report, right=report.equal)


def _told(report: CrashReport | ServedCrash, *, right: bool) -> int:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
