"""An act about the rules, as an event of ours: who, which version, why and when by that person's time."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stanch.engine.arrivals import CARRIED, CARRIED_TYPES, Arrivals
from stanch.engine.causes import Cause, notice
from stanch.engine.names import Names
from stanch.model.columns import INDEX, MATRIX
from stanch.store.rows import RuleActRow


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does about the rules; ``body`` is the text of rules that are new to the home."""

    kind: str
    version: str
    person: bytes
    at: int  #: UTC microseconds
    reason: str
    replaces: str
    proposer: bytes | None = None
    body: str = ""

    def event(self, stamp: int, names: Names) -> Cause:
        """Return the event that tells of it; ``as_of`` is the log's time, the other times are the person's."""
        told = notice(self.kind, stamp, names, self.version or None)
        words = np.frombuffer(self.person, dtype=np.uint64).reshape(1, 2)
        told.row[INDEX["src"]] = names.entities.codes(words, np.ones(1, dtype=np.bool_))[0]
        told.row[INDEX["src_kind"]] = names.words.code("employee")
        told.row[INDEX["happened_at"]] = told.row[INDEX["known_at"]] = self.at
        attrs = json.dumps({"reason": self.reason}, ensure_ascii=False) if self.reason else None
        return Cause(told.row, told.event_id, self.replaces, attrs)

    def row_at(self, seq: int) -> RuleActRow:
        """Return the row of the act, whose event stands at a place in the log."""
        return RuleActRow(seq, self.kind, self.version, self.person, self.at, self.reason, self.replaces, self.proposer)


def no_events() -> Arrivals:
    """Return a batch of none."""
    carried = {name: pa.nulls(0, CARRIED_TYPES[name]) for name in CARRIED}
    keys = np.zeros((0, 2), dtype=np.uint64)
    return Arrivals(np.zeros((0, len(MATRIX)), dtype=np.int64), carried, keys, keys[:, 0], keys[:, 0])
