"""What worlds show of cards, calls, machines and numbers: every typology of telecom, its twins, the life of cards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from stanch.lab.world import load_parameters, make_world
from stanch.lab.world.clock import START
from stanch.lab.world.parameters import shipped_names
from stanch.lab.world.twins import callers, card_holders, machine_owners, number_holders
from stanch.lab.world.twins.cast import CAST
from stanch.store.catalogue_files import load_shipped

PEOPLE, DAYS = 2000, 4
#: Seeds of the small countries in which everything is to be seen.
SEEDS = (1, 2, 3, 8)
#: Typologies that join a telecom event with what follows it elsewhere.
JOINED = {
    "finance.recycled_number_login", "finance.recycled_number_platform_payee", "finance.link_then_login",
    "finance.sim_swap_then_login", "finance.forwarding_then_login", "internet.code_receiving",
    "internet.counter_registrations",
}  # fmt: skip
#: What a country may leave out, and why.
LEFT_OUT = {
    "set_aside": {
        "telecom.iot_bulk_buyer": "its gangs buy five named cards for machines, fewer than a business is asked about",
        "telecom.call_fan_out": "its callers are too slow for thirty numbers in an hour",
        "telecom.sim_box": "its callers ring the same numbers again, and few of them at a time",
    },
    "start": {},
}
MODULES = (callers, card_holders, machine_owners, number_holders)


@dataclass(frozen=True)
class Look:
    """The worlds of one set of parameters, read together."""

    parameters: str
    base: duckdb.DuckDBPyConnection

    def column(self, query: str) -> list[object]:
        return [row[0] for row in self.base.sql(query).fetchall()]


@pytest.fixture(scope="module", params=shipped_names())
def look(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Look:
    out = tmp_path_factory.mktemp(request.param)
    for seed in SEEDS:
        make_world(load_parameters(request.param), seed, PEOPLE, DAYS, out / str(seed))
    return Look(request.param, _views(out))


def _views(out: Path) -> duckdb.DuckDBPyConnection:
    base = duckdb.connect()
    base.execute("set timezone = 'UTC'")
    for view, path in (("events", "events/*"), ("planted", "truth/planted"), ("entities", "truth/entities")):
        base.execute(f"create view {view} as select *, split_part(filename, '/', -3) as seed "
                     f"from read_parquet('{out}/*/{path}.parquet', filename = true)")  # fmt: skip
    return base


def test_every_typology_of_telecom_is_planted_or_left_out_for_a_reason(look: Look) -> None:
    catalogue = {typology.id for typology in load_shipped().typologies}
    wanted = {name for name in catalogue if name.startswith("telecom.")} | JOINED
    assert catalogue >= JOINED
    planted = set(look.column("select distinct typology from planted"))
    assert wanted - planted <= set(LEFT_OUT[look.parameters])


def test_what_is_planted_lies_within_the_days_of_the_world(look: Look) -> None:
    last = "(select max(happened_at) from events)"
    assert look.column(f"select count(*) from planted where make_timestamptz(start) > {last}") == [0]
    assert look.column('select count(*) from planted where start > "end"') == [0]


def test_every_twin_of_these_modules_is_in_the_cast_and_lives(look: Look) -> None:
    ours = {play.__name__ for play in CAST if play.__module__ in {module.__name__ for module in MODULES}}
    assert len(ours) >= 20
    roles = set(look.column("select distinct role from entities where not bad"))
    assert {f"twin:{name}" for name in ours} <= roles


def test_cards_that_failed_verification_are_limited_by_somebody_named_and_others_pass(look: Look) -> None:
    assert set(look.column("select distinct detail from events where kind = 'recertified'")) == {"passed", "failed"}
    deciders = f"happened_at >= make_timestamptz({START}) and kind = 'card_restricted' and src like 'employee:%'"
    limited = f"select dst, seed, min(happened_at) as at from events where {deciders} group by all"
    failed = "select dst, seed, min(happened_at) as at from events where detail = 'failed' group by all"
    assert look.column(f"select count(*) from ({limited})")[0]
    late = (
        f"select count(*) from ({limited}) l left join ({failed}) f using (dst, seed) where coalesce(f.at > l.at, true)"
    )
    assert look.column(late) == [0]


def test_a_number_is_given_free_before_it_is_issued_again(look: Look) -> None:
    again = """
        select count(*) filter (i.happened_at < r.happened_at), count(*) from events r join events i using (dst, seed)
        where r.kind = 'number_recycled' and i.kind = 'card_issued'
        and exists (from entities e where e.entity = r.dst and e.seed = r.seed and e.role = 'gang_card')
    """
    first, both = look.base.sql(again).fetchall()[0]
    assert both == 2 * first  # each was issued to its former holder before, and to the gang after
    assert first


def test_lorries_of_ordinary_firms_are_on_the_list_of_what_moves(look: Look) -> None:
    moving = """
        select src, seed from events where kind = 'data_session' and src like 'iot_card:%' and detail = 'tracker'
        group by all having count(distinct region) > 1
    """
    listed = "select dst from events l where l.kind = 'listed' and l.detail = 'iot_moving' and l.seed = m.seed"
    ordinary = "src not in (select entity from entities e where e.seed = m.seed)"
    assert look.column(f"select count(*) from ({moving})")[0]
    assert look.column(f"select count(*) from ({moving}) m where {ordinary} and src not in ({listed})") == [0]


def test_numbers_shown_from_abroad_belong_to_people_who_are_not_bad(look: Look) -> None:
    shown = """
        select distinct src, seed from events where kind = 'call_started' and channel = 'international'
        and attestation in ('C', 'none') and src not like 'card:+86108%'
    """
    assert look.column(f"select count(*) from ({shown})")[0]
    assert look.column(f"select count(*) from ({shown}) s join entities e on e.entity = s.src and e.seed = s.seed "
                       "where e.bad") == [0]  # fmt: skip


def test_service_numbers_call_people_every_day(look: Look) -> None:
    lines = "kind = 'call_started' and (src = 'card:96110' or src like 'card:95990%')"
    days = look.column(f"select count(distinct cast(happened_at as date)) from events where {lines} group by seed")
    assert days == [DAYS] * len(SEEDS)
