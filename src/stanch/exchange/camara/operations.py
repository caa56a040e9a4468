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

_OUT_OF_RANGE: Final = re.compile(r"Expected `(?:int|float)` (?:>=|<=)")
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
        raise CamaraError(400, code, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CamaraError(
            400, "INVALID_ARGUMENT", "the body is not JSON; send an object as the specification says"
        ) from None


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
