"""What payers of a world say when they are asked to confirm a payment that we warned of."""

from __future__ import annotations

import pyarrow as pa

from stanch.lab.follow.agenda import Step
from stanch.lab.slices import row_table


def answer(line: Step, payer: str | None, *, heeded: bool) -> pa.Table:
    """Return the answer to a warning about a payment whose line this is; ``payer`` is the kind of its account."""
    source, event_id = line.event
    return row_table({
        "kind": "warning_answered", "source": source, "event_id": f"{event_id}/answer", "ref": event_id,
        "src": line.src, "src_kind": payer, "detail": "heeded" if heeded else "went_on",
        "happened_at": line.at, "known_at": line.at,
    })  # fmt: skip
