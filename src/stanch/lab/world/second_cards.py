"""Second cards: numbers beside the main one, which people give up more easily, with what was bound to them."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR

#: So long ago account and user were bound to the second card (days).
_BOUND: Final = (60, 250)


def second_cards(scene: Scene) -> Ints:
    """Return the rows of second cards of grown-ups with account and user who play no other part, in random order."""
    people, has, taken = scene.country.people, scene.country.has, scene.truth.roles
    person = has.cards.person
    fit = (has.card_of[person] != np.arange(len(has.cards))) & (people.age[person] >= 18)
    fit &= (has.account_of[person] >= 0) & (has.user_of[person] >= 0)
    codes = people.code[person], has.cards.code
    free = [row for row in np.flatnonzero(fit).tolist() if not any(int(code[row]) in taken for code in codes)]
    rows: Ints = scene.rng.permutation(np.asarray(free, dtype=np.int64))
    return rows


def bind_to_second(scene: Scene, row: int) -> tuple[int, int]:
    """Tell that account and user of the holder were bound to the second card months ago; return their rows."""
    has, person = scene.country.has, scene.country.has.cards.person[row]
    account, user = int(has.account_of[person]), int(has.user_of[person])
    for things, thing in ((has.accounts, account), (has.users, user)):
        oldest = max(int(things.since[thing]), int(has.cards.since[has.card_of[person]]), int(has.cards.since[row]))
        since = max(START - int(scene.rng.integers(*_BOUND)) * DAY, oldest + HOUR)
        scene.diary.note("bound", since, src=int(has.cards.code[row]), dst=int(things.code[thing]),
                         source=int(things.source[thing]))  # fmt: skip
    return account, user
