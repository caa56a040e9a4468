"""An identifier in its normal form, and what its pseudonym would hide: the facets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Facets an identifier can have, in the order of ``Identifier.facets``.
FACETS: Final = ("country", "type", "range", "bin", "tac", "subnet")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier, normalised. ``warning`` says what looks wrong without being refused."""

    normalised: str
    country: str | None = None
    type: str | None = None
    range: str | None = None
    bin: str | None = None
    tac: str | None = None
    subnet: str | None = None
    warning: str | None = None

    @property
    def facets(self) -> tuple[str | None, ...]:
        """Return the facets in the order of ``FACETS``."""
        return (self.country, self.type, self.range, self.bin, self.tac, self.subnet)
