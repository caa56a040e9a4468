from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from stanch.lab.world import load_parameters, make_world
from stanch.lab.world.clock import START
from stanch.lab.world.country import make_country
from stanch.lab.world.diary import Diary
from stanch.lab.world.gangs.batches import Batch, moves_at
from stanch.lab.world.gangs.reports import report
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Truth
from stanch.model.time import DAY, HOUR, MINUTE

VICTIMS = 2000


@pytest.fixture(scope="module")
def scene() -> Scene:
    country = make_country(load_parameters("start"), 3, 800, 30)
    truth = Truth()
    return Scene(country, Diary(country.names), truth, np.random.default_rng(1), "g01", truth.case("g01"))


def test_a_third_of_victims_report_at_once_half_within_hours_and_a_few_after_days(scene: Scene) -> None:
    paid = START + HOUR
    payer = Payer(1, 2, scene.country.names.word("bank_a"), 3, 4, paid)
    for _ in range(VICTIMS):
        report(scene, payer, [Payment(paid, 5, 1000, ((payer.source, 7),), paid)])
    rows = scene.diary.drain()
    told = rows["kind"] == scene.country.names.word("fraud_reported")
    delay = rows["happened"][told] - paid
    assert told.sum() == pytest.approx(0.6 * VICTIMS, rel=0.1)
    assert (delay <= 30 * MINUTE).mean() == pytest.approx(0.35, abs=0.06)
    assert np.median(delay) == pytest.approx(3 * HOUR, rel=0.3)
    assert 0 < (delay > 2 * DAY).mean() < 0.15
    assert (rows["amount"][told] > 1000).mean() == pytest.approx(0.04, abs=0.02)
    assert (rows["dst"][told] != 5).mean() == pytest.approx(0.03, abs=0.02)


def test_quick_gangs_move_money_within_a_quarter_of_an_hour(scene: Scene) -> None:
    minutes = load_parameters("start").gangs.quick_minutes
    batch = Batch(1, 2, 3, True, np.asarray([START], dtype=np.int64), 1_000_000, DAY, minutes)
    waits = [moves_at(scene, batch) - START for _ in range(200)]
    assert 2 * MINUTE <= min(waits) <= max(waits) <= 15 * MINUTE


@pytest.mark.parametrize("name", ["start", "set_aside"])
def test_wrong_reports_are_taken_back_or_their_payees_cleared(name: str, tmp_path: Path) -> None:
    make_world(load_parameters(name), 4, 1500, 4, tmp_path)
    connection = duckdb.connect()
    for view in ("events", "truth/entities"):
        path = tmp_path / (f"{view}.parquet" if "/" in view else f"{view}/*.parquet")
        connection.read_parquet(str(path)).create_view(view.split("/")[-1])
    taken_back = connection.sql("""
        select count(*) from events w join events r on r.event_id = w.ref and r.source = w.source and r.src = w.src
        join entities t on t.entity = r.dst and t.role = 'twin:disputed_seller' and not t.bad
        where w.kind = 'report_withdrawn' and r.kind = 'fraud_reported' and w.known_at > r.known_at""").fetchall()
    cleared = connection.sql("""
        select count(*) from events c join events r on r.kind = 'fraud_reported' and r.dst = c.dst
        join entities t on t.entity = r.dst and t.role = 'twin:cleared_seller' and not t.bad
        where c.kind = 'cleared' and c.detail = 'honest' and c.known_at > r.known_at""").fetchall()
    assert taken_back[0][0] >= 1
    assert cleared[0][0] >= 1
