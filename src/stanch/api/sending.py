"""Sending: the courier in a thread of the server, so that decisions and orders leave as soon as they are durable."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import Final

from stanch.api.line_thread import LineThread, wall_clock
from stanch.api.logs import Log
from stanch.api.settings import Settings
from stanch.engine.home import Home
from stanch.exchange.config import SendConfig, load_config
from stanch.exchange.courier import note_taken
from stanch.exchange.sending import open_sending
from stanch.model.errors import StanchError
from stanch.model.time import SECOND

#: Seconds between two rounds when nothing else is due.
_NAP: Final = 1.0
_LEAST: Final = 0.05
#: Seconds after a round that failed as a whole.
_AGAIN: Final = 10.0


class Sending:
    """Delivers the outbox while the line writes to it, woken by commits. A receiver that is dead stops nothing else."""

    def __init__(self, config: Path, settings: Settings, line: LineThread, log: Log) -> None:
        self._ways: SendConfig = load_config(config)
        self._settings = settings
        self._line = line
        self._log = log
        self._stopping = Event()
        self._saved = Event()
        self._thread = Thread(target=self._run, name="stanch-send")
        self.taken = 0
        self.failed = 0
        self.dead = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the message that is under way."""
        self._stopping.set()
        self._saved.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._line.home is None:
                self._stopping.wait(_NAP)
                continue
            try:
                self._rounds()
            except StanchError as error:
                self._log.warning("sending_failed", reason=str(error))
                self._stopping.wait(_AGAIN)

    def _rounds(self) -> None:
        home, keys = Path(self._settings.home), self._settings.keys
        woken: Home | None = None
        with open_sending(home, self._ways, None if keys is None else Path(keys)) as (courier, deliveries):
            while not self._stopping.is_set():
                told = courier.round(wall_clock())
                self.taken, self.failed, self.dead = self.taken + told.taken, self.failed + told.failed, told.dead
                opened = self._line.home
                if opened is None:
                    return
                if opened is not woken:
                    opened.written.append(self._wake)
                    woken = opened
                note_taken(opened.records, deliveries)
                self._stopping.wait(0 if told.taken else _LEAST)  # what is saved meanwhile leaves with the next round
                due = _NAP if told.next_at is None else (told.next_at - wall_clock()) / SECOND
                self._saved.wait(0 if told.taken else min(_NAP, max(due, 0)))
                self._saved.clear()

    def _wake(self, _nanoseconds: int, _commits: int) -> None:
        self._saved.set()
