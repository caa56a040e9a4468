"""Answers of the CAMARA operations out of what is known of a card. Pure; the unknown is said and never guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from stanch.exchange.camara import shapes
from stanch.exchange.camara.card import AREA_LIMIT, IMEI_BOUND, CardState
from stanch.exchange.camara.kyc import MATCHED, KycResult
from stanch.exchange.camara.operations import Caller, CamaraError
from stanch.model.errors import InputError
from stanch.model.events import micros
from stanch.model.time import DAY, HOUR, to_datetime

Row = dict[str, object]


class Pseudonym(Protocol):
    """Gives the pseudonym of ``kind:identifier``; raises InputError where that is none."""

    def __call__(self, clear: str, /) -> bytes: ...  # noqa: D102 the class says it


@dataclass(frozen=True, slots=True)
class Known:
    """What a home knows when it answers: the card, its clock, since when it watches, and something of the holder."""

    card: CardState
    now: int
    since: int
    pseudonym: Pseudonym
    birth_year: int | None = None
    business: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the clear events that are entered into the log because of it."""

    answer: Any  # what the operation gives
    rows: tuple[Row, ...] = ()


def reply(path: str, request: shapes.Request, known: Known, number: str) -> Reply:
    """Return the answer to a request about a number. Raises CamaraError where it cannot be answered truly."""
    if not known.card.known:
        raise CamaraError(404, "IDENTIFIER_NOT_FOUND", "the number is not known here; ask its operator")
    acts = _ACTS.get(path)
    if acts is not None:
        return acts(request, known, number)
    return Reply(_ANSWERS[path](request, known))


def verify(request: shapes.NumberVerify, caller: Caller) -> shapes.Verified:
    """Return whether the device that asks uses a number. Raises CamaraError where the network did not check it."""
    number = shared(caller).device_phone_number
    if (request.phone_number is UNSET) == (request.hashed_phone_number is UNSET):
        raise CamaraError(400, "INVALID_ARGUMENT", "send either phoneNumber or hashedPhoneNumber")
    if request.hashed_phone_number is not UNSET:
        return shapes.Verified(hashlib.sha256(number.encode()).hexdigest() == request.hashed_phone_number.lower())
    return shapes.Verified(number == request.phone_number)


def shared(caller: Caller) -> shapes.Shared:
    """Return the number that the device uses, as its network says."""
    if caller.number is None or not caller.by_network:
        code = "NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK"
        raise CamaraError(403, code, "sign in over the mobile network to use this service")
    return shapes.Shared(caller.number)


def _swapped(changed: int | None, steady: int | None, request: shapes.SwapCheck, known: Known) -> shapes.Swapped:
    """``changed`` is the latest change known, ``steady`` since when there was none for certain."""
    begin = known.now - request.max_age * HOUR
    if changed is not None and changed >= begin:
        return shapes.Swapped(True)
    watched = min(at for at in (changed, steady, known.since) if at is not None)
    if watched > begin:
        hours = (known.now - watched) // HOUR
        raise CamaraError(400, "OUT_OF_RANGE", f"changes are known for the last {hours} hours only; ask for less")
    return shapes.Swapped(False)


def _sim_check(request: shapes.SwapCheck, known: Known) -> shapes.Swapped:
    return _swapped(known.card.sim_changed, None, request, known)


def _device_check(request: shapes.SwapCheck, known: Known) -> shapes.Swapped:
    return _swapped(known.card.device_changed, known.card.device_since, request, known)


def _sim_date(_: shapes.OfNumber, known: Known) -> shapes.SimDate:
    return shapes.SimDate(_moment(known.card.sim_changed), _monitored(known.card.sim_changed, known))


def _device_date(_: shapes.OfNumber, known: Known) -> shapes.DeviceDate:
    """The latest change; where none is known, since when the card is in its device."""
    card = known.card
    at = card.device_changed if card.device_changed is not None else card.device_since
    return shapes.DeviceDate(_moment(at), _monitored(at, known))


def _unconditional(_: shapes.OfNumber, known: Known) -> shapes.Unconditional:
    return shapes.Unconditional("unconditional" in known.card.forwards)


def _forwardings(_: shapes.OfNumber, known: Known) -> list[shapes.Forwarding]:
    return [*known.card.forwards] or ["inactive"]


def _recycled(request: shapes.RecyclingCheck, known: Known) -> shapes.Recycled:
    day = request.specified_date
    start = micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
    if start > known.now:
        raise CamaraError(400, "INVALID_ARGUMENT", "specifiedDate lies in the future; name a day that has begun")
    card = known.card
    if card.hands_changed is not None and card.hands_changed >= start:
        return shapes.Recycled(True)
    held = card.holder_since is not None and card.holder_since <= start
    if not held and known.since > start:
        raise CamaraError(422, "SERVICE_NOT_APPLICABLE", "nothing is known of the number on that day; name a later one")
    return shapes.Recycled(False)


