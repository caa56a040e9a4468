"""Following: an index of cards goes along with an open home, commit by commit, and reads what it has missed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, RLock, Thread
from typing import Final, Self

from stanch.engine.card_index import CardIndex, read_on
from stanch.engine.commit import Ready
from stanch.engine.home import Home
from stanch.exchange.camara.answers import Known
from stanch.model.columns import INDEX
from stanch.model.errors import StoreError
from stanch.store.layout import CARDS_FILE

#: Seconds until an index that could not be read or written is tried again, growing to the last one.
_AGAIN: Final = (0.2, 1.0, 10.0, 60.0)


class CardFollower:
    """Keeps the index of a home abreast while the home is open. To be entered before the home takes anything.

    What is missing is read by a thread of its own, so that the line does not wait; until then nothing is answered.
    """

    def __init__(self, home: Home, failed: Callable[[str], None]) -> None:
        self._home = home
        self._failed = failed  # told why the index could not be read or written
        self._index: CardIndex | None = None  # None until it could be opened
        self._taking = RLock()
        self._last = home.records.last_seq()  # the last event on the disk
        self._abreast = False
        self._behind = Event()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="stanch-cards", daemon=True)

    def __enter__(self) -> Self:
        self._behind.set()
        self._home.followers.append(self.enter)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._behind.set()
        self._thread.join()
        with self._taking:
            self._home.followers.remove(self.enter)
            self._abreast = False
            if self._index is not None:
                with suppress(StoreError):  # a cache: what is not in it is read again
                    self._index.close()

    def known(self, source: str, card: bytes, at: int | None = None) -> Known | None:
        """Return what an institution told of a card, None while the index is behind the log. Raises StoreError."""
        index = self._index
        if index is None or not self._abreast:
            return None
        try:
            return index.known(source, card, self._home.ring.keys, at)
        except StoreError as error:
            self._fall_behind(error)
            raise

    def enter(self, ready: Ready) -> None:
        """Take a commit that is on the disk. Never raises: the line does not depend on it."""
        with self._taking:
            self._last = int(ready.rows[-1, INDEX["seq"]])
            if self._index is None or not self._abreast or self._last <= self._index.seq:
                return
            try:
                self._index.take(ready.rows, ready.carried["attrs"])
                self._index.save()
            except StoreError as error:
                self._fall_behind(error)

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            self._behind.wait()
            self._behind.clear()
            try:
                self._catch_up()
                failures = 0
            except StoreError as error:  # damaged, or the disk is full: what was in it is made of the log again
                self._failed(str(error))
                self._stopped.wait(_AGAIN[min(failures, len(_AGAIN) - 1)])
                failures += 1
                with suppress(StoreError):
                    self._throw_away()
                self._behind.set()

    def _catch_up(self) -> None:
        if self._index is None:
            self._index = CardIndex(self._home.path / CARDS_FILE, self._home.line.names)
        self._index.begin()
        self._index.file.check()
        while not self._stopped.is_set():
            read_on(self._index, self._home.records, self._stopped.is_set)
            with self._taking:
                if self._index.seq >= self._last:
                    self._abreast = True
                    return

    def _throw_away(self) -> None:
        if self._index is not None:
            self._index.file.clear()

    def _fall_behind(self, error: StoreError) -> None:
        self._failed(str(error))
        with self._taking:
            self._abreast = False
            self._behind.set()
