"""What look-ups of a log went through beside the system: institution, channel, terminal and network address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.engine.names import Names
from stanch.graph.leaks.look_ups import Points
from stanch.model.columns import NULL

Ints = npt.NDArray[np.int64]

#: Columns of a look-up's event that say so, beside source and system, in the order in which they are read.
COLUMNS: Final = ("channel", "device", "address")


@dataclass(frozen=True, slots=True)
class PointNames:
    """Points of one kind, and the name of each code: words for channels and institutions, pseudonyms for the rest."""

    points: Points
    names: tuple[str, ...]


def shared_points(source: Ints, system: Ints, through: Ints, names: Names) -> tuple[PointNames, ...]:
    """Return the points of look-ups; ``through`` are (n, 3) codes of ``COLUMNS``, NULL where unsaid.

    A channel is one of its system: the same word elsewhere is another. An institution counts where it has several
    systems; with one, that system says it all.
    """

    def word(code: int) -> str:
        return names.words.word(code) or ""

    def pseudonym(code: int) -> str:
        return names.entities.pseudonym(code).hex()

    channel, device, address = through.T
    pairs = np.unique(np.column_stack([source, system]), axis=0)
    several = np.isin(source, [code for code in set(pairs[:, 0].tolist()) if (pairs[:, 0] == code).sum() > 1])
    triples = np.column_stack([source, system, channel])
    found = (
        _named("institution", several, source[:, None], lambda row: word(row[0])),
        _named("channel", channel != NULL, triples, lambda row: " ".join(map(word, row))),
        _named("device", device != NULL, device[:, None], lambda row: f"device:{pseudonym(row[0])}"),
        _named("address", address != NULL, address[:, None], lambda row: f"address:{pseudonym(row[0])}"),
    )  # fmt: skip
    return tuple(each for each in found if each.names)


def _named(kind: str, told: npt.NDArray[np.bool_], rows: Ints, name: Callable[[list[int]], str]) -> PointNames:
    """Return points of rows of codes that are told, and their names."""
    code = np.full(len(rows), NULL, np.int64)
    values, at = np.unique(rows[told], axis=0, return_inverse=True)
    code[told] = at.reshape(-1)
    return PointNames(Points(kind, code), tuple(name(row) for row in values.tolist()))
