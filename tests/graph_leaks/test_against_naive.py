"""The search for leaks over random small logs, against a twin of sets and loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_leaks.naive_leaks import naive_leaks
from stanch.graph.leaks.find import find_leaks
from stanch.graph.leaks.limits import Limits
from stanch.graph.leaks.look_ups import LookUps
from stanch.model.columns import NULL
from stanch.model.time import HOUR

PEOPLE = 12
#: Every desk with a hit is a lead, so that all that was counted can be compared.
ALL = Limits(
    windows=((1, 1), (3, 2)), base_days=2, reach=80 * HOUR, margin=6 * HOUR, min_victims=1, min_ratio=0.0, max_q=1.0,
    same_day=1.0, shared_windows=(),
)  # fmt: skip

view = st.tuples(st.integers(0, 120), st.integers(0, PEOPLE - 1), st.integers(0, 2), st.integers(0, 1))


@given(
    st.lists(view, min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), st.integers(0, 160)), min_size=PEOPLE, max_size=PEOPLE),
    st.lists(st.integers(0, 1), min_size=PEOPLE, max_size=PEOPLE),
)
@settings(max_examples=120, deadline=None)
def test_hits_expectations_and_chances_are_those_of_the_naive_twin(
    views: list[tuple[int, int, int, int]], contacts: list[int | None], groups: list[int]
) -> None:
    when, person, employee, system = (np.array(column, np.int64) for column in zip(*views, strict=True))
    contact = np.array([NULL if hours is None else hours * HOUR for hours in contacts], np.int64)
    look_ups = LookUps(when * HOUR, person, employee, system, contact, np.array(groups, np.int64))
    expected = naive_leaks(look_ups, ALL)
    found = {(lead.system, lead.employee): lead for lead in find_leaks(look_ups, ALL).leads}
    assert set(found) == set(expected)
    for desk, lead in found.items():
        assert lead.p == pytest.approx(float(expected[desk][0]), rel=1e-9)
        assert lead.round == 1
        assert len(set(lead.victims)) == len(lead.victims) == len(lead.look_ups)
