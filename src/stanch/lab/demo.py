"""The demo: a country is made, the line decides on all that happens in it, and what came of it is shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import time_ns
from typing import Final

from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, replay_tables
from stanch.intake.take import take
from stanch.lab.compiling import compiling_beside
from stanch.lab.measure.world import measured_base
from stanch.lab.play import play_world, readable
from stanch.lab.report.content import Content, read_content
from stanch.lab.report.followed import read_followed, write_trace
from stanch.lab.report.page import write_report
from stanch.lab.world import WorldSummary, load_parameters, make_world
from stanch.model.errors import InputError

#: A demo's folder is marked, so that nothing else is ever deleted.
_MARK: Final = ".stanch-demo"
#: The page of the trace, beside the report.
TRACE: Final = "trace.html"

_PARTS: Final = ("world", "home", "compiled", "report.html", TRACE)
_FEW: Final = 4_000

Tell = Callable[[float, float, str], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demo made and found."""

    world: WorldSummary
    summary: ReplaySummary
    content: Content
    report: Path


def run_demo(out: Path, *, people: int, days: int, seed: int, progress: Tell) -> Shown:
    """Make a world, replay it with the loop closed, measure it and write the report. An older demo is replaced."""
    _clear(out)
    world, home = out / "world", out / "home"
    parameters = load_parameters("start")
    made = make_world(
        parameters, seed, people, days, world, lambda part, done: progress(done, 1.0, f"making the world: {part}")
    )
    progress(0, 0, "compiling, the first time only")
    _compile(readable([world]), out / "compiled")
    with open_home(home) as opened:
        summary = play_world(
            opened, readable([world]), world, progress=lambda taken, _: progress(taken, made.events, "deciding")
        )
        progress(0, 0, "measuring")
        with measured_base(opened, world) as base:
            content = replace(read_content(base, home, world, summary), followed=read_followed(opened, _now()))
    progress(0, 0, "drawing")
    if content.followed is not None:
        write_trace(content.followed, out / TRACE)
    return Shown(made, summary, content, write_report(content, out / "report.html"))


def _compile(files: Sequence[Path], folder: Path) -> None:
    """Take a few events through a home that is thrown away, so that figures of speed hold no compiling."""
    with compiling_beside(), open_home(folder) as home:
        replay_tables(home, [next(take(files[:1], None, home.intake)).table.slice(0, _FEW)])
    shutil.rmtree(folder)


def _now() -> int:
    return time_ns() // 1000


def _clear(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise InputError(f"{out} holds something that is not a demo; name another folder with --out")
    for part in _PARTS:
        path = out / part
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MARK).touch()
