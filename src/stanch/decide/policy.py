"""A policy: how findings become a score, from which score each step is needed, and who is treated otherwise.

Two ladders, least step first: *protect* for the person in danger, *control* for the one who may be doing it. Alone, the
machine takes the steps of ``MACHINE_STEPS``; every other step is proposed to a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from stanch.decide.following import Follow, WrittenFollow, follow_rules, plain_follow
from stanch.decide.reverify_rules import ReverifyRules, WrittenReverify, plain_reverify, reverify_rules
from stanch.decide.takedown import Terms
from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType, parse_condition
from stanch.features.definition import Feature, parse_feature, plain_feature
from stanch.model.decisions import LADDERS
from stanch.model.errors import ConfigError
from stanch.model.faults import all_or_faults
from stanch.model.kinds import INTERNAL, KINDS
from stanch.model.plain import plain_from_yaml
from stanch.model.time import DAY, format_duration, parse_duration

#: What the machine may do alone: warnings, a request, and one short delay of one payment that ends by itself.
MACHINE_STEPS: Final = ("inform", "warn", "confirm", "contact", "reverify", "delay")
#: Steps that make a payment wait: they end by themselves and are never renewed.
WAITING_STEPS: Final = ("confirm", "delay")
#: Kinds of events whose money can wait.
PAYMENTS: Final = ("transfer", "cash_out", "crypto_out")
#: From the mildest to the strictest, for the one word that answers the sender.
ACTIONS: Final = ("allow", "inform", "warn", "reverify", "contact", "confirm", "delay")

_LONGEST_DELAY: Final = 3 * DAY


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition of the policy about an event: who is vulnerable, or what need is essential."""

    id: str
    on: tuple[str, ...]
    features: Mapping[str, Feature]
    parameters: Mapping[str, int | float]
    when: Condition
    earlier: float


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that turns findings into steps.

    ``from_score``: the combined score from which a step is needed. ``steps``: per kind and side the steps that exist,
    least first. ``quiet``, ``delay``, ``cooling_off`` are microseconds.
    """

    id: str
    quiet: int
    delay: int
    cooling_off: int
    from_score: Mapping[str, float]
    steps: Mapping[str, Mapping[str, tuple[str, ...]]]
    vulnerable: tuple[Clause, ...]
    essential: tuple[Clause, ...]
    follow: Follow
    takedown: Terms
    reverify: ReverifyRules

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical plain form."""
        text = json.dumps(plain_policy(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def shortest_wait(self) -> int:
        """The shortest time that a payment can wait."""
        return min(self.delay, self.cooling_off)

    def clauses(self, kind: str) -> tuple[Clause, ...]:
        """The clauses that speak of events of a kind."""
        return tuple(clause for clause in (*self.vulnerable, *self.essential) if kind in clause.on)


class _WrittenClause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    on: list[str]
    when: str
    features: dict[str, dict[str, object]] = {}
    parameters: dict[str, int | float] = {}
    earlier: float = 0.0


class _WrittenTakedown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    term: str = "24h"
    urgent: str = "2h"
    urgent_from: float = 0.6
    same_contact: str = "30d"


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    quiet: str
    delay: str
    cooling_off: str
    from_score: dict[str, float]
    steps: dict[str, dict[str, list[str]]]
    vulnerable: list[_WrittenClause] = []
    essential: list[_WrittenClause] = []
    follow: WrittenFollow = WrittenFollow()
    takedown: _WrittenTakedown = _WrittenTakedown()
    reverify: WrittenReverify = WrittenReverify()


def parse_policy(text: str, name: str) -> Policy:
    """Read a policy from YAML; ``name`` is named in errors. Raises ConfigError with the key and the next step."""
    return policy_from_plain(plain_from_yaml(text, name), name)


def policy_from_plain(data: object, name: str) -> Policy:
    """Build a policy from plain data, the form that ``plain_policy`` returns."""
    try:
        return _build(msgspec.convert(data, _Written))
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys of a policy: {', '.join(_Written.__struct_fields__)}") from None
    except ConfigError as error:
        raise ConfigError("\n".join(f"{name}: {line}" for line in str(error).splitlines())) from None


def plain_policy(policy: Policy) -> dict[str, object]:
    """Return plain data that ``policy_from_plain`` reads back."""
    return {
        "id": policy.id,
        "quiet": format_duration(policy.quiet),
        "delay": format_duration(policy.delay),
        "cooling_off": format_duration(policy.cooling_off),
        "from_score": dict(policy.from_score),
        "steps": {kind: {side: list(steps) for side, steps in sides.items()} for kind, sides in policy.steps.items()},
        "vulnerable": [_plain_clause(clause) for clause in policy.vulnerable],
        "essential": [_plain_clause(clause) for clause in policy.essential],
        "follow": plain_follow(policy.follow),
        "takedown": _plain_takedown(policy.takedown),
        "reverify": plain_reverify(policy.reverify),
    }


def _plain_clause(clause: Clause) -> dict[str, object]:
    return {
        "id": clause.id,
        "on": list(clause.on),
        "when": clause.when.text,
        "features": {name: plain_feature(feature) for name, feature in clause.features.items()},
        "parameters": dict(clause.parameters),
        "earlier": clause.earlier,
    }


def _build(written: _Written) -> Policy:
    all_or_faults(_parts(written))
    steps = {kind: _steps(kind, sides) for kind, sides in written.steps.items()}
    return Policy(
        written.id, parse_duration(written.quiet), parse_duration(written.delay), parse_duration(written.cooling_off),
        written.from_score, steps,
        tuple(_clause(each, "vulnerable") for each in written.vulnerable),
        tuple(_clause(each, "essential") for each in written.essential),
        follow_rules(written.follow), _takedown(written.takedown), reverify_rules(written.reverify),
    )  # fmt: skip


def _parts(written: _Written) -> list[Callable[[], object]]:
    """Return what makes each part of a policy, so that what is wrong with one does not hide another's faults."""
    parts: list[Callable[[], object]] = [
        partial(parse_duration, written.quiet), partial(_check_waits, written),
        partial(_check_scores, written.from_score), partial(follow_rules, written.follow),
        partial(_takedown, written.takedown), partial(reverify_rules, written.reverify),
    ]  # fmt: skip
    parts += [partial(_steps, kind, sides) for kind, sides in written.steps.items()]
    parts += [partial(_clause, each, "vulnerable") for each in written.vulnerable]
    return parts + [partial(_clause, each, "essential") for each in written.essential]


def _check_waits(written: _Written) -> None:
    delay, cooling_off = parse_duration(written.delay), parse_duration(written.cooling_off)
    if delay > _LONGEST_DELAY or cooling_off > delay:
        raise ConfigError(
            f"delay {written.delay} must be at most {format_duration(_LONGEST_DELAY)}, "
            f"cooling_off {written.cooling_off} at most the delay: a longer one needs a person"
        )


def _takedown(written: _WrittenTakedown) -> Terms:
    term, urgent, same = (parse_duration(each) for each in (written.term, written.urgent, written.same_contact))
    if urgent > term or not 0 < written.urgent_from <= 1:
        raise ConfigError(
            f"takedown.urgent {written.urgent} must be at most takedown.term {written.term}, "
            f"and takedown.urgent_from a score above 0 and at most 1, not {written.urgent_from}"
        )
    return Terms(term, urgent, written.urgent_from, same)


def _plain_takedown(terms: Terms) -> dict[str, object]:
    spans = {name: format_duration(getattr(terms, name)) for name in ("term", "urgent", "same_contact")}
    return {**spans, "urgent_from": terms.urgent_from}


def _check_scores(scores: Mapping[str, float]) -> None:
    for side, ladder in LADDERS.items():
        missing = [step for step in ladder if step not in scores]
        if missing:
            raise ConfigError(f"from_score.{missing[0]} is missing; give the score from which it is needed")
        values = [scores[step] for step in ladder]
        if values != sorted(values) or not all(0 < value <= 1 for value in values):
            raise ConfigError(f"from_score of the {side} ladder must rise within (0, 1]: {', '.join(ladder)}")
    unknown = set(scores) - {step for ladder in LADDERS.values() for step in ladder}
    if unknown:
        raise ConfigError(f"from_score: unknown step {sorted(unknown)[0]!r}")


def _steps(kind: str, sides: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    if kind not in KINDS or kind in INTERNAL:
        raise ConfigError(f"steps: unknown kind {kind!r}; known: {', '.join(sorted(frozenset(KINDS) - INTERNAL))}")
    found = {}
    for side, names in sides.items():
        if side not in LADDERS:
            raise ConfigError(f"steps.{kind}: unknown side {side!r}; known: {', '.join(LADDERS)}")
        unknown = [name for name in names if name not in LADDERS[side]]
        if unknown:
            raise ConfigError(f"steps.{kind}.{side}: unknown step {unknown[0]!r}; known: {', '.join(LADDERS[side])}")
        waiting = [name for name in names if name in WAITING_STEPS and kind not in PAYMENTS]
        if waiting:
            raise ConfigError(
                f"steps.{kind}.{side}: {waiting[0]!r} makes money wait, but {kind} is no payment; "
                f"payments are {', '.join(PAYMENTS)}"
            )
        found[side] = tuple(step for step in LADDERS[side] if step in names)
    return found


def _clause(written: _WrittenClause, key: str) -> Clause:
    place = f"{key}.{written.id}"
    unknown = [kind for kind in written.on if kind not in KINDS]
    if unknown:
        raise ConfigError(f"{place}.on: unknown kind {unknown[0]!r}; known: {', '.join(sorted(KINDS))}")
    features = {name: parse_feature(data, f"{place}.{name}") for name, data in written.features.items()}
    numbers = {
        f":{n}": ValueType.FLOAT if isinstance(v, float) else ValueType.INT for n, v in written.parameters.items()
    }
    types = {**COLUMN_TYPES, **{name: feature.type for name, feature in features.items()}, **numbers}
    when = parse_condition(written.when, types, frozenset(written.parameters))
    return Clause(written.id, tuple(written.on), features, written.parameters, when, written.earlier)
