"""An identity as the vault keeps it, and what the rest of the house may ask of a vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """A pseudonym and the clear form behind it. The clear form is never printed."""

    pseudonym: bytes
    kind: str
    scheme: str
    normalised: str = field(repr=False)


class Vault(Protocol):
    """Keeps clear forms encrypted and opens them for a named purpose, with a record of who asked and when."""

    def put(self, identities: Sequence[Identity]) -> None:
        """Keep new identities; those already kept stay as they are. Durable on return."""

    def day_key(self, day: int) -> bytes | None:
        """Return the text key of a UTC day (days since 1970), made on first use; None once the day was dropped."""

    def drop_day(self, day: int) -> None:
        """Destroy the text key of a day: its texts can never be read again."""

    def open(self, pseudonym: bytes, purpose: str, actor: str, at: int) -> Identity:
        """Return the clear form and record the opening at UTC microseconds ``at``."""
