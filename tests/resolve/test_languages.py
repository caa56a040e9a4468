from __future__ import annotations

import numpy as np

from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.kinds import KINDS
from stanch.resolve.languages import Languages

WORDS = ["language_en", "language_zh", "birth_year"]


def told(languages: Languages, at: int, person: int, word: str, number: int = 1, kind: str = "profile") -> None:
    row = np.full((1, len(MATRIX)), NULL, dtype=np.int64)
    for name, value in (("as_of", at), ("src", person), ("detail", WORDS.index(word)), ("number", number)):
        row[0, INDEX[name]] = value
    languages.learn(row, np.array([tuple(KINDS).index(kind)]))


def test_a_language_counts_from_the_next_moment_on_until_it_is_taken_back() -> None:
    languages = Languages(WORDS.index)
    told(languages, 10, 7, "language_zh")
    told(languages, 20, 7, "language_zh", 0)
    told(languages, 20, 7, "language_en")
    assert [languages.of(7, at) for at in (10, 11, 20, 21)] == [("en", "zh"), ("zh",), ("zh",), ("en",)]


def test_other_facts_and_other_people_say_nothing() -> None:
    languages = Languages(WORDS.index)
    told(languages, 10, 7, "birth_year", 1961)
    told(languages, 10, 8, "language_zh")
    told(languages, 10, 7, "language_zh", kind="employed")
    assert languages.of(7, 99) == ("en", "zh")
    again = Languages(WORDS.index)
    again.load(languages.save())  # type: ignore[arg-type]  # plain data, as a snapshot gives it back
    assert again.of(8, 99) == ("zh",)
