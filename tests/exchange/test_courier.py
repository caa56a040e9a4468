from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from exchange_house import ACCOUNT, NOW, SECRET, House, Receiver
from stanch.exchange.config import load_config
from stanch.exchange.courier import Courier, settle
from stanch.exchange.deliveries import FILE, Deliveries
from stanch.exchange.sending import open_sending
from stanch.exchange.signatures import verify
from stanch.intake.readers.iso20022_xml import read_message, text
from stanch.model.errors import StoreError
from stanch.model.time import SECOND
from stanch.store.records import Records
from stanch.store.rows import OutboxRow

Config = Callable[..., Path]


@contextmanager
def courier(house: House, config: Path) -> Iterator[tuple[Courier, Deliveries]]:
    with open_sending(house.home, load_config(config)) as opened:
        yield opened


def pending(house: House) -> list[str]:
    with Records.read(house.home) as records:
        return [row.id for row in records.pending_outbox()]


def test_an_order_is_delivered_once_signed_and_noted_in_the_log(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order())
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).taken == 1
        assert settle(house.home, book)
        assert sender.round(NOW + SECOND).taken == 0
        assert [one.said[:10] for one in book.receipts()] == ["200 sha256"]
    ((headers, body),) = receiver.came
    sent = msgspec.json.decode(body)
    assert verify(SECRET, headers, body, NOW) == sent["id"]
    assert sent["content"]["account"] == f"account:{ACCOUNT}"
    assert pending(house) == []


def test_every_opening_of_the_vault_names_the_purpose_and_who_ordered(house: House, config_file: Config) -> None:
    house.put(house.order())
    with courier(house, config_file()) as (sender, _):
        sender.round(NOW)
    assert [(o.purpose, o.actor, o.subject) for o in house.vault.openings()] == [
        ("freeze_order", "employee 7", house.account)
    ]


@pytest.mark.parametrize("trouble", [500, "hang", "cut"])
def test_a_receiver_that_fails_gets_the_same_message_under_the_same_id(
    house: House, config_file: Config, receiver: Receiver, trouble: int | str
) -> None:
    house.put(house.order())
    receiver.plan.append(trouble)
    with courier(house, config_file(retry="{first: 10s, attempts: 3, timeout: 1s}")) as (sender, _):
        assert sender.round(NOW).failed == 1
        assert sender.round(NOW + 9 * SECOND).waiting == 1
        assert sender.round(NOW + 10 * SECOND).taken == 1
    (_, first), (_, second) = receiver.came
    assert first == second
    assert len(set(receiver.ids())) == 1


def test_a_crash_between_order_and_receipt_repeats_the_id_and_nothing_else(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order())
    with courier(house, config_file()) as (sender, _):
        sender.round(NOW)
    (house.home / FILE).unlink()  # the receipt never reached the disk
    with courier(house, config_file()) as (sender, book):
        receiver.plan.append(409)
        assert sender.round(NOW + SECOND).taken == 1
        assert settle(house.home, book)
    (_, first), (_, second) = receiver.came
    assert first == second
    assert len(set(receiver.ids())) == 1
    assert pending(house) == []


def test_a_crash_between_receipt_and_log_sends_nothing_again(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order())
    with courier(house, config_file()) as (sender, _):
        sender.round(NOW)
    assert pending(house) == ["x1"]
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW + SECOND).taken == 0
        assert settle(house.home, book)
    assert len(receiver.came) == 1
    assert pending(house) == []


def test_the_line_may_be_writing_while_messages_leave(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.order())
    with Records.open(house.home), courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).taken == 1
        assert not settle(house.home, book)
        assert sender.round(NOW + SECOND).taken == 0
    assert len(receiver.came) == 1


