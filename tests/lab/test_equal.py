"""Live equals SQL on a whole world, with the shipped catalogue, through the log and the lake."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.equal import EqualReport, prove_equal
from stanch.lab.world import load_parameters, make_world
from stanch.model.schema import EVENT_SCHEMA
from stanch.store.catalogue_files import load_shipped
from stanch.store.lake import connect

EVENTS = 200_000
CATALOGUE = load_shipped()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """The closed days of a replayed world, as the lake keeps them: resolved, with what decisions caused."""
    folder = tmp_path_factory.mktemp("equal")
    make_world(load_parameters("start"), 3, 1200, 13, folder / "world")
    with open_home(folder / "home") as home:
        replay(home, sorted((folder / "world" / "events").glob("*.parquet")))
        home.close_days()
    columns = ", ".join(EVENT_SCHEMA.names)
    with connect(folder / "home" / "lake") as lake:
        return lake.sql(f"SELECT {columns} FROM events ORDER BY seq").to_arrow_table()


@pytest.fixture(scope="module")
def report(log: pa.Table) -> EqualReport:
    return prove_equal(log, CATALOGUE)


def test_every_feature_and_condition_of_the_catalogue_is_the_same_live_and_as_sql(report: EqualReport) -> None:
    assert report.differences == ()
    assert report.events >= EVENTS
    told = [typology for typology in CATALOGUE.typologies if typology.in_sql]
    features = {feature for typology in told for feature in typology.features.values()}
    assert (report.features, report.conditions) == (len(features), len(told))


def test_what_was_compared_says_something(report: EqualReport, log: pa.Table) -> None:
    assert report.values_told > report.events
    kinds = set(log["kind"].unique().to_pylist())
    assert {"warned", "hold_placed", "tick"} <= kinds


def test_the_log_out_of_order_is_noticed(log: pa.Table) -> None:
    some = log.slice(0, 20_000)
    shuffled = some.take(pa.array(np.random.default_rng(1).permutation(len(some))))
    assert prove_equal(shuffled, CATALOGUE).differences


def test_it_does_not_matter_how_the_log_is_cut(log: pa.Table) -> None:
    assert prove_equal(log.slice(0, 20_000), CATALOGUE, batch=97).differences == ()
