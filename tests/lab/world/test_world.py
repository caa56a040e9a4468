from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from stanch.intake.report import IntakeReport
from stanch.intake.take import IntakeContext, take
from stanch.lab.world import WorldSummary, load_parameters, make_world
from stanch.lab.world.parameters import shipped_names
from stanch.lab.world.twins.cast import CAST, RARE
from stanch.model.errors import ConfigError, InputError
from stanch.model.schema import CLEAR_SCHEMA
from stanch.privacy.pseudonyms import Keys
from stanch.store.catalogue_files import load_shipped
from stanch.store.vault import SqliteVault

SCHEMES = {"brushing", "investment", "police", "service", "loan", "game", "tips", "pension", "health", "friendship",
           "rebate"}  # fmt: skip
FORMER = "former_number"  # no scheme: the gang takes it without a word to the victim
STEPS = {"leak", "card_supply", "account_supply", "contact", "payment", "layering", "exit", "report"}


def one(world: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(world.sql(query).fetchall()[0][0])


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_intake_takes_every_event(made: tuple[Path, WorldSummary]) -> None:
    report = IntakeReport()
    context = IntakeContext(Keys(b"p" * 32, b"d" * 32), SqliteVault(":memory:", b"v" * 32))
    taken = take(sorted((made[0] / "events").iterdir()), None, context, report=report)
    assert sum(part.table.num_rows for part in taken) == made[1].events
    assert (report.taken, report.refused) == (made[1].events, 0)


def test_files_hold_the_columns_that_senders_write_in_the_order_of_knowing(made: tuple[Path, WorldSummary]) -> None:
    for path in sorted((made[0] / "events").iterdir()):
        table = pq.read_table(path)
        known = table["known_at"].to_numpy()
        assert table.schema.names == CLEAR_SCHEMA.names
        assert (known[1:] >= known[:-1]).all()
        assert {str(day) for day in known.astype("datetime64[D]")} == {path.stem.removeprefix("day=")}


def test_the_same_arguments_give_the_same_files(made: tuple[Path, WorldSummary], tmp_path: Path) -> None:
    again = make_world(load_parameters("start"), made[1].seed, made[1].people, made[1].days, tmp_path)
    assert digests(tmp_path) == digests(made[0])
    assert (again.events, again.fraud_events) == (made[1].events, made[1].fraud_events)


def test_another_seed_gives_another_country(made: tuple[Path, WorldSummary], tmp_path: Path) -> None:
    make_world(load_parameters("start"), made[1].seed + 1, made[1].people, made[1].days, tmp_path)
    ours, theirs = digests(made[0]), digests(tmp_path)
    assert not {name for name in ours if name.endswith("parquet") and ours[name] == theirs.get(name)}


def test_event_ids_are_unique_within_their_source(world: duckdb.DuckDBPyConnection) -> None:
    assert one(world, "select count(*) - count(distinct source || '/' || event_id) from events") == 0


def test_nothing_is_known_before_it_happened(world: duckdb.DuckDBPyConnection) -> None:
    assert one(world, "select count(*) from events where known_at < happened_at") == 0


def test_even_a_small_country_holds_a_whole_chain_with_every_scheme(world: duckdb.DuckDBPyConnection) -> None:
    assert {row[0] for row in world.sql("select distinct scheme from truth_flows").fetchall()} == {*SCHEMES, FORMER}
    assert {row[0] for row in world.sql("select distinct step from truth_events").fetchall()} == STEPS


def test_truth_names_only_events_and_entities_that_exist(world: duckdb.DuckDBPyConnection) -> None:
    for table in ("truth_events", "truth_flows"):
        missing = (
            f"select count(*) from {table} t anti join events e on t.source = e.source and t.event_id = e.event_id"
        )
        assert one(world, missing) == 0
    seen = " union ".join(f"select {role} as e from events" for role in ("src", "dst", "holder", "device"))
    assert one(world, f"select count(*) from truth_planted p anti join ({seen}) on p.subject = e") == 0


def test_planted_behaviours_are_typologies_of_the_catalogue(world: duckdb.DuckDBPyConnection) -> None:
    planted = {row[0] for row in world.sql("select distinct typology from truth_planted").fetchall()}
    assert planted <= {typology.id for typology in load_shipped().typologies}
    assert len(planted) >= 35


def test_every_look_alike_appears(world: duckdb.DuckDBPyConnection) -> None:
    roles = {row[0] for row in world.sql("select distinct role from truth_entities").fetchall()}
    assert {f"twin:{play.__name__}" for play in (*CAST, *RARE)} <= roles


def test_victims_and_twins_are_not_bad(world: duckdb.DuckDBPyConnection) -> None:
    assert one(world, "select count(*) from truth_entities where bad and (role = 'victim' or role like 'twin:%')") == 0


def test_a_country_that_is_too_small_or_a_full_folder_is_refused(
    made: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="too small"):
        make_world(load_parameters("start"), 1, 100, 3, tmp_path)
    with pytest.raises(InputError, match="already holds events"):
        make_world(load_parameters("start"), 1, 2000, 3, made[0])


def test_unknown_parameters_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="known: set_aside, start"):
        load_parameters("nowhere")
    (tmp_path / "odd.yaml").write_text("name: odd\nsurprise: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="compare with start"):
        load_parameters(tmp_path / "odd.yaml")


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_parameters_are_named_like_their_file(name: str) -> None:
    assert load_parameters(name).name == name
