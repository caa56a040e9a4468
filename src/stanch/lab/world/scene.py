"""A scene: the part of a world that one gang or one innocent look-alike plays, marked as such in the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stanch.lab.world.calls import write_call
from stanch.lab.world.clock import START, Ints, at_hour
from stanch.lab.world.country import Country
from stanch.lab.world.diary import NOTHING, Diary, Values
from stanch.lab.world.institutions import BANKS
from stanch.lab.world.settlement import Clearing, Passed
from stanch.lab.world.truth import STEPS, Truth
from stanch.model.time import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a gang or a look-alike writes: the same diary as everyone, with its own chance and its own mark."""

    country: Country
    diary: Diary
    truth: Truth
    rng: np.random.Generator
    name: str
    case: int = NOTHING  #: number of the case; nothing for the innocent

    @property
    def end(self) -> int:
        """Return the moment after which nothing becomes known any more."""
        return START + (self.country.days + 1) * DAY

    def write(self, kind: str, happened: Ints | int, *, step: str, **columns: Values) -> Ints:
        """Write down events of this scene; return their numbers."""
        return self.diary.write(kind, happened, None, columns | self._marks(step))

    def call(self, card: int, happened: Ints, called: Ints, seconds: Ints, **columns: Values) -> Ints:
        """Write down calls of one card of this scene; return the numbers of their beginnings."""
        ends = np.full(len(called), card, dtype=np.int64), called
        about = self.seen_of(card) | columns | self._marks("contact")
        return write_call(self.diary, self.rng, happened, ends, seconds, **about)

    def seen_of(self, card: int) -> dict[str, Values]:
        """Return what a network sees of a card: operator, device and cell of its user, or some cell for a new card."""
        people, has = self.country.people, self.country.has
        found = np.flatnonzero(has.cards.code == card)
        if not len(found):
            row = card % len(people)
            return {"place": int(people.cell[row]), "region": int(people.region[row])}
        person = int(has.cards.person[found[0]])
        return {"place": int(people.cell[person]), "region": int(people.region[person]),
                "device": int(has.device[person]), "source": int(has.cards.source[found[0]])}  # fmt: skip

    def pay(self, happened: Ints | int, *, step: str, **columns: Values) -> Ints:
        """Write down payments of this scene, with their settlement; return the numbers of the instructions."""
        return self._clearing.pay(_moments(happened), columns | self._marks(step))

    def pay_through(self, happened: Ints | int, *, steps: tuple[str, str], **columns: Values) -> Passed:
        """Write down payments of this scene that a payment firm passes on; each leg is a step of the chain."""
        first, second = (self._marks(step) for step in steps)
        return self._clearing.pay_through(_moments(happened), columns | first, second=second)

    def take_out(self, kind: str, happened: Ints | int, *, step: str, **columns: Values) -> Ints:
        """Write down money of this scene that leaves as cash or crypto assets; return the numbers."""
        return self._clearing.take_out(kind, _moments(happened), columns | self._marks(step))

    def give_back(self, happened: Ints | int, *, step: str, **columns: Values) -> Ints:
        """Write down money that a payee sends back, the payment in ``ref``; return the numbers."""
        return self._clearing.note("returned", _moments(happened), columns | self._marks(step))

    def pay_in(self, happened: Ints | int, *, step: str, **columns: Values) -> Ints:
        """Write down cash paid in; return the numbers."""
        return self._clearing.note("cash_in", _moments(happened), columns | self._marks(step))

    def plant(self, typology: str, subject: int, when: Ints | list[int]) -> None:
        """Say that a typology ought to fire on a subject between the first and the last of these moments."""
        self.truth.plant(typology, subject, self.name, when)

    def role(self, entities: Ints | int, role: str) -> None:
        """Say what entities are in this scene; only what belongs to a gang is bad, and not its victims."""
        bad = self.case != NOTHING and role != "victim"
        self.truth.role(entities, role, self.name if self.case != NOTHING else "", bad=bad)

    def at(self, day: int, hour: float, minutes: float = 30.0) -> int:
        """Draw a moment of a day near a local hour."""
        return at_hour(self.rng, day, hour, minutes)

    def some(self, choices: Ints, count: int) -> Ints:
        """Draw some of the choices, no one twice; all of them if there are no more."""
        return self.rng.choice(choices, min(count, len(choices)), replace=False)

    def unmarked(self, entities: Ints, count: int) -> Ints:
        """Draw some entities that play no other part in this world, if there are enough; return their places."""
        drawn = self.some(np.arange(len(entities)), 2 * count + 30)
        free = np.asarray([int(entities[row]) not in self.truth.roles for row in drawn.tolist()], dtype=bool)
        return np.concatenate([drawn[free], drawn[~free]])[:count]

    def between(self, bounds: tuple[float, float]) -> float:
        """Draw a number between two bounds."""
        return float(self.rng.uniform(*bounds))

    def crosses(self) -> bool:
        """Draw whether a look-alike goes as far as the guilty do."""
        return bool(self.rng.random() < self.country.parameters.twins.crossing)

    def often(self, bounds: tuple[int, int]) -> int:
        """Draw a whole number between two bounds, both of which can come."""
        return int(self.rng.integers(bounds[0], bounds[1] + 1))

    def sums(self, bounds: tuple[int, int], count: int) -> Ints:
        """Draw sums between two bounds in CNY, whole hundreds mostly; return minor units."""
        yuan = self.rng.integers(bounds[0], bounds[1] + 1, count)
        return np.where(self.rng.random(count) < 0.7, yuan // 100 * 100, yuan) * 100

    def spread(self, day: int, hour: float, hours: float, count: int) -> Ints:
        """Draw moments in order within some hours after a local hour of a day."""
        return self.at(day, hour, 15) + np.sort(self.rng.integers(0, int(hours * HOUR), count))

    def new_cards(self, operator: str, count: int) -> Ints:
        """Make card numbers of an operator from all over its ranges."""
        return self.country.names.add("card", self.country.numbers.phones(operator, count))

    def new_devices(self, sort: str, count: int) -> Ints:
        """Make devices of a sort."""
        return self.country.names.add("device", self.country.numbers.devices(sort, count))

    def new_accounts(self, count: int) -> tuple[Ints, Ints]:
        """Make bank accounts; return their codes and the words of their banks."""
        names, numbers = self.country.names, self.country.numbers
        banks = self.rng.integers(0, len(BANKS), count).tolist()
        codes = [names.one("account", numbers.accounts(BANKS[bank], 1)[0]) for bank in banks]
        return np.asarray(codes, dtype=np.int64), names.words([BANKS[bank] for bank in banks])

    def new_addresses(self, count: int) -> Ints:
        """Make addresses that lie apart."""
        return self.country.names.add("address", self.country.numbers.addresses(count))

    @property
    def _clearing(self) -> Clearing:
        return Clearing(self.country, self.diary, self.rng)

    def _marks(self, step: str) -> dict[str, Values]:
        if self.case == NOTHING:
            return {}
        return {"case": self.case, "step": STEPS.index(step), "bad": int(step != "report")}


def _moments(happened: Ints | int) -> Ints:
    return np.atleast_1d(np.asarray(happened, dtype=np.int64))
