"""From how many items of personal information on a text of law counts them, and what counted items say to that.

The answer is *met*, *not met* or *unknown*, never *guilty*: whether items were obtained or sold unlawfully, and by
whom, is not seen from files. What is only inferred, and what could not be read, never counts as met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

import msgspec

from stanch.law.pack import MARKS, Words
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml

MET: Final = "met"
NOT_MET: Final = "not met"
UNKNOWN: Final = "unknown"
#: The name of the answer that sums classes up in proportion.
MIXED: Final = "mixed"


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many items of one class, and where the text says so."""

    items: int
    place: str


class Insider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of the numbers that is enough where the items came from somebody's own work."""

    share: str
    place: str


@dataclass(frozen=True, slots=True)
class ItemRule:
    """One text: thresholds by class, the mixed sum, the insider's share, and the bands as multiples."""

    id: str
    basis: Words
    source: str
    classes: Mapping[str, Threshold]
    mixed: str
    insider: Insider
    bands: Mapping[str, int]
    from_: date
    until: date | None
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class Items:
    """Items of one class: those that rest on a checked identifier, and how many more there could be.

    ``inferred`` rest on look-alikes or may repeat others; ``unread`` could not be read or told apart.
    """

    verified: int = 0
    inferred: int = 0
    unread: int = 0

    @property
    def most(self) -> int:
        """How many there are at most."""
        return self.verified + self.inferred + self.unread


@dataclass(frozen=True, slots=True)
class Answer:
    """What the items of one class (or of all, in proportion) say to one band of a rule."""

    provision: str
    place: str
    band: str
    of: str
    threshold: float
    verified: float
    at_most: float
    answer: str


class _WrittenRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    id: str
    basis: Words
    source: str
    classes: dict[str, Threshold]
    mixed: str
    insider: Insider
    bands: dict[str, int]
    from_: date
    mark: str
    until: date | None = None
    note: str = ""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    rules: list[_WrittenRule]


def parse_item_rules(text: str, name: str) -> tuple[ItemRule, ...]:
    """Read the rules of one country from YAML. Raises ConfigError naming the key and the next step."""
    try:
        written = msgspec.convert(plain_from_yaml(text, name), _Written)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys of a rule: {', '.join(_WrittenRule.__struct_fields__)}") from None
    rules = tuple(_rule(each, name) for each in written.rules)
    for at, rule in enumerate(rules):
        if any(
            rule.from_ < (other.until or date.max) and other.from_ < (rule.until or date.max) for other in rules[:at]
        ):
            raise ConfigError(f"{name}: {rule.id} holds on a day on which another rule does; end one earlier")
    return rules


def rule_on(rules: tuple[ItemRule, ...], day: date) -> ItemRule:
    """Return the rule in force on a day; raise ConfigError if there is none."""
    for rule in rules:
        if rule.from_ <= day and (rule.until is None or day < rule.until):
            return rule
    spans = ", ".join(f"{rule.id} from {rule.from_}" for rule in rules)
    raise ConfigError(f"no rule on counting items holds on {day}; known: {spans}")


def assess(rule: ItemRule, found: Mapping[str, Items], *, insider: bool = False) -> tuple[Answer, ...]:
    """Return an answer for each band and class, and for all classes in proportion (one whole is the threshold).

    ``insider``: the items are said to come from the work of who gave them away. Then the text's share is enough.
    """
    share = Fraction(rule.insider.share) if insider else Fraction(1)
    return tuple(
        answer
        for band, times in rule.bands.items()
        for answer in (*_by_class(rule, found, band, times * share), _mixed(rule, found, band, times * share))
    )


def _by_class(rule: ItemRule, found: Mapping[str, Items], band: str, times: Fraction) -> list[Answer]:
    answers = []
    for name, threshold in rule.classes.items():
        items, needed = found.get(name, Items()), threshold.items * times
        said = _answer(Fraction(items.verified), Fraction(items.most), needed)
        answers.append(Answer(rule.id, threshold.place, band, name, float(needed), items.verified, items.most, said))
    return answers


def _mixed(rule: ItemRule, found: Mapping[str, Items], band: str, times: Fraction) -> Answer:
    """Return the answer to the sum in proportion. What could not be read counts once, as the strictest class."""
    least, most, unread, strictest = Fraction(0), Fraction(0), 0, min(t.items for t in rule.classes.values())
    for name, items in found.items():
        needed = rule.classes[name].items
        least += Fraction(items.verified, needed)
        most += Fraction(items.verified + items.inferred, needed)
        unread = max(unread, items.unread)
    most += Fraction(unread, strictest)
    said = _answer(least, most, times)
    return Answer(rule.id, rule.mixed, band, MIXED, float(times), round(float(least), 4), round(float(most), 4), said)


def _answer(least: Fraction, most: Fraction, needed: Fraction) -> str:
    if least >= needed:
        return MET
    return UNKNOWN if most >= needed else NOT_MET


def _rule(written: _WrittenRule, name: str) -> ItemRule:
    if written.mark not in MARKS:
        raise ConfigError(f"{name}: {written.id}.mark: {written.mark!r}; known: {', '.join(MARKS)}")
    numbers = [*(t.items for t in written.classes.values()), *written.bands.values()]
    if not written.classes or min(numbers) < 1:
        raise ConfigError(f"{name}: {written.id}: thresholds and bands are whole numbers from 1 on")
    try:
        Fraction(written.insider.share)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"{name}: {written.id}.insider.share: {written.insider.share!r}; write 1/2") from None
    fields = {field: getattr(written, field) for field in _WrittenRule.__struct_fields__}
    return ItemRule(**fields)
