"""Noting: readings that come together are put into the audit log together, for one wait for the disk."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool

from stanch.api.audit import AuditLog, Read
from stanch.model.errors import StanchError


class Noting:
    """Gathers readings while the disk is busy with others. Used from one event loop."""

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._gathered: list[tuple[Read, asyncio.Future[None]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def note(self, read: Read) -> None:
        """Return once a reading is on the disk. Raises StoreError where it could not be noted."""
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append((read, noted))
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._work())
        await noted

    async def _work(self) -> None:
        while self._gathered:
            waiting, self._gathered = self._gathered, []
            try:
                await run_in_threadpool(self._audit.note_all, [read for read, _ in waiting])
            except StanchError as error:
                _tell(waiting, error)
            else:
                _tell(waiting, None)


def _tell(waiting: list[tuple[Read, asyncio.Future[None]]], error: StanchError | None) -> None:
    for _, noted in waiting:
        if noted.done():  # who waited is gone
            continue
        if error is None:
            noted.set_result(None)
        else:
            noted.set_exception(error)
