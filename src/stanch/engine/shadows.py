"""Shadows: what rules on trial would have decided, as the log keeps it apart from what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.engine.line import Outcome
from stanch.model.decisions import Decision
from stanch.store.rows import ShadowRow

Ints = npt.NDArray[np.int64]

#: The hash of rules on trial, and what they decided by the rows of a batch.
Tried = tuple[str, Mapping[int, Decision]]

_encoder: Final = msgspec.msgpack.Encoder()


def shadow_rows(version: str, tried_on: Mapping[int, Decision], outcome: Outcome, seqs: Ints) -> Iterator[ShadowRow]:
    """Yield what rules on trial said on the events of a batch where they or the rules in force found something.

    ``seqs`` are the places of the batch's events in the log.
    """
    for row in sorted({*tried_on, *outcome.decisions}):
        tried, live = tried_on.get(row), outcome.decisions.get(row)
        yield ShadowRow(
            version, int(seqs[row]), _action(tried), _action(live), b"" if tried is None else _encoder.encode(tried)
        )


def _action(decision: Decision | None) -> str:
    return "allow" if decision is None else decision.action
