"""Because: what moved a learned score, as a sentence in each language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stanch.model.decisions import Finding
from stanch.scores.serving import Part
from stanch.typologies.reasons import LANGUAGES, Unit, Value, speak

#: So many inputs are named, at most; those that pushed towards fraud, strongest first.
NAMED: Final = 3

_WORDS: Final = {
    "en": ("What raised the score most: {}.", "{} ({})", "; "),
    "zh": ("使评分升高最多的是：{}。", "{}（{}）", "；"),
}


def because(parts: Sequence[Part], currency: Value) -> dict[str, str]:
    """Return the sentence on what raised a score most, by language; nothing where nothing raised it."""
    raised = [part for part in parts if part.added > 0][:NAMED]
    return {language: _sentence(raised, language, currency) for language in LANGUAGES} if raised else {}


def with_because(said: str, finding: Finding, language: str) -> str:
    """Return the sentence of a finding, followed by what moved the score that it rests on."""
    more = finding.because.get(language, "")
    return f"{said}{_stop(said, language)}{more}" if more else said


def _sentence(parts: Sequence[Part], language: str, currency: Value) -> str:
    whole, one, between = _WORDS[language]
    named = [one.format(part.of.said[language], _value(part, language, currency)) for part in parts]
    return whole.format(between.join(named))


def _value(part: Part, language: str, currency: Value) -> str:
    value = part.value
    if value is not None and part.of.unit != "number":
        value = round(value)
    elif value is not None:
        value = int(value) if value == int(value) else float(f"{value:.3g}")
    return speak(value, Unit(part.of.unit), language, None if currency is None else str(currency))


def _stop(said: str, language: str) -> str:
    if language == "zh":
        return "" if said.endswith("。") else "。"
    return " " if said.endswith(".") else ". "