def test_waits_double_up_to_the_longest_and_then_it_is_given_up_for_all_to_see(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order())
    receiver.plan += [503] * 4
    tried, now = [], NOW
    with courier(house, config_file(retry="{first: 10s, longest: 30s, attempts: 4, timeout: 1s}")) as (sender, book):
        while (told := sender.round(now)).failed:
            assert told.next_at is not None
            tried.append((told.next_at - now) // SECOND)
            now = told.next_at
        assert told.dead == 1
        (dead,) = book.all().values()
        assert (dead.state, dead.attempts, dead.said.split(";")[0]) == ("dead", 4, "answered 503")
        assert sender.round(now * 2).dead == 1
        assert book.revive(now) == 1
        assert sender.round(now).taken == 1
    assert tried == [10, 20, 30]


def test_a_release_does_not_overtake_its_freeze(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.order(1, measure="freeze"), house.order(2, measure="release"))
    receiver.plan.append(500)
    with courier(house, config_file()) as (sender, _):
        told = sender.round(NOW)
        assert (told.failed, told.waiting) == (1, 1)
        assert sender.round(NOW + 5 * SECOND).waiting == 2
        assert sender.round(NOW + 10 * SECOND).taken == 2
    sent = [msgspec.json.decode(body)["content"]["measure"] for _, body in receiver.came]
    assert sent == ["freeze", "freeze", "release"]


def test_an_order_whose_end_has_passed_is_not_sent(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.order(until=NOW - 1))
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).dead == 1
        assert "end had passed" in book.all()["x1"].said
    assert receiver.came == []


def test_a_release_leaves_after_the_end_of_its_hold_and_without_a_basis(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order(measure="release", until=NOW - 1, basis="", power=""))
    for way in ("folder", "webhook"):
        with courier(house, config_file(way)) as (sender, _):
            assert sender.round(NOW).taken == 1
        (house.home / FILE).unlink()


def test_what_is_no_order_or_names_nobody_in_the_vault_is_given_up(house: House, config_file: Config) -> None:
    house.put(house.order(1, measure="seize"), house.order(2, account="00" * 16), house.order(3, order="o" * 40))
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).dead == 3
        assert all(ACCOUNT not in one.said for one in book.all().values())


def test_what_has_no_way_is_counted_by_name_and_stops_nothing(house: House, config_file: Config) -> None:
    house.put(house.order(1, institution="bank_z"), house.order(2), OutboxRow("p", 3, "approval", "{}", NOW))
    with courier(house, config_file()) as (sender, _):
        told = sender.round(NOW)
    assert (told.taken, told.unrouted) == (1, {"bank_z": 1, "approval": 1})


def test_thousands_without_a_way_do_not_starve_the_one_that_has(house: House, config_file: Config) -> None:
    lost = [OutboxRow(f"p{n:05}", 0, "approval", "{}", NOW) for n in range(2500)]
    house.put(*lost, house.order(1))
    with courier(house, config_file()) as (sender, _):
        assert sender.round(NOW).taken == 1


def test_all_that_is_due_is_tried_however_much_it_is(house: House, config_file: Config) -> None:
    decisions = [OutboxRow(f"d{n:05}", 0, "decision", "{}", NOW) for n in range(1200)]
    house.put(*decisions, house.order(1, until=NOW - 1), house.order(2))
    with courier(house, config_file()) as (sender, _):
        told = sender.all_due(NOW)
    assert (told.taken, told.failed, told.dead, told.waiting) == (1201, 0, 1, 0)


def test_what_fails_is_tried_once_however_many_rounds_it_takes(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order(1), OutboxRow("d", 2, "decision", "{}", NOW))
    receiver.plan.append(500)
    with courier(house, config_file()) as (sender, _):
        told = sender.all_due(NOW)
    assert (told.taken, told.failed, told.waiting, len(receiver.came)) == (1, 1, 1, 2)


def test_decisions_go_out_without_clear_identities(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(OutboxRow("d1", 1, "decision", '{"event_id":"e1","action":"delay"}', NOW))
    with courier(house, config_file()) as (sender, _):
        assert sender.round(NOW).taken == 1
    assert msgspec.json.decode(receiver.came[0][1])["content"] == {"event_id": "e1", "action": "delay"}
    assert list(house.vault.openings()) == []


def test_a_folder_gets_one_file_however_often_it_is_sent(house: House, config_file: Config) -> None:
    house.put(house.order())
    for _ in range(2):
        with courier(house, config_file("folder")) as (sender, _book):
            assert sender.round(NOW).taken == 1
        (house.home / FILE).unlink()
    (file,) = (house.home.parent / "out").iterdir()
    message = read_message(file.read_bytes())
    assert (message.name, text(message.body, "Assgnmt/Id")) == ("camt.056", file.stem)


def test_two_couriers_cannot_send_from_one_home(house: House, config_file: Config) -> None:
    house.put(house.order())
    with (
        courier(house, config_file()),
        pytest.raises(StoreError, match="another process"),
        courier(house, config_file()),
    ):
        pass
