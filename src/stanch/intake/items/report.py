"""Counted items held against the thresholds of the law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files as shipped
from typing import Final

from stanch.intake.items.count import FileCount, ItemCount
from stanch.law.items import NOT_MET, UNKNOWN, Answer, ItemRule, Items, assess, parse_item_rules, rule_on
from stanch.model.errors import ConfigError

_NEXT: Final = {
    "file": "a file could not be read to its end: send it again, whole; until then nothing is 'not met'",
    "columns": "columns were not understood: say what they hold with --column NAME=CLASS, or NAME=none",
    "broken": "rows could not be read, or point to nobody: each may be an item of any class",
}


@dataclass(frozen=True, slots=True)
class ItemReport:
    """Items by class and what they say to each threshold. Answers are met, not met or unknown: never who is to blame.

    ``verified`` items rest on a check digit or the numbering plan, ``inferred`` ones on look-alikes, or on identifiers
    that may be one person's; what a seller claims to have (alleged) is not in the files and not counted.
    """

    provision: str
    basis: str
    source: str
    mark: str
    day: str
    insider: bool
    items: dict[str, Items]
    repeated: int
    answers: tuple[Answer, ...]
    files: tuple[FileCount, ...]
    next: tuple[str, ...]


def item_report(counted: ItemCount, country: str, day: date, *, insider: bool = False) -> ItemReport:
    """Return the report under the rule of a country in force on a day. Raises ConfigError where there is none."""
    rule = rule_on(load_item_rules(country), day)
    answers = assess(rule, counted.items, insider=insider)
    if not counted.whole:
        answers = tuple(replace(each, answer=UNKNOWN) if each.answer == NOT_MET else each for each in answers)
    return ItemReport(
        rule.id, rule.basis.en, rule.source, rule.mark, day.isoformat(), insider, dict(counted.items), counted.repeated,
        answers, counted.files, _next(counted),
    )  # fmt: skip


def load_item_rules(country: str) -> tuple[ItemRule, ...]:
    """Return the rules of a country that come with Stanch. Raises ConfigError naming those that there are."""
    folder = shipped("stanch.law") / "counted"
    known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    if country not in known:
        raise ConfigError(f"no rules on counting items for {country!r}; known: {', '.join(known)}")
    return parse_item_rules((folder / f"{country}.yaml").read_text(encoding="utf-8"), f"{country}.yaml")


def _next(counted: ItemCount) -> tuple[str, ...]:
    found = {
        "file": not counted.whole,
        "columns": any(each.not_understood for each in counted.files),
        "broken": any(each.broken or each.without_person for each in counted.files),
    }
    return tuple(text for name, text in _NEXT.items() if found[name])
