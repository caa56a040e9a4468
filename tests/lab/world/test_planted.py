"""Every typology of finance, internet and data is planted in worlds, or stands here with the reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pytest

from stanch.lab.world import load_parameters, make_world
from stanch.lab.world.gangs.trades import TRADES
from stanch.lab.world.parameters import shipped_names
from stanch.lab.world.twins.cast import CAST, RARE
from stanch.store.catalogue_files import load_shipped

PEOPLE, DAYS = 2500, 7
WORLDS: Final = tuple((name, seed) for name in shipped_names() for seed in (4, 5))

#: Typologies that no gang of a world is expected to show, and why.
ELSEWHERE: Final = {
    "finance.pattern_member": "patterns are searched when days are closed (replay --patterns), not while they run",
}
#: Those whose heart is a card; the gangs' supply of cards plants them.
OF_CARDS: Final = {
    "finance.recycled_number_login", "finance.link_then_login", "finance.recycled_number_platform_payee",
    "internet.code_receiving", "internet.counter_registrations",
}  # fmt: skip
#: Those whose heart is how a text reads: a model's word, measured on texts of other origin (lab/wording).
OF_TEXTS: Final = {
    "finance.asked_then_payee", "finance.scam_sms_then_payee", "internet.data_post", "internet.trade_post",
}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    made = []
    for name, seed in WORLDS:
        out = tmp_path_factory.mktemp(f"{name}-{seed}")
        make_world(load_parameters(name), seed, PEOPLE, DAYS, out)
        made.append(out)
    return made


def asked(folders: list[Path], query: str) -> list[tuple[object, ...]]:
    """Ask a query of each world and return all rows."""
    found: list[tuple[object, ...]] = []
    for folder in folders:
        with duckdb.connect() as base:
            base.execute("set timezone = 'UTC'")
            base.read_parquet(str(folder / "events/*.parquet")).create_view("events")
            for truth in ("planted", "entities", "events", "flows"):
                base.read_parquet(str(folder / f"truth/{truth}.parquet")).create_view(f"truth_{truth}")
            found += base.sql(query).fetchall()
    return found


def test_every_typology_of_finance_internet_and_data_is_planted_or_has_a_reason(folders: list[Path]) -> None:
    planted = {str(row[0]) for row in asked(folders, "select distinct typology from truth_planted")}
    known = {each.id for each in load_shipped().typologies if each.id.partition(".")[0] != "telecom"}
    assert known - planted - OF_CARDS - OF_TEXTS == set(ELSEWHERE)
    assert known >= {*ELSEWHERE, *OF_CARDS, *OF_TEXTS}


@pytest.mark.parametrize("name", shipped_names())
def test_the_first_gang_of_a_world_does_every_trade(name: str, folders: list[Path]) -> None:
    mine = [folder for folder, (world, _) in zip(folders, WORLDS, strict=True) if world == name]
    typologies = {
        "finance.merchant_night_codes", "finance.refund_loop", "finance.structured_cash", "finance.bait_refund",
        "finance.advertised_number_collects", "finance.accounts_across_banks", "finance.many_devices_one_account",
        "finance.one_device_many_people", "finance.owner_of_young_companies", "data.many_eyes", "data.person_watched",
        "data.viewed_then_opened", "internet.ageing_farm", "internet.machine_pace", "internet.shared_account",
        "internet.elder_messaged", "internet.domain_spread", "finance.same_price_strangers",
        "finance.above_usual_basket",
    }  # fmt: skip
    first = "select distinct typology from truth_planted where \"case\" = 'g01'"
    assert typologies <= {str(row[0]) for row in asked(mine, first)}
    assert len({trade.__name__ for trade in TRADES}) == len(TRADES)


def test_rare_look_alikes_live_in_every_world_and_are_innocent(folders: list[Path]) -> None:
    for folder in folders:
        roles = {str(row[0]) for row in asked([folder], "select distinct role from truth_entities")}
        assert {f"twin:{play.__name__}" for play in RARE} <= roles
    assert asked(folders, "select 1 from truth_entities where bad and role like 'twin:%'") == []
    assert not {play.__name__ for play in RARE} & {play.__name__ for play in CAST}


def test_platforms_take_posts_down_after_they_were_made_and_say_which_text_it_was(folders: list[Path]) -> None:
    removed = asked(
        folders,
        """
        select r.happened_at > p.happened_at, r.src = p.src and (r.text is null or r.dst = p.dst),
               r.text is null or r.text = p.text
        from events r left join events p on p.kind = 'post' and p.source = r.source and p.event_id = r.ref
        where r.kind = 'post_removed'""",
    )
    assert len(removed) > 20 * len(folders)
    assert set(removed) == {(True, True, True)}


def test_who_posts_again_posts_a_text_that_had_been_taken_down_from_another(folders: list[Path]) -> None:
    alone = asked(
        folders,
        """
        select 1 from truth_planted t where typology = 'internet.reposted_after_removal' and not exists (
            select 1 from events p join events r on r.kind = 'post_removed' and r.text = p.text and r.src <> p.src
            where p.kind = 'post' and p.src = t.subject and epoch_us(p.happened_at) = t.start
              and r.happened_at < p.happened_at)""",
    )
    assert alone == []


def test_payments_out_of_reported_money_are_planted_only_after_a_report_of_the_same_gang(folders: list[Path]) -> None:
    early = asked(
        folders,
        """
        with reported as (select t."case", min(epoch_us(e.happened_at)) as first from events e
                          join truth_events t using (source, event_id) where e.kind = 'fraud_reported' group by 1)
        select count(*), count(*) filter (p.start <= r.first) from truth_planted p left join reported r using ("case")
        where p.typology like 'finance.tainted%' or p.typology like 'finance.reported%'""",
    )
    assert sum(int(str(count)) for count, _ in early) > 0
    assert all(before == 0 for _, before in early)


def test_most_pages_that_people_open_are_rated_as_known(folders: list[Path]) -> None:
    known = asked(
        folders,
        """
        select count(*) filter (detail = 'known'), count(*) filter (detail = 'unrated'), count(*)
        from events where kind = 'page_visit'""",
    )
    for rated, unrated, total in known:
        assert int(str(rated)) > 0.9 * int(str(total))
        assert 0 < int(str(unrated)) < 0.1 * int(str(total))
