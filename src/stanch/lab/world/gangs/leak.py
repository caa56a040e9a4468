"""Stage one: an insider opens records of people without a ticket, at night, and exports some."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.institutions import DESKS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE


def leak(scene: Scene, day: int, wanted: Ints) -> Ints:
    """Open the records of the people wanted (rows) and of others beside them; return the rows of all of them."""
    country, rng = scene.country, scene.rng
    clerks = country.firms.clerks
    clerk = int(rng.integers(len(clerks.code)))
    others = scene.some(np.arange(len(country.people)), max(0, country.parameters.gangs.leaked - len(wanted)))
    leaked = rng.permutation(np.union1d(wanted, others))
    evening, night = np.array_split(leaked, [round(len(leaked) * 0.45)])
    when = np.concatenate([_spread(scene, day, 18.5, 4.0, len(evening)), _spread(scene, day, 0.2, 4.6, len(night))])
    desk = list(DESKS.values())[int(clerks.desk[clerk])]
    source = int(clerks.source[clerk])
    excused = ~np.isin(leaked, wanted) & (rng.random(len(leaked)) < 0.08)
    scene.write("record_viewed", when, step="leak", src=clerks.code[clerk], dst=country.people.code[leaked],
                detail=desk, number=excused.astype(np.int64), source=source)  # fmt: skip
    scene.write("records_exported", when.max() + 7 * MINUTE, step="leak", src=int(clerks.code[clerk]),
                number=int(rng.integers(700, 4000)), detail=desk, source=source)  # fmt: skip
    insider = int(clerks.code[clerk])
    scene.role(insider, "insider")
    for typology in ("views_without_ticket", "off_hours_views", "view_burst", "large_export", "export_after_views"):
        scene.plant(f"data.{typology}", insider, [int(when.min()), int(when.max()) + 7 * MINUTE])
    return leaked


def _spread(scene: Scene, day: int, hour: float, hours: float, count: int) -> Ints:
    begin = scene.at(day, hour, 10)
    return np.sort(begin + scene.rng.integers(0, int(hours * HOUR), count))
