"""Windows over what our own decisions caused, where there are many of them."""

from __future__ import annotations

import pytest

from naive import naive_features
from random_tables import Row, event_table
from stanch.features.definition import parse_feature
from stanch.lab.history import observe_history, read_history
from stanch.model.errors import InputError
from stanch.model.time import HOUR, SECOND

WARNINGS = parse_feature({"count": True, "by": "dst", "over": "1m", "where": "kind = 'warned'"}, "warnings")


def test_a_batch_that_lasts_longer_than_a_window_loses_none_of_its_warnings() -> None:
    start = 500_000 * HOUR
    rows: list[Row] = [
        {"seq": n, "as_of": start + n * 4 * SECOND, "kind": "warned", "dst": "a", "detail": "warn"} for n in range(600)
    ]
    slow = [each["warnings"] for each in naive_features(rows, {"warnings": WARNINGS})]
    for batch in (4096, 100, 1):
        _, seen = observe_history(read_history(event_table(rows)), {"warned": [WARNINGS]}, batch)
        assert seen[:, 0].tolist() == slow


def test_a_total_of_held_money_that_leaves_the_range_is_an_error() -> None:
    held = parse_feature({"total": "amount", "by": "dst", "over": "1h", "where": "kind = 'hold_placed'"}, "held")
    start = 500_000 * HOUR
    rows: list[Row] = [
        {"seq": n, "as_of": start + n * SECOND, "kind": "hold_placed", "dst": "a", "detail": "delay", "amount": 2**61}
        for n in range(4)
    ]
    with pytest.raises(InputError, match="overflowed"):
        observe_history(read_history(event_table(rows)), {"hold_placed": [held]}, 4)
