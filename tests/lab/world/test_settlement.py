from __future__ import annotations

import json
from pathlib import Path

import duckdb

from stanch.lab.world import WorldSummary, load_parameters

INSTRUCTIONS = "('transfer', 'cash_out', 'crypto_out')"


def one(world: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(world.sql(query).fetchall()[0][0])


def test_every_instruction_is_settled_or_rejected_once_by_its_own_bank(world: duckdb.DuckDBPyConnection) -> None:
    query = f"""
        select count(*) from events t left join events s
          on s.kind in ('settled', 'rejected') and s.source = t.source and s.ref = t.event_id
             and s.amount = t.amount and s.src = t.src and s.dst = t.dst and s.happened_at > t.happened_at
             and (t.kind = 'transfer' or s.detail = t.kind)
        where t.kind in {INSTRUCTIONS} and s.event_id is null"""
    assert one(world, query) == 0
    assert one(world, "select count(*) from events where kind in ('settled', 'rejected')") == one(
        world, f"select count(*) from events where kind in {INSTRUCTIONS}"
    )


def test_instant_payments_are_confirmed_within_a_minute_and_batches_within_two_hours(
    world: duckdb.DuckDBPyConnection,
) -> None:
    asks = [name for name, way in load_parameters("start").institutions.items() if way.asks]
    waits = world.sql(f"""
        select t.channel = 'batch' as batch, max(epoch(s.known_at - t.known_at))
        from events t join events s on s.kind in ('settled', 'rejected') and s.ref = t.event_id and s.source = t.source
        where t.channel is not null and t.source in {tuple(asks)} group by all order by batch""").fetchall()
    assert waits[0][1] <= 60
    assert 60 < waits[1][1] <= 7200


def test_houses_that_do_not_ask_tell_of_payments_minutes_later_in_their_order(
    world: duckdb.DuckDBPyConnection,
) -> None:
    for name, way in load_parameters("start").institutions.items():
        lags = world.sql(f"""
            select avg(epoch(known_at - happened_at)), max(epoch(known_at - happened_at)),
                   count(*) filter (known_at < before)
            from (select *, max(known_at) over (order by happened_at rows between unbounded preceding and 1 preceding)
                         as before
                  from events where source = '{name}' and kind in {INSTRUCTIONS})""").fetchall()[0]
        assert lags[2] == 0
        if way.asks:
            assert lags[1] == 0
        else:
            assert lags[0] >= 60
            assert lags[1] <= (way.told_minutes + 1) * 60


def test_both_legs_of_a_payment_through_a_firm_carry_one_number(world: duckdb.DuckDBPyConnection) -> None:
    legs = world.sql("""
        with p as (select distinct dst from events where kind = 'listed' and detail = 'pass_through'),
        legs as (select end_to_end, count(distinct amount) as amounts,
                        list(dst in (from p) order by happened_at) as into_firm,
                        list(src in (from p) order by happened_at) as out_of_firm,
                        min(happened_at) = min(happened_at) filter (dst in (from p)) as in_order
                 from events where kind = 'settled' and end_to_end is not null group by all)
        select into_firm, out_of_firm, amounts, in_order, count(*) from legs group by all""").fetchall()
    assert [row[:4] for row in legs] == [([True, False], [False, True], 1, True)]
    assert legs[0][4] > 100


def test_a_rejected_first_leg_has_no_second(world: duckdb.DuckDBPyConnection) -> None:
    second = """
        select count(*) from events r join events t using (end_to_end)
        where r.kind = 'rejected' and t.kind = 'transfer' and t.event_id <> r.ref"""
    assert one(world, second) == 0


def test_stolen_money_passes_through_firms_too(world: duckdb.DuckDBPyConnection) -> None:
    passed = """
        select count(*) from (select event_id, source, unnest(funded_by) as fund from truth_flows) f
        join events e on e.event_id = f.event_id and e.source = f.source
        join events b on b.event_id = f.fund and b.end_to_end = e.end_to_end
          and b.dst = e.src and b.amount = e.amount"""
    assert one(world, passed) > 0


def test_nobody_innocent_spends_money_they_do_not_have(world: duckdb.DuckDBPyConnection) -> None:
    below = """
        with moves as (
          select src as who, -amount as amount, happened_at from events where kind in ('settled', 'returned')
          union all select dst, amount, happened_at from events where kind in ('settled', 'returned', 'cash_in')),
        opening as (select src as who, amount from events where kind = 'balance'),
        running as (select who, o.amount + sum(m.amount) over (partition by who order by happened_at) as held
                    from moves m join opening o using (who))
        select count(distinct who) from running where held < 0"""
    assert one(world, below) == 0


def test_all_balances_are_known_but_those_of_houses_that_tell_none(world: duckdb.DuckDBPyConnection) -> None:
    silent = [name for name, way in load_parameters("start").institutions.items() if not way.balances]
    known = world.sql("""
        select a.source, count(*) filter (b.src is not null) / count(*) from events a
        left join events b on b.kind = 'balance' and b.src = a.dst
        where a.kind = 'account_opened' and a.happened_at < timestamptz '2026-03-02' group by all""").fetchall()
    assert silent
    assert dict(known) == {source: 0.0 if source in silent else 1.0 for source, _ in known}


def test_the_truth_tells_how_every_house_answers_and_who_may_approve(
    made: tuple[Path, WorldSummary], world: duckdb.DuckDBPyConnection
) -> None:
    told = json.loads((made[0] / "truth" / "institutions.json").read_text(encoding="utf-8"))
    houses = {
        row[0] for row in world.sql("select distinct source from events where kind = 'account_opened'").fetchall()
    }
    assert {house["source"] for house in told["institutions"]} == houses
    assert {house["asks"] for house in told["institutions"]} == {True, False}
    listed = dict(
        world.sql("select dst, detail from events where kind = 'listed' and dst like 'institution:%'").fetchall()
    )
    assert all(house["institution"] in listed for house in told["institutions"])
    for name, authority in told["authorities"].items():
        assert listed[authority["institution"]] == name
        employed = f"select src from events where kind = 'employed' and dst = '{authority['institution']}'"
        assert {row[0] for row in world.sql(employed).fetchall()} == set(authority["officials"])
