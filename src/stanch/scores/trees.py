"""Trees of a gradient-boosted model as plain arrays, read from LightGBM's text form; a line needs no LightGBM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Bits of a split in LightGBM's text: by category, missing values go left; then what counts as missing.
_CATEGORY: Final = 1
_DEFAULT_LEFT: Final = 2
_KIND_OF_MISSING: Final = 2  # bits to shift
_ZERO, _NAN = 1, 2


class Trees(NamedTuple):
    """All splits and leaves of all trees, laid end to end.

    ``roots`` (trees,): first split, or ``~leaf`` where a tree is one leaf. A child below 0 is ``~leaf``. ``rows`` and
    ``leaf_rows`` are how many training rows came by. ``path_start[l] : path_start[l + 1]`` are the steps to leaf l:
    twice the split, plus 1 where it goes left.
    """

    roots: Ints
    feature: Ints
    threshold: Floats
    missing: Ints  # bit 1: missing goes left; from bit 2 on: 0 nothing is missing, 1 zero is, 2 NaN is
    left: Ints
    right: Ints
    rows: Floats
    leaf: Floats
    leaf_rows: Floats
    path_start: Ints
    path: Ints


def parse_trees(text: str) -> Trees:
    """Read a model in LightGBM's text form. Raises ConfigError for what is not such a model, or is of another kind."""
    head, *parts = text.split("\nTree=")
    facts = dict(_pairs(head))
    if not head.startswith("tree\n") or not parts:
        raise ConfigError("not a LightGBM model in text form; train one with: stanch train")
    if facts.get("num_class") != "1" or not facts.get("objective", "").startswith("binary") or "average_output" in head:
        raise ConfigError("only boosted models of yes or no are served; train one with: stanch train")
    joined = _Joined()
    for part in parts:
        joined.add(dict(_pairs(part.split("\nend of trees")[0])))
    return joined.trees()


def unknown_goes_left(missing: int, threshold: float) -> bool:
    """Whether a value that is not known goes left at a split; where none was unknown in training it counts as 0."""
    return bool(missing & _DEFAULT_LEFT) if missing >> _KIND_OF_MISSING == _NAN else threshold >= 0.0


class _Joined:
    """Collects trees, one after the other."""

    def __init__(self) -> None:
        self._roots: list[int] = []
        self._splits: list[list[float]] = []  # feature, missing, left, right, rows
        self._thresholds: list[float] = []
        self._leaves: list[tuple[float, float]] = []
        self._paths: list[list[int]] = []

    def add(self, facts: Mapping[str, str]) -> None:
        """Take one tree in, as its facts by name."""
        try:
            if int(facts["num_cat"]) or facts.get("is_linear", "0") != "0":
                raise ConfigError("trees that split by category or end in linear leaves are not served")
            self._add(facts)
        except (KeyError, ValueError) as error:
            raise ConfigError(f"a tree of the model cannot be read: {error}; train it again") from None

    def _add(self, facts: Mapping[str, str]) -> None:
        splits, leaves = len(self._thresholds), len(self._leaves)
        values = _floats(facts["leaf_value"])
        counts = _floats(facts["leaf_count"]) if len(values) > 1 else [0.0]
        self._leaves += zip(values, counts, strict=True)
        self._roots.append(splits if len(values) > 1 else ~leaves)
        if len(values) == 1:
            self._paths.append([])
            return
        left, right = (
            [_child(int(word), splits, leaves) for word in facts[name].split()]
            for name in ("left_child", "right_child")
        )
        kinds = [int(word) for word in facts["decision_type"].split()]
        if any(kind & _CATEGORY for kind in kinds):
            raise ConfigError("trees that split by category are not served")
        if any(kind >> _KIND_OF_MISSING == _ZERO for kind in kinds):
            raise ConfigError("trees for which zero is missing are not served")
        self._thresholds += _floats(facts["threshold"])
        columns = (
            [int(word) for word in facts["split_feature"].split()],
            kinds,
            left,
            right,
            _floats(facts["internal_count"]),
        )
        self._splits += [list(each) for each in zip(*columns, strict=True)]
        self._paths += _paths(splits, left, right, len(values), leaves)

    def trees(self) -> Trees:
        """Return everything collected."""
        splits = np.array(self._splits, dtype=np.float64).reshape(-1, 5)
        feature, missing, left, right = (splits[:, c].astype(np.int64) for c in range(4))
        starts = np.cumsum([0, *(len(path) for path in self._paths)], dtype=np.int64)
        steps = np.array([step for path in self._paths for step in path], dtype=np.int64)
        return Trees(
            np.array(self._roots, dtype=np.int64), feature, np.array(self._thresholds, dtype=np.float64), missing,
            left, right, np.ascontiguousarray(splits[:, 4]), np.array([value for value, _ in self._leaves]),
            np.array([count for _, count in self._leaves]), starts, steps,
        )  # fmt: skip


def _paths(first: int, left: list[int], right: list[int], leaves: int, first_leaf: int) -> list[list[int]]:
    """Return the steps to each leaf of one tree: twice the split, plus 1 where it goes left."""
    found: list[list[int]] = [[] for _ in range(leaves)]
    waiting: list[tuple[int, list[int]]] = [(first, [])]
    while waiting:
        at, path = waiting.pop()
        if at < 0:
            found[~at - first_leaf] = path
            continue
        waiting.append((left[at - first], [*path, 2 * at + 1]))
        waiting.append((right[at - first], [*path, 2 * at]))
    return found


def _child(child: int, splits: int, leaves: int) -> int:
    return child + splits if child >= 0 else ~(~child + leaves)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name, value


def _floats(words: str) -> list[float]:
    return [float(word) for word in words.split()]
