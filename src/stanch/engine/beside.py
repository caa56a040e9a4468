"""Beside: one task at a time in a thread of its own, while the line goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """A thread for one kind of task. One owner, who asks whether the last one ended well."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._last: Future[None] | None = None

    def begin(self, task: Callable[[], None]) -> None:
        """Begin a task."""
        self._last = self._pool.submit(task)

    def finish(self) -> None:
        """Wait for the last task. Raises what it raised, once."""
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def close(self) -> None:
        """Wait for the last task, whatever became of it, and end the thread."""
        self._pool.shutdown(wait=True)
