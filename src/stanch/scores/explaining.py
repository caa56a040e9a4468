"""Why a model said what it said: how much each input moved one score, exactly.

The Shapley value of every input under the model's own trees, where an input that is left out goes every way in
proportion to the training rows that went there (Lundberg et al., 2020, "path-dependent" TreeSHAP). They add up to the
raw score less the mean over the training rows. Each leaf is a game of its own: its value, times for each input on its
path 1 or 0 if the input is known (the value leads here or not), or the share of rows that came this way if it is not.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled
from stanch.scores.trees import Trees, unknown_goes_left

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_EVER: Final = np.inf


class Games(NamedTuple):
    """For each leaf its value, and ``start[l] : start[l + 1]`` its players: the inputs on its path.

    A player's value leads to the leaf if it lies in ``(low, high]``, or is unknown and ``unknown`` is 1; ``share`` of
    the training rows came this way at its splits. ``most`` is the largest number of players.
    """

    leaf: Floats
    start: Ints
    feature: Ints
    low: Floats
    high: Floats
    unknown: Ints
    share: Floats
    most: int


def games_of(trees: Trees) -> Games:
    """Lay the leaves of trees out as games."""
    players = [_players(trees, leaf) for leaf in range(len(trees.leaf))]
    flat = [(feature, *facts) for each in players for feature, facts in each.items()]
    table = np.array(flat, dtype=np.float64).reshape(-1, 5)
    start = np.cumsum([0, *map(len, players)], dtype=np.int64)
    whole = [np.ascontiguousarray(table[:, column]) for column in range(5)]
    return Games(
        trees.leaf, start, whole[0].astype(np.int64), whole[1], whole[2], whole[3].astype(np.int64), whole[4],
        max(map(len, players), default=0),
    )  # fmt: skip


def _players(trees: Trees, leaf: int) -> dict[int, tuple[float, float, float, float]]:
    """Return what each input on the path to a leaf must be: low, high, whether it may be unknown, and the share."""
    found: dict[int, tuple[float, float, float, float]] = {}
    for step in trees.path[trees.path_start[leaf] : trees.path_start[leaf + 1]].tolist():
        at, left = step >> 1, bool(step & 1)
        child = int(trees.left[at] if left else trees.right[at])
        came = float(trees.rows[child] if child >= 0 else trees.leaf_rows[~child])
        feature, threshold = int(trees.feature[at]), float(trees.threshold[at])
        low, high, unknown, share = found.get(feature, (-_EVER, _EVER, 1.0, 1.0))
        low, high = (low, min(high, threshold)) if left else (max(low, threshold), high)
        leads = unknown_goes_left(int(trees.missing[at]), threshold) == left
        found[feature] = (low, high, unknown * leads, share * came / float(trees.rows[at]))
    return found


@compiled
def contributions(games: Games, inputs: Floats) -> Floats:
    """Return what each input (k,) of one event added to its raw score."""
    out = np.zeros(inputs.shape[0])
    here = np.empty(games.most + 1, dtype=np.int64)
    terms = np.empty(games.most + 2)
    for leaf in range(games.leaf.shape[0]):
        first, last = games.start[leaf], games.start[leaf + 1]
        players = last - first
        leading = 0  # players whose value leads here, in ``here``
        others = 1.0  # the product of the shares of those whose value leads elsewhere
        for p in range(first, last):
            value = inputs[games.feature[p]]
            if (games.unknown[p] == 1) if np.isnan(value) else (games.low[p] < value <= games.high[p]):
                here[leading] = p
                leading += 1
            else:
                others *= games.share[p]
        whole = games.leaf[leaf] * others
        if leading < players:
            lost = whole * _weighed(games, here, terms, leading, -1, players)
            for p in range(first, last):
                value = inputs[games.feature[p]]
                if not ((games.unknown[p] == 1) if np.isnan(value) else (games.low[p] < value <= games.high[p])):
                    out[games.feature[p]] -= lost
        for without in range(leading):
            p = here[without]
            won = whole * _weighed(games, here, terms, leading, without, players)
            out[games.feature[p]] += (1.0 - games.share[p]) * won
    return out


@compiled
def _weighed(games: Games, here: Ints, terms: Floats, leading: int, without: int, players: int) -> float:
    """Return the mean, over all orders of the players, of the shares of those that come after the one left out."""
    terms[: leading + 1] = 0.0
    terms[0] = 1.0
    known = 0
    for each in range(leading):
        if each == without:
            continue
        share = games.share[here[each]]
        known += 1
        for k in range(known, 0, -1):
            terms[k] = terms[k] * share + terms[k - 1]
        terms[0] *= share
    total = 0.0
    weight = 1.0 / players  # k! (players - 1 - k)! / players!
    for k in range(known + 1):
        total += weight * terms[k]
        if k + 1 < players:
            weight *= (k + 1) / (players - 1 - k)
    return total
