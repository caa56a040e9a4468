"""One call record -> what it states: a call that started and ended, a message, a forwarding, a card in a device.

Source: 3GPP TS 32.298 (record types and fields of the circuit-switched domain), TS 32.250 (partial records).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from stanch.intake.readers.call_legs import Legs
from stanch.intake.readers.call_times import Times, span_of
from stanch.model.errors import InputError
from stanch.model.time import SECOND

__all__ = ["NEEDED", "TIMES", "Row", "Times", "rows_of"]

Record = Mapping[str, str]
Row = dict[str, str | int]

#: Columns without which no record can be read.
NEEDED: Final = ("recordType", "servedMSISDN")
#: Times of a record, and the column of each.
TIMES: Final = {
    "seizure": "seizureTime", "answer": "answerTime", "release": "releaseTime", "event": "eventTimeStamp",
}  # fmt: skip

#: causeForTerm of a record that is not the last of its call, by number and by name.
_PARTIAL: Final = ("1", "2", "partialRecord", "partialRecordCallReestablishment")
#: ssAction that leaves calls forwarded, ssAction that ends it, and what a forwarding service is called.
_SETS: Final = ("registration", "activation")
_ENDS: Final = ("erasure", "deactivation")
_FORWARDING: Final = ("CFU", "CFB", "CFNRY", "CFNRC")
_ID_BYTES: Final = 12


def rows_of(record: Record, times: Times, legs: Legs) -> list[Row]:
    """Return what a record states. Raises InputError saying what is wrong with it."""
    kind = _needed(record, "recordType", "it says what the record is about")
    read = _READ.get(kind.upper())
    if read is None:
        raise InputError(f"unknown recordType {kind[:32]!r}; known: {', '.join(_READ)}")
    served = _needed(record, "servedMSISDN", "it is the subscriber whom the record is about")
    rows = [*read(record, served, times, legs)]
    digest = hashlib.blake2b(msgspec.json.encode(dict(sorted(record.items()))), digest_size=_ID_BYTES).hexdigest()
    device = record.get("servedIMEI")
    if device is not None and legs.moved(served, device):
        first = rows[0]
        where = {"place": record["location"]} if "location" in record else {}
        attached: Row = {
            "kind": "card_attached", "src": _card(served), "dst": f"device:{device}", "leg": "first",
            "happened_at": first["happened_at"], "known_at": first["known_at"], **where,
        }  # fmt: skip
        rows.append(attached)
    return [{**row, "event_id": f"record-{digest}-{row['kind']}"} for row in rows]


def _originating(record: Record, served: str, times: Times, legs: Legs) -> list[Row]:
    called = _needed(record, "calledNumber", "it says who was called")
    legs.originating(record.get("networkCallReference"))
    if "redirectingNumber" in record:  # the served subscriber forwards: somebody else called
        caller = _needed(record, "callingNumber", "of a forwarded call it says who called")
        return _call(record, times, legs, {"src": caller, "dst": called, "channel": "voice", "detail": "forwarded"})
    seen = {
        name: record[column] for name, column in (("device", "servedIMEI"), ("place", "location")) if column in record
    }
    return _call(record, times, legs, {"src": served, "dst": called, "channel": "voice", **seen})


def _terminating(record: Record, served: str, times: Times, legs: Legs) -> list[Row]:
    caller = _needed(record, "callingNumber", "nothing says who called")
    trunk = record.get("mscIncomingTKGP")
    second = legs.second_leg(record.get("networkCallReference"), trunk)
    about: Row = {"src": caller, "dst": served, "channel": "voice" if second or trunk is None else trunk}
    if "redirectingNumber" in record:
        about["detail"] = "forwarded"
    return _call(record, times, legs, about, leg="second" if second else "first")


def _call(record: Record, times: Times, legs: Legs, about: Row, leg: str = "first") -> list[Row]:
    span = span_of(times, record.get("callDuration"))
    reference = record.get("callReference", record.get("networkCallReference"))
    key = None if reference is None else (f"{record['recordType']} {record['servedMSISDN']}", reference)
    if record.get("causeForTerm") in _PARTIAL:
        if key is None:
            raise InputError("a partial record without callReference or networkCallReference; nothing joins its parts")
        legs.part(key, span)
        return [_row("call_ended", about, span.begin, span.end, duration=span.spoken, leg="part")]
    whole = legs.whole(key, span)
    return [
        _row("call_started", about, whole.begin, whole.end, leg=leg),
        _row("call_ended", about, whole.end, whole.end, duration=whole.spoken, leg=leg),
    ]


def _sent(record: Record, served: str, times: Times, legs: Legs) -> list[Row]:
    at = _moment(times)
    seen = {
        name: record[column] for name, column in (("device", "servedIMEI"), ("place", "location")) if column in record
    }
    called = _needed(record, "calledNumber", "it says to whom the message went")
    return [_row("sms", {"src": served, "dst": called, **seen}, at, at, leg="first")]


def _delivered(record: Record, served: str, times: Times, legs: Legs) -> list[Row]:
    at = _moment(times)
    sender = _needed(record, "callingNumber", "nothing says who sent the message")
    second = legs.second_message(sender, record.get("serviceCentre"))
    return [_row("sms", {"src": sender, "dst": served}, at, at, leg="second" if second else "first")]


def _service(record: Record, served: str, times: Times, legs: Legs) -> list[Row]:
    service = _needed(record, "supplService", "it says which service was changed")
    if service.upper() not in _FORWARDING:
        raise InputError(f"supplService {service[:32]!r} is no forwarding; read are {', '.join(_FORWARDING)}")
    action = _needed(record, "ssAction", "it says what was done")
    at = _moment(times)
    if action.lower() in _ENDS:
        ended: Row = {
            "kind": "unlisted",
            "dst": _card(served),
            "detail": f"forwarding_{service.lower()}",
            "leg": "first",
        }
        return [{**ended, "happened_at": at * SECOND, "known_at": at * SECOND}]
    if action.lower() not in _SETS:
        raise InputError(f"unknown ssAction {action[:32]!r}; known: {', '.join((*_SETS, *_ENDS))}")
    to = _needed(record, "forwardedToNumber", "it says where calls go")
    return [_row("forwarding_set", {"src": served, "dst": to, "detail": service.upper()}, at, at, leg="first")]


def _row(kind: str, about: Row, at: int, known: int, **more: str | int) -> Row:
    cards = {"src": _card(str(about["src"])), "dst": _card(str(about["dst"]))}
    return {"kind": kind, **about, **cards, "happened_at": at * SECOND, "known_at": known * SECOND, **more}


def _card(number: str) -> str:
    return f"card:{number}"


def _moment(times: Times) -> int:
    at = times.event if times.event is not None else times.seizure
    if at is None:
        raise InputError("eventTimeStamp and seizureTime are empty or unreadable; one of them says when it happened")
    return at


def _needed(record: Record, column: str, why: str) -> str:
    value = record.get(column)
    if value is None:
        raise InputError(f"{column} is empty; {why}")
    return value


_READ: Final[dict[str, Callable[[Record, str, Times, Legs], list[Row]]]] = {
    "MOC": _originating, "MTC": _terminating, "SMS-MO": _sent, "SMS-MT": _delivered, "SS-ACTION": _service,
}  # fmt: skip
