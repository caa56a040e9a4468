"""The exits: money leaves the last accounts as cash, crypto assets or goods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.lab.world.diary import Values
from stanch.lab.world.gangs.batches import Batch, after_cut, moves_at, split
from stanch.lab.world.gangs.money import Lot, Purse, record
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE, SECOND

#: One withdrawal at most, one purchase at most, in minor units.
_CASH, _PURCHASE = 2_000_000, 8_000_000
#: From these on taking out what came in counts as planted, clear of the shipped thresholds.
_RECEIVED, _PERCENT = 1_200_000, 83
_WINDOW: Final = 2 * HOUR


@dataclass(frozen=True, slots=True)
class Out:
    """One movement out: from which account, when, how (cash, crypto, goods), how much (minor units)."""

    account: int
    when: int
    way: str
    amount: int


def leave(scene: Scene, batch: Batch, purse: Purse) -> list[Out]:
    """Take a batch out; return the movements."""
    exits = scene.country.parameters.gangs.exits
    weights = np.asarray(list(exits.values()))
    way = str(scene.rng.choice(list(exits), p=weights / weights.sum()))
    total, begin = after_cut(scene, batch), moves_at(scene, batch)
    parts = split(scene, total, 1 + total // (_CASH if way == "cash" else _PURCHASE))
    pace = 90 * SECOND if way == "cash" else 3 * MINUTE
    outs = [Out(batch.account, begin + index * pace, way, amount) for index, amount in enumerate(parts)]
    for out in outs:
        pieces = purse.take(batch.account, out.amount)
        for word, event in _write(scene, batch, out):
            shares = record(scene, scene.country.names.spelled_word(word), event, pieces)
            pieces = [Lot(out.when, event, *owner, amount) for owner, amount in shares.items()]
    return outs


def _write(scene: Scene, batch: Batch, out: Out) -> list[tuple[int, int]]:
    """Write one movement out: a runner at a machine, a purchase of crypto assets, or of goods that are sold on.

    Returns its instructions, each with the word of its source.
    """
    firms = scene.country.firms
    about: dict[str, Values] = {"src": out.account, "amount": out.amount, "source": batch.source}
    if out.way == "goods":
        return _buy(scene, batch, out, about)
    if out.way == "crypto":
        about |= {"dst": int(scene.rng.choice(firms.exchanges)), "channel": "app", "device": batch.device}
    else:
        branches = np.concatenate([branch[1:] for branch in firms.branches.values()])
        about |= {"dst": int(scene.rng.choice(branches)), "channel": "atm"}
    taken = scene.take_out(f"{out.way}_out", out.when, step="exit", **about)
    return [(batch.source, int(taken[0]))]


def _buy(scene: Scene, batch: Batch, out: Out, about: dict[str, Values]) -> list[tuple[int, int]]:
    """Buy goods from a shop, directly or through a payment firm."""
    shop = int(scene.rng.choice(scene.country.firms.merchants.code))
    about = about | {"dst": shop, "channel": "qr", "detail": "goods", "device": batch.device}
    if scene.rng.random() >= scene.country.parameters.gangs.third_party:
        return [(batch.source, int(scene.pay(out.when, step="exit", **about)[0]))]
    passed = scene.pay_through(out.when, steps=("layering", "exit"), **about)
    return [(batch.source, int(passed.first[0])), (int(passed.source[0]), int(passed.second[0]))]


def expect_exits(scene: Scene, came: dict[int, list[Lot]], outs: list[Out]) -> None:
    """Say where most of what came within two hours was taken out in one way."""
    for out in outs:
        since = out.when - _WINDOW
        received = sum(lot.amount for lot in came[out.account] if since <= lot.when < out.when)
        same = (o for o in outs if (o.account, o.way) == (out.account, out.way) and since <= o.when <= out.when)
        if out.way != "goods" and received >= _RECEIVED and sum(o.amount for o in same) * 100 >= _PERCENT * received:
            scene.plant(f"finance.{out.way}_out_after_inflow", out.account, [out.when])
