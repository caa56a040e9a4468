"""What worlds write: own words, honest ones beside those of gangs, and the typologies that read how texts score."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pytest
import yaml

from stanch.engine.opening import open_home
from stanch.lab.measure.world import WorldMeasure, measure_world
from stanch.lab.play import play_world, readable
from stanch.lab.world import load_parameters, make_world
from stanch.lab.world.parameters import shipped_names
from stanch.lab.world.texts import made_up_data
from stanch.model.errors import ConfigError
from stanch.text.personal import find_personal_data

#: Typologies that read how a text scores.
READING: Final = {
    "internet.trade_post", "internet.data_post", "finance.asked_then_payee", "finance.scam_sms_then_payee",
}  # fmt: skip
#: No template shares so large a part of its runs of three signs with one that a model learned from.
ALIKE: Final = 0.4
LEARNED: Final = ("families.yaml", "set_aside.yaml")
SMALL: Final = (800, 4, 5)


def runs(template: str) -> set[str]:
    """Return the runs of three signs of a template, without what it leaves open."""
    bare = re.sub(r"[^\w#]", "", re.sub(r"\{[^}]*\}", "#", template))
    return {bare[at : at + 3] for at in range(len(bare) - 2) if "#" not in bare[at : at + 3]}


def learned() -> Iterator[str]:
    for name in LEARNED:
        text = resources.files("stanch.lab.wording").joinpath(name).read_text(encoding="utf-8")
        for family in yaml.safe_load(text)["families"].values():
            yield from family["texts"]


def shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


@pytest.mark.parametrize("name", shipped_names())
def test_worlds_write_nothing_that_a_text_model_learned_from(name: str) -> None:
    known = [runs(template) for template in learned()]
    assert len(known) > 300
    own = [template for templates in load_parameters(name).texts.topics().values() for template in templates]
    assert [one for one in own if max(shared(runs(one), other) for other in known) > ALIKE] == []


def test_each_country_has_words_of_its_own() -> None:
    written = [
        {template for templates in load_parameters(name).texts.topics().values() for template in templates}
        for name in shipped_names()
    ]
    assert len(written) > 1
    assert not set.intersection(*written)


@pytest.mark.parametrize("name", shipped_names())
def test_whatever_a_gang_writes_names_a_contact_and_samples_show_data(name: str) -> None:
    topics = load_parameters(name).texts.topics()
    gangs = {topic: its for topic, its in topics.items() if topic.startswith(("scam_", "trade_", "data_"))}
    assert len(gangs) > 10
    assert [one for its in gangs.values() for one in its if "{contact}" not in one] == []
    assert all("{sample}" in one for one in (*topics["data_sample"], *topics["found"], *topics["found_reward"]))


def test_made_up_data_passes_its_checks_and_is_nobodys() -> None:
    for turn in range(50):
        pieces = made_up_data(np.random.default_rng(turn))
        found = find_personal_data("、".join(pieces))
        assert [item.normalised for item in found] == pieces
        born = [int(item.normalised[6:10]) for item in found if item.kind == "resident_id"]
        assert born
        assert max(born) < datetime.now(UTC).year - 120


def test_a_template_with_an_unknown_slot_or_a_topic_without_templates_is_refused(tmp_path: Path) -> None:
    plain: dict[str, Any] = yaml.safe_load(
        resources.files("stanch.lab.world").joinpath("parameters/start.yaml").read_text(encoding="utf-8")
    )
    for broken, said in (({"sale": ["出{what}"]}, "unknown slot 'what'"), ({"sale": []}, "'sale' has no template")):
        path = tmp_path / "odd.yaml"
        path.write_text(yaml.safe_dump(plain | {"texts": plain["texts"] | broken}), encoding="utf-8")
        with pytest.raises(ConfigError, match=said):
            load_parameters(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people, days, seed = SMALL
    out = tmp_path_factory.mktemp("written")
    make_world(load_parameters("start"), seed, people, days, out)
    return out


@pytest.fixture(scope="module")
def base(folder: Path) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("set timezone = 'UTC'")
    made.read_parquet(str(folder / "events/*.parquet")).create_view("events")
    for name in ("planted", "entities"):
        made.read_parquet(str(folder / f"truth/{name}.parquet")).create_view(f"truth_{name}")
    return made


def count(base: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(base.sql(query).fetchall()[0][0])


def test_posts_texts_of_service_numbers_and_what_is_handed_in_have_words(base: duckdb.DuckDBPyConnection) -> None:
    read = "kind in ('post', 'text_submitted') or (kind = 'sms' and src like 'card:106%')"
    assert count(base, f"select count(*) from events where {read}") > 100
    assert count(base, f"select count(*) from events where ({read}) and coalesce(text, '') = ''") == 0
    assert count(base, "select count(*) from events where kind = 'fraud_reported' and text is not null") > 0
    assert count(base, "select count(*) from events where kind = 'fraud_reported' and text is null") > 0


def test_ordinary_people_ask_too_and_new_users_post_honestly(base: duckdb.DuckDBPyConnection) -> None:
    innocent = "anti join (select entity from truth_entities where bad or role = 'victim') t on e.src = t.entity"
    assert count(base, f"select count(*) from events e {innocent} where kind = 'text_submitted'") > 1
    signed = "semi join (select dst from events where kind = 'user_registered' and happened_at > '2026-03-02') n"
    assert count(base, f"select count(*) from events e {innocent} {signed} on e.src = n.dst where kind = 'post'") > 0


def test_what_is_planted_has_its_text_in_time(base: duckdb.DuckDBPyConnection) -> None:
    planted = "select * from truth_planted where typology = '{}'"
    posted = "exists (select 1 from events e where kind = 'post' and src = subject and text is not null \
              and epoch_us(happened_at) between start and p.end)"
    for typology in ("internet.trade_post", "internet.data_post"):
        rows = planted.format(typology)
        assert count(base, f"select count(*) from ({rows})") > 0
        assert count(base, f"select count(*) from ({rows}) p where not {posted}") == 0
    owners = "select dst as account, holder from events where kind = 'account_opened'"
    for typology, kind, whose, hours in (
        ("finance.asked_then_payee", "text_submitted", "e.src = o.holder", 24),
        ("finance.scam_sms_then_payee", "sms", "e.src like 'card:10698%' and e.dst in (select src from events b "
         "where b.kind = 'bound' and b.dst = subject)", 2),
    ):  # fmt: skip
        rows = planted.format(typology)
        before = f"epoch_us(e.happened_at) between start - {hours} * 3600000000 and start"
        told = f"exists (select 1 from events e where e.kind = '{kind}' and {whose} and {before})"
        assert count(base, f"select count(*) from ({rows})") > 0
        assert (
            count(base, f"select count(*) from ({rows}) p join ({owners}) o on account = subject where not {told}") == 0
        )


@pytest.fixture(scope="module")
def measured(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> WorldMeasure:
    with open_home(tmp_path_factory.mktemp("home")) as home:
        play_world(home, readable([folder / "events"]), folder)
        home.close_days()
        return measure_world(home, folder)


def test_a_closed_loop_finds_a_part_of_what_is_written_and_tells_how_much(measured: WorldMeasure) -> None:
    assert measured.closed_loop
    reading = {each.typology: each for each in measured.typologies if each.typology in READING}
    assert set(reading) == READING
    assert all(each.planted > 0 and each.recall is not None for each in reading.values())
    trade = reading["internet.trade_post"]
    assert 0 < trade.found <= trade.planted
    assert trade.right > trade.flagged / 2
    assert sum(each.found for each in reading.values()) < sum(each.planted for each in reading.values())
