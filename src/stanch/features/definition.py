"""What a feature is: a window over earlier events, a fact that outlives windows, or what a room computes. Data only.

A window names the role in the past (``by``) and the role now (``at``): ``{total: amount, by: dst, at: src, over: 1h}``
is what the account that acts now received within the last hour. At event *e* it covers the events with smaller
``seq`` whose ``as_of`` lies in ``[e.as_of - over, e.as_of)``, never the event itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType, admitted_kinds, parse_condition
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.errors import ConfigError
from stanch.model.kinds import CAUSED, INTERNAL, KINDS
from stanch.model.time import format_duration, parse_duration

AGGREGATES: Final = ("count", "total", "distinct", "largest", "latest", "since_first", "since_last")
FACTS: Final = ("profile", "since", "first_seen", "last_seen", "listed")

#: What other rooms compute and offer, and whether it is money. Taint: of the money in src that was reported stolen.
COMPUTED: Final[Mapping[str, bool]] = {
    "tainted_in_src": True,  # reported money that sits in src for certain, minor units of the event's currency
    "clean_in_src": True,  # what src can pay without it, at most; NULL where the balance is not known
    "taint_share": False,  # tainted_in_src in percent of the balance of src; NULL where that is not known
    "hops_from_report": False,  # movements between the victim and src; NULL where nothing tainted is in src
    "came_by_reported": True,  # what came into src by the way of reported money that more than one word speaks for
    "channel_share": False,  # the same in percent of all that came into src; NULL where no such money went through it
    "learned_score": False,  # of a million such events, how many a learned model expects to be fraud; NULL without one
}
#: The computed feature that a learned model gives (``scores``); the others come from following reported money.
LEARNED: Final = "learned_score"

_ROWS_ONLY: Final = ("count", "since_first", "since_last")
_KEY_TYPES: Final = (ValueType.ENTITY, ValueType.SYMBOL)
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Window:
    """One aggregate over the events of one key within a span of time.

    ``count``, ``distinct`` and ``total`` over nothing are 0; ``largest``, ``latest`` and ``since_*`` are NULL.
    ``since_*`` are whole seconds. Rows whose ``column`` is NULL do not count; a NULL key gives NULL.
    """

    aggregate: str
    column: tuple[str, ...]
    by: tuple[str, ...]
    at: tuple[str, ...]
    over: int
    where: Condition | None

    @property
    def name(self) -> str:
        """The full name, derived from the definition: equal definitions have equal names."""
        what = "_".join((self.aggregate, *self.column))
        at = "" if self.at == self.by else "_at_" + "_".join(self.at)
        where = "" if self.where is None else "_" + _digest(self.where.text)
        return f"{what}_by_{'_'.join(self.by)}{at}_over_{format_duration(self.over)}{where}"

    @property
    def type(self) -> ValueType:
        """What the value is: a number, or for ``latest`` whatever the column holds."""
        return COLUMN_TYPES[self.column[0]] if self.aggregate == "latest" else ValueType.INT

    @property
    def kinds(self) -> frozenset[str]:
        """The event kinds that can enter the window."""
        return admitted_kinds(self.where)

    @property
    def sees_our_own(self) -> bool:
        """Whether events that our decisions cause can enter."""
        return bool(self.kinds & CAUSED)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about an entity that idle entities keep.

    ``profile``: latest number of the profile events of the entity with that detail. ``since``: seconds since the
    latest event of that kind that the entity received. ``first_seen``, ``last_seen``: seconds since the entity first
    or last acted or received. ``listed``: 1 if the entity is on that list now, else 0.
    """

    fact: str
    argument: str
    of: str

    @property
    def name(self) -> str:
        """The full name, derived from the definition."""
        return "_".join(part for part in (self.fact, self.argument, "of", self.of) if part)

    @property
    def type(self) -> ValueType:
        """Always a number."""
        return ValueType.INT


@dataclass(frozen=True, slots=True)
class Computed:
    """A number that another room computes from the log. It is kept with the decision that used it; SQL has it not."""

    computed: str

    @property
    def name(self) -> str:
        """The full name."""
        return f"computed_{self.computed}"

    @property
    def type(self) -> ValueType:
        """Always a number."""
        return ValueType.INT


Feature = Window | Fact | Computed


def parse_feature(data: Mapping[str, object], place: str) -> Feature:
    """Build a feature from its plain form; ``place`` is named in errors.

    Raises ConfigError naming the key, what was expected and the next step.
    """
    heads = [key for key in data if key in AGGREGATES or key in FACTS or key == "computed"]
    if len(heads) != 1:
        known = ", ".join((*AGGREGATES, *FACTS, "computed"))
        raise ConfigError(f"{place}: name exactly one of {known}; found: {', '.join(map(str, data)) or 'nothing'}")
    try:
        if heads[0] == "computed":
            return _computed(data)
        return _window(heads[0], data) if heads[0] in AGGREGATES else _fact(heads[0], data)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from None


