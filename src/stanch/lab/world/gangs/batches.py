"""Batches: what one account of a gang sends on together, when, and in how many parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.gangs.money import Lot, Purse
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: Stands for "no other money at all" where the time to the next is asked.
_FAR: Final = 1000 * HOUR
#: What is not worth moving, in minor units.
_CRUMBS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a gang moves money on: what comes within ``gather`` microseconds goes together, minutes later."""

    gather: int
    minutes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one account sends on together: when the last of it came, and how much it is."""

    account: int
    source: int
    device: int
    fresh: bool
    came: Ints
    amount: int
    gap: int  #: for so long before and after nothing else comes to the account
    minutes: tuple[int, int]  #: after so many it is moved on


def draw_pace(scene: Scene) -> Pace:
    """Draw how fast a gang is. The first gang of a world is a quick one."""
    p = scene.country.parameters.gangs
    if scene.case == 0 or scene.rng.random() < p.quick:
        return Pace(p.quick_gather_minutes * MINUTE, p.quick_minutes)
    return Pace(p.gather_minutes * MINUTE, p.minutes_between)


def batches(level: Accounts, purse: Purse, pace: Pace) -> list[Batch]:
    """Return what each account of a level sends on, oldest first, all levels above it being done."""
    found = []
    for row, account in enumerate(level.code.tolist()):
        groups = _gathered(sorted(purse.lots.get(account, []), key=lambda lot: lot.when), pace.gather)
        purse.lots[account] = [lot for group in groups for lot in group]
        for index, group in enumerate(groups):
            before = group[0].when - groups[index - 1][-1].when if index else _FAR
            after = groups[index + 1][0].when - group[-1].when if index + 1 < len(groups) else _FAR
            came = np.asarray([lot.when for lot in group], dtype=np.int64)
            total = sum(lot.amount for lot in group)
            ends = account, int(level.source[row]), int(level.device[row]), bool(level.fresh[row])
            found.append(Batch(*ends, came, total, min(before, after), pace.minutes))
    return found


def _gathered(lots: list[Lot], gather: int) -> list[list[Lot]]:
    """Return lots in groups: what comes soon after the first of a group goes on with it."""
    groups: list[list[Lot]] = []
    for lot in lots:
        if groups and lot.when - groups[-1][0].when <= gather:
            groups[-1].append(lot)
        else:
            groups.append([lot])
    return groups


def after_cut(scene: Scene, batch: Batch) -> int:
    """Return what goes on of a batch: whole hundreds of minor units, the cut stays."""
    return max(100, int(batch.amount * (1 - scene.between(scene.country.parameters.gangs.cut))) // 100 * 100)


def moves_at(scene: Scene, batch: Batch) -> int:
    """Draw when a batch is moved on: some minutes after the last of it came."""
    low, high = batch.minutes
    return int(batch.came.max()) + int(scene.rng.integers(low, high + 1)) * MINUTE


def split(scene: Scene, total: int, parts: int) -> list[int]:
    """Split an amount into parts of at least a few hundred yuan; their sum is the amount."""
    parts = int(max(1, min(parts, total // _CRUMBS)))
    shares = scene.rng.dirichlet(np.full(parts, 6.0))
    amounts = [int(share * total) // 100 * 100 for share in shares[:-1].tolist()]
    return [*amounts, total - sum(amounts)]
