"""Why a model said what it said: how much each input moved one score, exactly.

The Shapley value of every input under the model's own trees, where an input that is left out goes every way in
proportion to the training rows that went there (Lundberg et al., 2020, "path-dependent" TreeSHAP). They add up to the
raw score less the mean over the training rows. Each leaf is a game of its own: its value times a product over the
inputs on its path, so its Shapley values are sums over a short polynomial.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled, inlined
from stanch.scores.trees import Trees, goes_left

Floats = npt.NDArray[np.float64]


@compiled
def contributions(trees: Trees, inputs: Floats, deepest: int) -> Floats:
    """Return what each input (k,) of one event added to its raw score; ``deepest`` is the longest path to a leaf."""
    out = np.zeros(inputs.shape[0])
    feature = np.empty(deepest + 1, dtype=np.int64)
    zero = np.empty(deepest + 1)
    one = np.empty(deepest + 1)
    terms = np.empty(deepest + 2)
    for leaf in range(trees.leaf.shape[0]):
        players = 0
        for step in range(trees.path_start[leaf], trees.path_start[leaf + 1]):
            at, left = trees.path[step] >> 1, bool(trees.path[step] & 1)
            child = trees.left[at] if left else trees.right[at]
            came = trees.rows[child] if child >= 0 else trees.leaf_rows[~child]
            f = trees.feature[at]
            p = 0
            while p < players and feature[p] != f:
                p += 1
            if p == players:
                feature[p], zero[p], one[p] = f, 1.0, 1.0
                players += 1
            zero[p] *= came / trees.rows[at]
            if goes_left(trees, at, inputs[f]) != left:
                one[p] = 0.0
        for p in range(players):
            out[feature[p]] += trees.leaf[leaf] * (one[p] - zero[p]) * _weight(zero, one, terms, players, p)
    return out


@inlined
def _weight(zero: Floats, one: Floats, terms: Floats, players: int, without: int) -> float:
    """Return the mean, over all orders of the players, of the product of those before (one) and after (zero)."""
    terms[: players + 1] = 0.0
    terms[0] = 1.0
    known = 0
    for p in range(players):
        if p == without:
            continue
        known += 1
        for k in range(known, 0, -1):
            terms[k] = terms[k] * zero[p] + terms[k - 1] * one[p]
        terms[0] *= zero[p]
    total = 0.0
    share = 1.0 / players  # k! (players - 1 - k)! / players!
    for k in range(players):
        total += share * terms[k]
        if k + 1 < players:
            share *= (k + 1) / (players - 1 - k)
    return total
