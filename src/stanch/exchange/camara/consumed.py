"""What other operators answer, as events of our log: a change of SIM or of hands becomes known here too."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

import msgspec

from stanch.exchange.camara import shapes
from stanch.exchange.camara.operations import read_answer
from stanch.model.errors import InputError
from stanch.model.events import micros
from stanch.model.time import to_datetime

Row = dict[str, object]


class Consumed(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One answer as it was noted: the operation, the number and moment of the question, and what came back."""

    operation: str
    phone_number: shapes.Phone
    correlator: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    asked_at: shapes.Zoned
    answer: msgspec.Raw
    status: int = 200


_SIM: Final = "sim-swap/retrieve-date"
_HANDS: Final = "number-recycling/check"


def read_consumed(line: bytes, source: str) -> list[Row]:
    """Return the events that a noted answer states, from a line of NDJSON. Raises InputError, without the number."""
    try:
        noted = msgspec.json.decode(line, type=Consumed)
    except msgspec.ValidationError as error:
        raise InputError(f"not an answer as it is noted: {error}; see docs/telecom.md") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError("no JSON object; write one answer a line") from None
    answer = read_answer(noted.operation, noted.status, bytes(noted.answer))
    return events_of(noted.operation, answer, noted.phone_number, (source, noted.correlator, micros(noted.asked_at)))


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
