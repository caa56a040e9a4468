"""The words of a warning leave with the decision that warns: once, signed, and with nobody's name in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.test_follow import played
from engine.test_warnings import CHILD, GUARDIAN, TIP
from exchange_house import NOW, SECRET, Receiver
from stanch.exchange.config import load_config
from stanch.exchange.courier import settle
from stanch.exchange.sending import open_sending
from stanch.exchange.signatures import verify
from stanch.model.time import SECOND

Config = Callable[..., Path]


@pytest.mark.parametrize("trouble", [[], [500]], ids=["at once", "at the second attempt"])
def test_a_warning_leaves_once_with_its_words_and_whom_to_reach(
    tmp_path: Path, config_file: Config, receiver: Receiver, trouble: list[int | str]
) -> None:
    home = played(tmp_path / "ours", [*CHILD, GUARDIAN, TIP])
    receiver.plan += trouble
    for later in (0, 20, 40):
        with open_sending(home, load_config(config_file())) as (sender, book):
            sender.round(NOW + later * SECOND)
            settle(home, book)
    came = receiver.came[len(trouble) :]
    assert len({msgspec.json.decode(body)["id"] for _, body in receiver.came}) == len(came) == 1
    headers, body = came[0]
    sent = msgspec.json.decode(body)
    assert verify(SECRET, headers, body, NOW + bool(trouble) * 20 * SECOND) == sent["id"]
    assert (sent["topic"], sent["content"]["event_id"], sent["content"]["action"]) == ("decision", "tip", "confirm")
    warning = sent["content"]["warning"]
    assert set(warning["texts"]) == {"en", "zh"}
    assert (warning["to"], warning["contact"]["named_by"]) == ("guardian", "guard")
    assert set(warning["contact"]["texts"]) == {"en", "zh"}
    said = msgspec.json.encode(warning).decode()
    assert not [word for word in ("mother", "person:", "account:", "2012", "500") if word in said]
