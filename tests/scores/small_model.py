"""Small definitions and models for the tests of learned scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.scores.definition import Definition, parse_definition
from stanch.scores.fitting import Examples, fit, grow
from stanch.scores.model import Model

Floats = npt.NDArray[np.float64]

TEXT = """
id: small
on: transfer
when: channel = 'pos'
features:
  payments: {count: true, by: src, over: 1h, where: "kind = 'transfer'"}
  paid: {total: amount, by: src, over: 1h, where: "kind = 'transfer'"}
  confirmed: {count: true, by: dst, over: 1d, where: "kind = 'confirmed'"}
inputs:
  amount: {value: amount, unit: money, en: the amount, zh: 金额}
  times_mean: {value: amount * payments / paid, en: times the mean, zh: 相当于均值的倍数}
  confirmed: {value: confirmed, en: frauds confirmed, zh: 已确认的欺诈}
learning: {trees: 20, leaves: 6, least_in_leaf: 5, seed: 3}
finding:
  id: finance.small_risk
  on: transfer
  title: {en: High score, zh: 评分高}
  features:
    learned_score: {computed: learned_score}
  parameters: {min_score: 500000}
  when: learned_score >= :min_score
  subject: src
  side: protect
  family: learned
  score: 0.7
  reason: {en: "The model expects {learned_score} of a million", zh: "模型估计每百万笔中有 {learned_score} 笔"}
  twin: A dear purchase. Told apart by the mean.
  source: start value, chosen by us
"""


def small_definition() -> Definition:
    return parse_definition(TEXT, "small.yaml")


def examples(seed: int, rows: int = 600) -> Examples:
    """Fraud where the amount is many times the mean, or where fraud was confirmed; some numbers are not known."""
    chance = np.random.default_rng(seed)
    inputs = np.column_stack(
        [chance.integers(100, 50_000, rows), chance.exponential(1.5, rows), chance.integers(0, 3, rows)]
    ).astype(np.float64)
    fraud = (inputs[:, 1] > 3) | ((inputs[:, 2] > 1) & (chance.random(rows) < 0.7))
    inputs[chance.random(rows) < 0.1, 1] = np.nan
    return Examples(inputs, fraud, chance.integers(0, 80, rows))


def small_model(seed: int = 1) -> Model:
    return fit(small_definition(), examples(seed), {"made": "for a test"})


def some_trees(seed: int) -> tuple[str, Floats]:
    """Return trees in text form, and inputs to ask them about: unknown ones, zeros and thresholds among them."""
    given = examples(seed, 300)
    learning = small_definition().learning
    text = grow(learning, given.inputs, given.fraud)
    asked = np.vstack([given.inputs, np.full((1, 3), np.nan), np.zeros((1, 3)), -given.inputs[:20]])
    return text, asked
