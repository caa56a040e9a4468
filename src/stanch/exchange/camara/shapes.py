"""Requests and answers of the CAMARA APIs as typed data, field by field as their specifications name them.

Requests refuse what the specification does not declare; answers of others may carry more, which is left out. A field
that may be missing is UNSET, never null; null stands only where the specification allows it.
Source: camaraproject SimSwap 2.1, DeviceSwap 1.0, CallForwardingSignal 0.3, NumberRecycling 0.2, KYC Tenure 0.2, KYC
Match 0.3, NumberVerification 2.1, IoTSIMFraudPrevention (work in progress).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{4,14}$", max_length=16)]
PhoneHash = Annotated[str, Meta(pattern=r"^[a-fA-F0-9]{64}$")]
Zoned = Annotated[dt.datetime, Meta(tz=True)]
Match = Literal["true", "false", "not_available"]
Protection = Literal["IMEIBIND", "AREALIMIT"]
Forwarding = Literal[
    "inactive", "unconditional", "conditional_busy", "conditional_not_reachable", "conditional_no_answer"
]


class Request(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A request; unknown fields are refused."""


class Answer(Struct, frozen=True, rename="camel"):
    """An answer; unknown fields are left out."""


class ErrorInfo(Answer, frozen=True):
    """Why a request was not answered, in the one shape of all CAMARA APIs."""

    status: int
    code: str
    message: str


class OfNumber(Request, frozen=True):
    """Asks about a number, which is left out where the access token names it."""

    phone_number: Phone | UnsetType = UNSET


class SwapCheck(Request, frozen=True):
    """Asks whether a SIM or device changed within so many hours."""

    phone_number: Phone | UnsetType = UNSET
    max_age: Annotated[int, Meta(ge=1, le=2400)] = 240


class RecyclingCheck(Request, frozen=True):
    """Asks whether the subscriber changed after a day."""

    specified_date: dt.date
    phone_number: Phone | UnsetType = UNSET


class TenureCheck(Request, frozen=True):
    """Asks whether the subscription stands since a day (earlier versions) or a moment."""

    tenure_date: str
    phone_number: Phone | UnsetType = UNSET


class NumberVerify(Request, frozen=True):
    """Asks whether the device uses this number, in clear or as the SHA-256 of its E.164 form with the plus."""

    phone_number: Phone | UnsetType = UNSET
    hashed_phone_number: PhoneHash | UnsetType = UNSET


class KycMatch(Request, frozen=True):
    """Asks which of these facts agree with what the operator knows of the subscriber."""

    phone_number: Phone | UnsetType = UNSET
    id_document: str | UnsetType = UNSET
    id_document_type: str | UnsetType = UNSET
    id_document_expiry_date: dt.date | UnsetType = UNSET
    name: str | UnsetType = UNSET
    given_name: str | UnsetType = UNSET
    family_name: str | UnsetType = UNSET
    name_kana_hankaku: str | UnsetType = UNSET
    name_kana_zenkaku: str | UnsetType = UNSET
    middle_names: str | UnsetType = UNSET
    family_name_at_birth: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    street_name: str | UnsetType = UNSET
    street_number: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    locality: str | UnsetType = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | UnsetType = UNSET
    house_number_extension: str | UnsetType = UNSET
    birthdate: dt.date | UnsetType = UNSET
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")] | UnsetType = UNSET
    gender: Literal["MALE", "FEMALE", "OTHER"] | UnsetType = UNSET
    bank_account_number: str | UnsetType = UNSET


class Ipv4(Request, frozen=True):
    """An address by which a device can be named; we know devices by number only."""

    public_address: str | UnsetType = UNSET
    private_address: str | UnsetType = UNSET
    public_port: int | UnsetType = UNSET


class Device(Request, frozen=True):
    """A device by one or more of its names."""

    phone_number: Phone | UnsetType = UNSET
    network_access_identifier: str | UnsetType = UNSET
    ipv4_address: Ipv4 | UnsetType = UNSET
    ipv6_address: str | UnsetType = UNSET


class Point(Request, frozen=True):
    """A place on the map in degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class Circle(Request, frozen=True):
    """A circle on the map; the radius in metres."""

    center: Point
    radius: Annotated[int, Meta(ge=1, le=200_000)]
    area_type: Literal["CIRCLE"]


class IotBind(Request, frozen=True):
    """Asks that an IoT card works only in its device, or only in an area."""

    bind_type: Protection
    device: Device | UnsetType = UNSET
    area: Circle | UnsetType = UNSET


class IotUnbind(Request, frozen=True):
    """Asks that a binding ends."""

    un_bind_type: Protection
    device: Device | UnsetType = UNSET


class IotQuery(Request, frozen=True):
    """Asks whether an IoT card is bound."""

    query_type: Protection
    device: Device | UnsetType = UNSET


class Swapped(Answer, frozen=True):
    """Whether a SIM or device changed within the time asked for."""

    swapped: bool


class SimDate(Answer, frozen=True):
    """When the SIM changed last; null where that is not known within the monitored days."""

    latest_sim_change: Zoned | None
    monitored_period: int | UnsetType = UNSET


class DeviceDate(Answer, frozen=True):
    """When the device changed last; null where that is not known within the monitored days."""

    latest_device_change: Zoned | None
    monitored_period: int | UnsetType = UNSET


class Unconditional(Answer, frozen=True):
    """Whether all calls are forwarded."""

    active: bool | UnsetType = UNSET


class Recycled(Answer, frozen=True):
    """Whether the number changed hands."""

    phone_number_recycled: bool


class Tenure(Answer, frozen=True):
    """Whether the subscription stands since then, and what kind of contract it is, where known."""

    tenure_date_check: bool
    contract_type: Literal["PAYG", "PAYM", "Business"] | UnsetType = UNSET


class Verified(Answer, frozen=True):
    """Whether the device uses the number."""

    device_phone_number_verified: bool


class Shared(Answer, frozen=True):
    """The number that the device uses."""

    device_phone_number: Phone


class Bound(Answer, frozen=True):
    """Whether a binding was made; the specification writes a word."""

    bound: Literal["TRUE", "FALSE"]


class Unbound(Answer, frozen=True):
    """Whether a binding was ended; the specification writes a word."""

    unbound: Literal["TRUE", "FALSE"]


class ImeiBind(Answer, frozen=True):
    """Whether a card is bound to its device. The device is not told: it is known here by pseudonym only."""

    bind_status: Literal["BOUND", "UNBOUND"]
    bind_imei: str | UnsetType = UNSET


class AreaLimit(Answer, frozen=True):
    """Whether a card is bound to an area, and which."""

    area_limit_status: Literal["RESTRICTED", "UNRESTRICTED"]
    limit_area: Circle | UnsetType = UNSET


class IotState(Answer, frozen=True):
    """What an IoT card is bound to."""

    area_limit: AreaLimit | UnsetType = UNSET
    imei_bind: ImeiBind | UnsetType = UNSET
