"""The rows of a table that the closed loop must look at, and where the table is cut so that it can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.lab.flows import Money
from stanch.lab.follow.agenda import INSTRUCTIONS, JUSTICE, LINES, STATEMENTS, Step

_KINDS: Final = pa.array(INSTRUCTIONS + LINES + STATEMENTS + JUSTICE)
#: Innocent payments below this are too many to be told one by one; a delay of one can come after its settlement.
#: Minor units.
SMALL: Final = 100_000

_READ: Final = ("kind", "source", "event_id", "ref", "known_at", "src", "dst", "amount")


@dataclass(frozen=True, slots=True)
class Watched:
    """Rows about money in a table of ``rows`` events: their ``places`` in order, and one step each."""

    rows: int
    places: list[int]
    steps: list[Step]
    money: Money

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Yield from where to where the table can be decided on at once.

        A piece begins wherever victims' money is asked for or settled, and after each report. No piece holds both an
        instruction of at least ``SMALL`` and what became of it: else it would be told as settled before it could be
        delayed.
        """
        cuts, asked = [0], dict[tuple[str, str], int]()
        for place, step in zip(self.places, self.steps, strict=True):
            if step.states:
                continue
            if step.justice:
                cuts.append(place + 1)
                continue
            if step.event in self.money or (step.line and asked.get(step.event, -1) >= cuts[-1]):
                cuts.append(place)
            if not step.line and step.amount >= SMALL:
                asked[step.event] = place
        return pairwise(dict.fromkeys([*cuts, self.rows]))


def watched(table: pa.Table, money: Money) -> Watched:
    """Return the rows of a table in ``TAKEN_SCHEMA`` that are about money."""
    places = np.flatnonzero(pc.is_in(pc.cast(table["kind"], pa.string()), value_set=_KINDS).to_numpy())
    found = table.select(_READ).take(pa.array(places))
    columns = {name: found[name].to_pylist() for name in _READ if name != "known_at"}
    columns["known_at"] = found["known_at"].cast(pa.int64()).to_pylist()
    return Watched(table.num_rows, places.tolist(), list(_steps(columns)), money)


def _steps(columns: dict[str, list[object]]) -> Iterator[Step]:
    for kind, source, event_id, ref, src, dst, amount, at in zip(
        *(columns[name] for name in ("kind", "source", "event_id", "ref", "src", "dst", "amount", "known_at")),
        strict=True,
    ):
        about = ref if kind in LINES else event_id
        yield Step(str(kind), (str(source), str(about)), _number(at), _bytes(src), _bytes(dst), _number(amount))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None
