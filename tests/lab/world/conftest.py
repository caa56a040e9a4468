from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from stanch.lab.world import WorldSummary, load_parameters, make_world

PEOPLE, DAYS, SEED = 2000, 3, 7


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WorldSummary]:
    out = tmp_path_factory.mktemp("world")
    return out, make_world(load_parameters("start"), SEED, PEOPLE, DAYS, out)


@pytest.fixture(scope="session")
def world(made: tuple[Path, WorldSummary]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for view, path in (("events", "events/*.parquet"), *((f"truth_{t}", f"truth/{t}.parquet") for t in TRUTHS)):
        connection.read_parquet(str(made[0] / path)).create_view(view)
    return connection


TRUTHS = ("entities", "planted", "events", "flows", "people")
