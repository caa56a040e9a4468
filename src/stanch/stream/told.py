"""Where a stream says what happens."""

from __future__ import annotations

from typing import Protocol


class Told(Protocol):
    """Hears it; the server's log, for example."""

    def info(self, event: str, **facts: str | int | float | None) -> None:
        """Note what happens now and then."""

    def warning(self, event: str, **facts: str | int | float | None) -> None:
        """Note what somebody should look at."""

    def error(self, event: str, **facts: str | int | float | None) -> None:
        """Note what somebody must mend."""
