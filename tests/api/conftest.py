from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.server import Server, as_sent, key_of, serving
from small_events import Row, event, fan_in, transfer


@dataclass(frozen=True)
class House:
    """A server of two banks; one of them has seen a fan-in that waits, and a report."""

    home: Path
    server: Server
    bank: str
    other: str
    admin: str


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("served") / "home"
    bank, other = key_of(home, scopes="decide read report"), key_of(home, "other", "decide read report")
    admin = key_of(home, "bank", "administer operate")
    with serving(home, clock="events") as server:  # made-up events of another day
        with server.client(bank) as client:
            for row in [*fan_in(), *paid_by_victim(), reported()]:
                assert client.post("/v1/events", json=as_sent(row)).status_code == 200
        yield House(home, server, bank, other, admin)


def paid_by_victim() -> list[Row]:
    """Return a victim's payment and its settlement; a part of it goes on."""
    return [
        transfer("paid-1", 900, "victim", "taker", 300_000),
        event(
            "paid-1-s",
            905,
            "settled",
            src="account:bank/victim",
            dst="account:bank/taker",
            amount=300_000,
            ref="paid-1",
        ),
        event("on-1-s", 950, "settled", src="account:bank/taker", dst="account:bank/next", amount=100_000, ref="on-1"),
    ]  # fmt: skip


def reported() -> Row:
    """Return the victim's report of it."""
    return event("report-1", 1000, "fraud_reported", src="person:victim-1", dst="account:bank/taker", ref="paid-1",
                 amount=300_000)  # fmt: skip
