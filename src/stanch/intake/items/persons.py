"""Whose item it is: identifiers seen together in one row are one person's."""

from __future__ import annotations

from hashlib import blake2b

from stanch.intake.items.cells import KINDS, Cell


class Persons:
    """The owner of the identifiers seen: a number for each, and which of them belong together.

    Clear identifiers are not kept, only digests. Checked identifiers in one row belong to one person, but two resident
    ids never do: a family shares a phone.
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._parents: list[int] = []
        self._resident: list[int] = []  # by root: the checked resident id of that person, -1 for none

    def of_row(self, cells: list[Cell]) -> tuple[int, bool] | None:
        """Return the number of the strongest identifier of a row, checked ones first, and whether it is checked."""
        if not cells:
            return None
        ordered = sorted(cells, key=lambda cell: (not cell.checked, KINDS.index(cell.kind)))
        strongest = self._number(ordered[0])
        for cell in ordered[1:]:
            if cell.checked:
                self._join(strongest, self._number(cell))
        return strongest, ordered[0].checked

    def root(self, number: int) -> int:
        """Return the number that stands for all identifiers of the same person."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def _number(self, cell: Cell) -> int:
        digest = blake2b(f"{cell.kind}:{cell.form}".encode(), digest_size=16).digest()
        number = self._numbers.setdefault(digest, len(self._parents))
        if number == len(self._parents):
            self._parents.append(number)
            self._resident.append(number if cell.kind == "resident_id" and cell.checked else -1)
        return number

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        residents = {self._resident[low], self._resident[high]} - {-1}
        if low != high and len(residents) < 2:
            self._parents[high] = low
            self._resident[low] = max(residents, default=-1)
