"""Why a model said what it said: how much each input moved one score, exactly.

The Shapley value of every input under the model's own trees, where an input that is left out goes every way in
proportion to the training rows that went there (Lundberg et al., 2020, "path-dependent" TreeSHAP). They add up to the
raw score less the mean over the training rows. Each leaf is a game of its own: its value, times for each input on its
path 1 or 0 if the input is known (the value leads here or not), or the share of rows that came this way if it is not.
"""

from __future__ import annotations

from math import factorial
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
    the training rows came this way at its splits. ``most`` is the largest number of players, ``weights`` what the
    orders of players weigh.
    """

    leaf: Floats
    start: Ints
    feature: Ints
    low: Floats
    high: Floats
    unknown: Ints
    share: Floats
    most: int
    weights: Floats


def games_of(trees: Trees) -> Games:
    """Lay the leaves of trees out as games."""
    players = [_players(trees, leaf) for leaf in range(len(trees.leaf))]
    flat = [(feature, *facts) for each in players for feature, facts in each.items()]
    table = np.array(flat, dtype=np.float64).reshape(-1, 5)
    most = max(map(len, players), default=0)
    start = np.cumsum([0, *map(len, players)], dtype=np.int64)
    whole = [np.ascontiguousarray(table[:, column]) for column in range(5)]
    return Games(
        trees.leaf, start, whole[0].astype(np.int64), whole[1], whole[2], whole[3].astype(np.int64), whole[4],
        most, _weights(most),
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
    """Return what each input (k,) of one event added to its raw score.

    Over all orders of the players, the mean product of those that come after is a sum over a polynomial whose factors
    are ``share + x``, one a player whose value leads to the leaf; without one player it is that polynomial divided.
    """
    out = np.zeros(inputs.shape[0])
    leads = np.empty(games.most, dtype=np.bool_)
    terms = np.empty(games.most + 1)
    for leaf in range(games.leaf.shape[0]):
        first = games.start[leaf]
        players = games.start[leaf + 1] - first
        leading = 0
        others = games.leaf[leaf]  # times the shares of those whose value leads elsewhere
        terms[0] = 1.0
        for p in range(players):
            value, share = inputs[games.feature[first + p]], games.share[first + p]
            if np.isnan(value):
                leads[p] = games.unknown[first + p] == 1
            else:
                leads[p] = games.low[first + p] < value <= games.high[first + p]
            if leads[p]:
                leading += 1
                terms[leading] = 1.0
                for k in range(leading - 1, 0, -1):
                    terms[k] = terms[k] * share + terms[k - 1]
                terms[0] *= share
            else:
                others *= share
        weights = games.weights[players]
        lost = 0.0
        if leading < players:
            for k in range(leading + 1):
                lost += weights[k] * terms[k]
        for p in range(players):
            share = games.share[first + p]
            if leads[p]:
                won, quotient = 0.0, 0.0
                for k in range(leading - 1, -1, -1):
                    quotient = terms[k + 1] - share * quotient
                    won += weights[k] * quotient
                out[games.feature[first + p]] += others * (1.0 - share) * won
            else:
                out[games.feature[first + p]] -= others * lost
    return out


def _weights(most: int) -> Floats:
    """Return k! (players - 1 - k)! / players! by players and k: how often just k players come before one."""
    table = np.zeros((most + 1, most + 1))
    for players in range(1, most + 1):
        for k in range(players):
            table[players, k] = factorial(k) * factorial(players - 1 - k) / factorial(players)
    return table
