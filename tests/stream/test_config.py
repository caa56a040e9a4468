"""Configurations of streams: every mistake told at once, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from stanch.api.scopes import SCOPE_OF_KIND
from stanch.model.errors import ConfigError
from stanch.stream.config import read_stream

pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed: the extra kafka")


def _refused(folder: Path, text: str) -> str:
    file = folder / "stream.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_stream(file, SCOPE_OF_KIND)
    return str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = _refused(
        tmp_path,
        'brokers = "kafka.example:9092"\ncolour = "red"\nmost = 0\nmetrics = "no/folder/x"\nsend = "none.yaml"\n'
        '[properties]\n"group.id" = "x"\n"sasl.password" = "y"\n'
        '[topics.a]\nsources = []\n[topics.b]\nsources = ["bank"]\nmap = "none.yaml"\n[topics."c d"]\nsources = ["x"]\n'
        '[topics.e]\nsources = ["bank"]\nmax_jump = "soon"\n',
    )
    for part in (
        "unknown setting 'colour'", "most: ", "group.id is set by Stanch", "sasl.password is a secret", "in the clear",
        "metrics: no folder", "send: ", "topics.a: ", "topics.b: ", "topics.c d: ", "topics.e: not a duration",
    ):  # fmt: skip
        assert part in told, part


def test_properties_that_the_client_does_not_know_are_all_named(tmp_path: Path) -> None:
    told = _refused(
        tmp_path,
        'brokers = "localhost:9092"\n[properties]\n"sasl.mechanisme" = "x"\n"fetch.wait.max.ms" = "soon"\n'
        '[topics.a]\nsources = ["bank"]\n',
    )
    assert "sasl.mechanisme" in told
    assert "fetch.wait.max.ms" in told


@pytest.mark.parametrize(("text", "said"), [
    ("", "brokers: not set; topics: not set"), ('brokers = "localhost:1"\ntopics = {}', "topics: none"),
    ("brokers = 7", "brokers: "), ("=", "cannot be read as TOML"),
])  # fmt: skip
def test_what_is_missing_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert said in _refused(tmp_path, text)


def test_a_secret_that_others_can_read_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o644)
    assert "chmod 600" in _refused(
        tmp_path,
        'brokers = "localhost:9093"\n[secrets]\n"sasl.password" = "password"\n[topics.a]\nsources = ["bank"]\n',
    )


def test_scopes_say_which_kinds_may_come(tmp_path: Path) -> None:
    file = tmp_path / "stream.toml"
    file.write_text(
        'brokers = "localhost:9092"\n[topics.a]\nsources = ["bank"]\n'
        '[topics.b]\nsources = ["police"]\nscopes = ["report", "administer"]\n'
    )
    senders = read_stream(file, SCOPE_OF_KIND).senders
    assert "transfer" in senders["a"].kinds - senders["b"].kinds
    assert {"confirmed", "fraud_reported"} <= senders["b"].kinds - senders["a"].kinds
