"""What a holder is told leaves for the institution of the account, once, behind the order and never before it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exchange.test_courier import courier, pending
from exchange_house import ACCOUNT, NOW, SECRET, House, Receiver
from stanch.exchange.config import parse_config
from stanch.exchange.courier import settle
from stanch.exchange.deliveries import FILE
from stanch.exchange.signatures import verify
from stanch.model.errors import ConfigError
from stanch.model.time import SECOND

Config = Callable[..., Path]


def topics(receiver: Receiver) -> list[str]:
    return [msgspec.json.decode(body)["topic"] for _, body in receiver.came]


def test_a_notice_goes_signed_to_the_institution_that_knows_the_holder(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.notice())
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).taken == 1
        assert settle(house.home, book)
        assert sender.round(NOW + SECOND).taken == 0
    ((headers, body),) = receiver.came
    sent = msgspec.json.decode(body)
    assert verify(SECRET, headers, body, NOW) == sent["id"]
    assert (sent["topic"], sent["content"]["account"]) == ("notice", f"account:{ACCOUNT}")
    assert set(sent["content"]["texts"]) == {"en", "zh"}
    assert pending(house) == []
    assert [o.purpose for o in house.vault.openings()] == ["notice_to_holder"]


@pytest.mark.parametrize("trouble", [500, 404, "hang", "cut"])
def test_a_notice_that_was_not_taken_is_repeated_under_the_same_id(
    house: House, config_file: Config, receiver: Receiver, trouble: int | str
) -> None:
    house.put(house.notice())
    receiver.plan.append(trouble)
    with courier(house, config_file()) as (sender, _):
        assert sender.round(NOW).failed == 1
        assert sender.round(NOW + 10 * SECOND).taken == 1
    (_, first), (_, second) = receiver.came
    assert first == second
    assert len(set(receiver.ids())) == 1


def test_a_notice_does_not_overtake_the_order_that_it_speaks_of(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.order(1, measure="release"), house.notice(2, state="released", until=None))
    receiver.plan.append(500)
    with courier(house, config_file()) as (sender, _):
        told = sender.round(NOW)
        assert (told.failed, told.waiting) == (1, 1)
        assert sender.round(NOW + 10 * SECOND).taken == 2
    assert topics(receiver) == ["order", "order", "notice"]


def test_a_notice_that_nobody_takes_keeps_no_order_back(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.notice(1), house.order(2, measure="release"))
    receiver.plan.append(400)
    with courier(house, config_file()) as (sender, _):
        told = sender.round(NOW)
        assert (told.failed, told.taken) == (1, 1)
    assert topics(receiver) == ["notice", "order"]


def test_a_house_that_is_down_is_asked_for_one_notice_only(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(house.notice(1), house.notice(2), house.notice(3))
    receiver.plan += [503] * 3
    with courier(house, config_file()) as (sender, _):
        told = sender.round(NOW)
    assert (told.failed, told.waiting, len(receiver.came)) == (1, 2, 1)


def test_nobody_is_told_today_of_a_hold_that_is_over(house: House, config_file: Config, receiver: Receiver) -> None:
    house.put(house.notice(1, until=NOW - 1), house.notice(2, state="released", until=None))
    with courier(house, config_file()) as (sender, book):
        told = sender.round(NOW)
        assert (told.dead, told.taken) == (1, 1)
        assert "end had passed" in book.all()["n1"].said
    assert [msgspec.json.decode(body)["content"]["state"] for _, body in receiver.came] == ["released"]


def test_an_institution_that_collects_files_gets_the_notice_as_one(house: House, config_file: Config) -> None:
    house.put(house.order(1), house.notice(2))
    for _ in range(2):
        with courier(house, config_file("folder")) as (sender, _book):
            assert sender.round(NOW).taken == 2
        (house.home / FILE).unlink()
    order, told = sorted((house.home.parent / "out").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert (order.suffix, told.suffix) == (".xml", ".json")
    sent = msgspec.json.decode(told.read_bytes())
    assert (sent["id"], sent["content"]["account"]) == (told.stem, f"account:{ACCOUNT}")


def test_what_is_no_notice_is_given_up_without_a_name_in_the_reason(house: House, config_file: Config) -> None:
    house.put(house.notice(1, texts={}), house.notice(2, account="00" * 16), house.notice(3, institution=""))
    with courier(house, config_file()) as (sender, book):
        assert sender.round(NOW).dead == 3
        assert all(ACCOUNT not in one.said for one in book.all().values())


def test_a_notice_has_no_way_but_that_of_its_institution() -> None:
    text = "sender: {name: x}\ntopics:\n  notice: {webhook: 'https://x.example/', secret_file: s}\n"
    with pytest.raises(ConfigError, match="account's institution only"):
        parse_config(text)


def test_two_rounds_at_once_are_impossible_and_one_after_the_other_sends_once(
    house: House, config_file: Config, receiver: Receiver
) -> None:
    house.put(*(house.notice(n) for n in range(1, 21)))
    config, failures = config_file(), list[str]()

    def send() -> None:
        try:
            with courier(house, config) as (sender, book):
                sender.round(NOW)
                settle(house.home, book)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(type(error).__name__)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(failures) <= {"StoreError"}
    assert sorted(receiver.ids()) == sorted(set(receiver.ids()))
    assert len(receiver.came) == 20
