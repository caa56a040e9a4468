"""Making a world: the register first, then gangs and look-alikes, then one day of ordinary life after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from stanch.lab.world.assemble import write_day
from stanch.lab.world.authorities import authorities_record, register_authorities
from stanch.lab.world.calls import write_calls, write_messages, write_official_calls, write_traffic
from stanch.lab.world.card_life import write_card_life
from stanch.lab.world.changes import write_changes
from stanch.lab.world.clock import START
from stanch.lab.world.country import Country, make_country
from stanch.lab.world.desks import write_views
from stanch.lab.world.diary import Diary, Rows
from stanch.lab.world.gangs.followed import expect_followed
from stanch.lab.world.gangs.gang import write_gangs
from stanch.lab.world.gangs.takedown import take_down
from stanch.lab.world.gangs.trades import write_trades
from stanch.lab.world.houses import houses_record, register_houses, told_balances
from stanch.lab.world.online import write_online
from stanch.lab.world.parameters import Parameters, parameters_hash
from stanch.lab.world.payments import write_logins, write_payments, write_top_ups, write_wages
from stanch.lab.world.questions import write_questions
from stanch.lab.world.register import known_in_order, write_register
from stanch.lab.world.tills import Tills
from stanch.lab.world.truth import Truth
from stanch.lab.world.twins.cast import write_twins
from stanch.model.errors import InputError
from stanch.model.time import DAY

Progress = Callable[[str, float], None]

#: A smaller country has no room for a whole chain.
FEWEST_PEOPLE: Final = 500
FEWEST_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What was made, for the record and for the eye."""

    parameters: str
    parameters_hash: str
    seed: int
    people: int
    days: int
    events: int
    fraud_events: int
    cases: int
    bytes: int
    seconds: float


def make_world(
    parameters: Parameters, seed: int, people: int, days: int, out: Path, progress: Progress | None = None
) -> WorldSummary:
    """Make a country, let it live, and write its events and, apart from them, the truth.

    Writes ``out/events/day=YYYY-MM-DD.parquet`` and ``out/truth/``; the same arguments give the same files. The
    day after the last holds what became known late. ``progress`` is called with the part at work and the share
    done. Raises InputError if the country would be too small, or ``out`` already holds events.
    """
    _check(people, days, out)
    tell = progress or (lambda part, share: None)
    begun = time.perf_counter()
    tell("country", 0.0)
    country = make_country(parameters, seed, people, days)
    diary, truth = Diary(country.names), Truth()
    events, fraud, size = _write_days(country, diary, truth, out / "events", tell)
    truth.write(out / "truth", country.names, country.people)
    made = WorldSummary(
        parameters.name, parameters_hash(parameters), seed, people, days, events, fraud, len(truth.cases), size,
        round(time.perf_counter() - begun, 2),
    )  # fmt: skip
    _write_institutions(country, out / "truth" / "institutions.json")
    _write_summary(made, out / "truth" / "world.json")
    tell("done", 1.0)
    return made


def _check(people: int, days: int, out: Path) -> None:
    if people < FEWEST_PEOPLE or days < FEWEST_DAYS:
        raise InputError(
            f"a world of {people} people and {days} days is too small; "
            f"at least {FEWEST_PEOPLE} people and {FEWEST_DAYS} days"
        )
    if any((out / "events").glob("*.parquet")):
        raise InputError(f"{out / 'events'} already holds events; choose an empty folder")


def _write_days(c: Country, diary: Diary, truth: Truth, folder: Path, tell: Progress) -> tuple[int, int, int]:
    """Let the country live day by day and write its event files; return events, fraud events and bytes.

    The first day is written last: only then is it known what the balances of its register must cover.
    """
    first, tills = _before(c, diary, truth), Tills(c.names)
    events = fraud = size = 0
    for day in range(c.days + 1):
        tell(f"day {day}", (day + 1) / (c.days + 2))
        if day < c.days:
            _live(c, diary, day)
        rows = diary.drain(START + (day + 1) * DAY)
        tills.see(rows, len(c.names))
        if day:
            size += write_day(rows, c.names, folder, START + day * DAY)
        else:
            first = rows = _with(first, rows)
        events += len(rows["event"])
        fraud += truth.see(rows, c.names)
    return events, fraud, size + write_day(tills.cover(first), c.names, folder, START)


def _before(country: Country, diary: Diary, truth: Truth) -> Rows:
    """Write down the register, and what gangs and look-alikes do; return the register: all that is older than day 0."""
    rng = country.chance("register")
    write_register(diary, rng, country.people, country.has, country.firms, country.employer)
    register_houses(diary, rng, country.houses, country.firms)
    register_authorities(diary, rng, country.authorities)
    country.machines.register(diary, rng, country.firms)
    write_gangs(country, diary, truth)
    write_trades(country, diary, truth)
    take_down(country, diary, truth)
    expect_followed(country, diary, truth)
    write_twins(country, diary, truth)
    return known_in_order(told_balances(diary.drain(START), country.houses, country.names))


def _live(c: Country, diary: Diary, day: int) -> None:
    """Write down one day of ordinary life."""
    for write in (write_calls, write_messages, write_traffic, write_payments, write_top_ups, write_logins, write_wages,
                  write_online, write_changes, write_official_calls, write_card_life, write_questions):  # fmt: skip
        write(c, diary, day)
    write_views(diary, c.parameters.work, c.chance("views", day), day, c.people, c.firms)
    c.machines.write_traffic(diary, c.chance("machines", day), day)


def _with(first: Rows, second: Rows) -> Rows:
    return {name: np.concatenate([first[name], values]) for name, values in second.items()}


def _write_institutions(c: Country, path: Path) -> None:
    """Write how institutions deal with us and how they answer orders, and who may approve these."""
    record = {
        "institutions": houses_record(c.houses, c.names, c.firms),
        "authorities": authorities_record(c.authorities, c.names),
        "approval": msgspec.to_builtins(c.parameters.approval),
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))


def _write_summary(made: WorldSummary, path: Path) -> None:
    """Write the record of a world without the time it took, so that the same arguments give the same file."""
    record = {name: value for name, value in asdict(made).items() if name != "seconds"}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
