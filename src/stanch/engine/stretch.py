"""Stretches: the commits of a log joined, so that what is read back is made for many rows at once.

A log of small commits has thousands; only the columns that an answer shows are decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.because import with_because
from stanch.engine.names import OURSELVES, Names
from stanch.engine.restart import decisions_of
from stanch.engine.rules import read_rules
from stanch.model.columns import NULL
from stanch.model.decisions import Decision
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.typologies.catalogue import Catalogue

Ints = npt.NDArray[np.int64]

#: Fewest rows of a stretch, but for the last one.
_ROWS: Final = 65_536
_NUMBERS: Final = ("seq", "as_of", "source", "kind")


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision on the row of a stretch, and the sentences of the rules that it rests on."""

    row: int
    decision: Decision
    catalogue: Catalogue

    def reasons(self, language: str) -> list[str]:
        """Return the sentences of its findings."""
        return [self.reason(number, language) for number in range(len(self.decision.findings))]

    def reason(self, number: int, language: str) -> str:
        """Return the sentence of one finding."""
        finding = self.decision.findings[number]
        currency = finding.values.get("currency")
        sentence = self.catalogue.get(finding.typology).reason[language]
        said = sentence.render(finding.values, language, None if currency is None else str(currency))
        return with_because(said, finding, language)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of commits that follow each other, with the decisions on them in order, and the names to read them with."""

    numbers: dict[str, Ints]  #: seq, as_of, and the codes of source and kind
    ids: pa.Array
    answered: Sequence[Answered]
    names: Names

    def sent(self) -> Ints:
        """Return the rows that senders reported; the others we wrote ourselves."""
        return np.flatnonzero(self.numbers["source"] != self.names.words.code(OURSELVES))

    def words(self, column: str, rows: Ints) -> pa.Array:
        """Return the words of a column on some rows."""
        codes = self.numbers[column][rows]
        return pa.array(self.names.words.since(0), pa.string()).take(pa.array(codes, mask=codes == NULL))


def read_stretches(records: Records) -> Iterator[Stretch]:
    """Yield a log in order, many commits at once; what comes meanwhile is left for another time."""
    names, end = Names(), records.last_seq()
    catalogues = {row.hash: read_rules(row.body).catalogue for row in records.policies()}
    held: list[LogBlock] = []
    count = 0
    for block in records.blocks(columns=(*_NUMBERS, "event_id"), until=end):
        held.append(block)
        count += block.block.events
        if count >= _ROWS:
            yield _joined(held, names, catalogues)
            held, count = [], 0
    if held:
        yield _joined(held, names, catalogues)


def _joined(commits: Sequence[LogBlock], names: Names, catalogues: dict[str, Catalogue]) -> Stretch:
    blocks = [commit.block for commit in commits]
    names.load(np.concatenate([block.new_entities for block in blocks]), [w for b in blocks for w in b.new_symbols])
    numbers = {name: np.concatenate([block.columns[name] for block in blocks]) for name in _NUMBERS}
    ids = pa.concat_arrays([block.columns["event_id"] for block in blocks])
    starts = np.cumsum([0, *(block.events for block in blocks)]).tolist()
    answered = [
        Answered(start + decision.row, decision, catalogues[commit.policy])
        for start, commit in zip(starts, commits, strict=False)
        for decision in decisions_of(commit)
    ]
    return Stretch(numbers, ids, answered, names)
