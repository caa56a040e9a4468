"""How a world's officials and institutions answer: drawn from the account alone, so every arm gets the same answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from math import exp
from pathlib import Path
from statistics import NormalDist
from typing import Final

import msgspec

from stanch.model.errors import InputError
from stanch.model.time import DAY, HOUR, MINUTE

#: The file beside the truth that says how institutions answer.
INSTITUTIONS_FILE: Final = "institutions.json"

#: The hours in which fewer officials are on duty, in local time east of UTC.
_NIGHT: Final = (22, 7)
_EAST: Final = 8 * HOUR
_ONE: Final = 2.0**32


class Institution(msgspec.Struct, frozen=True):
    """How one institution behaves: whether it asks before it pays, and how it answers orders. Shares are 0 to 1."""

    source: str = ""
    asks: bool = True
    told_minutes: float = 0.0
    answer_minutes: float = 10.0
    answer_spread: float = 0.0
    partly: float = 0.0
    part: float = 1.0
    refuses: float = 0.0
    silent: float = 0.0
    institution: str = ""


class Approval(msgspec.Struct, frozen=True):
    """How long an official takes: the median in minutes by day and by night, and the spread of its logarithm."""

    minutes: float = 6.0
    spread: float = 0.6
    night_minutes: float = 15.0


class _File(msgspec.Struct, frozen=True):
    institutions: tuple[Institution, ...]
    approval: Approval


@dataclass(frozen=True, slots=True)
class Answer:
    """An institution's answer to an order: when (UTC microseconds), what, and the share of the sum that it holds."""

    at: int
    detail: str
    share: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Everyone who answers in a world. ``sources`` are institutions by the name under which they send events."""

    sources: dict[str, Institution]
    approval: Approval = field(default_factory=Approval)

    def asks(self, source: str) -> bool:
        """Tell whether an institution asks before it pays; one that nothing is known of does."""
        return self.sources.get(source, _ORDINARY).asks

    def told(self, source: str) -> float:
        """Return after how many minutes an institution tells of what happened there; 0 where it asks before."""
        about = self.sources.get(source, _ORDINARY)
        return 0.0 if about.asks else about.told_minutes

    def entity(self, source: str) -> str:
        """Return the clear name under which an institution answers."""
        return self.sources.get(source, _ORDINARY).institution or f"institution:{source}"

    def approved_at(self, account: str, asked: int) -> int:
        """Return when an official has approved what was laid before him; in the morning the day shift takes over."""
        about = f"approval|{account}"
        by_day = _day_begins(asked) + _wait(self.approval.minutes, self.approval.spread, about)
        by_night = asked + _wait(self.approval.night_minutes, self.approval.spread, about)
        return min(by_day, by_night)

    def answer(self, source: str, account: str, asked: int) -> Answer | None:
        """Return what an institution says to an order to hold money, None if it never answers."""
        about = self.sources.get(source, _ORDINARY)
        luck = _share(f"answer|{account}")
        if luck < about.silent:
            return None
        at = asked + _wait(about.answer_minutes, about.answer_spread, f"time|{account}")
        if luck < about.silent + about.refuses:
            return Answer(at, "refused", 0.0)
        partly = luck < about.silent + about.refuses + about.partly
        return Answer(at, "in_force", about.part if partly else 1.0)

    def stopped(self, source: str, account: str, asked: int) -> Answer | None:
        """Return the answer to an order that an official must approve first, None if it never comes into force."""
        answer = self.answer(source, account, self.approved_at(account, asked))
        return None if answer is None or not answer.share else answer


_ORDINARY: Final = Institution()


def read_answers(truth: Path) -> Answers:
    """Return how a world's institutions answer; a world without that file has ordinary ones. Raises InputError."""
    path = truth / INSTITUTIONS_FILE
    if not path.is_file():
        return Answers({})
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except msgspec.MsgspecError as error:
        raise InputError(f"{path}: {error}; make the world again with: stanch world") from None
    return Answers({about.source: about for about in found.institutions}, found.approval)


def _wait(minutes: float, spread: float, about: str) -> int:
    return round(minutes * MINUTE * exp(spread * NormalDist().inv_cdf(_share(about))))


def _share(about: str) -> float:
    """Return a number between 0 and 1, both excluded, that is always the same for the same words."""
    digest = hashlib.blake2b(about.encode(), digest_size=4).digest()
    return (int.from_bytes(digest, "little") + 0.5) / _ONE


def _day_begins(at: int) -> int:
    """Return the moment itself by day, else the end of its night."""
    local = at + _EAST
    hour = local % DAY // HOUR
    if _NIGHT[1] <= hour < _NIGHT[0]:
        return at
    midnight = local - local % DAY + (DAY if hour >= _NIGHT[0] else 0)
    return midnight + _NIGHT[1] * HOUR - _EAST
