from __future__ import annotations

import pytest

from stanch.model.errors import ConfigError
from stanch.typologies.reasons import Unit, Value, parse_sentence, speak


@pytest.mark.parametrize(
    ("value", "unit", "language", "currency", "said"),
    [
        (12_345, Unit.NUMBER, "en", None, "12,345"),
        (2.5, Unit.NUMBER, "en", None, "2.5"),
        (1_961, Unit.PLAIN, "en", None, "1961"),
        (500_000, Unit.MONEY, "en", "CNY", "5,000.00 CNY"),
        (500_000, Unit.MONEY, "zh", "CNY", "5,000.00 元"),
        (500, Unit.MONEY, "zh", "JPY", "500 JPY"),
        (0, Unit.DURATION, "en", None, "0 s"),
        (59, Unit.DURATION, "en", None, "59 s"),
        (7_500, Unit.DURATION, "en", None, "2 h 5 min"),
        (90_061, Unit.DURATION, "en", None, "1 d 1 h"),
        (86_405, Unit.DURATION, "en", None, "1 d"),
        (7_500, Unit.DURATION, "zh", None, "2 小时 5 分钟"),
        (None, Unit.MONEY, "en", "CNY", "unknown"),
        (None, Unit.MONEY, "zh", "CNY", "未知"),
        ("C", Unit.PLAIN, "en", None, "C"),
    ],
)
def test_a_value_is_spoken_for_people(value: Value, unit: Unit, language: str, currency: str | None, said: str) -> None:
    assert speak(value, unit, language, currency) == said


def test_a_sentence_carries_its_numbers() -> None:
    sentence = parse_sentence("{n} payers sent {sum}.", {"n": Unit.NUMBER, "sum": Unit.MONEY})
    assert sentence.render({"n": 9, "sum": 120_000}, "en", "CNY") == "9 payers sent 1,200.00 CNY."
    assert sentence.names == {"n", "sum"}


@pytest.mark.parametrize(
    ("value", "said"), [(1, "1 card"), (0, "0 cards"), (1_200, "1,200 cards"), (None, "unknown cards")]
)
def test_a_number_agrees_with_its_noun(value: Value, said: str) -> None:
    assert parse_sentence("{n:card|cards}", {"n": Unit.NUMBER}).render({"n": value}, "en", None) == said


def test_chinese_words_are_not_set_apart() -> None:
    sentence = parse_sentence("开户 {age} 的账户转出 {sum} 后停用", {"age": Unit.DURATION, "sum": Unit.MONEY})
    assert sentence.render({"age": 86_400, "sum": 500}, "zh", "CNY") == "开户 1 天的账户转出 5.00 元后停用"


def test_a_missing_number_is_called_unknown() -> None:
    assert parse_sentence("{n} payers", {"n": Unit.NUMBER}).render({}, "en", None) == "unknown payers"


@pytest.mark.parametrize("text", ["{m} payers", "{n:>8} payers", "{n:a|b|c}", "{n!r} payers", "{} payers", "{n payers"])
def test_other_placeholders_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_sentence(text, {"n": Unit.NUMBER})
