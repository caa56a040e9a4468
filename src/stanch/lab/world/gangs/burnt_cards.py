"""The end of a card: the operator verifies its holder again, few of a gang's come, and a person limits it."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.card_life import deciders
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.scene import Scene
from stanch.model.time import MINUTE


def burn(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Let the operator verify callers' cards again after the last day of calling, and limit those that fail.

    A limit is told twice, as operators do: by who decided it, and for the score of the outlet that issued the card.
    One holder sold the card but comes with the right papers, and passes.
    """
    rng, country, p = scene.rng, scene.country, scene.country.parameters.telecom.gangs
    caught = cards.bulk[: len(cards.callers) + 2][rng.random(len(cards.callers) + 2) < p.verified]
    when = scene.at(days.contact[-1], 20.2, 40) + np.sort(rng.integers(0, 40 * MINUTE, len(caught)))
    scene.write("recertified", when, step="report", dst=caught, detail="failed", source=cards.operator)
    limited = when + rng.integers(10, 70, len(caught)) * MINUTE
    words = np.full(len(caught), country.names.word(cards.operator), dtype=np.int64)
    for who in (deciders(country, rng, words), cards.dealer):
        scene.write("card_restricted", limited, step="report", src=who, dst=caught, source=cards.operator)
    came = int(cards.idle[0])
    scene.write("recertified", int(when[0]) if len(when) else scene.at(days.contact[-1], 15, 60), step="report",
                dst=came, holder=int(cards.holders[len(cards.bulk) - len(cards.idle)]), detail="passed",
                source=cards.operator)  # fmt: skip
