"""Training on a log: some weeks are measured, each by a model of its own past, and the last past gives the model."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files as files_of
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.history import observe_history
from stanch.lab.play import Progress, readable
from stanch.lab.train.handbook import handbook_features
from stanch.lab.train.marks import Ranked, Trial, drawn
from stanch.lab.train.outcomes import NEVER, Outcomes, read_outcomes
from stanch.lab.train.peers import PEERS, fitted_peers
from stanch.lab.train.report import OURS, Draws, Trained, TrainReport, WeekReport, mean_of, told
from stanch.lab.train.weeks import Spans, Split, Week, split, weeks_until
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY, format_duration, to_datetime
from stanch.scores.definition import Definition, parse_definition
from stanch.scores.fitting import Examples, fit, needs_lightgbm
from stanch.scores.inputs import Inputs
from stanch.scores.model import Model
from stanch.scores.walks import margins

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The draws of cards are the same in every run.
_SEED: Final = 7
_BATCH: Final = 4096

#: The raw score of an event on which the model is not asked.
NOT_ASKED: Final = -1e9

LIMITS: Final = (
    "It knows only what was confirmed: fraud that nobody confirmed counts as honest.",
    "It was measured on the weeks named here, of this log; other places and times need their own measure.",
    "A score is a reason to look, never a finding of guilt; the holder of a compromised card is its victim.",
)


@dataclass(frozen=True, slots=True)
class Course:
    """What is measured: how many weeks of which spans, until when (None: as late as the log allows), how many draws."""

    spans: Spans
    weeks: int = 4
    until: int | None = None
    draws: int = 400
    peers: bool = True


@dataclass(frozen=True, slots=True)
class _Bench:
    """A log with everything that models and peers read of it."""

    definition: Definition
    outcomes: Outcomes
    asked: Bools  #: (n,) on which events the model is asked
    inputs: Floats  #: (n, inputs)
    card: Ints  #: (n,) from 0 on
    handbook: Floats | None  #: (n, 15)


def load_definition(path: Path) -> Definition:
    """Return the definition in a YAML file, or a shipped one by its name. Raises ConfigError."""
    shipped = files_of("stanch.scores") / f"{path}.yaml"
    if path.suffix == "" and len(path.parts) == 1 and shipped.is_file():
        return parse_definition(shipped.read_text(encoding="utf-8"), shipped.name)
    try:
        return parse_definition(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read as a model's definition: {error}; name a YAML file, or: cards"
        ) from None


def check_installed(*, peers: bool) -> None:
    """Raise ConfigError where a library that training needs is missing, before the long work begins."""
    needs_lightgbm()
    for make in PEERS.values() if peers else ():
        make()


def train_on_files(
    files: Sequence[Path],
    mapping: Path | None,
    definition: Definition,
    course: Course,
    progress: Progress | None = None,
) -> tuple[Model, TrainReport]:
    """Replay files into a home that is thrown away, and train on its log."""
    check_installed(peers=course.peers)
    with tempfile.TemporaryDirectory() as folder, open_home(Path(folder)) as home:
        summary = replay(home, readable(files), mapping, progress=progress)
        if summary.errors:
            raise InputError(f"{len(summary.errors)} of the files gave nothing: {'; '.join(summary.errors)}")
        return train_on_home(home, definition, course)


def train_on_home(home: Home, definition: Definition, course: Course) -> tuple[Model, TrainReport]:
    """Train on the log of a home. Raises InputError where it is too short or confirms nothing."""
    check_installed(peers=course.peers)
    home.finish()
    outcomes = read_outcomes(home.records, definition.on)
    weeks = weeks_until(outcomes, course.spans, course.weeks, course.until)
    bench = _bench(outcomes, definition, peers=course.peers)
    draws = drawn(int(bench.card.max()) + 1, course.draws, _SEED)
    measured = [_measure(bench, week, draws) for week in weeks]
    return _trained(bench, course, weeks[-1].test_to, measured)


def _bench(outcomes: Outcomes, definition: Definition, *, peers: bool) -> _Bench:
    history = outcomes.history
    plan, features = observe_history(history, {definition.on: tuple(definition.features.values())}, _BATCH)
    reader = Inputs(definition, plan, history.names.words.code)
    asked = np.isin(outcomes.at, reader.asked(history.rows, features, outcomes.at))
    inputs = reader.read(history.rows, features, outcomes.at)
    card = np.unique(outcomes.column("src"), return_inverse=True)[1]
    return _Bench(definition, outcomes, asked, inputs, card, handbook_features(outcomes) if peers else None)


def _measure(bench: _Bench, week: Week, draws: Floats) -> tuple[WeekReport, Draws]:
    parts = split(bench.outcomes, week)
    tested = Trial(
        bench.outcomes.known[parts.test] < NEVER, bench.card[parts.test],
        bench.outcomes.column("as_of")[parts.test] // DAY,
    )  # fmt: skip
    as_they_are = np.ones(draws.shape[1])
    marks: Draws = {}
    for name, scores in _scores(bench, parts).items():
        ranked = Ranked(tested, scores)
        marks[name] = np.stack([ranked.marks(weights) for weights in (as_they_are, *draws)])
    found, ahead = told(marks)
    return WeekReport(
        _day(week.train_from), _day(week.test_from), _day(week.test_to), len(parts.train), int(parts.fraud.sum()),
        len(parts.test), int(tested.fraud.sum()), parts.removed, found, ahead,
    ), marks  # fmt: skip


def _scores(bench: _Bench, parts: Split) -> dict[str, Floats]:
    """Return the scores of our model and of its peers for the events that are tested."""
    model = fit(bench.definition, _examples(bench, parts.train, parts.fraud), {})
    scores = {OURS: np.where(bench.asked[parts.test], margins(model.cuts, bench.inputs[parts.test]), NOT_ASKED)}
    if bench.handbook is not None:
        scores |= fitted_peers(bench.handbook[parts.train], parts.fraud, bench.handbook[parts.test])
    return scores


def _examples(bench: _Bench, places: Ints, fraud: Bools) -> Examples:
    kept = bench.asked[places]
    return Examples(bench.inputs[places][kept], fraud[kept], bench.card[places][kept])


def _trained(
    bench: _Bench, course: Course, end: int, measured: Sequence[tuple[WeekReport, Draws]]
) -> tuple[Model, TrainReport]:
    """Fit the model that is written: on the latest span whose outcomes were known at the end of the last test."""
    span = course.spans
    last = Week(end - span.delay - span.train, end - span.delay, end, end + span.test)
    places = np.flatnonzero(last.training(bench.outcomes.column("as_of")))
    examples = _examples(bench, places, bench.outcomes.known[places] < end)
    marks, ahead = told(mean_of([draws for _, draws in measured]))
    weeks = tuple(week for week, _ in measured)
    facts = Trained(
        _day(last.train_from), _day(last.train_to), _day(end), len(examples.fraud), int(examples.fraud.sum())
    )
    card = msgspec.to_builtins({
        **msgspec.structs.asdict(facts), "examples": _digest(examples), "delay": format_duration(span.delay),
        "measured": weeks, "mean": marks, "ahead": ahead, "limits": LIMITS,
    })  # fmt: skip
    model = fit(bench.definition, examples, card)
    return model, TrainReport(bench.definition.id, model.hash, facts, weeks, marks, ahead)


def _digest(examples: Examples) -> str:
    """Return SHA-256 over what a model is fitted on."""
    digest = hashlib.sha256()
    for array in (examples.inputs, examples.fraud, examples.group):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _day(moment: int) -> str:
    return to_datetime(moment).date().isoformat()
