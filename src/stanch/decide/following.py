"""How reported money is followed, as a policy says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from stanch.model.errors import ConfigError
from stanch.model.time import format_duration, parse_duration

#: Methods of tracing that say how much of an amount is where.
AMOUNTS_KNOWN: Final = ("fifo", "lifo", "proportional")

_SPANS: Final = ("lasts", "approval", "answer", "stays", "notice")


@dataclass(frozen=True, slots=True)
class Follow:
    """How reported money is followed: by which method, for how long, under which law, and from which sum on.

    ``lasts`` is microseconds after the report. ``law`` names a pack of terms. ``smallest`` is the least disputed sum
    for which an order is drafted, in minor units. ``approval`` and ``answer`` are what is expected of a person and of
    an institution that has not answered yet, ``stays`` how long money is expected to lie; ``notice`` is how long a
    freeze stands, so that whoever is concerned can object, before a return is drafted; all in microseconds.
    ``passed_on`` percent of what was reported that went on, ``asked`` percent that the holder asked to pay out, or a
    split over ``split`` accounts speak for a report beside the word of the one who made it. Less than
    ``single`` minor units in an account that passed nothing on, or lives on other money, are left. An account of whose
    receipts, at least ``single`` in all, ``channel`` percent came by the way of reported money, and which passed most
    of it on, is a channel; orders ahead are drafted for channels of a ring about which at least ``victims`` people
    reported.
    """

    method: str
    lasts: int
    law: str
    smallest: int
    approval: int
    answer: int
    stays: int
    notice: int
    passed_on: int
    asked: int
    split: int
    single: int
    channel: int
    victims: int


class WrittenFollow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same as a policy file writes it."""

    method: str = "fifo"
    lasts: str = "30d"
    law: str = "cn"
    smallest: int = 10_000
    approval: str = "10m"
    answer: str = "30m"
    stays: str = "20m"
    notice: str = "3d"
    passed_on: int = 50
    asked: int = 80
    split: int = 3
    single: int = 200_000
    channel: int = 80
    victims: int = 2


def follow_rules(written: WrittenFollow) -> Follow:
    """Return the rules as they are used. Raises ConfigError, naming the field."""
    if written.method not in AMOUNTS_KNOWN:
        raise ConfigError(f"follow.method: unknown method {written.method!r}; known: {', '.join(AMOUNTS_KNOWN)}")
    if written.smallest < 1:
        raise ConfigError(f"follow.smallest must be at least 1 minor unit, not {written.smallest}")
    spans = (parse_duration(getattr(written, name)) for name in _SPANS)
    if not (0 < written.passed_on <= 100 and 0 < written.asked <= 100) or written.split < 2:
        raise ConfigError(
            f"follow.passed_on and follow.asked must be percentages above 0, not {written.passed_on} and "
            f"{written.asked}; follow.split at least 2 accounts"
        )
    if not 0 < written.channel <= 100 or written.victims < 1:
        raise ConfigError(
            f"follow.channel must be a percentage above 0, not {written.channel}; follow.victims at least 1 person"
        )
    return Follow(
        method=written.method, law=written.law, smallest=written.smallest, **dict(zip(_SPANS, spans, strict=True)),
        passed_on=written.passed_on, asked=written.asked, split=written.split, single=written.single,
        channel=written.channel, victims=written.victims,
    )  # fmt: skip


def plain_follow(follow: Follow) -> dict[str, object]:
    """Return them as plain data, as a policy file writes them."""
    spans = {name: format_duration(getattr(follow, name)) for name in _SPANS}
    signs = {name: getattr(follow, name) for name in ("passed_on", "asked", "split", "single", "channel", "victims")}
    return {"method": follow.method, "law": follow.law, "smallest": follow.smallest, **spans, **signs}
