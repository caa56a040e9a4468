"""Which record of a call tells it: both ends of one call write a record, and long calls write several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from stanch.intake.readers.call_times import Span

#: A full telephone number of a person; service numbers and message ports write no originating record.
_PERSONAL: Final = re.compile(r"(?:\+|00)?(?!106)[1-9][0-9]{9,14}")


@dataclass(slots=True)
class Legs:
    """What was seen in one file: calls by reference, parts of long calls, and the device that each card was in.

    ``own_trunks`` are trunk groups between the operator's own exchanges, ``own_centres`` its own message centres:
    what comes over them was told by the originating record.
    """

    own_trunks: frozenset[str] = frozenset()
    own_centres: frozenset[str] = frozenset()
    _told: set[str] = field(default_factory=set)
    _parts: dict[tuple[str, str], Span] = field(default_factory=dict)
    _devices: dict[str, str] = field(default_factory=dict)

    def originating(self, reference: str | None) -> None:
        """Note that the originating record of a call was read."""
        if reference is not None:
            self._told.add(reference)

    def second_leg(self, reference: str | None, trunk: str | None) -> bool:
        """Return whether a terminating record repeats a call of ours: known by reference, or not from outside."""
        return (reference is not None and reference in self._told) or trunk is None or trunk in self.own_trunks

    def second_message(self, sender: str, centre: str | None) -> bool:
        """Return whether a delivered message repeats one that the sender's own record told."""
        return centre is not None and centre in self.own_centres and _PERSONAL.fullmatch(sender) is not None

    def part(self, key: tuple[str, str], span: Span) -> None:
        """Keep a part of a long call until its last record comes."""
        before = self._parts.get(key)
        self._parts[key] = span if before is None else before.joined(span)

    def whole(self, key: tuple[str, str] | None, last: Span) -> Span:
        """Return the whole call that ends with its last record."""
        before = self._parts.pop(key, None) if key is not None else None
        return last if before is None else before.joined(last)

    def moved(self, card: str, device: str) -> bool:
        """Return whether a card was not seen in this device last, and remember it."""
        known = self._devices.get(card)
        self._devices[card] = device
        return known != device
