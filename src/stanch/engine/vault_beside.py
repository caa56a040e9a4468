"""The vault beside the line: new identities are brought into it while the line goes on."""

from __future__ import annotations

from collections.abc import Sequence

from stanch.engine.home import Home
from stanch.privacy.identity import Identity


class VaultBeside:
    """The home's vault, that takes new identities while the line goes on; their commit waits for them."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def put(self, identities: Sequence[Identity]) -> None:
        """Begin to keep new identities."""
        self._home.keep(identities)

    def day_key(self, day: int) -> bytes | None:
        """Return the text key of a UTC day; None once the day was dropped."""
        return self._home.vault.day_key(day)

    def drop_day(self, day: int) -> None:
        """Destroy the text key of a day."""
        self._home.vault.drop_day(day)

    def open(self, pseudonym: bytes, purpose: str, actor: str, at: int) -> Identity:
        """Return a clear form and record the opening."""
        return self._home.vault.open(pseudonym, purpose, actor, at)
