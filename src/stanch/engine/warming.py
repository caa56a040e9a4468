"""Warming: the line's compiled code and tables are loaded before the first event waits for them."""

from __future__ import annotations

import pyarrow as pa

from stanch.engine.accept import Door
from stanch.engine.arrivals import arrivals
from stanch.engine.line import step
from stanch.engine.names import Names
from stanch.engine.restart import ceiling_of, clock_of
from stanch.engine.rules import Rules
from stanch.engine.ticks import next_end
from stanch.engine.wiring import make_line
from stanch.model.columns import INDEX
from stanch.model.schema import TAKEN_SCHEMA
from stanch.store.blocks import decode_block, encode_rows
from stanch.store.idempotency import Known
from stanch.text.contacts import find_all_contacts
from stanch.text.folding import folding
from stanch.text.normal import normalise_all
from stanch.text.scoring import Scorer

_SECRET = bytes(16)
_TEXT = "转账 to 13800000000"


def warm(rules: Rules, scorer: Scorer) -> None:
    """Decide on made-up events in a line of their own, that is then thrown away. Nothing is saved.

    The tables with which texts are read take most of a second to make: one is read here, so that no event waits for it.
    """
    find_all_contacts([_TEXT])
    scorer.scores([_TEXT])
    normalise_all([_TEXT])
    names = Names()
    line = make_line(rules, names)
    door = Door(Known(), clock_of(rules, names), ceiling_of(line))
    for at in range(2):
        arrived = arrivals(_transfers(at), names, _SECRET)
        for stamped in door.batches(door.admit(arrived, 0), 64, lambda: next_end(line)):
            rows = step(line, stamped.batch).arrivals.rows
            rows[:, INDEX["seq"]] = range(len(rows))
            decode_block(encode_rows(rows, {"event_id": stamped.batch.carried["event_id"]}, *names.unsaved()))
    door.known.find(arrived.keys)
    folding()  # of texts and of the names of staff


def _transfers(at: int) -> pa.Table:
    base = {"source": "warming", "kind": "transfer", "src_kind": "account", "dst_kind": "account", "currency": "CNY"}
    moment = {"happened_at": 1 + at, "known_at": 1 + at, "hour": 0, "amount": 1}
    rows = [
        {**base, **moment, "event_id": f"{at}-{number}", "src": bytes([1] * 16), "dst": bytes([2 + number] * 16)}
        for number in range(2)
    ]
    return pa.Table.from_pylist(rows, schema=TAKEN_SCHEMA)
