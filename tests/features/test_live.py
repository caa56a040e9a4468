"""The owner of what windows remember: it grows, lets go, is saved and taken over, and flags what leaves its range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from compiled_line import Codes
from random_tables import Row, event_rows, features
from stanch.features.definition import Feature, parse_feature
from stanch.features.live import Observer, observer_for
from stanch.features.plan import KIND_NUMBER, MAX_BITS
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY, HOUR, SECOND

Ints = npt.NDArray[np.int64]

ALL: dict[str, dict[str, object]] = {
    "payments": {"count": True, "by": "src", "over": "1h"},
    "paid": {"total": "amount", "by": "src", "over": "1h"},
    "payees": {"distinct": "dst", "by": "src", "over": "1h"},
    "largest": {"largest": "amount", "by": "src", "over": "1d"},
    "first": {"since_first": True, "by": "dst", "over": "1d"},
    "together": {"count": True, "by": ["src", "dst"], "over": "1d"},
}
EACH: list[Feature] = [parse_feature(form, name) for name, form in ALL.items()]
TRANSFER = KIND_NUMBER["transfer"]


def transfers(number: int, payers: int, start: int = 0, step: int = SECOND) -> Ints:
    """Payments in turn by each of some payers to ten times as many payees, of 0, 1, 2 ... cents."""
    rows = np.full((number, len(INDEX)), NULL, dtype=np.int64)
    rows[:, INDEX["src"]] = np.arange(number) % payers
    rows[:, INDEX["dst"]] = payers + np.arange(number) % (payers * 10)
    rows[:, INDEX["amount"]] = np.arange(number)
    rows[:, INDEX["kind"]] = TRANSFER
    rows[:, INDEX["as_of"]] = start + np.arange(number) * step
    return rows


def seen(observer: Observer, rows: Ints, batch: int = 1000) -> Ints:
    kinds = np.full(len(rows), TRANSFER, dtype=np.int64)
    entities = int(rows[:, INDEX["dst"]].max()) + 1
    cuts = [slice(at, at + batch) for at in range(0, len(rows), batch)]
    return np.concatenate([observer.observe(rows[cut], kinds[cut], entities) for cut in cuts])


def paying() -> Observer:
    return observer_for({"transfer": EACH}, Codes().word)


def test_tables_and_rings_grow_without_losing_anything() -> None:
    rows = transfers(20_000, payers=2_000, step=SECOND // 10)
    found = seen(paying(), rows)
    turns = np.arange(20_000) // 2_000
    assert (found[:, 0] == turns).all()
    assert (found[:, 2] == turns).all()
    assert (found[2_000:, 3] == np.arange(18_000)).all()


def test_one_batch_of_everything_is_the_same_as_many() -> None:
    rows = transfers(9_000, payers=700)
    assert (seen(paying(), rows, 9_000) == seen(paying(), rows, 1)).all()


def test_idle_keys_are_freed_when_their_windows_have_passed() -> None:
    observer = paying()
    seen(observer, transfers(5_000, payers=500))
    full = observer.footprint()
    assert min(full.events, full.keys, full.pairs) > 0
    seen(observer, transfers(1, payers=1, start=5_000 * SECOND + DAY + HOUR))
    left = observer.footprint()
    assert (left.events, left.pairs) == (1, 1)
    assert left.keys == 3
    assert not observer.memory.index[observer.memory.index != 0].size > left.keys


def test_freed_room_is_used_again() -> None:
    observer = paying()
    held = []
    for week in range(6):
        seen(observer, transfers(2_000, payers=200, start=week * 7 * DAY))
        held.append(observer.footprint())
    assert held[1:] == [held[1]] * 5


@settings(max_examples=25, deadline=None)
@given(rows=event_rows(), wanted=features())
def test_a_saved_memory_goes_on_where_it_stopped(rows: Sequence[Row], wanted: dict[str, Feature]) -> None:
    codes = Codes()
    matrix = codes.matrix(rows)
    kinds = np.array([KIND_NUMBER[row["kind"]] for row in rows], dtype=np.int64)
    each = {row["kind"]: list(wanted.values()) for row in rows}
    first, second = observer_for(each, codes.word), observer_for(each, codes.word)
    half, entities = len(rows) // 2, len(codes.entities)
    first.observe(matrix[:half], kinds[:half], entities)
    second.load({name: array.copy() for name, array in first.save().items()})
    assert second.footprint() == first.footprint()
    width = len(dict.fromkeys(wanted.values()))
    went_on = second.observe(matrix[half:], kinds[half:], entities)[:, :width]
    assert (went_on == first.observe(matrix[half:], kinds[half:], entities)[:, :width]).all()


def test_a_total_that_leaves_the_range_is_flagged_and_not_wrapped() -> None:
    rows = transfers(3, payers=1)
    rows[:, INDEX["amount"]] = 2**61
    with pytest.raises(InputError, match="a total overflowed at event 1 of the batch"):
        seen(paying(), rows)


def test_a_where_that_overflows_is_flagged() -> None:
    window = parse_feature({"count": True, "by": "src", "over": "1h", "where": "amount * amount > 5"}, "w")
    rows = transfers(2, payers=1)
    rows[:, INDEX["amount"]] = 2**40
    with pytest.raises(InputError, match="overflowed"):
        seen(observer_for({"transfer": [window]}, Codes().word), rows)


def test_facts_alone_need_no_window() -> None:
    known = parse_feature({"first_seen": "src"}, "known")
    found = seen(observer_for({"transfer": [known]}, Codes().word), transfers(3, payers=1))
    assert found[:, 0].tolist() == [NULL, 1, 2]


def test_too_many_conditions_on_one_kind_are_refused() -> None:
    forms = [{"count": True, "by": "src", "over": "1h", "where": f"amount > {n}"} for n in range(MAX_BITS + 1)]
    with pytest.raises(ConfigError, match="more than 62 different conditions"):
        observer_for({"transfer": [parse_feature(form, "many") for form in forms]}, Codes().word)
