"""What other operators answer, as events of our log: a change of SIM or of hands becomes known here too."""

from __future__ import annotations

import datetime as dt
from typing import Final

from stanch.exchange.camara import shapes
from stanch.model.time import to_datetime

Row = dict[str, object]

_SIM: Final = "sim-swap/retrieve-date"
_HANDS: Final = "number-recycling/check"
_TOPIC: Final = "org.camaraproject.sim-swap-subscriptions"


def events_of(path: str, answer: object, number: str, asked: tuple[str, str, int]) -> list[Row]:
    """Return the clear events that an answer about a number states; most answers state none.

    ``asked`` is the operator's source name, the correlator of the request, and when we asked (UTC microseconds). The
    correlator becomes the event id, so that the same answer is one event. A number that changed hands did so at an
    unknown moment: it counts from when we learned of it.
    """
    source, correlator, at = asked
    base: Row = {
        "source": source,
        "event_id": f"{path}:{correlator}",
        "dst": f"card:{number}",
        "known_at": to_datetime(at),
    }
    if path == _SIM and isinstance(answer, shapes.SimDate) and answer.latest_sim_change is not None:
        when = answer.latest_sim_change.astimezone(dt.UTC)
        return [{**base, "kind": "sim_swapped", "src": f"outlet:{source}-unnamed", "happened_at": when}]
    if path == _HANDS and isinstance(answer, shapes.Recycled) and answer.phone_number_recycled:
        return [{**base, "kind": "number_recycled", "happened_at": to_datetime(at)}]
    return []
