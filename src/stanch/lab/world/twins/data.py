"""Look-alikes at the desks: clerks who open many records, or at odd hours, because it is their work."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.institutions import DESKS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR

_STEP = "leak"


def hr_lookup(scene: Scene, day: int) -> None:
    """Play a check of all staff: seventy records, with a ticket for nearly each."""
    count = int(scene.rng.integers(62, 85))
    _view(scene, "twin:hr_lookup", _hours(scene, day, 9, 8, count), round(count * 0.1))


def night_duty(scene: Scene, day: int) -> None:
    """Play a clerk on night duty: emergencies come without a ticket, six of them in a night."""
    _view(scene, "twin:night_duty", _hours(scene, day, 0.5, 4, 12), 6)


def busy_counter(scene: Scene, day: int) -> None:
    """Play a counter on the first of the month: a dozen records are opened before the ticket is written."""
    _view(scene, "twin:busy_counter", _hours(scene, day, 9, 8, 30), int(scene.rng.integers(10, 13)))


def auditor(scene: Scene, day: int) -> None:
    """Play the audit, which takes its samples: two exports of some two hundred records."""
    clerk = _clerk(scene, "twin:auditor")
    clerks = scene.country.firms.clerks
    when = scene.at(day, 10, 60) + np.asarray([0, 4 * HOUR])
    scene.write("records_exported", when, step=_STEP, src=int(clerks.code[clerk]),
                number=scene.rng.integers(150, 230, 2), detail="audit", source=int(clerks.source[clerk]))  # fmt: skip


def _hours(scene: Scene, day: int, hour: float, hours: float, count: int) -> Ints:
    return scene.at(day, hour, 20) + np.sort(scene.rng.integers(0, int(hours * HOUR), count))


def _view(scene: Scene, role: str, when: Ints, without_ticket: int) -> None:
    clerk = _clerk(scene, role)
    clerks = scene.country.firms.clerks
    number = (np.arange(len(when)) >= without_ticket).astype(np.int64)
    scene.write("record_viewed", when, step=_STEP, src=int(clerks.code[clerk]), source=int(clerks.source[clerk]),
                dst=scene.some(scene.country.people.code, len(when)), number=scene.rng.permutation(number),
                detail=list(DESKS.values())[int(clerks.desk[clerk])])  # fmt: skip


def _clerk(scene: Scene, role: str) -> int:
    clerks = scene.country.firms.clerks
    clerk = int(scene.unmarked(clerks.code, 1)[0])
    scene.role(int(clerks.code[clerk]), role)
    return clerk
