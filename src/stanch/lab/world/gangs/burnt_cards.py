"""The end of a card: the operator verifies its holder again, few of a gang's come, and a person limits it."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.card_life import deciders
from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.assets import Cards, Timetable
from stanch.lab.world.scene import Scene
from stanch.model.time import MINUTE


def burn(scene: Scene, days: Timetable, cards: Cards) -> None:
    """Let the operator verify callers' cards again after the last day of calling, and limit those that fail.

    One holder sold the card but comes with the right papers, and passes.
    """
    rng, p = scene.rng, scene.country.parameters.telecom.gangs
    caught = cards.bulk[: len(cards.callers) + 2][rng.random(len(cards.callers) + 2) < p.verified]
    when = scene.at(days.contact[-1], 20.2, 40) + np.sort(rng.integers(0, 40 * MINUTE, len(caught)))
    scene.write("recertified", when, step="report", dst=caught, detail="failed", source=cards.operator)
    limited = when + rng.integers(10, 70, len(caught)) * MINUTE
    limit(scene, cards, caught, limited)
    came = int(cards.idle[0])
    scene.write("recertified", int(when[0]) if len(when) else scene.at(days.contact[-1], 15, 60), step="report",
                dst=came, holder=int(cards.holders[len(cards.bulk) - len(cards.idle)]), detail="passed",
                source=cards.operator)  # fmt: skip


def limit(scene: Scene, cards: Cards, limited: Ints, when: Ints) -> None:
    """Tell twice, as operators do, that cards were limited: by whom, and for the score of the outlet that sold them."""
    by = deciders(scene.country, scene.rng, cards.operator, len(limited))
    scene.write("card_restricted", when, step="report", src=by, dst=limited, source=cards.operator)
    scene.write("card_restricted", when + MINUTE, step="report", src=cards.dealer, dst=limited, source=cards.operator)
