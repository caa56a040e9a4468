"""How fast the line is with a learned model that is asked on every card payment, beside the same line without it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.engine.opening import open_home
from stanch.engine.replay import ReplaySummary, replay_tables
from stanch.intake.mapping import parse_mapping
from stanch.intake.take import take
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.lab.train.train import load_definition
from stanch.scores.definition import Definition, Input
from stanch.scores.model import Model, write_model

PAYMENTS: Final = 200_000
DAYS: Final = 40
CARDS, TERMINALS = 5_000, 10_000
FRAUD: Final = 0.008
_DAY: Final = 86_400_000_000
_START: Final = 1_767_225_600_000_000  # 2026-01-01
_WARM: Final = 50_000

_MAPPING: Final = """
source: bench
timezone: UTC
columns:
  happened_at: {column: at, time: epoch_us}
  src: {column: card, as: account, prefix: c-}
  dst: {column: terminal, as: merchant, prefix: t-}
  amount: amount
constants: {kind: transfer, currency: EUR, channel: pos}
also: {transfer: [settled]}
confirmed: {label: fraud, equals: 1, delay: 7d, about: dst}
"""


def line_scored(bed: Bed) -> Measured:
    """Measure the line on card payments, settlements and confirmed frauds, with a model and without, with commits."""
    folder = bed.folder / "scored"
    folder.mkdir()
    payments, model = _payments(folder), folder / "model.json"
    definition = load_definition(Path("cards"))
    model.write_bytes(write_model(made_model(definition)))
    with open_home(folder / "taken") as home:
        tables = [taken.table for taken in take([payments], parse_mapping(_MAPPING), home.intake)]
    for name, served in (("warm", model), ("cold", None)):
        _replayed([pa.concat_tables(tables).slice(PAYMENTS, _WARM)], folder / name, served)
    with_model, without = (_replayed(tables, folder / name, m) for name, m in (("with", model), ("without", None)))
    asked = PAYMENTS / with_model.decided
    note = (
        f"{definition.learning.trees} trees of {definition.learning.leaves} leaves, {len(definition.inputs)} inputs, "
        f"asked on {asked:.0%} of events, something found on {with_model.fire_rate:.2%}; "
        f"µs an event: {', '.join(f'{k} {v / with_model.decided * 1e6:.2f}' for k, v in with_model.seconds.items())}"
    )
    return Measured(
        "line_scored", with_model.decided / with_model.total, "decisions/s", "the same without the model",
        without.decided / without.total, note,
    )  # fmt: skip


def made_model(definition: Definition) -> Model:
    """Return a model of trees that nobody trained: what trees cost does not depend on what they say."""
    chance = np.random.default_rng(1)
    trees = "\n\n".join(_tree(chance, definition, number) for number in range(definition.learning.trees))
    head = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nobjective=binary sigmoid:1\n"
    return Model(definition, f"{head}\n{trees}\n\nend of trees\n", 1.0, -2.05, {})


def _tree(chance: np.random.Generator, definition: Definition, number: int) -> str:
    """Grow one tree: the oldest leaf is split until there are enough, so that all paths are about equally long."""
    leaves, inputs = definition.learning.leaves, list(definition.inputs.values())
    left: list[int] = []
    right: list[int] = []
    where: dict[int, tuple[int, bool] | None] = {0: None}  # leaf -> the split above it, and whether to the left
    feature = chance.integers(0, len(inputs), leaves - 1)
    for split in range(leaves - 1):
        leaf = next(iter(where))
        came = where.pop(leaf)
        if came is not None:
            (left if came[1] else right)[came[0]] = split
        left.append(~leaf)
        right.append(~(split + 1))
        where[leaf], where[split + 1] = (split, True), (split, False)
    facts = {
        "Tree": number, "num_leaves": leaves, "num_cat": 0, "split_feature": feature,
        "threshold": [_threshold(chance, inputs[f]) for f in feature], "decision_type": [10] * (leaves - 1),
        "left_child": left, "right_child": right, "leaf_value": chance.normal(0, 0.05, leaves),
        "leaf_count": [10] * leaves, "internal_count": [10 * leaves] * (leaves - 1), "is_linear": 0,
    }  # fmt: skip
    return "\n".join(f"{name}={_words(value)}" for name, value in facts.items())


def _threshold(chance: np.random.Generator, of: Input) -> float:
    """Return a value as the input can have it."""
    if of.unit == "number":
        return float(chance.lognormal(0, 1))
    return float(chance.uniform(100, 20_000) if of.unit == "money" else chance.uniform(0, 30 * 86_400))


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | np.ndarray) else str(value)


def _payments(folder: Path) -> Path:
    chance = np.random.default_rng(2)
    card = chance.integers(0, CARDS, PAYMENTS)
    mean = chance.uniform(500, 10_000, CARDS)[card]
    table = pa.table({
        "at": _START + np.sort(chance.integers(0, DAYS * _DAY, PAYMENTS)), "card": card,
        "terminal": chance.integers(0, TERMINALS, PAYMENTS),
        "amount": np.maximum(1, chance.normal(mean, mean / 2)).astype(np.int64),
        "fraud": (chance.random(PAYMENTS) < FRAUD).astype(np.int64),
    })  # fmt: skip
    path = folder / "payments.parquet"
    pq.write_table(table, path)
    return path


def _replayed(tables: list[pa.Table], folder: Path, model: Path | None) -> ReplaySummary:
    with open_home(folder, model=model) as home:
        return replay_tables(home, tables)
