"""How cards are verified again: from which score strictly, within what time, and how long each answer may take.

A part of the policy. The duties are ATOFL art. 11 (graded by risk, restricted only where it was not done) and 32
(reason, way to object, lifted at once when cleared); neither names days, so all spans are start values, chosen by us.
"""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.model.errors import ConfigError
from stanch.model.time import DAY, HOUR, format_duration, parse_duration

#: No one is asked to come within less, and no restriction of a person's decision stands for longer.
SHORTEST_ANSWER: Final = DAY
LONGEST_LIMIT: Final = 180 * DAY
_SPANS: Final = ("answer", "strict_answer", "decision", "hearing", "lasts")


class ReverifyRules(msgspec.Struct, frozen=True):
    """The rules in microseconds and percent.

    From ``strict_from`` percent on, the second level: the holder has ``strict_answer`` instead of ``answer``. A person
    has ``decision`` to decide what follows, else nothing does. An objection is answered within ``hearing``, else it is
    followed. A restriction ends by itself after ``lasts``.
    """

    strict_from: int
    answer: int
    strict_answer: int
    decision: int
    hearing: int
    lasts: int

    def level(self, score: int | None) -> int:
        """Return the level of a request: 1, or 2 where the score (percent) is high."""
        return 2 if score is not None and score >= self.strict_from else 1

    def due(self, level: int, asked_at: int) -> int:
        """Return until when the holder is to have been verified."""
        return asked_at + (self.strict_answer if level > 1 else self.answer)


class WrittenReverify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys under ``reverify`` of a policy file."""

    strict_from: int = 60
    answer: str = "15d"
    strict_answer: str = "3d"
    decision: str = "2d"
    hearing: str = "15d"
    lasts: str = "30d"


def reverify_rules(written: WrittenReverify) -> ReverifyRules:
    """Check the keys of a policy. Raises ConfigError naming the key and what it may be."""
    rules = ReverifyRules(written.strict_from, *(parse_duration(getattr(written, name)) for name in _SPANS))
    if not 0 < rules.strict_from <= 100:
        raise ConfigError(f"reverify.strict_from must be a percentage above 0, not {rules.strict_from}")
    if rules.strict_answer < SHORTEST_ANSWER or rules.answer < rules.strict_answer:
        raise ConfigError(
            f"reverify.strict_answer {written.strict_answer} must be at least {format_duration(SHORTEST_ANSWER)}, "
            f"and reverify.answer {written.answer} at least as long: people need time to come"
        )
    if rules.lasts > LONGEST_LIMIT:
        raise ConfigError(
            f"reverify.lasts {written.lasts} must be at most {format_duration(LONGEST_LIMIT)}; decide anew after it"
        )
    if min(rules.decision, rules.hearing, rules.lasts) < HOUR:
        raise ConfigError("reverify.decision, hearing and lasts must be at least 1h each")
    return rules


def plain_reverify(rules: ReverifyRules) -> dict[str, object]:
    """Return plain data that a policy is read back from."""
    spans = {name: format_duration(getattr(rules, name)) for name in _SPANS}
    return {"strict_from": rules.strict_from, **spans}
