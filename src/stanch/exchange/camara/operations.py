"""The operations: for each path what is asked and answered, and how bodies are read on both sides.

A body that breaks its shape is answered as the specifications say: 400 INVALID_ARGUMENT, 400 OUT_OF_RANGE for numbers,
422 MISSING_IDENTIFIER and UNNECESSARY_IDENTIFIER where body and access token do not fit. Messages never repeat a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import UNSET

from stanch.exchange.camara import shapes
from stanch.exchange.camara.kyc import KycResult
from stanch.exchange.camara.shapes import ErrorInfo, Request
from stanch.model.errors import InputError
from stanch.model.events import shown

_OUT_OF_RANGE: Final = re.compile(r"Expected `(?:int|float)` (?:>=|<=)")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_WRONG_WORD: Final = "Invalid enum value"
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """What a path takes and gives; ``asks`` is None where there is no body."""

    asks: type[Request] | None
    gives: Any  # a msgspec type: a struct, or a list of words


OPERATIONS: Final[dict[str, Operation]] = {
    "sim-swap/check": Operation(shapes.SwapCheck, shapes.Swapped),
    "sim-swap/retrieve-date": Operation(shapes.OfNumber, shapes.SimDate),
    "device-swap/check": Operation(shapes.SwapCheck, shapes.Swapped),
    "device-swap/retrieve-date": Operation(shapes.OfNumber, shapes.DeviceDate),
    "call-forwarding-signal/unconditional-call-forwardings": Operation(shapes.OfNumber, shapes.Unconditional),
    "call-forwarding-signal/call-forwardings": Operation(shapes.OfNumber, list[shapes.Forwarding]),
    "number-recycling/check": Operation(shapes.RecyclingCheck, shapes.Recycled),
    "kyc-tenure/check-tenure": Operation(shapes.TenureCheck, shapes.Tenure),
    "kyc-match/match": Operation(shapes.KycMatch, KycResult),
    "number-verification/verify": Operation(shapes.NumberVerify, shapes.Verified),
    "number-verification/device-phone-number": Operation(None, shapes.Shared),
    "iot-sim-fraud-prevention/bind": Operation(shapes.IotBind, shapes.Bound),
    "iot-sim-fraud-prevention/unbind": Operation(shapes.IotUnbind, shapes.Unbound),
    "iot-sim-fraud-prevention/query": Operation(shapes.IotQuery, shapes.IotState),
}

#: The version of each API that is served, as it stands in its address.
VERSIONS: Final[dict[str, str]] = {
    "sim-swap": "v2", "device-swap": "v1", "call-forwarding-signal": "v0.3", "number-recycling": "v0.2",
    "kyc-tenure": "v0.2", "kyc-match": "v0.3", "number-verification": "v2", "iot-sim-fraud-prevention": "vwip",
}  # fmt: skip


def served_at(path: str) -> str:
    """Return the address of an operation on a server: ``sim-swap/check`` -> ``/sim-swap/v2/check``."""
    api, _, name = path.partition("/")
    return f"/{api}/{VERSIONS[api]}/{name}"


#: Address on a server -> operation.
SERVED: Final[dict[str, str]] = {served_at(path): path for path in OPERATIONS}


class CamaraError(InputError):
    """A request that is not answered; ``info`` is what the caller is told."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.info = ErrorInfo(status, code, message)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the access token says: the number that it names, and whether the network itself checked that."""

    number: str | None = None
    by_network: bool = False


def operation(path: str) -> Operation:
    """Return an operation. Raises CamaraError for a path that there is none for."""
    found = OPERATIONS.get(path)
    if found is None:
        raise CamaraError(404, "NOT_FOUND", f"no such operation; known: {', '.join(OPERATIONS)}")
    return found


def read_request(path: str, body: bytes) -> Request | None:
    """Return the request in a body, None where the operation has none. Raises CamaraError as the specifications say."""
    asks = operation(path).asks
    if asks is None:
        return None
    try:
        return msgspec.json.decode(body, type=asks)
    except msgspec.ValidationError as error:
        code = "OUT_OF_RANGE" if _OUT_OF_RANGE.match(str(error)) else "INVALID_ARGUMENT"
        raise CamaraError(400, code, _told(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CamaraError(
            400, "INVALID_ARGUMENT", "the body is not JSON; send an object as the specification says"
        ) from None


def _told(message: str) -> str:
    """Return what is wrong with a body without what it holds: a value or a field's name may be a person's."""
    about, at, where = message.rpartition(" - at `")
    about, at = (about, at + where) if at else (message, "")
    if about.startswith(_WRONG_WORD):
        return f"not one of the words of the specification{at}"
    unknown = _UNKNOWN.fullmatch(about)
    return f"unknown field {shown(unknown[1])}{at}" if unknown else message


def write(message: object) -> bytes:
    """Return a request or an answer as the body that goes out."""
    return msgspec.json.encode(message)


def read_answer(path: str, status: int, body: bytes) -> object:
    """Return what an operator answered: the operation's answer, or an ErrorInfo where it refused.

    Fields that we do not know are left out. Raises InputError where the answer breaks its shape.
    """
    gives = operation(path).gives if status == _OK else ErrorInfo
    try:
        found: object = msgspec.json.decode(body, type=gives)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the answer (status {status}) is not as specified: {error}") from None
    return found


def subject(request: Request, caller: Caller) -> str:
    """Return the number that a request is about. Raises CamaraError where token and body name none, or both do."""
    device = getattr(request, "device", UNSET)
    named = getattr(request if device is UNSET else device, "phone_number", UNSET)
    if caller.number is not None:
        if named is not UNSET or device is not UNSET:
            raise CamaraError(422, "UNNECESSARY_IDENTIFIER", "the access token names the number already; leave it out")
        return caller.number
    if named is not UNSET:
        return str(named)
    if device is not UNSET and device != shapes.Device():
        raise CamaraError(422, "UNSUPPORTED_IDENTIFIER", "devices are known by phoneNumber only; send it")
    raise CamaraError(
        422, "MISSING_IDENTIFIER", "neither the access token nor the body names a number; send phoneNumber"
    )
