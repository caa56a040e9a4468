"""Clerks who sell records one by one: of a person whom many look at, of one who is followed, of stolen names."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.gangs.things import open_account, straw_people
from stanch.lab.world.institutions import DESKS
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE


def sold_by_many(scene: Scene, day: int) -> None:
    """Buy all that is to be known of one wealthy person: clerks of many desks open the record, none with a ticket."""
    people = scene.country.people
    target = int(people.code[int(straw_people(scene, 1, 35, 65)[0])])
    clerks = _clerks(scene, scene.often(scene.country.parameters.trades.clerks))
    when = _over(scene, day, 3, len(clerks))
    _view(scene, clerks, when, target)
    if len(clerks) > 5:
        scene.plant("data.many_eyes", target, when[5:])


def followed(scene: Scene, day: int) -> None:
    """Follow one person through the records: one clerk looks again and again, to say where the person is."""
    target = int(scene.country.people.code[int(straw_people(scene, 1, 20, 60)[0])])
    count = scene.often(scene.country.parameters.trades.looks)
    clerk = _clerks(scene, 1)
    when = _over(scene, day, 3, count)
    _view(scene, np.repeat(clerk, count), when, target)
    if count > 4:
        scene.plant("data.person_watched", int(scene.country.firms.clerks.code[clerk[0]]), when[4:])


def exported_in_parts(scene: Scene, day: int) -> None:
    """Export records in portions that are small each: nobody asks about any one of them."""
    p, clerks = scene.country.parameters.trades, scene.country.firms.clerks
    clerk = int(_clerks(scene, 1)[0])
    sizes = scene.rng.integers(p.export_size[0], p.export_size[1] + 1, scene.often(p.exports))
    when = scene.spread(day, 9, 9, len(sizes))
    scene.write("records_exported", when, step="leak", src=int(clerks.code[clerk]), number=sizes,
                detail=_desk(scene, clerk), source=int(clerks.source[clerk]))  # fmt: skip
    if len(sizes) > 3 and int(sizes.sum()) >= 60:
        scene.plant("data.repeated_exports", int(clerks.code[clerk]), when[3:])


def stolen_names(scene: Scene, day: int) -> None:
    """Open records without a ticket, and then accounts in these names, two each, through the app of a bank."""
    country, rng = scene.country, scene.rng
    victims = country.people.code[straw_people(scene, scene.often(country.parameters.trades.stolen_names), 25, 70)]
    clerk = _clerks(scene, 1)
    seen = scene.at(day, 9, 30) + np.sort(rng.integers(0, 90 * MINUTE, len(victims)))
    for person, when in zip(victims.tolist(), seen.tolist(), strict=True):
        _view(scene, clerk, np.asarray([when]), person)
        opened = when + 3 * HOUR + int(rng.integers(0, 3 * HOUR))
        for bank, later in (("bank_a", 0), ("bank_b", int(rng.integers(10, 90)) * MINUTE)):
            device = int(scene.new_devices("phone", 1)[0])
            open_account(scene, opened + later, person, bank, src=int(country.firms.branches[bank][0]), channel="app",
                         device=device)  # fmt: skip
            scene.role(device, "gang_device")
        scene.plant("data.viewed_then_opened", person, [opened, opened + 90 * MINUTE])


def _clerks(scene: Scene, count: int) -> Ints:
    """Bribe clerks; return their rows."""
    clerks = scene.country.firms.clerks
    rows = scene.unmarked(clerks.code, count)
    scene.role(clerks.code[rows], "insider")
    return rows


def _view(scene: Scene, clerk: Ints, when: Ints, person: int) -> None:
    clerks = scene.country.firms.clerks
    words = scene.country.names.words([_desk(scene, row) for row in clerk.tolist()])
    scene.write("record_viewed", when, step="leak", src=clerks.code[clerk], dst=person, detail=words, number=0,
                source=clerks.source[clerk])  # fmt: skip


def _desk(scene: Scene, clerk: int) -> str:
    return list(DESKS.values())[int(scene.country.firms.clerks.desk[clerk])]


def _over(scene: Scene, day: int, days: int, count: int) -> Ints:
    """Draw moments in office hours of some days, in order."""
    last = min(day + days, scene.country.days)
    return np.sort(
        np.asarray([scene.at(int(each), 9, 480) for each in scene.rng.integers(day, last, count)], dtype=np.int64)
    )
