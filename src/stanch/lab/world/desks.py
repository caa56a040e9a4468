"""A day at the desks where records of people are opened."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import moments
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import DESKS, Institutions
from stanch.lab.world.parameters import WorkParameters
from stanch.lab.world.population import People


def write_views(
    diary: Diary, p: WorkParameters, rng: np.random.Generator, day: int, people: People, firms: Institutions
) -> None:
    """Write down the records that clerks opened: nearly all with a ticket; a few work at night."""
    clerks = firms.clerks
    systems = diary.names.words(list(DESKS.values()))
    count = rng.poisson(p.views * rng.lognormal(0.0, 0.3, len(clerks.code)))
    who = np.repeat(np.arange(len(clerks.code)), count)
    at_night = who % 11 == day % 11
    when = np.where(at_night & (rng.random(len(who)) < 0.4), moments(rng, day, len(who), "night"),
                    moments(rng, day, len(who), "office"))  # fmt: skip
    diary.note("record_viewed", when, src=clerks.code[who], dst=rng.choice(people.code, len(who)),
                detail=systems[clerks.desk[who]], number=(rng.random(len(who)) >= p.without_ticket).astype(np.int64),
                source=clerks.source[who])  # fmt: skip
    leaders = np.flatnonzero(rng.random(len(clerks.code)) < 0.04)
    diary.note("records_exported", moments(rng, day, len(leaders), "office"), src=clerks.code[leaders],
                number=rng.integers(5, 200, len(leaders)), detail=systems[clerks.desk[leaders]],
                source=clerks.source[leaders])  # fmt: skip
