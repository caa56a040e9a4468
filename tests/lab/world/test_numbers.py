from __future__ import annotations

import numpy as np
import phonenumbers
import pytest
from stdnum import imei, luhn

from stanch.lab.world.diary import Diary
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import BINS, PREFIXES, TYPE_CODES, Numbers


@pytest.fixture
def numbers() -> Numbers:
    return Numbers(np.random.default_rng(1))


@pytest.mark.parametrize("operator", PREFIXES)
def test_phone_numbers_are_valid_and_given_once(numbers: Numbers, operator: str) -> None:
    drawn = numbers.phones(operator, 200) + numbers.phone_range(operator, 30)
    assert len(set(drawn)) == 230
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in drawn)


def test_a_range_lies_in_one_block(numbers: Numbers) -> None:
    assert len({number[:-4] for number in numbers.phone_range("operator_a", 60)}) == 1


@pytest.mark.parametrize("sort", TYPE_CODES)
def test_device_numbers_pass_their_check(numbers: Numbers, sort: str) -> None:
    devices = numbers.devices(sort, 300)
    assert len(set(devices)) == 300
    assert all(len(device) == 15 and imei.is_valid(device) for device in devices)


@pytest.mark.parametrize("bank", BINS)
def test_account_numbers_pass_their_check(numbers: Numbers, bank: str) -> None:
    accounts = numbers.accounts(bank, 300)
    assert len(set(accounts)) == 300
    assert all(len(account) == 19 and luhn.is_valid(account) for account in accounts)


def test_numbers_of_machines_have_thirteen_digits(numbers: Numbers) -> None:
    cards = numbers.machine_numbers(20)
    assert all(len(card) == 13 and card.startswith(("10648", "1440")) for card in cards)


def test_events_stay_in_the_diary_until_they_are_known() -> None:
    diary = Diary(Names())
    first = diary.write("tick", np.asarray([1, 5]), np.asarray([10, 30]), {})
    diary.note("tick", 20)
    assert diary.drain(25)["event"].tolist() == [first[0], 3]
    assert diary.drain()["event"].tolist() == [first[1]]
    assert len(diary.drain()["event"]) == 0
