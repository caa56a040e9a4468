"""Rings: which channels of reported money hang together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.naive_money import Move
from graph.test_carry import ACCOUNTS, CONSERVED
from graph.test_channel import Story, chain, followed, told
from stanch.graph.taint import Taint

MULE, SECOND, SHOP = 1, 2, 3


def grouped(taint: Taint, channels: set[int]) -> dict[int, int]:
    accounts = sorted(taint.through())
    flags = np.array([account in channels for account in accounts], dtype=np.int64)
    places = taint.rings(0, np.array(accounts, dtype=np.int64), flags).tolist()
    return {account: accounts[place] for account, place in zip(accounts, places, strict=True)}


def naive(moves: list[Move], accounts: set[int], channels: set[int]) -> dict[int, int]:
    """Join a channel with every account that paid it, again and again until nothing changes."""
    ring = {account: account for account in accounts}
    for _ in accounts:
        for move in moves:
            if move.dst in channels & accounts and move.src in accounts:
                lower = min(ring[move.src], ring[move.dst])
                upper = max(ring[move.src], ring[move.dst])
                ring = {account: lower if of == upper else of for account, of in ring.items()}
    return ring


@pytest.mark.parametrize("method", CONSERVED)
@settings(deadline=None, max_examples=150)
@given(story=told(), channels=st.sets(st.integers(0, ACCOUNTS - 1)))
def test_it_is_the_naive_twin(method: str, story: Story, channels: set[int]) -> None:
    taint = followed(story, method)
    inside = {account for account in taint.through() if account < ACCOUNTS}
    found = {account: of for account, of in grouped(taint, channels).items() if account < ACCOUNTS}
    if taint.through() == inside:
        assert found == naive(story[0], inside, channels)


def test_a_shop_that_is_no_channel_joins_nobody() -> None:
    taint = chain(backed=True)
    assert grouped(taint, {SECOND}) == {MULE: MULE, SECOND: MULE, SHOP: SHOP}
    assert grouped(taint, {SECOND, SHOP}) == {MULE: MULE, SECOND: MULE, SHOP: MULE}


def test_without_channels_everybody_is_alone() -> None:
    assert grouped(chain(backed=True), set()) == {MULE: MULE, SECOND: SECOND, SHOP: SHOP}
    assert grouped(chain(backed=False), {SECOND}) == {}
