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


def moving_person(scene: Scene, day: int) -> None:
    """Play a person who moves house and calls seven counters: all with tickets; rarely none of them has written one."""
    clerks = scene.country.firms.clerks
    person = int(scene.unmarked(scene.country.people.code, 1)[0])
    scene.role(int(scene.country.people.code[person]), "twin:moving_person")
    rows = scene.unmarked(clerks.code, 7)
    _look(scene, rows, scene.spread(day, 9, 8, len(rows)), person, ticket=not scene.crosses())


def complaint_clerk(scene: Scene, day: int) -> None:
    """Play a clerk who works on one customer's complaint for a day: six looks with its ticket; rarely it is lost."""
    clerk = _clerk(scene, "twin:complaint_clerk")
    person = int(scene.some(np.arange(len(scene.country.people)), 1)[0])
    _look(scene, np.repeat(clerk, 6), scene.spread(day, 9, 8, 6), person, ticket=not scene.crosses())


def roster_leader(scene: Scene, day: int) -> None:
    """Play a team leader who exports a roster twice; rarely once for each of five shifts."""
    _export(scene, "twin:roster_leader", day, scene.rng.integers(20, 45, 5 if scene.crosses() else 2), "roster")


def monthly_report(scene: Scene, day: int) -> None:
    """Play the report of a month: a few hundred records; rarely the report of a quarter."""
    size = (520, 900) if scene.crosses() else (200, 450)
    _export(scene, "twin:monthly_report", day, scene.rng.integers(*size, 1), "report")


def day_list(scene: Scene, day: int) -> None:
    """Play a clerk who exports the list of the day after a morning of tickets; rarely they are written afterwards."""
    clerk, late = _clerk(scene, "twin:day_list"), scene.crosses()
    when = _hours(scene, day, 9, 4, 25)
    people = scene.some(np.arange(len(scene.country.people)), len(when))
    for row, moment in zip(people.tolist(), when.tolist(), strict=True):
        _look(scene, np.asarray([clerk]), np.asarray([moment]), row, ticket=not late)
    clerks = scene.country.firms.clerks
    scene.write("records_exported", int(when[-1]) + HOUR // 2, step=_STEP, src=int(clerks.code[clerk]),
                number=int(scene.rng.integers(55, 90)), detail="list", source=int(clerks.source[clerk]))  # fmt: skip


def opening_clerk(scene: Scene, day: int) -> None:
    """Play a clerk who looks at a record while the customer opens an account; rarely two of them at one visit."""
    country, clerk = scene.country, _clerk(scene, "twin:opening_clerk")
    person = int(scene.unmarked(country.people.code, 1)[0])
    holder = int(country.people.code[person])
    scene.role(holder, "twin:opening_clerk")
    when = scene.at(day, 10, 240)
    _look(scene, np.asarray([clerk]), np.asarray([when]), person, ticket=False)
    codes, banks = scene.new_accounts(2 if scene.crosses() else 1)
    for place, (code, bank) in enumerate(zip(codes.tolist(), banks.tolist(), strict=True)):
        branch = int(scene.rng.choice(country.firms.branches[country.names.spelled_word(bank)][1:]))
        scene.write("account_opened", when + (1 + place) * HOUR // 4, step=_STEP, src=branch, dst=code, holder=holder,
                    channel="counter", source=bank)  # fmt: skip


def _look(scene: Scene, clerk: Ints, when: Ints, person: int, *, ticket: bool) -> None:
    """Let clerks (rows) open the record of one person (row)."""
    clerks, names = scene.country.firms.clerks, scene.country.names
    scene.write("record_viewed", when, step=_STEP, src=clerks.code[clerk], dst=int(scene.country.people.code[person]),
                detail=names.words([list(DESKS.values())[each] for each in clerks.desk[clerk].tolist()]),
                number=int(ticket), source=clerks.source[clerk])  # fmt: skip


def _export(scene: Scene, role: str, day: int, sizes: Ints, detail: str) -> None:
    clerk, clerks = _clerk(scene, role), scene.country.firms.clerks
    scene.write("records_exported", scene.spread(day, 9, 8, len(sizes)), step=_STEP, src=int(clerks.code[clerk]),
                number=sizes, detail=detail, source=int(clerks.source[clerk]))  # fmt: skip


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
