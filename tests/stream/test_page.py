"""The page about streams, held against a broker."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import yaml

from cli.conftest import Run, run
from kafka_broker import Broker, broker
from stanch.stream.config import StreamConfig, Topic
from stream.streams import offsets

PAGE = (Path(__file__).parents[2] / "docs" / "streams.md").read_text("utf-8")

__all__ = ["broker", "run"]


def _block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_example_of_the_page_runs(broker: Broker, run: Run, tmp_path: Path) -> None:
    for name in ("payments", "stanch.decisions"):
        broker.make(name=name)
    broker.send("payments", [_block("json").encode()])
    (tmp_path / "send.yaml").write_text(_block("yaml").replace("localhost:9092", broker.address))
    (tmp_path / "stream.toml").write_text(_block("toml").replace("localhost:9092", broker.address))
    home = tmp_path / "home"
    code, out, told = run("stream", "--home", home, "--config", tmp_path / "stream.toml", "--until-end", "--json")
    assert code == 0, told
    assert msgspec.json.decode(out)["events"] == 1
    assert sum(offsets(home).values()) == 1
    assert 'stanch_stream_lag{topic="payments",partition="0"} 0' in (tmp_path / "stream.prom").read_text()
    assert yaml.safe_load(_block("yaml"))["topics"]["decision"]["kafka"] == "stanch.decisions"


def test_every_setting_has_its_place_on_the_page() -> None:
    for name in (*StreamConfig.__struct_fields__, *Topic.__struct_fields__):
        assert f"`{name}`" in PAGE, name
