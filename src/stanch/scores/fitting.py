"""Fitting: gradient-boosted trees grown on past events whose outcome is known, and what their scores mean.

LightGBM (the extra ``learn``) with one thread and fixed seeds: the same rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError, InputError
from stanch.scores.definition import Definition, Learning
from stanch.scores.model import Model
from stanch.scores.trees import parse_trees
from stanch.scores.walks import cuts_of, margins

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Fewest events of each outcome that a model is trained on.
FEWEST: Final = 20
#: Raw scores are calibrated on events of groups that their trees did not see.
FOLDS: Final = 5
_STEPS: Final = 50
_CLOSE: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Examples:
    """Events whose outcome is known: inputs (n, k), whether each was fraud (n,), and the group each belongs to (n,).

    Events of one group (a payment card) are never divided between fitting and calibrating.
    """

    inputs: Floats
    fraud: Bools
    group: Ints


def fit(definition: Definition, examples: Examples, card: Mapping[str, object]) -> Model:
    """Return a model of the examples. Raises InputError where there are too few, ConfigError without LightGBM."""
    frauds = int(examples.fraud.sum())
    if min(frauds, len(examples.fraud) - frauds) < FEWEST:
        raise InputError(
            f"{frauds} of {len(examples.fraud)} events to train on are confirmed fraud; at least {FEWEST} of each "
            "outcome are needed: take more days, or check that confirmed events reach the log"
        )
    slope, offset = _calibration(definition.learning, examples)
    return Model(definition, grow(definition.learning, examples.inputs, examples.fraud), slope, offset, card)


def grow(learning: Learning, inputs: Floats, fraud: Bools) -> str:
    """Return trees in LightGBM's text form."""
    lightgbm = needs_lightgbm()
    parameters = {
        "objective": "binary", "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
        "seed": learning.seed, "num_leaves": learning.leaves, "learning_rate": learning.rate,
        "min_data_in_leaf": learning.least_in_leaf, "bagging_fraction": learning.rows, "bagging_freq": 1,
        "feature_fraction": learning.inputs, "lambda_l2": learning.shrink,
    }  # fmt: skip
    data = lightgbm.Dataset(inputs, fraud.astype(np.float64), params={"verbose": -1})
    text: str = lightgbm.train(parameters, data, learning.trees).model_to_string()
    return text.split("end of trees")[0] + "end of trees\n"


def _calibration(learning: Learning, examples: Examples) -> tuple[float, float]:
    """Return slope and offset of the log odds over raw scores, from groups that the trees did not see."""
    fold = _mixed(examples.group) % FOLDS
    raw = np.zeros(len(fold))
    for number in range(FOLDS):
        held = fold == number
        if held.any() and not held.all():
            trees = parse_trees(grow(learning, examples.inputs[~held], examples.fraud[~held]))
            raw[held] = margins(cuts_of(trees, examples.inputs.shape[1]), np.ascontiguousarray(examples.inputs[held]))
    return _logistic(raw, examples.fraud.astype(np.float64))


def _logistic(raw: Floats, fraud: Floats) -> tuple[float, float]:
    """Fit ``fraud ~ 1 / (1 + exp(-(slope * raw + offset)))`` by Newton's method (Platt, 1999), a little held back."""
    weights, design = np.array([1.0, 0.0]), np.column_stack([raw, np.ones(len(raw))])
    for _ in range(_STEPS):
        likely = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -700, 700)))
        gradient = design.T @ (fraud - likely) - np.array([weights[0] - 1.0, 0.0])
        curvature = (design * (likely * (1 - likely))[:, None]).T @ design + np.diag([1.0, 1e-9])
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max() < _CLOSE:
            break
    return round(float(weights[0]), 12), round(float(weights[1]), 12)


def _mixed(group: Ints) -> npt.NDArray[np.uint64]:
    """Spread groups evenly over folds, whatever their numbers are."""
    mixed: npt.NDArray[np.uint64] = (group.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return mixed


def needs_lightgbm() -> Any:  # noqa: ANN401 - LightGBM is untyped
    """Return LightGBM. Raises ConfigError where it is not installed."""
    try:
        import lightgbm
    except ImportError:
        raise ConfigError("training needs LightGBM; install it with: pip install 'stanch[learn]'") from None
    return lightgbm
