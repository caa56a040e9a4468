from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exchange_house import NOW, House, Receiver, config_file, house, receiver
from stanch.cli import main

__all__ = ["config_file", "house", "receiver"]


def test_one_round_tells_what_was_taken_and_names_what_was_given_up(
    house: House, config_file: Callable[..., Path], receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    later = 10**17  # long after these tests run
    house.put(house.order(1, until=later), house.order(2, measure="seize"), house.order(3, institution="bank_z"))
    with pytest.raises(SystemExit) as ended:
        main(["send", "--home", str(house.home), "--config", str(config_file()), "--once", "--json"])
    told = capsys.readouterr()
    assert ended.value.code == 0
    assert msgspec.json.decode(told.out)["round"]["taken"] == 1
    assert len(receiver.came) == 1
    assert "given up: x2 to nobody" in told.err


def test_people_read_ways_by_the_names_of_the_configuration_and_reasons_once(
    house: House, config_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    house.put(*(house.order(n, until=NOW) for n in range(1, 9)), house.order(9, institution="bank_z"))
    with pytest.raises(SystemExit):
        main(["send", "--home", str(house.home), "--config", str(config_file()), "--once"])
    told = capsys.readouterr()
    assert "no way for bank_z" in told.out
    assert told.err.count("given up") == 1
    assert "and 5 more to bank_b" in told.err


def test_a_sender_killed_before_the_receipt_sends_the_same_message_again(
    house: House, config_file: Callable[..., Path], receiver: Receiver
) -> None:
    house.put(house.order(1, until=10**17))
    receiver.plan.append("hang")
    config = config_file(retry="{first: 10s, attempts: 3, timeout: 60s}")
    words = ["send", "--home", str(house.home), "--config", str(config), "--once"]
    sender = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-c", "import sys; from stanch.cli import main; main(sys.argv[1:])", *words]
    )
    while not receiver.came and sender.poll() is None:
        time.sleep(0.02)
    sender.kill()
    sender.wait()
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    (_, first), (_, second) = receiver.came
    assert first == second
    assert len(set(receiver.ids())) == 1


def test_a_home_without_a_log_is_an_error_of_the_caller(tmp_path: Path, config_file: Callable[..., Path]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["send", "--home", str(tmp_path / "none"), "--config", str(config_file()), "--once"])
    assert ended.value.code == 3
