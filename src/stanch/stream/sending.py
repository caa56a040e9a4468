"""Sending beside a stream: the courier in a thread, woken by each commit, so that decisions leave as they are saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Final

from stanch.engine.home import Home
from stanch.exchange.config import SendConfig
from stanch.exchange.courier import note_taken
from stanch.exchange.sending import open_sending
from stanch.model.errors import StanchError
from stanch.model.time import SECOND
from stanch.stream.told import Told

#: Seconds between two rounds when nothing is saved and nothing is due.
_NAP: Final = 1.0
_LEAST: Final = 0.05
#: Seconds after a round that failed as a whole.
_AGAIN: Final = 10.0


class Sending:
    """Delivers the outbox of a home while the line writes to it. A receiver that is away stops nothing else."""

    def __init__(self, home: Home, ways: SendConfig, keys: Path | None, log: Told, now: Callable[[], int]) -> None:
        self._home = home
        self._ways = ways
        self._keys = keys
        self._log = log
        self._now = now
        self._saved = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="stanch-send")
        self.taken = 0
        self.failed = 0
        self.dead = 0

    def start(self) -> None:
        """Begin."""
        self._home.written.append(lambda _nanos, _commits: self._saved.set())
        self._thread.start()

    def stop(self) -> None:
        """Send what is due once more, and end."""
        self._stopping = True
        self._saved.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._rounds()
            except StanchError as error:
                self._log.warning("sending_failed", reason=str(error))
                self._saved.wait(_AGAIN)
                self._saved.clear()

    def _rounds(self) -> None:
        with open_sending(self._home.path, self._ways, self._keys) as (courier, deliveries):
            while True:
                last = self._stopping
                self._saved.clear()
                told = courier.round(self._now())
                self.taken, self.failed, self.dead = self.taken + told.taken, self.failed + told.failed, told.dead
                note_taken(self._home.records, deliveries)
                if last and not told.taken:
                    return
                due = _NAP if told.next_at is None else (told.next_at - self._now()) / SECOND
                self._saved.wait(0 if told.taken or last else min(_NAP, max(due, _LEAST)))
