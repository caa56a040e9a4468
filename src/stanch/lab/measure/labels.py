"""Measuring against labels: files whose own columns say which of their rows were fraud. Only the lab reads those."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.policy import ACTIONS
from stanch.engine.decisions import export_decisions
from stanch.engine.home import Home
from stanch.intake.labels import read_labels
from stanch.intake.mapping import load_mapping
from stanch.lab.measure.episodes import ALERT
from stanch.model.errors import InputError

#: How many events a day a team can look at, for precision among the first.
A_DAY: Final = 100
#: A label with more values than this is told by its most frequent ones.
MOST_VALUES: Final = 20
#: How labels of yes and no are spelled.
_YES: Final = frozenset({"1", "true"})
_NO: Final = frozenset({"0", "false"})

_JOINED: Final = """
SELECT l.*, d.score, d.action, epoch_us(d.as_of) AS as_of, len(d.findings) > 0 AS found,
    coalesce(list_position($actions, d.action), 1) - 1 >= $alert AS acted
FROM labels l JOIN read_parquet($file) d USING (source, event_id)
"""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well scores rank the positives of a yes-or-no label: areas under ROC and precision-recall, 0 to 1.

    ``precision_a_day`` is the share of positives among the hundred highest scores of each day, averaged over days;
    equal scores share what they have. ``prevalence`` is the average precision of a blind ranking.
    """

    prevalence: float
    roc_auc: float | None
    average_precision: float | None
    precision_a_day: float


@dataclass(frozen=True, slots=True)
class LabelValue:
    """One value of a label: its rows, those on which something was found, those acted on (warn or higher)."""

    value: str
    rows: int
    found: int
    acted: int
    found_share: float
    acted_share: float


@dataclass(frozen=True, slots=True)
class LabelMeasure:
    """One label column, value by value; ``ranking`` for labels of 0 and 1."""

    label: str
    rows: int
    values: tuple[LabelValue, ...]
    ranking: Ranking | None


def measure_labels(home: Home, files: Sequence[Path], mapping_file: Path) -> tuple[LabelMeasure, ...]:
    """Hold what a home decided on the rows of files against the label columns that their mapping names."""
    mapping = load_mapping(mapping_file)
    if not mapping.labels:
        raise InputError(f"{mapping_file} names no labels; add the label columns under labels:")
    labels = pa.concat_tables([read_labels(path, mapping) for path in files])
    joined = _joined(home, labels)
    if not joined.num_rows:
        raise InputError("no labelled row was decided in this home; replay the same files with the same mapping first")
    return tuple(_label(joined, name) for name in mapping.labels)


def _joined(home: Home, labels: pa.Table) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as base:
        file = Path(folder) / "decisions.parquet"
        export_decisions(home.records, file)
        base.register("labels", labels)
        return base.sql(_JOINED, params={"file": str(file), "actions": list(ACTIONS), "alert": ALERT}).to_arrow_table()


def _label(joined: pa.Table, name: str) -> LabelMeasure:
    given = np.asarray(joined[name].cast(pa.string()).to_pylist(), dtype=str)
    found, acted = _flags(joined, "found"), _flags(joined, "acted")
    values, counts = np.unique(given, return_counts=True)
    most = values[np.argsort(-counts, kind="stable")][:MOST_VALUES]
    rows = tuple(_value(str(value), given == value, found, acted) for value in most)
    flag = set(values.tolist()) <= _NO | _YES
    ranking = ranked(np.isin(given, list(_YES)), _scores(joined), _days(joined)) if flag else None
    return LabelMeasure(name, len(given), rows, ranking)


def _value(value: str, those: Bools, found: Bools, acted: Bools) -> LabelValue:
    rows, hits, acts = int(those.sum()), int(found[those].sum()), int(acted[those].sum())
    return LabelValue(value, rows, hits, acts, hits / rows, acts / rows)


def ranked(positive: Bools, scores: Floats, days: npt.NDArray[np.int64]) -> Ranking:
    """Return how well scores put the positives first. Equal scores count as one step, so their order is no matter."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], positive[order].astype(np.float64)
    last = np.flatnonzero(np.diff(sorted_scores, append=-np.inf))
    true, seen = np.cumsum(hits)[last], (last + 1).astype(np.float64)
    positives, negatives = float(hits.sum()), float(len(hits) - hits.sum())
    if not positives or not negatives:
        return Ranking(positives / len(hits), None, None, _precision_a_day(positive, scores, days))
    gained = np.diff(true, prepend=0.0) / positives
    average = float((gained * true / seen).sum())
    recall, fallout = np.append(0.0, true / positives), np.append(0.0, (seen - true) / negatives)
    auc = float(np.trapezoid(recall, fallout))
    return Ranking(positives / len(hits), auc, average, _precision_a_day(positive, scores, days))


def _precision_a_day(positive: Bools, scores: Floats, days: npt.NDArray[np.int64]) -> float:
    shares = [_precision_among(positive[days == day], scores[days == day]) for day in np.unique(days)]
    return float(np.mean(shares)) if shares else 0.0


def _precision_among(positive: Bools, scores: Floats) -> float:
    """Return the share of positives among the first ``A_DAY``; those equal to the last one share its places."""
    places = min(A_DAY, len(scores))
    limit = np.sort(scores)[-places]
    above, equal = scores > limit, scores == limit
    expected = positive[above].sum() + positive[equal].mean() * (places - above.sum())
    return float(expected / places)


def _flags(joined: pa.Table, name: str) -> Bools:
    flags: Bools = joined[name].to_numpy(zero_copy_only=False).astype(np.bool_)
    return flags


def _scores(joined: pa.Table) -> Floats:
    scores: Floats = joined["score"].fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float64)
    return scores


def _days(joined: pa.Table) -> npt.NDArray[np.int64]:
    micros: npt.NDArray[np.int64] = joined["as_of"].to_numpy(zero_copy_only=False).astype(np.int64)
    return micros // 86_400_000_000
