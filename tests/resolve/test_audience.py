"""What is known of those who are told: true at every moment, kept, and read from logs that know the words late."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.interner import Words
from stanch.model.kinds import KINDS
from stanch.model.time import DAY
from stanch.resolve.audience import Audience
from stanch.resolve.confidants import GUARDIAN, TRUSTED, Confidant

PROFILE = tuple(KINDS).index("profile")
YEAR_2026 = 20_515 * DAY


def tell(audience: Audience, words: Words, at: int, detail: str, **columns: int) -> None:
    row = np.full((1, len(MATRIX)), NULL, dtype=np.int64)
    for name, value in {"as_of": at, "src": 7, "detail": words.code(detail), **columns}.items():
        row[0, INDEX[name]] = value
    audience.learn(row, np.array([PROFILE]), pa.array([f"event-{at}"]))


def copied(audience: Audience, words: Words) -> Audience:
    again = Audience(words.code)
    again.load(audience.save())
    again.births.load(audience.births.save())
    return again


def test_a_contact_counts_from_the_next_moment_on_until_consent_is_taken_back() -> None:
    words = Words()
    audience = Audience(words.code)
    tell(audience, words, 10, TRUSTED, holder=3, number=1, source=2)
    tell(audience, words, 20, GUARDIAN, holder=4, number=1)
    tell(audience, words, 30, TRUSTED, holder=3, number=0)
    for known in (audience, copied(audience, words)):
        named = [known.confidants.of(7, TRUSTED, at) for at in (10, 11, 30, 31)]
        assert named == [None, Confidant(3, "event-10", 2), Confidant(3, "event-10", 2), None]
        assert known.confidants.of(8, TRUSTED, 99) is None


def test_a_year_that_was_taken_back_is_not_known() -> None:
    words = Words()
    audience = Audience(words.code)
    tell(audience, words, YEAR_2026, "birth_year", number=2012)
    tell(audience, words, YEAR_2026 + 9, "birth_year")
    ages = [audience.births.age(7, YEAR_2026 + after) for after in (0, 1, 9, 10)]
    assert ages == [None, 14, 14, None]
    assert audience.births.age(NULL, YEAR_2026) is None


def test_who_is_to_be_born_yet_is_no_younger_than_nothing() -> None:
    words = Words()
    audience = Audience(words.code)
    tell(audience, words, YEAR_2026, "birth_year", number=3000)
    assert audience.births.age(7, YEAR_2026 + 1) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1930, 2020)), max_size=40), st.integers(0, 41))
def test_ages_are_those_of_a_list_read_from_behind(told: list[tuple[int, int]], at: int) -> None:
    words = Words()
    audience = Audience(words.code)
    for after, (person, year) in enumerate(told):
        tell(audience, words, YEAR_2026 + after, "birth_year", src=person, number=year)
    for known in (audience, copied(audience, words)):
        for person in range(6):
            said: list[Any] = [year for after, (who, year) in enumerate(told) if who == person and after < at]
            age = 2026 - said[-1] if said else None
            assert known.births.age(person, YEAR_2026 + at) == age


def test_a_log_that_is_read_may_come_to_know_the_words_late_and_is_not_added_to() -> None:
    words = Words(["other"])
    audience = Audience(words.find)
    assert len(words) == 1
    for detail in ("next", "guardian", "birth_year", "language_zh"):  # as later blocks of the log bring them
        words.code(detail)
    tell(audience, words, YEAR_2026, "birth_year", number=2012)
    tell(audience, words, YEAR_2026, "guardian", holder=4, number=1)
    tell(audience, words, YEAR_2026, "language_zh", number=1)
    assert audience.births.age(7, YEAR_2026 + 1) == 14
    assert audience.confidants.of(7, GUARDIAN, YEAR_2026 + 1) is not None
    assert audience.languages.of(7, YEAR_2026 + 1) == ("zh",)
