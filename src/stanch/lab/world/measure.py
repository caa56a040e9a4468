"""Measuring a world against the figures it is calibrated to: medians of ordinary and of fraud cards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

#: One row per card: with how many others it talked, how often, on how many days, in how many devices, with what data.
_PER_CARD: Final = """
with ends as (
  select src as card, dst as other, happened_at from events where kind = 'call_started'
  union all select dst, src, happened_at from events where kind = 'call_started'),
calls as (
  select card, count(*) as calls, count(distinct other) as contacts,
         count(distinct cast(happened_at + interval 8 hour as date)) as days from ends group by card),
devices as (
  select src as card, count(distinct dst) as devices from events
  where kind = 'card_attached' and src in (select card from calls) group by src),
traffic as (select src as card, sum(number) / 1000.0 as megabytes from events where kind = 'data_session' group by src)
select coalesce(roles.role, 'ordinary') as role, median(contacts), median(calls / contacts), median(calls.days),
       median(coalesce(devices, 0)), median(coalesce(megabytes, 0)), count(*)
from calls left join devices using (card) left join traffic using (card)
left join (select entity as card, role from roles) as roles using (card)
group by all
"""


@dataclass(frozen=True, slots=True)
class CardMedians:
    """Medians over cards of one role in one world."""

    contacts: float
    calls_per_contact: float
    days: float
    devices: float
    megabytes: float
    cards: int


def card_medians(world: Path) -> dict[str, CardMedians]:
    """Return the medians of the cards of each role in a written world; ``ordinary`` are those without a role."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for view, path in (("events", "events/*.parquet"), ("roles", "truth/entities.parquet")):
        connection.read_parquet(str(world / path)).create_view(view)
    return {str(row[0]): CardMedians(*row[1:]) for row in connection.sql(_PER_CARD).fetchall()}
