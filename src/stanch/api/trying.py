"""Trying: the last days decided again under a version, in a process of its own, so that the line is not slowed."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Final

import msgspec

from stanch.api.logs import Log
from stanch.api.problems import ApiError
from stanch.engine.backtest import BacktestReport
from stanch.model.errors import StanchError

_COMMAND: Final = (sys.executable, "-c", "from stanch.cli import main; main()", "rules", "try", "--json")
#: How far behind the server such a process stands when both want the processor.
_NICE: Final = 10
#: Exit codes with which it says that what was asked cannot be done.
_REFUSED: Final = (2, 3)


class Trying:
    """Runs ``stanch rules try`` on the home that is served, one at a time."""

    def __init__(self, home: str, log: Log) -> None:
        self._home = home
        self._log = log
        self._one = asyncio.Lock()

    async def on(self, version: str, days: int) -> BacktestReport:
        """Return what a version would have decided otherwise. Raises ApiError 429 while another one is tried."""
        if self._one.locked():
            raise ApiError(429, "busy", "a version is being tried; try again when that is done", retry_after=10)
        async with self._one:
            options = ("--home", self._home, "--id", version, "--days", str(days))
            process = await asyncio.create_subprocess_exec(*_COMMAND, *options, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
            try:
                return await self._report_of(process)
            finally:
                with suppress(ProcessLookupError):
                    process.kill()  # it has ended, or who asked has gone

    async def _report_of(self, process: Process) -> BacktestReport:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        out, told = await process.communicate()
        if process.returncode in _REFUSED:
            raise ApiError(409, "refused", told.decode(errors="replace").strip().removeprefix("stanch: "))
        if process.returncode:
            self._log.error("try_failed", code=process.returncode)
            raise StanchError("the version could not be tried")
        return msgspec.json.decode(out, type=BacktestReport)
