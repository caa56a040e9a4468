"""Messages to a topic of a real broker: under one id, in the order of their key, until it has them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange.test_courier import courier, pending
from exchange_house import ACCOUNT, NOW, House
from kafka_broker import Broker, broker, free_port, running
from stanch.exchange.config import load_config, parse_config
from stanch.exchange.courier import settle
from stanch.exchange.orders import message_id
from stanch.model.errors import ConfigError
from stanch.model.time import SECOND
from stanch.store.rows import OutboxRow

__all__ = ["broker"]


def _config(folder: Path, address: str, topic: str, timeout: str = "20s") -> Path:
    file = folder / "send.yaml"
    file.write_text(
        f'sender: {{name: Anti-fraud centre}}\nkafka: {{brokers: "{address}"}}\n'
        f"institutions: {{bank_b: {{kafka: {topic}}}}}\ntopics: {{decision: {{kafka: {topic}}}}}\n"
        f"retry: {{first: 10s, attempts: 3, timeout: {timeout}}}\n"
    )
    return file


def _decision(number: int) -> OutboxRow:
    return OutboxRow(f"d{number}", number, "decision", f'{{"event_id": "e{number}", "source": "bank_a"}}', NOW + number)


def test_decisions_orders_and_notices_leave_once_with_id_and_key(house: House, broker: Broker, tmp_path: Path) -> None:
    topic = broker.make(3)
    house.put(*(_decision(number) for number in range(200)), house.order(300), house.notice(300))
    with courier(house, _config(tmp_path, broker.address, topic)) as (sender, book):
        assert sender.round(NOW).taken == 202
        assert settle(house.home, book)
        assert sender.round(NOW + SECOND).taken == 0
        assert book.all() == {}, "all of it is noted in the log"
    assert pending(house) == []
    came = broker.read(topic, 202)
    assert len(came) == 202
    ids = {dict(each.headers())["stanch-id"].decode() for each in came}
    assert ids == {msgspec.json.decode(each.value())["id"] for each in came}
    assert message_id("d7") in ids
    by_key: dict[bytes, list[str]] = {}
    for each in came:
        by_key.setdefault(each.key(), []).append(msgspec.json.decode(each.value())["content"].get("event_id", ""))
    assert by_key[b"bank_a"] == [f"e{number}" for number in range(200)], "an institution's decisions keep their order"
    order, notice = (msgspec.json.decode(each.value()) for each in came if each.key() == house.account.hex().encode())
    assert {order["topic"], notice["topic"]} == {"order", "notice"}
    assert order["content"]["account"] == f"account:{ACCOUNT}"
    assert {opening.purpose for opening in house.vault.openings()} == {"freeze_order", "notice_to_holder"}


def test_a_release_leaves_after_its_freeze(house: House, broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    house.put(house.order(1, measure="freeze"), house.order(2, measure="release", payments=[]))
    with courier(house, _config(tmp_path, broker.address, topic)) as (sender, _):
        assert sender.round(NOW).taken == 2
    came = [msgspec.json.decode(each.value())["content"]["measure"] for each in broker.read(topic, 2)]
    assert came == ["freeze", "release"]


def test_what_a_broker_that_is_away_has_not_taken_is_tried_again_in_order(house: House, tmp_path: Path) -> None:
    port = free_port()
    house.put(house.order(1, measure="freeze"), house.order(2, measure="release", payments=[]), _decision(3))
    with courier(house, _config(tmp_path, f"127.0.0.1:{port}", "out", "1s")) as (sender, book):
        told = sender.round(NOW)
        assert (told.taken, told.failed, told.waiting) == (0, 2, 1), "the release waits for its freeze"
        assert {one.said for one in book.all().values()} == {
            "the broker has not taken it (_MSG_TIMED_OUT); check it and the network"
        }
        with running(port) as late:
            assert sender.round(NOW + 5 * SECOND).taken == 0, "it is not time yet"
            for wait in (10, 40, 100):  # the client finds the broker again in its own time; the topic is made by it
                sender.round(NOW + wait * SECOND)
            assert {one.state for one in book.all().values()} == {"taken"}
            came = [msgspec.json.decode(each.value()) for each in late.read("out", 3)]
    measures = [one["content"]["measure"] for one in came if one["topic"] == "order"]
    assert measures == ["freeze", "release"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("topics: {decision: {kafka: out}}", "names? none|none is named"),
        ("kafka: {brokers: 'kafka.example:9092'}", "in the clear"),
        ("kafka: {brokers: 'localhost:9092', properties: {acks: 0, sasl.password: x}}", "acks is set.*under secrets"),
        ("kafka: {brokers: 'localhost:9092'}\ntopics: {decision: {kafka: 'a b'}}", "write a topic"),
        ("kafka: {brokers: 'localhost:9092'}\ntopics: {order: {kafka: out}}", "institution only"),
        ("kafka: {brokers: 'localhost:9092'}\ntopics: {decision: {kafka: out, folder: out}}", "or kafka"),
    ],
)
def test_what_is_wrong_with_a_way_to_a_broker_is_said(written: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_config(f"sender: {{name: centre}}\n{written}\n")


def test_a_property_that_does_not_exist_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    (tmp_path / "password").chmod(0o600)
    file = tmp_path / "send.yaml"
    file.write_text(
        "sender: {name: centre}\nkafka:\n  brokers: kafka.example:9093\n"
        "  properties: {security.protocol: sasl_ssl, sasl.mechanism: PLAIN, sasl.usernam: stanch}\n"
        "  secrets: {sasl.password: password}\n"
    )
    with pytest.raises(ConfigError, match=r"sasl\.usernam"):
        load_config(file)
    file.write_text(file.read_text().replace("sasl.usernam:", "sasl.username:"))
    assert load_config(file).kafka is not None
