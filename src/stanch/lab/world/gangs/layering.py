"""Stage six: the money is split, passed through level after level, and leaves as cash, crypto assets or goods."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.gangs.batches import Batch, after_cut, batches, draw_pace, moves_at, split
from stanch.lab.world.gangs.exits import expect_exits, leave
from stanch.lab.world.gangs.money import Lot, Purse, record
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE, SECOND

#: An account to which nothing else comes for so long shows the plain form of passing on.
_PASSES: Final = 4 * HOUR
#: After so long no other payment of the account comes between a test and what it was for.
_UNDISTURBED: Final = 100 * MINUTE
#: By then what came last has settled.
_SETTLED: Final = 45 * SECOND
#: How money leaves an account: into how many parts, and how often.
_STYLES: Final = (("pass", 1, 0.35), ("split", 3, 0.35), ("fan", 7, 0.3))
#: Sums and counts from which on the behaviours count as planted, clear of the shipped thresholds.
_NOTABLE: Final = 600_000
_WORTH_A_TEST: Final = 33_000
#: So many payments in and out within two hours are frequent use of an account that nobody used before.
_OFTEN: Final = 3


def launder(scene: Scene, levels: tuple[Accounts, Accounts, Accounts], purse: Purse) -> None:
    """Move all money in a gang's accounts on, level by level, and out."""
    pace = draw_pace(scene)
    for level, below in ((levels[0], levels[1]), (levels[1], levels[2])):
        for batch in batches(level, purse, pace):
            _send_on(scene, batch, below, purse)
    last = batches(levels[2], purse, pace)
    came = {account: list(purse.lots.get(account, [])) for account in levels[2].code.tolist()}
    taken = [out for batch in last for out in leave(scene, batch, purse)]
    expect_exits(scene, came, taken)


def _send_on(scene: Scene, batch: Batch, below: Accounts, purse: Purse) -> None:
    """Send a batch on to the next level, less the cut that stays."""
    style, parts, _ = _STYLES[int(scene.rng.choice(3, p=[share for _, _, share in _STYLES]))]
    amounts = split(scene, after_cut(scene, batch), parts)
    to = scene.some(below.code[below.code != batch.account], len(amounts))
    amounts = amounts[: len(to)] if len(to) == len(amounts) else split(scene, sum(amounts), len(to))
    begin = moves_at(scene, batch)
    times = begin + np.sort(scene.rng.integers(0, 12 * MINUTE, len(amounts)))
    if scene.rng.random() < 0.4 and (batch.account, int(to[-1])) not in purse.paid:
        _test(scene, batch, int(to[-1]), begin, amounts[-1], int(times[-1]))
    for when, payee, amount in zip(times.tolist(), to.tolist(), amounts, strict=True):
        _move(scene, batch, purse, when, payee, amount)
    _expect_passing(scene, batch, times, style)


def _move(scene: Scene, batch: Batch, purse: Purse, when: int, payee: int, amount: int) -> None:
    event = scene.pay(when, step="layering", source=batch.source, src=batch.account, dst=payee, amount=amount,
                      device=batch.device, channel="app", detail="transfer")  # fmt: skip
    purse.paid.add((batch.account, payee))
    shares = record(
        scene, scene.country.names.spelled_word(batch.source), int(event[0]), purse.take(batch.account, amount)
    )
    for (victim, scheme), share in shares.items():
        purse.put(payee, Lot(when, int(event[0]), victim, scheme, share))


def _test(scene: Scene, batch: Batch, payee: int, begin: int, amount: int, large: int) -> None:
    """Send a few yuan of the account's own first, to see whether the payee's account still works."""
    test = int(scene.rng.integers(100, 2000))
    when = max(begin - int(scene.rng.integers(2, 4)) * MINUTE, int(batch.came.max()) + _SETTLED)
    scene.pay(when, step="layering", source=batch.source, src=batch.account, dst=payee, amount=test,
              device=batch.device, channel="app", detail="transfer")  # fmt: skip
    if amount >= max(_WORTH_A_TEST, 55 * test) and batch.gap > _UNDISTURBED:
        scene.plant("finance.test_then_large", payee, [large])


def _expect_passing(scene: Scene, batch: Batch, times: Ints, style: str) -> None:
    if batch.gap <= _PASSES or batch.amount < _NOTABLE or int(times.max()) - int(batch.came.min()) > 110 * MINUTE:
        return
    if batch.fresh:
        scene.plant("finance.rapid_pass_through", batch.account, times)
    if _is_unused(scene, batch.account) and len(np.unique(batch.came)) + len(times) >= _OFTEN:
        scene.plant("finance.dormant_then_active", batch.account, times)
    if style == "fan" and len(times) >= 7:
        scene.plant("finance.fan_out", batch.account, times)


def _is_unused(scene: Scene, account: int) -> bool:
    has = scene.country.has
    return bool(np.isin(account, has.accounts.code[has.unused]))
