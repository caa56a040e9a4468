"""The courier: takes the outbox out of the house, each message until it is taken, none twice.

A message is made anew for each attempt, the same bytes under the same id: no clear account lies in a queue on our disk,
and a receiver that took it before a crash knows it again.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from stanch.exchange.config import SendConfig, Way
from stanch.exchange.deliveries import Deliveries, Delivery
from stanch.exchange.messages import as_iso20022, as_json
from stanch.exchange.notices import TOPIC as NOTICE
from stanch.exchange.orders import message_id
from stanch.exchange.parcels import Parcel, parcel
from stanch.exchange.parties import Party
from stanch.exchange.publishing import Publisher, Publishing
from stanch.exchange.secret_files import read_secret
from stanch.exchange.ways import drop, post
from stanch.model.errors import InputError, StoreError
from stanch.privacy.identity import Vault
from stanch.store.records import Records
from stanch.store.rows import OutboxRow

_AT_ONCE: Final = 1000


class Round(msgspec.Struct):
    """What one round did. ``unrouted`` counts messages by the institution or topic that has no way configured."""

    taken: int = 0
    failed: int = 0
    waiting: int = 0
    dead: int = 0
    unrouted: dict[str, int] = {}
    next_at: int | None = None


class Courier:
    """Delivers the outbox of one log; the book of deliveries remembers what became of each message."""

    def __init__(
        self, records: Records, vault: Vault, deliveries: Deliveries, config: SendConfig, publisher: Publisher | None
    ) -> None:
        self._records = records
        self._vault = vault
        self._deliveries = deliveries
        self._config = config
        self._publishing = None if publisher is None else Publishing(publisher)
        self._room = _AT_ONCE

    def round(self, now: int) -> Round:
        """Try everything that is due at ``now``, in the order of the log; return what came of it.

        What follows a message that failed, about the same account, waits: a release must not overtake its freeze. A
        way that failed is left alone for the rest of the round.
        """
        told, book, blocked = Round(), self._deliveries.all(), set[str]()
        for row in self._pending(book):
            before = book.get(row.id)
            if before is None or before.state == "waiting":
                self._handle(row, before or Delivery(row.id, "", "waiting", 0, now, now, ""), now, told, blocked)
            elif before.state == "dead":
                told.dead += 1
        self._land(now, told, blocked)
        return told

    def all_due(self, now: int) -> Round:
        """Make rounds until one takes nothing more: a round alone looks at so many messages only. Return the sum."""
        taken = failed = dead = 0
        while True:
            told = self.round(now)
            over = not told.taken and told.dead == dead
            taken, failed, dead = taken + told.taken, failed + told.failed, told.dead
            if over:
                told.taken, told.failed = taken, failed
                return told

    def _handle(self, row: OutboxRow, before: Delivery, now: int, told: Round, blocked: set[str]) -> None:
        name = before.way
        try:
            ready = parcel(row, self._config)
            name = ready.name
            if ready.way is None:
                told.unrouted[ready.name] = told.unrouted.get(ready.name, 0) + 1
                blocked.add(ready.lane)
                return
            if self._publishing is not None and self._publishing.lanes & {ready.lane, *ready.behind}:
                self._land(now, told, blocked)  # what it must not overtake is still under way
            if blocked & {ready.lane, ready.gate, *ready.behind} or (before.next_at or now) > now:
                blocked.add(ready.lane)
                told.waiting += 1
                if before.attempts and before.next_at is not None:
                    told.next_at = min(told.next_at or before.next_at, before.next_at)
                return
            if ready.too_late is not None and ready.too_late <= now:
                raise InputError("its end had passed before it could be sent; order anew if it is still needed")
            if ready.way.kafka is not None:
                self._depart(ready, ready.way.kafka, before, now)
                return
            after = self._attempt(ready, ready.way, before, now)
        except InputError as error:  # no other attempt can mend it
            after = Delivery(row.id, name, "dead", before.attempts, None, now, str(error))
        self._deliveries.note(after)
        _count(after, told)
        if after.state == "waiting":
            blocked |= {ready.lane, ready.gate}

    def _attempt(self, ready: Parcel, way: Way, before: Delivery, now: int) -> Delivery:
        try:
            receipt = self._deliver(ready.row, ready.name, way, now)
        except StoreError as error:
            return self._after(ready, before, now, None, str(error))
        return self._after(ready, before, now, receipt)

    def _after(self, ready: Parcel, before: Delivery, now: int, receipt: str | None, failed: str = "") -> Delivery:
        """Return what is noted of an attempt: its receipt, or why it failed and when the next one is due."""
        attempts, retry = before.attempts + 1, self._config.retry
        if receipt is not None:
            return Delivery(ready.row.id, ready.name, "taken", attempts, None, now, receipt)
        dead = attempts >= retry.attempts
        next_at = None if dead else now + retry.wait(attempts)
        return Delivery(ready.row.id, ready.name, "dead" if dead else "waiting", attempts, next_at, now, failed)

    def _depart(self, ready: Parcel, topic: str, before: Delivery, now: int) -> None:
        """Hand a message to the broker's client; ``_land`` tells what became of it."""
        if self._publishing is None:
            raise StoreError("this courier was opened without a broker; open it with open_sending")
        body = as_json(ready.row, self._config.sender, self._vault, now)
        self._publishing.depart(ready, before, topic, message_id(ready.row.id), body)

    def _land(self, now: int, told: Round, blocked: set[str]) -> None:
        """Wait for everything that is under way to a broker, and note it all in one go."""
        if self._publishing is None:
            return
        landed = self._publishing.land(self._config.retry.seconds())
        noted = [self._after(one.ready, one.before, now, one.receipt, one.failed) for one in landed]
        self._deliveries.note_all(noted)
        for one, after in zip(landed, noted, strict=True):
            _count(after, told)
            if after.state == "waiting":
                blocked |= {one.ready.lane, one.ready.gate}

    def _deliver(self, row: OutboxRow, name: str, way: Way, now: int) -> str:
        sender, id_ = self._config.sender, message_id(row.id)
        if way.webhook is not None and way.secret_file is not None:
            body = as_json(row, sender, self._vault, now)
            secret = read_secret(Path(way.secret_file))
            return post(way.webhook, (secret, id_), body, now, self._config.retry.seconds())
        if row.topic == NOTICE:  # ISO 20022 has no message that an institution passes on to its customer
            return drop(Path(str(way.folder)), f"{id_}.json", as_json(row, sender, self._vault, now))
        body = as_iso20022(row, (sender, Party(name, way.bic)), self._vault, now)
        return drop(Path(str(way.folder)), f"{id_}.xml", body)

    def _pending(self, book: dict[str, Delivery]) -> list[OutboxRow]:
        """Return pending rows, with room for those that are taken, given up or without a way and stay in front."""
        while True:
            limit = self._room + len(book)
            rows = self._records.pending_outbox(limit)
            if len(rows) < limit or any(row.id not in book and self._has_way(row) for row in rows):
                return rows
            self._room *= 2

    def _has_way(self, row: OutboxRow) -> bool:
        try:
            return parcel(row, self._config).way is not None
        except InputError:
            return True  # to be noted as given up


def _count(after: Delivery, told: Round) -> None:
    told.taken += after.state == "taken"
    told.dead += after.state == "dead"
    told.failed += after.state == "waiting"
    if after.next_at is not None:
        told.next_at = min(told.next_at or after.next_at, after.next_at)


def settle(home: Path, deliveries: Deliveries) -> bool:
    """Note in the log what was taken; return whether the log was free to be written.

    The line may be writing: then the next round does it, and until then the book of deliveries knows.
    """
    if not any(one.state == "taken" for one in deliveries.all().values()):
        return True
    try:
        records = Records.open(home, patience=0.1)
    except StoreError:
        return False
    with records:
        note_taken(records, deliveries)
    return True


def note_taken(records: Records, deliveries: Deliveries) -> None:
    """Note in a log that is open for writing what was taken."""
    taken = [one for one in deliveries.all().values() if one.state == "taken"]
    for at, group in groupby(taken, key=lambda one: one.at):
        ids = [one.id for one in group]
        records.mark_sent(ids, at)
        deliveries.settle(ids)
