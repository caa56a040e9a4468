"""What a home knows of one card, learned from the events of its log one by one. Pure: same events, same state."""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.exchange.camara.shapes import Circle, Forwarding

#: Detail of ``forwarding_set`` -> the kind of forwarding; without one all calls are forwarded.
FORWARDS: Final[dict[str, Forwarding]] = {
    "": "unconditional", "CFU": "unconditional", "CFB": "conditional_busy", "CFNRC": "conditional_not_reachable",
    "CFNRY": "conditional_no_answer",
}  # fmt: skip
#: Lists of cards by which bindings and the end of forwardings are told (``listed``, ``unlisted``).
IMEI_BOUND: Final = "imei_bound"
AREA_LIMIT: Final = "area_limit"
FORWARDING: Final = "forwarding"
_LISTS: Final = (IMEI_BOUND, AREA_LIMIT)
#: Kinds of which only the operator of a card can tell, with the role that the card has in them. Calls and messages are
#: not among them: they name the numbers of other operators too.
ROLE_OF: Final[dict[str, str]] = {
    "card_issued": "dst", "iot_sold": "dst", "recertified": "dst", "card_activated": "dst", "sim_swapped": "dst",
    "card_attached": "src", "forwarding_set": "src", "number_recycled": "dst", "listed": "dst", "unlisted": "dst",
}  # fmt: skip


class CardEvent(msgspec.Struct, frozen=True):
    """An event in which the card takes part; ``at`` is when it happened, entities are pseudonyms."""

    kind: str
    at: int
    detail: str = ""
    holder: bytes | None = None
    device: bytes | None = None
    attrs: str = ""


class CardState(msgspec.Struct, frozen=True, array_like=True):
    """A card as it stands; times in UTC microseconds, None where nothing is known.

    ``holder_since``: since when this holder holds it. ``sim_changed``: the latest SIM, first use and issue included.
    ``device_since``: since when it is in its device; ``device_changed`` only where it came from another one.
    """

    known: bool = False
    holder: bytes | None = None
    holder_since: int | None = None
    sim_changed: int | None = None
    device: bytes | None = None
    device_since: int | None = None
    device_changed: int | None = None
    hands_changed: int | None = None
    forwards: tuple[Forwarding, ...] = ()
    imei_bound: bool = False
    area_limited: bool = False
    area: Circle | None = None


def tells(kind: str, detail: str) -> bool:
    """Return whether an event says something about a card; of lists only bindings and the end of forwardings do."""
    if kind not in ROLE_OF:
        return False
    return kind not in ("listed", "unlisted") or detail.partition("_")[0] == FORWARDING or detail in _LISTS


def learned(card: CardState, event: CardEvent) -> CardState:
    """Return the card after an event; one that says nothing about cards leaves it as it was, known or not."""
    if not tells(event.kind, event.detail):
        return card
    card = card if card.known else msgspec.structs.replace(card, known=True)
    match event.kind:
        case "card_issued" | "iot_sold":
            return _issued(card, event)
        case "recertified" if event.holder is not None and event.holder != card.holder:
            return _held(card, event)
        case "card_activated" | "sim_swapped":
            return msgspec.structs.replace(card, sim_changed=_latest(card.sim_changed, event.at))
        case "card_attached" if event.device is not None:
            return _attached(card, event)
        case "forwarding_set":
            kind = FORWARDS.get(event.detail.upper(), "unconditional")
            return msgspec.structs.replace(card, forwards=tuple(sorted({*card.forwards, kind})))
        case "number_recycled":
            return CardState(known=True, hands_changed=event.at, sim_changed=card.sim_changed)
        case "listed" | "unlisted":
            return _listed(card, event)
    return card


def _issued(card: CardState, event: CardEvent) -> CardState:
    held = card if event.holder is None else _held(card, event)
    return msgspec.structs.replace(held, sim_changed=_latest(card.sim_changed, event.at))


def _held(card: CardState, event: CardEvent) -> CardState:
    """The card has another holder; the first one that is told is no change."""
    if event.holder == card.holder:
        return card
    changed = event.at if card.holder is not None else card.hands_changed
    return msgspec.structs.replace(card, holder=event.holder, holder_since=event.at, hands_changed=changed)


def _attached(card: CardState, event: CardEvent) -> CardState:
    if event.device == card.device:
        return card
    changed = card.device_changed if card.device is None else event.at
    return msgspec.structs.replace(card, device=event.device, device_since=event.at, device_changed=changed)


def _listed(card: CardState, event: CardEvent) -> CardState:
    on = event.kind == "listed"
    if event.detail == IMEI_BOUND:
        return msgspec.structs.replace(card, imei_bound=on)
    if event.detail == AREA_LIMIT:
        return msgspec.structs.replace(card, area_limited=on, area=_circle(event.attrs) if on else None)
    which, _, service = event.detail.partition("_")
    if which == FORWARDING and not on:
        ended = {FORWARDS.get(service.upper(), "unconditional")} if service else set(card.forwards)
        return msgspec.structs.replace(card, forwards=tuple(kind for kind in card.forwards if kind not in ended))
    return card


def _circle(attrs: str) -> Circle | None:
    """Return the circle that an area limit states; one that cannot be read is a limit whose area is not known."""
    try:
        return msgspec.json.decode(attrs, type=Circle)
    except msgspec.DecodeError:
        return None


def _latest(before: int | None, at: int) -> int:
    return at if before is None else max(before, at)
