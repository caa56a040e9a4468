"""What waits to leave the house, and orders whose time runs out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from stanch.decide.orders import HOLDS, OPEN
from stanch.engine.doctor.finding import Finding, Look, spelled_time
from stanch.exchange.deliveries import FILE as DELIVERIES
from stanch.exchange.deliveries import Delivery
from stanch.model.time import DAY, HOUR
from stanch.store.rows import OrderStepRow

_SEND: Final = "stanch send --home DIR --config send.yaml"
#: A message that waits longer than this, by the clock of the log, is stuck.
_STUCK: Final = HOUR
#: An order that ends sooner than this is about to.
_SOON: Final = DAY
_NAMED: Final = 3


def outbox(look: Look) -> Iterator[Finding]:
    """What lies in the outbox, and what became of attempts to send it."""
    with look.records() as records:
        clock = records.last_as_of() or 0
    with look.database() as log:
        query = "SELECT id, topic, created_at FROM outbox WHERE sent_at IS NULL"
        waiting = {id_: (topic, created) for id_, topic, created in log.execute(query)}
    book = _book(look)
    never = {id_: each for id_, each in waiting.items() if id_ not in book}
    if never:
        topics = ", ".join(f"{count:,} {topic}" for topic, count in Counter(t for t, _ in never.values()).most_common())
        oldest = clock - min(created for _, created in never.values())
        yield Finding(
            "outbox", "warning" if oldest > _STUCK else "note",
            f"messages never sent: {len(never):,} ({topics}); the oldest waits {spelled_time(oldest)}",
            f"{_SEND}; it tells what has no way configured",
        )  # fmt: skip
    yield from _tried([one for one in book.values() if one.id in waiting], look.now)


def _tried(book: list[Delivery], now: int) -> Iterator[Finding]:
    dead = [one for one in book if one.state == "dead"]
    for (way, said), count in Counter((one.way, one.said) for one in dead).most_common():
        yield Finding(
            "outbox", "error", f"messages to {way or 'nobody'} given up: {count:,}: {said}",
            f"mend the way, then: {_SEND} --again",
        )  # fmt: skip
    failing = [one for one in book if one.state == "waiting" and one.attempts]
    for way, count in Counter(one.way for one in failing).most_common():
        last = max((one for one in failing if one.way == way), key=lambda one: one.at)
        yield Finding(
            "outbox", "warning", f"messages to {way} that fail: {count:,}; after attempt {last.attempts}: {last.said}",
            "ask the receiver; they are tried again while stanch send runs",
        )  # fmt: skip
    overdue = [one for one in failing if one.next_at is not None and one.next_at < now - _STUCK]
    if overdue:
        yield Finding("outbox", "warning", f"messages that are due while nobody sends: {len(overdue):,}", _SEND)
    taken = sum(one.state == "taken" for one in book)
    if taken:
        yield Finding(
            "outbox", "note", f"messages that were taken, which the log has not noted yet: {taken:,}",
            "stanch send does it when the log is free; nothing is sent twice meanwhile",
        )  # fmt: skip


def _book(look: Look) -> dict[str, Delivery]:
    if not (look.home / DELIVERIES).exists():
        return {}
    with look.database(DELIVERIES) as book:
        return {row[0]: Delivery(*row) for row in book.execute("SELECT * FROM deliveries WHERE state <> 'settled'")}


def orders(look: Look) -> Iterator[Finding]:
    """Which orders are overdue, wait for a person, or end soon, by the clock of the log."""
    with look.records() as records:
        clock, newest = records.last_as_of() or 0, dict[str, OrderStepRow]()
        for row in records.order_steps():
            newest[row.order_id] = row
    alive = [row for row in newest.values() if row.to_state in OPEN]
    late = [row for row in alive if row.to_state == "overdue"]
    if late:
        yield Finding(
            "orders", "warning", f"orders overdue: {len(late):,}: {_ids(late)}",
            "ask the institutions; a release that is overdue waits for an official: stanch orders --state overdue",
        )  # fmt: skip
    ending = [row for row in alive if row.to_state != "drafted" and row.measure in HOLDS and row.until is not None
              and row.until <= clock + _SOON]  # fmt: skip
    if ending:
        yield Finding(
            "orders", "warning", f"holds that end within {spelled_time(_SOON)}: {len(ending):,}: {_ids(ending)}",
            "an official renews or ends each: stanch orders --home DIR --approve ID; else its money is free",
        )  # fmt: skip
    drafted = [row for row in alive if row.to_state == "drafted"]
    if drafted:
        yield Finding(
            "orders", "note", f"orders that wait for an official: {len(drafted):,}; the oldest "
            f"{spelled_time(clock - min(row.at for row in drafted))}", "stanch orders --home DIR --state drafted",
        )  # fmt: skip


def _ids(rows: list[OrderStepRow]) -> str:
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return ", ".join(f"{row.order_id} ({row.measure}, {row.institution})" for row in rows[:_NAMED]) + more
