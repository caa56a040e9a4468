"""Questions: what a reader may ask for in the address of a request, checked field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from starlette.requests import Request

from stanch.api.problems import ApiError
from stanch.model.events import micros

MOST: Final = 200
_USUAL: Final = 50


class Question:
    """The parameters of one request. What was not expected is refused, so that no misspelt filter is passed over."""

    def __init__(self, request: Request, known: tuple[str, ...]) -> None:
        self._given = request.query_params
        unknown = [name for name in self._given if name not in known]
        if unknown:
            raise ApiError(
                400,
                "unknown_parameter",
                f"unknown parameter; known: {', '.join(known) or 'none'}",
                param=unknown[0][:64],
            )

        if len(self._given.multi_items()) > len(self._given):
            raise ApiError(400, "repeated_parameter", "a parameter stands twice; give each once")

    def word(self, name: str) -> str | None:
        """Return a word, or None where it was not given."""
        return self._given.get(name)

    def needed(self, name: str) -> str:
        """Return a word that must be given."""
        found = self._given.get(name)
        if not found:
            raise ApiError(400, "missing_parameter", f"{name} is needed", param=name)
        return found

    def moment(self, name: str) -> int | None:
        """Return UTC microseconds of a time with a zone, or None."""
        found = self._given.get(name)
        if found is None:
            return None
        try:
            read = datetime.fromisoformat(found)
        except ValueError:
            read = datetime.min  # noqa: DTZ901 refused below, like every time without a zone
        if read.tzinfo is None:
            raise ApiError(400, "bad_time", "expected a time with a zone, as 2026-03-02T10:00:00Z", param=name)
        return micros(read)

    def number(self, name: str, usual: int, most: int) -> int:
        """Return a whole number from 0 on."""
        found = self._given.get(name)
        if found is None:
            return usual
        if not found.isascii() or not found.isdigit() or len(found) > 18 or int(found) > most:
            raise ApiError(400, "bad_number", f"expected a whole number up to {most}", param=name)
        return int(found)

    def limit(self) -> int:
        """Return how many are asked for."""
        return max(self.number("limit", _USUAL, MOST), 1)

    def cursor(self) -> int:
        """Return where the last page ended."""
        return self.number("cursor", 0, 2**62)