def _tenure(request: shapes.TenureCheck, known: Known) -> shapes.Tenure:
    at = _tenure_moment(request.tenure_date)
    if at > known.now:
        raise CamaraError(400, "INVALID_ARGUMENT", "tenureDate lies in the future; name a day that has begun")
    if known.card.holder_since is None:
        raise CamaraError(422, "SERVICE_NOT_APPLICABLE", "it is not known since when the number has its holder")
    return shapes.Tenure(known.card.holder_since <= at, "Business" if known.business else UNSET)


def _tenure_moment(text: str) -> int:
    """Return a moment with a zone, or the end of a day: whoever became a customer on it was one on that day."""
    try:
        if "T" not in text.upper():
            day = date.fromisoformat(text)
            return micros(datetime(day.year, day.month, day.day, tzinfo=UTC)) + DAY - 1
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CamaraError(400, "INVALID_ARGUMENT", "tenureDate is neither YYYY-MM-DD nor an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise CamaraError(400, "INVALID_ARGUMENT", "tenureDate has no time zone; write it with Z or an offset")
    return micros(moment.astimezone(UTC))


def _match(request: shapes.KycMatch, known: Known) -> msgspec.Struct:
    asked = [name for name in MATCHED if getattr(request, name) is not UNSET]
    if not asked:
        code = "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION"
        raise CamaraError(400, code, "nothing to match; send at least one fact beside phoneNumber")
    found: dict[str, shapes.Match] = {f"{name}_match": "not_available" for name in asked}
    if request.id_document is not UNSET and known.card.holder is not None:
        found["id_document_match"] = _same(request.id_document, known)
    if request.birthdate is not UNSET and known.birth_year is not None and known.birth_year != request.birthdate.year:
        found["birthdate_match"] = "false"  # the year alone cannot say that the day is right
    return KycResult(**found)


def _same(document: str, known: Known) -> shapes.Match:
    """Compare a document with the registered one by pseudonym: the clear one is in no log."""
    kind = "company" if known.business else "person"
    try:
        return "true" if known.pseudonym(f"{kind}:{document}") == known.card.holder else "false"
    except InputError as error:
        raise CamaraError(400, "INVALID_ARGUMENT", f"idDocument: {error}") from None


def _query(request: shapes.IotQuery, known: Known) -> shapes.IotState:
    if request.query_type == "IMEIBIND":
        return shapes.IotState(imei_bind=shapes.ImeiBind("BOUND" if known.card.imei_bound else "UNBOUND"))
    if not known.card.area_limited:
        return shapes.IotState(shapes.AreaLimit("UNRESTRICTED"))
    area = known.card.area
    return shapes.IotState(shapes.AreaLimit("RESTRICTED", UNSET if area is None else area))


def _bind(request: shapes.IotBind, known: Known, number: str) -> Reply:
    if request.bind_type == "IMEIBIND":
        if known.card.device is None:
            return Reply(shapes.Bound("FALSE"))  # no device is known that it could be bound to
        return Reply(shapes.Bound("TRUE"), (_row("listed", number, IMEI_BOUND),))
    if request.area is UNSET:
        raise CamaraError(400, "INVALID_ARGUMENT", "area is missing; AREALIMIT needs a circle with center and radius")
    attrs = msgspec.json.encode(request.area).decode()
    return Reply(shapes.Bound("TRUE"), ({**_row("listed", number, AREA_LIMIT), "attrs": attrs},))


def _unbind(request: shapes.IotUnbind, known: Known, number: str) -> Reply:
    imei = request.un_bind_type == "IMEIBIND"
    bound = known.card.imei_bound if imei else known.card.area_limited
    if not bound:
        return Reply(shapes.Unbound("FALSE"))
    return Reply(shapes.Unbound("TRUE"), (_row("unlisted", number, IMEI_BOUND if imei else AREA_LIMIT),))


def _row(kind: str, number: str, detail: str) -> Row:
    return {"kind": kind, "dst": f"card:{number}", "detail": detail}


def _moment(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)


def _monitored(at: int | None, known: Known) -> int | UnsetType:
    return UNSET if at is not None else max((known.now - known.since) // DAY, 0)


_ANSWERS: Final[Mapping[str, Callable[[Any, Known], Any]]] = {
    "sim-swap/check": _sim_check,
    "sim-swap/retrieve-date": _sim_date,
    "device-swap/check": _device_check,
    "device-swap/retrieve-date": _device_date,
    "call-forwarding-signal/unconditional-call-forwardings": _unconditional,
    "call-forwarding-signal/call-forwardings": _forwardings,
    "number-recycling/check": _recycled,
    "kyc-tenure/check-tenure": _tenure,
    "kyc-match/match": _match,
    "iot-sim-fraud-prevention/query": _query,
}
_ACTS: Final[Mapping[str, Callable[[Any, Known, str], Reply]]] = {
    "iot-sim-fraud-prevention/bind": _bind,
    "iot-sim-fraud-prevention/unbind": _unbind,
}
