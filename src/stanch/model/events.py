"""Single events: one typed struct per kind, made from the table of kinds, for what arrives one by one as JSON.

Bulk intake states the same rules over columns (``intake.rules``); a test holds both to the same answers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Union, cast

import msgspec

from stanch.model.currencies import CURRENCIES
from stanch.model.entities import ENTITY_KINDS
from stanch.model.errors import InputError
from stanch.model.kinds import INTERNAL, KINDS, Kind
from stanch.model.money import MAX_AMOUNT

ATTESTATIONS: Final = frozenset({"A", "B", "C", "none"})

#: Times outside are slips of a unit: seconds read as microseconds, or the reverse.
EARLIEST: Final = 0
LATEST: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WORD: Final = re.compile(r"(?!.*[0-9]{4})[A-Za-z_][A-Za-z0-9_]{0,31}")
_WHO: Final = "(" + "|".join(ENTITY_KINDS) + ")"

Entity = Annotated[str, msgspec.Meta(pattern=rf"^{_WHO}:(.|\n)+$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
Whole = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Attestation = Annotated[str, msgspec.Meta(pattern="^(A|B|C|none)$")]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class Event(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every event can carry, as a sender writes it. Money in minor units; times with a zone; text in clear."""

    event_id: Annotated[str, msgspec.Meta(min_length=1)]
    source: Annotated[str, msgspec.Meta(min_length=1)]
    happened_at: Moment
    known_at: Moment | None = None
    src: Entity | None = None
    dst: Entity | None = None
    holder: Annotated[str, msgspec.Meta(pattern="^(person|company):")] | None = None
    device: Annotated[str, msgspec.Meta(pattern="^device:")] | None = None
    address: Annotated[str, msgspec.Meta(pattern="^address:")] | None = None
    place: Annotated[str, msgspec.Meta(pattern="^place:")] | None = None
    region: str | None = None
    channel: str | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    duration: Seconds | None = None
    detail: str | None = None
    number: Whole | None = None
    attestation: Attestation | None = None
    ref: str | None = None
    end_to_end: str | None = None
    text: str | None = None
    attrs: str | None = None


def roles_open(kind: Kind) -> bool:
    """Return whether a role without listed entity kinds may hold any entity: lists and justice speak about anyone."""
    return kind.sector == "justice" or "dst" in kind.needs


def entity_kinds(kind: Kind, role: str) -> str:
    """Return the entity kinds that may stand in a role, for people; empty if the role stays empty."""
    listed = kind.src if role == "src" else kind.dst
    if listed:
        return " or ".join(listed)
    return "any entity" if roles_open(kind) else ""


_NEEDED: Final[dict[str, object]] = {
    "dst": Entity,
    "detail": Annotated[str, msgspec.Meta(min_length=1)],
    "number": Whole,
    "amount": Amount,
    "currency": Currency,
    "duration": Seconds,
}


def _role(kind: Kind, role: str) -> object:
    listed = kind.src if role == "src" else kind.dst
    if listed:
        return Annotated[str, msgspec.Meta(pattern=rf"^({'|'.join(listed)}):(.|\n)+$")]
    if role in kind.needs:
        return Entity
    return (Entity | None, None) if roles_open(kind) else (None, None)


def _struct(kind: Kind) -> type[Event]:
    fields: dict[str, object] = {role: _role(kind, role) for role in ("src", "dst")}
    fields |= {name: _NEEDED[name] for name in kind.needs if name != "dst"}
    listed = [(name, *spec) if isinstance(spec, tuple) else (name, spec) for name, spec in fields.items()]
    made = msgspec.defstruct(
        kind.name,
        cast("list[tuple[str, type]]", listed),
        bases=(Event,),
        frozen=True,
        kw_only=True,
        tag=kind.name,
        namespace={"__doc__": f"{kind.meaning[:1].upper()}{kind.meaning[1:]}."},
    )
    return cast("type[Event]", made)


#: Kind -> its struct; kinds that only the shell appends have none.
EVENTS: Final[dict[str, type[Event]]] = {k.name: _struct(k) for k in KINDS.values() if k.name not in INTERNAL}

_DECODERS: Final = {name: msgspec.json.Decoder(struct) for name, struct in EVENTS.items()}


class _Tag(msgspec.Struct):
    kind: str


_TAG: Final = msgspec.json.Decoder(_Tag)
#: All kinds at once, told apart by their tag: one pass over what is right.
_ANY: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Union[tuple(EVENTS.values())])  # noqa: UP007 made, not written


def decode(body: bytes | bytearray) -> Event:
    """Return the event of a JSON object. Raises InputError that names the field and what was expected there."""
    try:
        return _checked(_ANY.decode(body))
    except msgspec.DecodeError:
        return _explained(body)


def _explained(body: bytes | bytearray) -> Event:
    """Decode again what could not be: as the one kind that it names, for an error that lists what is known."""
    try:
        name = _TAG.decode(body).kind
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise InputError(f"unknown kind {shown(name)}; known: {', '.join(EVENTS)}")
        return _checked(decoder.decode(body))
    except msgspec.DecodeError as error:
        raise InputError(f"not an event: {error}; correct that field and send it again") from None


def decode_lines(body: bytes) -> list[Event]:
    """Return the events of NDJSON, where all are right. Raises InputError, that names no line, where one is not."""
    try:
        return [_checked(event) for event in _ANY.decode_lines(body)]
    except msgspec.DecodeError as error:
        raise InputError(f"not an event: {error}; correct that field and send it again") from None


def _checked(event: Event) -> Event:
    if event.amount is not None and event.currency is None:
        raise InputError("not an event: amount without a currency - at `$.currency`; send the ISO 4217 code")
    if event.currency is not None and event.currency not in CURRENCIES:
        raise InputError(f"not an event: {shown(event.currency)} is not an ISO 4217 code - at `$.currency`; correct it")
    if not _FIRST <= event.happened_at < _END:
        raise _outside("happened_at")
    if event.known_at is not None and not _FIRST <= event.known_at < _END:
        raise _outside("known_at")
    return event


def _outside(name: str) -> InputError:
    return InputError(f"not an event: outside 1970 to 2200 - at `$.{name}`; check its unit")


def shown(word: str) -> str:
    """Return a word that a sender wrote, for an error: quoted if it can only be a word, else hidden.

    A shifted column or a missing header puts identities where words belong, and an error must not repeat them.
    """
    return repr(word) if _WORD.fullmatch(word) else "(not shown)"


def micros(moment: datetime) -> int:
    """Return the UTC microseconds of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def kind_of(event: Event) -> str:
    """Return the kind of an event."""
    return str(event.__struct_config__.tag)


def to_row(event: Event) -> dict[str, object]:
    """Return the event as one row of ``CLEAR_SCHEMA``."""
    row: dict[str, object] = msgspec.structs.asdict(event)
    row["kind"] = event.__struct_config__.tag
    row["known_at"] = event.known_at or event.happened_at
    return row
