"""Measuring a home against the truth of the world that was replayed into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.engine.decisions import answers_and_findings
from stanch.engine.home import Home
from stanch.lab.closed_loop import RECORD_FILE, RECORD_SCHEMA
from stanch.lab.flows import Flow, read_flows
from stanch.lab.measure.episodes import by_typology, judge_episodes
from stanch.lab.measure.ground import open_ground
from stanch.lab.measure.money import SchemeMoney, WaitingMoney, by_scheme, money_outcomes, movements, waiting
from stanch.lab.measure.people import (
    FalseAlerts,
    Group,
    Twins,
    Victims,
    by_group,
    false_alerts,
    twins_alerted,
    victims_warned,
)

_INNOCENT: Final = """
SELECT count(*) FROM decisions ANTI JOIN (SELECT source, event_id FROM acts WHERE bad) USING (source, event_id)
"""


@dataclass(frozen=True, slots=True)
class TypologyMeasure:
    """One typology: what was planted, found and flagged. Shares are None where there is nothing to share."""

    typology: str
    planted: int
    prevented: int
    found: int
    recall: float | None
    flagged: int
    right: int
    precision: float | None
    false_alerts: int


@dataclass(frozen=True, slots=True)
class WorldMeasure:
    """Everything that can be said about a replay of a world, by its truth. Money in minor units."""

    seed: int
    parameters: str
    people: int
    days: int
    events: int
    innocent_events: int
    closed_loop: bool
    typologies: tuple[TypologyMeasure, ...]
    false_alerts: FalseAlerts
    groups: tuple[Group, ...]
    twins: tuple[Twins, ...]
    money: tuple[SchemeMoney, ...]
    waiting: WaitingMoney
    victims: Victims


class _World(msgspec.Struct, frozen=True):
    seed: int
    parameters: str
    people: int
    days: int


def measure_world(home: Home, world: Path) -> WorldMeasure:
    """Hold what a home decided against the truth of the world it was fed. Raises InputError without that truth."""
    with measured_base(home, world) as base:
        return measured(base, home.path, world)


def measured_base(home: Home, world: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with truth, decisions, findings and judged episodes, for measures and reports."""
    base = open_ground(world, home.ring.keys)
    decisions, findings = answers_and_findings(home.records)
    _keep(base, "decisions", decisions)
    _keep(base, "findings", findings)
    _keep_outcomes(base, home.path / RECORD_FILE, read_flows(world / "truth"))
    judge_episodes(base)
    return base


def measured(base: duckdb.DuckDBPyConnection, home: Path, world: Path) -> WorldMeasure:
    """Return all measures from the tables of ``measured_base``."""
    about = msgspec.json.decode((world / "truth" / "world.json").read_bytes(), type=_World)
    events = _count(base, "SELECT count(*) FROM decisions")
    innocent = _count(base, _INNOCENT)
    return WorldMeasure(
        seed=about.seed, parameters=about.parameters, people=about.people, days=about.days,
        events=events, innocent_events=innocent, closed_loop=(home / RECORD_FILE).is_file(),
        typologies=tuple(TypologyMeasure(**row) for row in by_typology(base).to_pylist()),
        false_alerts=false_alerts(base, innocent, about.days),
        groups=tuple(by_group(base, about.days)),
        twins=tuple(twins_alerted(base)),
        money=tuple(by_scheme(base, movements(base, read_flows(world / "truth")))),
        waiting=waiting(base),
        victims=victims_warned(base),
    )  # fmt: skip


def _count(base: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(base.execute(query).fetchall()[0][0])


def _keep(base: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    base.register("incoming", rows)
    base.execute(f"CREATE TABLE {table} AS SELECT * REPLACE (epoch_us(as_of) AS as_of) FROM incoming")
    base.unregister("incoming")


def _keep_outcomes(base: duckdb.DuckDBPyConnection, record: Path, flows: list[Flow]) -> None:
    """Keep what became of the victims' money: by the loop's record, else as if every delay had stopped its sum."""
    if record.is_file():
        rows = pq.read_table(record)
    else:
        found = [(*event, *outcome) for event, outcome in money_outcomes(base, flows).items()]
        rows = pa.table([list(column) for column in zip(*found, strict=True)], schema=RECORD_SCHEMA)
    base.register("incoming", rows)
    base.execute("CREATE TABLE outcomes AS SELECT * FROM incoming")
    base.unregister("incoming")
