from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from stanch.lab.world import WorldSummary


def flows(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(folder / "truth" / "flows.parquet").to_pylist()
    return rows


def test_a_flow_moves_no_more_of_a_victims_money_than_its_funds_brought(made: tuple[Path, WorldSummary]) -> None:
    brought: dict[tuple[object, object, object], int] = {}
    spent: dict[tuple[object, object, object], int] = {}
    for flow in flows(made[0]):
        brought[flow["event_id"], flow["victim"], flow["scheme"]] = int(str(flow["amount"]))
    for flow in flows(made[0]):
        funds = flow["funded_by"]
        assert isinstance(funds, list)
        known = [(event, flow["victim"], flow["scheme"]) for event in funds]
        if funds:
            assert int(str(flow["amount"])) <= sum(brought[fund] for fund in known)
            if len(known) == 1:
                spent[known[0]] = spent.get(known[0], 0) + int(str(flow["amount"]))
    assert spent
    assert all(amount <= brought[fund] for fund, amount in spent.items())


def test_money_is_there_before_it_moves_on(world: duckdb.DuckDBPyConnection) -> None:
    early = world.sql("""
        with f as (select event_id, source, unnest(funded_by) as fund from truth_flows)
        select count(*) from f join events e on e.event_id = f.event_id and e.source = f.source
        join events s on s.kind = 'settled' and s.ref = f.fund where s.happened_at >= e.happened_at""").fetchall()
    assert early == [(0,)]


def test_what_mules_send_on_was_received(world: duckdb.DuckDBPyConnection) -> None:
    overdrawn = world.sql("""
        with gang as (select entity from truth_entities where role = 'gang_account' and bad),
        bad as (select e.* from events e join truth_events t on e.source = t.source and e.event_id = t.event_id
                where t.bad and e.kind in ('transfer', 'returned', 'cash_in', 'cash_out', 'crypto_out')),
        paid as (select dst as account, amount from bad union all select src, -amount from bad)
        select account, sum(amount) as left_over from paid where account in (select entity from gang)
        group by account having left_over < -20000""").fetchall()
    assert overdrawn == []


def test_the_shares_of_an_event_never_exceed_its_amount(world: duckdb.DuckDBPyConnection) -> None:
    wrong = world.sql("""
        select count(*) from (select event_id, source, sum(amount) as shares from truth_flows group by all) f
        join events e using (event_id, source) where shares <> e.amount""").fetchall()
    assert wrong == [(0,)]


def test_victims_pay_from_money_they_have(world: duckdb.DuckDBPyConnection) -> None:
    paid = world.sql("""
        with v as (select victim, sum(amount) as lost from truth_flows where len(funded_by) = 0
                     and scheme not in ('rebate', 'former_number')  -- these take what is there
                   group by victim having lost > 1000000)
        select count(*), count(c.dst) from v
        join truth_flows f on f.victim = v.victim and len(f.funded_by) = 0
        join events e on e.event_id = f.event_id and e.source = f.source
        left join (select distinct dst from events where kind = 'cash_in') c on c.dst = e.src""").fetchall()
    payments, covered = paid[0]
    assert covered >= 0.9 * payments > 0


def test_no_cent_of_a_victim_leaves_twice(world: duckdb.DuckDBPyConnection) -> None:
    left = world.sql("""
        with f as (select f.*, t.step from truth_flows f join truth_events t using (source, event_id))
        select victim, scheme, sum(amount) filter (len(funded_by) = 0) as paid,
               coalesce(sum(amount) filter (step = 'exit'), 0) as gone
        from f group by all""").fetchall()
    assert sum(gone for *_, gone in left) > 0
    assert all(gone <= paid for *_, paid, gone in left)
