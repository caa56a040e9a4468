"""Machines that talk over the network: cards in meters, lifts, vending machines and trackers."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints, moments, past
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import OPERATORS, Institutions
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import Numbers
from stanch.model.time import MINUTE

#: Share of lorries that are in another region on a day.
_AWAY = 0.15


class Machines:
    """Cards in meters, lifts and vending machines: sold by resellers to firms, each in one device for good."""

    def __init__(
        self, names: Names, numbers: Numbers, rng: np.random.Generator, count: int, regions: dict[str, float]
    ) -> None:
        count = max(20, count)
        self.card: Ints = names.add("iot_card", numbers.machine_numbers(count))
        self.device: Ints = names.add("device", numbers.devices("module", count))
        self.use: Ints = rng.choice(names.words(["meter", "lift", "vending", "tracker"]), count)
        self.source: Ints = names.words(OPERATORS)[rng.integers(0, len(OPERATORS), count)]
        self.region: Ints = rng.choice(names.words(list(regions)), count)
        self.moving = np.flatnonzero(self.use == names.word("tracker"))  #: rows of those in lorries

    def register(self, diary: Diary, rng: np.random.Generator, firms: Institutions) -> None:
        """Write down who bought the cards, and the stock that resellers hold."""
        since = past(rng, len(self.card), 60, 900)
        seller = rng.choice(firms.resellers, len(self.card))
        diary.note("iot_sold", since, src=seller, dst=self.card, detail=self.use, source=self.source,
                    holder=rng.choice(firms.companies.code, len(self.card)))  # fmt: skip
        diary.note("card_attached", since + 30 * MINUTE, src=self.card, dst=self.device, source=self.source)
        diary.note("listed", since[self.moving] + 20 * MINUTE, dst=self.card[self.moving], detail="iot_moving",
                    source=self.source[self.moving])  # fmt: skip
        diary.note("iot_stock", past(rng, len(firms.resellers), 1, 5), src=firms.resellers, source="operator_a",
                    number=rng.integers(200, 2000, len(firms.resellers)))  # fmt: skip

    def write_traffic(self, diary: Diary, rng: np.random.Generator, day: int) -> None:
        """Write down what the machines sent in a day: little; some register in the network again, lorries travel."""
        region = self.region.copy()
        away = self.moving[rng.random(len(self.moving)) < _AWAY]
        region[away] = rng.choice(self.region, len(away))
        diary.note("data_session", moments(rng, day, len(self.card), "flat"), src=self.card, detail=self.use,
                    number=rng.integers(20, 900, len(self.card)), region=region, source=self.source)  # fmt: skip
        again = np.flatnonzero(rng.random(len(self.card)) < 0.05)
        diary.note("card_attached", moments(rng, day, len(again), "flat"), src=self.card[again],
                    dst=self.device[again], source=self.source[again])  # fmt: skip
