"""The test bed: a world made once for all benchmarks of a run, in a folder that goes away."""

from __future__ import annotations

import shutil
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import pyarrow as pa

from stanch.engine.opening import open_home
from stanch.engine.replay import replay_tables
from stanch.features.live import Footprint
from stanch.intake.take import take
from stanch.lab.truth_files import event_files
from stanch.lab.world import load_parameters, make_world

PEOPLE: Final = 10_000
DAYS: Final = 4
_SEED: Final = 11


class Bed:
    """Folder, world (of some days) and taken events, each made when first asked for. One owner, the suite."""

    def __init__(self, days: int = DAYS) -> None:
        self._days = days
        self.folder = Path(tempfile.mkdtemp(prefix="stanch-bench-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def files(self) -> list[Path]:
        """The event files of the world, in clear form."""
        make_world(load_parameters("start"), _SEED, PEOPLE, self._days, self.folder / "world")
        return event_files(self.folder / "world")

    @cached_property
    def taken(self) -> list[pa.Table]:
        """The events of the world with pseudonyms, as intake hands them on, in memory."""
        with open_home(self.folder / "taken") as home:
            return [taken.table for taken in take(self.files, None, home.intake)]

    @cached_property
    def fullest(self) -> Footprint:
        """What the windows hold when they hold the most keys, in a replay of the world."""
        held: list[Footprint] = []
        with open_home(self.folder / "fullest") as home:
            replay_tables(home, self.taken, progress=lambda *_: held.append(home.line.observer.footprint()))
        return max(held, key=lambda each: each.keys)

    @cached_property
    def events(self) -> int:
        """How many events the world has."""
        return sum(table.num_rows for table in self.taken)