def plain_feature(feature: Feature) -> dict[str, object]:
    """Return the plain form that ``parse_feature`` reads back."""
    if isinstance(feature, Computed):
        return {"computed": feature.computed}
    if isinstance(feature, Fact):
        if feature.fact in ("first_seen", "last_seen"):
            return {feature.fact: feature.of}
        return {feature.fact: feature.argument, "of": feature.of}
    plain: dict[str, object] = {feature.aggregate: _one_or_list(feature.column) or True, "by": _one_or_list(feature.by)}
    if feature.at != feature.by:
        plain["at"] = _one_or_list(feature.at)
    plain["over"] = format_duration(feature.over)
    if feature.where is not None:
        plain["where"] = feature.where.text
    return plain


def _window(aggregate: str, data: Mapping[str, object]) -> Window:
    _only(data, (aggregate, "by", "at", "over", "where"))
    column = () if data[aggregate] is True else _names(data[aggregate], aggregate)
    by = _names(_required(data, "by"), "by")
    at = _names(data.get("at", list(by)), "at")
    text = data.get("where")
    where = None if text is None else parse_condition(str(text), COLUMN_TYPES)
    window = Window(aggregate, column, by, at, parse_duration(str(_required(data, "over"))), where)
    _check_window(window)
    return window


def _check_window(window: Window) -> None:
    if bool(window.column) == (window.aggregate in _ROWS_ONLY):
        wants = "no column: write true" if window.column else "a column"
        raise ConfigError(f"{window.aggregate} takes {wants}")
    if len(window.by) != len(window.at):
        raise ConfigError(f"by {window.by} and at {window.at} must name equally many roles")
    for past, now in zip(window.by, window.at, strict=True):
        if COLUMN_TYPES[past] is not COLUMN_TYPES[now]:
            raise ConfigError(f"by {past!r} is a {COLUMN_TYPES[past]}, at {now!r} is a {COLUMN_TYPES[now]}")
    if len(window.by) == 2 and COLUMN_TYPES[window.by[1]] not in _KEY_TYPES:
        raise ConfigError(f"the second role of a pair must be an entity or a word, not {window.by[1]!r}")
    _check_column(window)
    if not window.kinds:
        uncounted = ", ".join(sorted(INTERNAL))
        raise ConfigError(f"where can never be true: it asks for two kinds at once, or only for {uncounted}")


def _check_column(window: Window) -> None:
    numeric = window.aggregate in ("total", "largest")
    if numeric and (len(window.column) != 1 or COLUMN_TYPES[window.column[0]] is not ValueType.INT):
        raise ConfigError(f"{window.aggregate} takes one column of numbers, not {list(window.column)}")
    if window.aggregate == "latest" and len(window.column) != 1:
        raise ConfigError("latest takes one column")
    pair = window.aggregate == "distinct" and len(window.column) == 2
    if pair and any(COLUMN_TYPES[name] not in _KEY_TYPES for name in window.column):
        raise ConfigError(f"distinct over a pair takes entities or words, not {list(window.column)}")


def _fact(fact: str, data: Mapping[str, object]) -> Fact:
    if fact in ("first_seen", "last_seen"):
        _only(data, (fact,))
        return Fact(fact, "", _entity(data[fact]))
    _only(data, (fact, "of"))
    argument = str(data[fact])
    if fact == "since" and (argument not in KINDS or argument in CAUSED | INTERNAL):
        known = ", ".join(sorted(frozenset(KINDS) - CAUSED - INTERNAL))
        raise ConfigError(f"since takes a kind of event that senders report, not {argument!r}; known: {known}")
    if not _WORD.fullmatch(argument):
        raise ConfigError(f"{fact} takes a word of small letters, digits and _, not {argument!r}")
    return Fact(fact, argument, _entity(_required(data, "of")))


def _computed(data: Mapping[str, object]) -> Computed:
    _only(data, ("computed",))
    name = str(data["computed"])
    if name not in COMPUTED:
        raise ConfigError(f"unknown computed feature {name!r}; known: {', '.join(COMPUTED)}")
    return Computed(name)


def _entity(value: object) -> str:
    name = str(value)
    if name not in COLUMN_TYPES or BY_NAME[name].type is not ColumnType.ENTITY:
        known = ", ".join(sorted(n for n, t in COLUMN_TYPES.items() if t is ValueType.ENTITY))
        raise ConfigError(f"unknown role {name!r}; known: {known}")
    return name


def _names(value: object, key: str) -> tuple[str, ...]:
    names = tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
    if not 1 <= len(names) <= 2 or len(set(names)) != len(names):
        raise ConfigError(f"{key} takes one column or a pair of two, not {value!r}")
    for name in names:
        if name not in COLUMN_TYPES:
            raise ConfigError(f"unknown column {name!r} in {key}; known: {', '.join(COLUMN_TYPES)}")
    return names


def _required(data: Mapping[str, object], key: str) -> object:
    if key not in data:
        raise ConfigError(f"{key} is missing")
    return data[key]


def _only(data: Mapping[str, object], known: tuple[str, ...]) -> None:
    unknown = [key for key in data if key not in known]
    if unknown:
        raise ConfigError(f"unknown key {unknown[0]!r}; known: {', '.join(known)}")


def _one_or_list(names: tuple[str, ...]) -> object:
    return names[0] if len(names) == 1 else list(names)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
