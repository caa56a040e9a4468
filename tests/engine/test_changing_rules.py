"""The same log and versions of the rules give the same decisions, wherever a batch, a stop or a snapshot falls."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.conftest import Begun
from other_rules import other_policy, other_rules
from small_events import MORNING
from stanch.engine.changes import Said, approve, propose, roll_back
from stanch.engine.decisions import export_decisions
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.retrace import retraced
from stanch.engine.rules import Rules, changed_rules
from stanch.store.records import Records

Break = Callable[[Home], bool]
ANNA, BO = Said("Anna", MORNING, "fewer losses"), Said("Bo", MORNING + 1, "looked at it")


@dataclass(frozen=True)
class Parts:
    """The later part of the small world in three files, and the rules that come between."""

    files: tuple[Path, Path, Path]
    rules: Rules
    keys: Path


@pytest.fixture(scope="module")
def parts(begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("parts")
    table = pq.read_table(begun.later)
    third = table.num_rows // 3
    files = tuple(folder / f"{n}.parquet" for n in range(3))
    for n, file in enumerate(files):
        pq.write_table(table.slice(n * third, third if n < 2 else None), file)
    with open_home(begun.home, keys=begun.keys) as opened:
        return Parts((files[0], files[1], files[2]), other_rules(opened.rules, folder), begun.keys)


def nothing(home: Home) -> bool:
    return False


def stop(home: Home) -> bool:
    return True


def snapshot_and_stop(home: Home) -> bool:
    home.snapshot()
    return True


class Working:
    """A home that a test works on, stopped and opened again where a break says so."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder, self.keys = folder, keys
        self.home = open_home(folder, keys=keys)

    def do(self, act: Callable[[Home], object], after: Break = nothing) -> None:
        act(self.home)
        if after(self.home):
            self.home.close()
            self.home = open_home(self.folder, keys=self.keys)

    def decisions(self) -> bytes:
        self.home.finish()
        export_decisions(self.home.records, self.folder / "decisions.parquet")
        self.home.close()
        return (self.folder / "decisions.parquet").read_bytes()


def lived(folder: Path, parts: Parts, batch: int = 4096, before: Break = nothing, after: Break = nothing) -> bytes:
    """Decide on a third, change the rules, decide on another, go back, decide on the last; return the decisions."""
    work, first = Working(folder, parts.keys), ""
    first = work.home.rules.hash
    work.do(lambda home: propose(home, parts.rules, ANNA), after)
    work.do(lambda home: replay(home, [parts.files[0]], batch=batch), before)
    work.do(lambda home: approve(home, parts.rules.hash, BO), after)
    work.do(lambda home: replay(home, [parts.files[1]], batch=batch), before)
    work.do(lambda home: roll_back(home, first, ANNA), after)
    work.do(lambda home: replay(home, [parts.files[2]], batch=batch))
    return work.decisions()


@pytest.fixture(scope="module")
def straight(begun: Begun, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    home = shutil.copytree(begun.home, tmp_path_factory.mktemp("straight") / "home")
    return home, lived(home, parts)


@pytest.mark.parametrize("batch", [1, 7, 256])
def test_batches_do_not_matter(
    straight: tuple[Path, bytes], another: Callable[[str], Path], parts: Parts, batch: int
) -> None:
    assert lived(another("home"), parts, batch) == straight[1]


@pytest.mark.parametrize("before", [nothing, stop, snapshot_and_stop])
@pytest.mark.parametrize("after", [nothing, stop, snapshot_and_stop])
def test_a_stop_or_a_snapshot_before_or_after_a_change_does_not_matter(
    straight: tuple[Path, bytes], another: Callable[[str], Path], parts: Parts, before: Break, after: Break
) -> None:
    assert lived(another("home"), parts, 256, before, after) == straight[1]


def test_the_changes_do_change_what_is_decided(straight: tuple[Path, bytes], uninterrupted: bytes) -> None:
    assert straight[1] != uninterrupted


def test_a_log_decided_again_by_its_versions_gives_what_was_decided(straight: tuple[Path, bytes]) -> None:
    with Records.read(straight[0]) as records:
        found = retraced(records)
    assert (found.equal, found.differ) == (True, ())
    assert found.decisions > 100
    assert found.versions == 2


def test_a_log_whose_rules_were_put_into_force_elsewhere_does_not_retrace(
    straight: tuple[Path, bytes], tmp_path: Path
) -> None:
    """Without the change in the middle, the middle would have been decided otherwise: the comparison can fail."""
    home = shutil.copytree(straight[0], tmp_path / "home")
    with Records.open(home) as records:
        first, second = sorted(records.policies(), key=lambda row: row.hash)
        connection = records._open_connection()
        with connection.begin():
            for row, other in ((first, second), (second, first)):
                connection.exec_driver_sql("UPDATE policies SET body = ? WHERE hash = ?", (other.body, row.hash))
        assert not retraced(records).equal


def test_thresholds_alone_change_without_reading_the_log_again(
    another: Callable[[str], Path], parts: Parts, tmp_path: Path
) -> None:
    home = another("home")
    with open_home(home, keys=parts.keys) as opened:
        stricter = changed_rules(opened.rules, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))
        propose(opened, stricter, ANNA)
        observer = opened.line.observer
        approve(opened, stricter.hash, BO)
        assert opened.line.observer is observer
        replay(opened, [parts.files[0]])
        opened.finish()
        assert retraced(opened.records).equal
    with open_home(home, keys=parts.keys) as opened:
        assert opened.rules.hash == stricter.hash
        replay(opened, [parts.files[1]])
        opened.finish()
        assert retraced(opened.records).equal


KILLED = """
import os, signal, sys
from pathlib import Path
from other_rules import other_rules
from small_events import MORNING
from stanch.engine.writer import Writer
from stanch.engine.changes import Said, approve, propose
from stanch.engine.opening import open_home
home, keys, version, moment = sys.argv[1:]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with open_home(Path(home), keys=Path(keys)) as opened:
    if moment == "before":
        Writer._put = die
    approve(opened, version, Said("Bo", MORNING + 1))
    die()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_the_change_leaves_it_whole_or_undone_and_decisions_the_same(
    straight: tuple[Path, bytes], another: Callable[[str], Path], parts: Parts, moment: str
) -> None:
    folder = another("home")
    work = Working(folder, parts.keys)
    first = work.home.rules.hash
    work.do(lambda home: propose(home, parts.rules, ANNA))
    work.do(lambda home: replay(home, [parts.files[0]]))
    work.home.close()
    killed = subprocess.run(  # noqa: S603 our own words
        [sys.executable, "-c", KILLED, str(folder), str(parts.keys), parts.rules.hash, moment],
        check=False, env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    work = Working(folder, parts.keys)
    assert work.home.rules.hash == (first if moment == "before" else parts.rules.hash)
    if moment == "before":
        work.do(lambda home: approve(home, parts.rules.hash, BO))
    work.do(lambda home: replay(home, [parts.files[1]]))
    work.do(lambda home: roll_back(home, first, ANNA))
    work.do(lambda home: replay(home, [parts.files[2]]))
    assert work.decisions() == straight[1]
