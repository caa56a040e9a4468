from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from naive_rows import naive_rows
from stanch.intake.take import IntakeContext, take
from stanch.lab.scenarios.scenario import clear_table, load_scenarios, parse_scenario
from stanch.model.errors import ConfigError
from stanch.model.kinds import KINDS
from stanch.model.schema import CLEAR_SCHEMA
from stanch.privacy.pseudonyms import Keys
from stanch.store.vault import SqliteVault

TEXT = """\
typology: telecom.iot_voice
planted:
  - {kind: transfer, at: 1h, src: "account:1", dst: "account:2", amount: 5}
  - {kind: call_started, at: 0s, every: 1m, repeat: 3, src: "card:{n}", dst: "card:9{n:02}"}
twin:
  - {kind: call_started, at: 0s, src: "card:1", dst: "card:2"}
"""


def test_lines_are_repeated_counted_and_put_in_order_of_time() -> None:
    planted = parse_scenario(TEXT, "x").planted
    assert [event.get("dst") for event in planted] == ["card:901", "card:902", "card:903", "account:2"]
    assert [event["event_id"] for event in planted] == ["e0001", "e0002", "e0003", "e0004"]


def test_an_amount_without_a_currency_is_in_yuan() -> None:
    assert parse_scenario(TEXT, "x").planted[-1]["currency"] == "CNY"


def test_a_case_becomes_a_table_as_senders_write_it() -> None:
    table = clear_table(parse_scenario(TEXT, "x").planted)
    assert table.schema.equals(CLEAR_SCHEMA)
    assert table.column("happened_at").null_count == 0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("kind: transfer", "kind: transfers", "transfers"),
        ("amount: 5", "sum: 5", "sum"),
        ("at: 1h", "at: soon", "soon"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_scenario(TEXT.replace(old, new), "x.yaml")


def test_every_event_of_every_scenario_plays_roles_that_its_kind_allows() -> None:
    for scenario in load_scenarios().values():
        for event in (*scenario.planted, *scenario.twin):
            kind = KINDS[str(event["kind"])]
            for role, allowed in (("src", kind.src), ("dst", kind.dst)):
                played = str(event[role]).partition(":")[0] if role in event else None
                assert played in allowed or not allowed, (scenario.typology, event["event_id"], role, played)
            assert all(column in event for column in kind.needs), (scenario.typology, event["event_id"])


SPELLED = [
    "src_kind",
    "dst_kind",
    "src_type",
    "dst_type",
    "src_country",
    "dst_country",
    "src_range",
    "dst_range",
    "hour",
    "contacts",
]


def test_intake_takes_every_scenario_whole_and_reads_the_same_facets_as_the_slow_twin(tmp_path: Path) -> None:
    context = IntakeContext(Keys(b"p" * 32, b"d" * 32), SqliteVault(tmp_path / "vault.db", b"m" * 32))
    for scenario in load_scenarios().values():
        for name, case in (("planted", scenario.planted), ("twin", scenario.twin)):
            path = tmp_path / f"{scenario.typology}.{name}.parquet"
            pq.write_table(clear_table(case), path)
            taken = list(take([path], None, context))
            assert not any(part.refused for part in taken), (scenario.typology, name)
            found = [row for part in taken for row in part.table.select(SPELLED).to_pylist()]
            assert found == [{facet: row.get(facet) for facet in SPELLED} for row in naive_rows(case)]
