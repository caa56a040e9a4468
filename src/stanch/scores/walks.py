"""The raw score of trees without walking them: every split that a value exceeds rules out the leaves to its left.

QuickScorer (Lucchese et al., 2015): the splits of one input stand in order of their thresholds, so only those that the
value exceeds are looked at; what is left of a tree's leaves is one word of bits, whose lowest one is the leaf. The sums
are LightGBM's own, in the same order: raw scores are equal to the last bit.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled
from stanch.model.errors import ConfigError
from stanch.scores.trees import Trees, unknown_goes_left

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

#: One word of bits holds so many leaves.
MOST_LEAVES: Final = 64


class Cuts(NamedTuple):
    """Splits by input, thresholds rising: ``start[f] : start[f + 1]`` are those of input f.

    ``keeps`` are the leaves of the split's tree that stay when a value exceeds the threshold. ``unknown_*`` are, in the
    same form, the splits at which an unknown value goes right. ``first`` (trees + 1,): first leaf of each tree.
    """

    start: Ints
    threshold: Floats
    tree: Ints
    keeps: Words
    unknown_start: Ints
    unknown_tree: Ints
    unknown_keeps: Words
    first: Ints
    leaf: Floats


def cuts_of(trees: Trees, inputs: int) -> Cuts:
    """Lay the splits of trees out by input. Raises ConfigError where a tree has too many leaves."""
    tree = np.zeros(len(trees.feature), dtype=np.int64)
    keeps = np.zeros(len(trees.feature), dtype=np.uint64)
    leaf: list[float] = []
    first = [0]
    for number, root in enumerate(trees.roots.tolist()):
        leaves = _in_order(trees, root)
        if len(leaves) > MOST_LEAVES:
            raise ConfigError(f"a tree of the model has {len(leaves)} leaves; at most {MOST_LEAVES} are served")
        _rule_out(trees, root, {each: at for at, each in enumerate(leaves)}, (tree, keeps, number))
        leaf += trees.leaf[leaves].tolist()
        first.append(len(leaf))
    order = np.lexsort((trees.threshold, trees.feature))
    right = order[[not unknown_goes_left(int(trees.missing[at]), float(trees.threshold[at])) for at in order]]
    edges = np.arange(inputs + 1)
    return Cuts(
        np.searchsorted(trees.feature[order], edges), trees.threshold[order], tree[order], keeps[order],
        np.searchsorted(trees.feature[right], edges), tree[right], keeps[right],
        np.array(first, dtype=np.int64), np.array(leaf),
    )  # fmt: skip


@compiled
def margins(cuts: Cuts, inputs: Floats) -> Floats:
    """Return the raw scores (n,) of inputs (n, k), NaN for what is not known: log odds before calibration."""
    trees = cuts.first.shape[0] - 1
    out = np.zeros(inputs.shape[0])
    left = np.empty(trees, dtype=np.uint64)
    for r in range(inputs.shape[0]):
        left[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for f in range(inputs.shape[1]):
            value = inputs[r, f]
            if np.isnan(value):
                for c in range(cuts.unknown_start[f], cuts.unknown_start[f + 1]):
                    left[cuts.unknown_tree[c]] &= cuts.unknown_keeps[c]
            else:
                for c in range(cuts.start[f], cuts.start[f + 1]):
                    if value <= cuts.threshold[c]:
                        break
                    left[cuts.tree[c]] &= cuts.keeps[c]
        total = 0.0
        for t in range(trees):
            bits = left[t]
            total += cuts.leaf[cuts.first[t] + _lowest(bits)]
        out[r] = total
    return out


@compiled
def _lowest(bits: int) -> int:
    """Return the place of the lowest one in a word of bits (de Bruijn, 64 bits)."""
    word = np.uint64(bits)
    return int(_PLACES[((word & (~word + np.uint64(1))) * _DE_BRUIJN) >> np.uint64(58)])


_DE_BRUIJN: Final = np.uint64(0x03F79D71B4CB0A89)
_PLACES: Final = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _PLACES[((1 << _bit) * 0x03F79D71B4CB0A89 % (1 << 64)) >> 58] = _bit


def _in_order(trees: Trees, root: int) -> list[int]:
    """Return the leaves of one tree from left to right."""
    found, waiting = [], [root]
    while waiting:
        at = waiting.pop()
        if at < 0:
            found.append(~at)
        else:
            waiting += [int(trees.right[at]), int(trees.left[at])]
    return found


def _rule_out(trees: Trees, root: int, place: dict[int, int], out: tuple[Ints, Words, int]) -> None:
    """Write, for each split of one tree, the leaves that stay when a value exceeds its threshold."""
    tree, keeps, number = out
    waiting = [root] if root >= 0 else []
    while waiting:
        at = waiting.pop()
        gone = sum(1 << place[leaf] for leaf in _in_order(trees, int(trees.left[at])))
        tree[at], keeps[at] = number, np.uint64((1 << MOST_LEAVES) - 1 - gone)
        waiting += [child for child in (int(trees.left[at]), int(trees.right[at])) if child >= 0]
