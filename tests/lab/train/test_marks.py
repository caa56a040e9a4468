from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.lab.measure.labels import ranked
from stanch.lab.train.marks import A_DAY, Ranked, Trial, drawn

Row = tuple[bool, int, int, float]
ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 2), st.sampled_from((0.0, 0.25, 0.5, 1.0))),
    min_size=2, max_size=40,
)  # fmt: skip
WEIGHTS = st.lists(st.integers(0, 3), min_size=7, max_size=7)


def marks_of(rows: list[Row], weights: list[int] | None = None) -> list[float]:
    fraud, card, day, scores = (np.array(column) for column in zip(*rows, strict=True))
    marks = Ranked(Trial(fraud, card, day), scores.astype(float)).marks(np.array(weights or [1] * 7, float))
    return [float(mark) for mark in marks]


@settings(max_examples=80, deadline=None)
@given(rows=ROWS, weights=WEIGHTS)
def test_a_card_drawn_twice_counts_as_two_cards(rows: list[Row], weights: list[int]) -> None:
    repeated = [row for row in rows for _ in range(weights[row[1]])]
    fraud = np.array([row[0] for row in repeated], dtype=bool)
    found = marks_of(rows, weights)
    if not fraud.any() or fraud.all():
        assert np.isnan(found).all()
        return
    slow = ranked(fraud, np.array([row[3] for row in repeated]), np.zeros(len(repeated), dtype=np.int64))
    assert found[0] == pytest.approx(slow.roc_auc)
    assert found[1] == pytest.approx(slow.average_precision)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_with_few_cards_every_compromised_card_is_found_once(rows: list[Row]) -> None:
    found = marks_of(rows)
    if not np.isnan(found[2]):
        days = len({row[2] for row in rows})
        assert found[2] == pytest.approx(len({row[1] for row in rows if row[0]}) / A_DAY / days)


def test_the_hundred_highest_cards_of_a_day_are_looked_at_by_their_highest_payment() -> None:
    cards = 150
    card = np.concatenate([np.arange(cards), np.arange(cards)])
    scores = np.concatenate([np.arange(cards) / cards, np.zeros(cards)])
    fraud = np.zeros(2 * cards, dtype=bool)
    fraud[[10, cards + 140]] = True  # card 10 is not among the highest; card 140 is, by its other payment
    ranked_ = Ranked(Trial(fraud, card, np.zeros(2 * cards, dtype=np.int64)), scores)
    assert ranked_.marks(np.ones(cards))[2] == 1 / A_DAY


def test_draws_are_the_same_in_every_run_and_draw_as_many_cards_as_there_are() -> None:
    assert (drawn(50, 3, 7) == drawn(50, 3, 7)).all()
    assert drawn(50, 3, 7).sum(axis=1).tolist() == [50, 50, 50]
