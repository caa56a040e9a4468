"""From pairs to people: sure pairs are joined, surest first, and what contradicts itself is left to a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stanch.intake.link.score import Scored
from stanch.model.kinds import SURE

#: Why a pair is only a proposal.
UNSURE: Final = "not sure enough"
UNPROVEN: Final = "nothing but names speaks for it"
BRIDGED: Final = "one pair joins two groups whose other records do not look alike"
CONTRADICTED: Final = "their records hold different documents that are both valid"


#: The share of pairs between two groups that must at least be proposals; a start value, chosen by us.
BACKED: Final = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entities that a person should look at, the pair that says so, and why it is not joined."""

    pair: Scored
    why: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Groups of records (places, ascending) that are of one; in each the surest pairs that join it; and proposals."""

    groups: tuple[tuple[int, ...], ...]
    ties: tuple[Scored, ...]
    proposals: tuple[Proposal, ...]


class _Groups:
    """Which records are one, and which valid documents each group holds. One owner."""

    def __init__(self, count: int, documents: Mapping[int, str]) -> None:
        self._first = list(range(count))
        self._documents = [{documents[n]} if n in documents else set() for n in range(count)]
        self._members = [[n] for n in range(count)]

    def first(self, place: int) -> int:
        """Return the earliest record of a group."""
        while self._first[place] != place:
            self._first[place] = self._first[self._first[place]]
            place = self._first[place]
        return place

    def contradict(self, left: int, right: int) -> bool:
        """Tell whether two groups hold different valid documents."""
        here, there = self._documents[self.first(left)], self._documents[self.first(right)]
        return bool(here and there and here.isdisjoint(there))

    def join(self, left: int, right: int) -> None:
        """Make two groups one."""
        low, high = sorted((self.first(left), self.first(right)))
        self._first[high] = low
        if low != high:
            self._documents[low] |= self._documents[high]
            self._members[low] += self._members[high]

    def backed(self, left: int, right: int, alike: Collection[tuple[int, int]]) -> bool:
        """Tell whether enough of the pairs between two groups are alike, not one alone."""
        here, there = self._members[self.first(left)], self._members[self.first(right)]
        found = sum((min(a, b), max(a, b)) in alike for a in here for b in there)
        return found >= BACKED * len(here) * len(there)

    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Return the groups of more than one record."""
        found: dict[int, list[int]] = {}
        for place in range(len(self._first)):
            found.setdefault(self.first(place), []).append(place)
        return tuple(tuple(group) for group in found.values() if len(group) > 1)


def join(entities: Sequence[str], documents: Mapping[int, str], pairs: Sequence[Scored]) -> Joined:
    """Join records by sure pairs; ``entities`` by place, ``documents`` the valid ones by place.

    Records of one entity are one from the start. Of two groups the strongest pair that is not joined is proposed.
    """
    groups = _Groups(len(entities), documents)
    earliest: dict[str, int] = {}
    for place, entity in enumerate(entities):
        groups.join(earliest.setdefault(entity, place), place)
    alike = {(pair.left, pair.right) for pair in pairs}
    ties, left = [], []
    for pair in sorted(pairs, key=lambda each: (-each.confidence, each.left, each.right)):
        if groups.first(pair.left) == groups.first(pair.right):
            continue
        if percent(pair.confidence) < SURE:
            left.append(Proposal(pair, UNSURE))
        elif not pair.proven:
            left.append(Proposal(pair, UNPROVEN))
        elif groups.contradict(pair.left, pair.right):
            left.append(Proposal(pair, CONTRADICTED))
        elif not groups.backed(pair.left, pair.right, alike):
            left.append(Proposal(pair, BRIDGED))
        else:
            groups.join(pair.left, pair.right)
            ties.append(pair)
    return Joined(groups.groups(), tuple(ties), _strongest(left, groups))


def _strongest(left: Sequence[Proposal], groups: _Groups) -> tuple[Proposal, ...]:
    """Return one proposal for each two groups that are still apart, the surest first."""
    found: dict[tuple[int, int], Proposal] = {}
    for proposal in left:
        low, high = sorted((groups.first(proposal.pair.left), groups.first(proposal.pair.right)))
        if low != high:
            found.setdefault((low, high), proposal)
    return tuple(found.values())


def percent(confidence: float) -> int:
    """Return a confidence in whole percent, never more than it is; only what a person says is 100."""
    return min(int(confidence * 100), 99)


def sureness(group: Sequence[int], ties: Sequence[Scored]) -> dict[int, float]:
    """Return how sure it is that each record of a group is of the same one as its first: the weakest tie on the way."""
    near: dict[int, list[Scored]] = {}
    for tie in ties:
        near.setdefault(tie.left, []).append(tie)
        near.setdefault(tie.right, []).append(tie)
    found, waiting = {group[0]: 1.0}, [group[0]]
    while waiting:
        place = waiting.pop()
        for tie in near.get(place, ()):
            other = tie.right if tie.left == place else tie.left
            if other not in found:
                found[other] = min(found[place], tie.confidence)
                waiting.append(other)
    return found
