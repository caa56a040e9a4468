"""Payments freed before their time, as the log keeps them and as their senders hear of it."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.decide.lifting import Lifted
from stanch.engine.line import Line, Outcome
from stanch.model.columns import INDEX
from stanch.store.rows import OutboxRow

Ints = npt.NDArray[np.int64]

_REASON = "what the delay rested on was withdrawn or cleared"


def state_of(outcome: Outcome, lifted: Lifted) -> str:
    """Return the state of the measure: released, or active until the payer's cooling-off is over."""
    return "released" if lifted.hold.until <= _moment(outcome, lifted) else "active"


def lifted_messages(line: Line, outcome: Outcome, seqs: Ints) -> list[OutboxRow]:
    """Return what senders of payments are told: a release helps nobody who does not hear of it."""
    rows = []
    for each in outcome.lifted:
        body: dict[str, object] = {
            "event_id": each.hold.ref, "source": line.names.words.word(each.hold.source),
            "action": "allow" if state_of(outcome, each) == "released" else "confirm", "steps": (), "proposed": (),
            "until": each.hold.until, "score": 0.0, "reason": _REASON,
        }  # fmt: skip
        text, now = msgspec.json.encode(body).decode(), _moment(outcome, each)
        rows.append(OutboxRow(f"o{each.hold.placed_at}-lifted", int(seqs[each.row]), "decision", text, now))
    return rows


def _moment(outcome: Outcome, lifted: Lifted) -> int:
    return int(outcome.arrivals.rows[lifted.row, INDEX["as_of"]])
