"""Telling: what a decision that warns says to the person in danger, and whom else it asks to be reached.

The words are chosen by the scheme of the finding, the age and the languages; whom to reach by whom the person named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from stanch.decide.warnings import Warnings, parse_warnings
from stanch.engine.causes import about
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision, Finding
from stanch.resolve.audience import Audience
from stanch.resolve.confidants import GUARDIAN, TRUSTED, Confidant

_OF_AGE: Final = 18
#: The step that asks for somebody beside the person.
_CONTACT: Final = "contact"


@dataclass(frozen=True, slots=True)
class Telling:
    """One warning in words, by language. ``person`` is an entity code, NULL where nobody is known.

    ``to`` is person, trusted or guardian: who is to be reached beside the person. ``contact`` is None where that one
    was not named with consent: the hotline in the person's own text stands for them.
    """

    finding: Finding
    step: str
    person: int
    band: str
    scheme: str
    texts: dict[str, str]
    to: str
    contact: Confidant | None
    contact_texts: dict[str, str]


@cache
def load_warnings() -> Warnings:
    """Return the words that ship."""
    name = "warnings.yaml"
    return parse_warnings((files("stanch.decide") / name).read_text(encoding="utf-8"), name)


def telling(decision: Decision, row: list[int], words: Warnings, audience: Audience) -> Telling | None:
    """Return what a decision on an event (``row`` of the matrix) tells a person in danger; None if it warns nobody."""
    step = decision.step_on("protect")
    if step == "allow":
        return None
    finding, now = about(decision, step), row[INDEX["as_of"]]
    person = _behind(row, finding)
    age = audience.births.age(person, now)
    band, scheme = words.band(age), words.scheme(finding.typology)
    texts = {each: words.text(step, scheme, band, each) for each in audience.languages.of(person, now)}
    to = _beside(words, scheme, step)
    minor = to == "guardian" or (age is not None and age < _OF_AGE)
    contact = None if to == "person" else audience.confidants.of(person, GUARDIAN if minor else TRUSTED, now)
    spoken: dict[str, str] = {} if contact is None else msgspec.to_builtins(words.contact[to])
    return Telling(finding, step, person, band, scheme, texts, to, contact, spoken)


def message_of(told: Telling, source: int) -> dict[str, object]:
    """Return a warning as the sender of the event is told of it; ``source`` is the code of that sender.

    It holds no pseudonym and no fact of the person. Whom the person named is told as the id of the sender's own
    event that named them, so only to a sender who knows them already.
    """
    known = told.contact is not None and told.contact.source == source
    contact = {"named_by": told.contact.named_by, "texts": told.contact_texts} if told.contact and known else None
    return {"step": told.step, "scheme": told.scheme, "texts": told.texts, "to": told.to, "contact": contact}


def _beside(words: Warnings, scheme: str, step: str) -> str:
    """Return who is to be reached beside the person: above a minor's limits the guardian, at the last step any."""
    if scheme in words.guardian_of:
        return "guardian"
    return "trusted" if step == _CONTACT else "person"


def _behind(row: list[int], finding: Finding) -> int:
    """Return who is behind the subject of a finding, NULL where nobody is known."""
    side = finding.role.split("_", maxsplit=1)[0]
    return row[INDEX[f"{side}_person"]] if side in ("src", "dst") else finding.subject
