"""Writer: commits go to the disk in their order, in a thread beside the line or, small ones, in the line's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from time import perf_counter_ns
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.engine.commit import Ready
from stanch.model.columns import INDEX
from stanch.privacy.identity import Identity, Vault
from stanch.store.blocks import encode_rows
from stanch.store.records import Records
from stanch.store.rows import Commit

Ints = npt.NDArray[np.int64]

_SEQ: Final = INDEX["seq"]
_AS_OF: Final = INDEX["as_of"]
_encoder: Final = msgspec.msgpack.Encoder()


class Writer:
    """Writes commits in their order in a thread of its own, while the next batch is decided.

    What has gathered while the disk was busy is saved together: many small commits cost few waits for the disk.
    """

    def __init__(self, records: Records, vault: Vault, *, ahead: int = 4, events: int = 16_384) -> None:
        self._records = records
        self._vault = vault
        self._ahead, self._events = ahead, events
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stanch-commit")
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stanch-vault")
        self._gathered: list[Ready] = []
        self._progress: dict[str, str] = {}
        self._gathering = Lock()
        self._pending: deque[Future[None]] = deque()
        self._failed: BaseException | None = None
        self._held: Future[None] | None = None
        self._holding = False
        #: Told the nanoseconds of each transaction and how many commits it held.
        self.written: list[Callable[[int, int], None]] = []
        #: Told of each commit that is on the disk, in their order and before their answers leave.
        self.followers: list[Callable[[Ready], None]] = []

    def write(self, commits: Sequence[Ready], progress: Mapping[str, str] | None = None) -> Future[None]:
        """Begin to save commits in one transaction, and how far their sources were read with them.

        The future is done when they are on the disk. Raises what an earlier one raised.
        """
        while self._pending and self._pending[0].done():
            self._pending.popleft().result()
        if self._holding:
            self._gather(commits, progress)
            self._held = self._held or Future()
            return self._held
        while len(self._pending) >= self._ahead and self._waiting() > self._events:
            self._pending.popleft().result()
        self._gather(commits, progress)
        future = self._pool.submit(self._save)
        self._pending.append(future)
        return future

    def keep(self, identities: Sequence[Identity]) -> Future[None]:
        """Begin to bring identities into the vault, in a thread beside; done when they are on the disk."""
        return self._beside.submit(self._vault.put, identities)

    @property
    def idle(self) -> bool:
        """Whether everything that was written is on the disk."""
        return all(future.done() for future in self._pending)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Save in this thread, when this ends, what is written meanwhile: nothing else may be on its way.

        For small commits that is sooner done than told to another thread. What was written when this ends by an error
        is not saved, nor is anything after it.
        """
        self._holding = True
        try:
            yield
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._holding, held, self._held = False, self._held, None
            if held is not None:
                try:
                    self._save()
                    held.set_result(None)
                except BaseException as error:  # noqa: BLE001 told to who waits, as from the other thread
                    held.set_exception(error)

    def finish(self) -> None:
        """Wait until everything is on the disk. Raises the first error."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """End the thread; what was begun is finished."""
        self._pool.shutdown(wait=True)
        self._beside.shutdown(wait=True)

    def _gather(self, commits: Sequence[Ready], progress: Mapping[str, str] | None) -> None:
        with self._gathering:
            self._gathered += commits
            self._progress |= progress or {}

    def _save(self) -> None:
        """Save what has gathered. After a failure nothing more is saved: what follows rests on what was lost."""
        with self._gathering:
            waiting, self._gathered = self._gathered, []
            progress, self._progress = self._progress, {}
        if self._failed is not None:
            raise self._failed
        if not waiting and not progress:
            return
        started = perf_counter_ns()
        try:
            self._put(waiting, progress)
        except BaseException as error:
            self._failed = error
            raise
        for tell in self.written:
            tell(perf_counter_ns() - started, len(waiting))
        for follow in self.followers:
            for ready in waiting:
                follow(ready)

    def _put(self, waiting: Sequence[Ready], progress: Mapping[str, str]) -> None:
        """Save commits that follow each other, and how far their sources were read. On the disk when this returns."""
        commits = [_encoded(ready) for ready in waiting]
        for kept in [each for ready in waiting for each in ready.kept]:
            kept.result()
        if commits:
            commits[-1] = msgspec.structs.replace(commits[-1], progress=dict(progress))
            self._records.commit_all(commits)
        else:
            self._records.note_progress(progress)

    def _waiting(self) -> int:
        with self._gathering:
            return sum(len(ready.rows) for ready in self._gathered)


def _encoded(ready: Ready) -> Commit:
    return Commit(
        first_seq=int(ready.rows[0, _SEQ]),
        last_seq=int(ready.rows[-1, _SEQ]),
        first_as_of=int(ready.rows[0, _AS_OF]),
        last_as_of=int(ready.rows[-1, _AS_OF]),
        policy=ready.policy,
        body=encode_rows(ready.rows, ready.carried, *ready.names),
        decisions=_encoder.encode(ready.decisions),
        findings=ready.findings,
        measures=ready.measures,
        outbox=ready.outbox,
        order_steps=ready.order_steps,
        notices=ready.notices,
        policies=ready.policies,
        versions=ready.versions,
        rule_acts=ready.rule_acts,
        shadows=ready.shadows,
    )
