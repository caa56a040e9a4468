"""The verdict on a soak: what neither state nor caches explain must not grow."""

from __future__ import annotations

import pytest

from stanch.lab.flatness import FLAT, Minute, verdict


def minutes(
    count: int, leak: float = 0.0, state: float = 0.0, kept: float = 0.0, peak: tuple[int, ...] = ()
) -> list[Minute]:
    """Minutes of a server that loads for a while; ``leak``, ``state`` and ``kept`` grow by so many MB an hour."""
    made = []
    for minute in range(1, count + 1):
        told = [50.0 + state * minute / 60, kept * minute / 60]
        rest = 400.0 + min(minute, 5) * 8 + leak * minute / 60 + (70.0 if minute in peak else 0.0)
        made.append(Minute(minute, minute * 15_000, 0, rest + sum(told), told[0], told[1], rest, 30, 8, 1.0, 2.0))
    return made


def test_a_server_whose_state_and_caches_alone_grow_is_flat() -> None:
    found = verdict(minutes(30, state=200, kept=60))
    assert found.flat is True
    assert (found.rest, found.state, found.kept, found.resident) == (0, 200, 60, 260)
    assert found.says.startswith("flat:")


@pytest.mark.parametrize(("leak", "flat"), [(FLAT - 1, True), (FLAT + 1, False), (10 * FLAT, False)])
def test_a_server_that_leaks_is_not(leak: float, flat: bool) -> None:
    found = verdict(minutes(30, leak=leak, state=200))
    assert found.flat is flat
    assert found.rest == pytest.approx(leak)
    assert found.says.startswith("flat:" if flat else "NOT flat:")


def test_minutes_that_end_while_a_snapshot_is_written_do_not_matter() -> None:
    assert verdict(minutes(30, peak=(20, 30))).flat is True
    assert verdict(minutes(30, leak=3 * FLAT, peak=(11, 12))).flat is False


def test_a_short_soak_has_no_verdict() -> None:
    found = verdict(minutes(6))
    assert found.flat is None
    assert "too short" in found.says
