"""Look-alikes around cards of machines: resellers in a hurry, meters, cameras, lorries."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import START, Ints
from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.card_holders import crosses
from stanch.model.time import DAY, HOUR

_STEP: Final = "card_supply"


def hasty_reseller(scene: Scene, day: int) -> None:
    """Play a reseller whose first sales of a day are sent without names by mistake; some notice it late."""
    rng, country = scene.rng, scene.country
    seller = country.names.one("outlet", f"reseller-{scene.name}")
    scene.role(seller, "twin:hasty_reseller")
    count = int(rng.integers(30, 46))
    cards = country.names.add("iot_card", country.numbers.machine_numbers(count))
    when = scene.at(day, 9, 60) + np.sort(rng.integers(0, 6 * HOUR, count))
    unnamed = int(rng.integers(13, 17)) if crosses(scene) else int(rng.integers(4, 9))
    holder = rng.choice(country.firms.companies.code, count)
    holder[:unnamed] = -1
    scene.write("iot_sold", when, step=_STEP, src=seller, dst=cards, holder=holder, detail="meter", source="operator_c")
    scene.write("iot_stock", int(when[-1]) + HOUR, step=_STEP, src=seller, number=int(rng.integers(100, 900)),
                source="operator_c")  # fmt: skip


def late_meter(scene: Scene, day: int) -> None:
    """Play a new meter that sends already while its sale is told some days later; some are forgotten for longer."""
    rng, country = scene.rng, scene.country
    card = _machine(scene, "late_meter")
    put_in = START - (int(rng.integers(8, 12)) if crosses(scene) else int(rng.integers(0, 3))) * DAY - 5 * HOUR
    scene.write("card_attached", put_in, step=_STEP, src=card, dst=scene.new_devices("module", 1), source="operator_a")
    _send(scene, card, [scene.at(on, 6, 600) for on in range(country.days) for _ in range(2)], "meter", (20, 300))
    told = scene.at(min(2, country.days - 1), 10, 60)
    scene.write("iot_sold", told, step=_STEP, src=int(country.firms.resellers[0]), dst=card, detail="meter",
                holder=int(rng.choice(country.firms.companies.code)), source="operator_a")  # fmt: skip


def lorry_tracker(scene: Scene, day: int) -> None:
    """Play a tracker in a lorry that drives through the country; nearly all are on the list of what moves."""
    rng, country = scene.rng, scene.country
    card = _machine(scene, "lorry_tracker")
    firm = int(rng.choice(country.firms.companies.code))
    scene.write("iot_sold", START - 50 * DAY, step=_STEP, src=int(country.firms.resellers[0]), dst=card, holder=firm,
                detail="tracker", source="operator_a")  # fmt: skip
    if not crosses(scene):
        scene.write("listed", START - 49 * DAY, step=_STEP, dst=card, detail="iot_moving", source="operator_a")
    regions = np.unique(country.people.region)
    here, there = rng.choice(regions, 2, replace=False).tolist()
    for on in range(country.days):
        times = [scene.at(on, hour, 60) for hour in (7, 10, 14, 18)]
        _send(scene, card, times, "tracker", (5, 40), there if on >= max(2, day) else here)


def camera(scene: Scene, day: int) -> None:
    """Play a camera that sends pictures to its own server, much of it; some begin on a general tariff by mistake."""
    card = _machine(scene, "camera")
    country = scene.country
    scene.write("iot_sold", START - 90 * DAY, step=_STEP, src=int(country.firms.resellers[0]), dst=card,
                holder=int(scene.rng.choice(country.firms.companies.code)), detail="camera",
                source="operator_a")  # fmt: skip
    mistaken = 2 if crosses(scene) else 0
    for on in range(country.days):
        tariff = "general" if on < mistaken else "directed"
        _send(scene, card, [scene.at(on, 8, 300)], tariff, (60_000, 90_000))


def meter_repair(scene: Scene, day: int) -> None:
    """Play a meter that registers again after a power cut, in the same module; now and then in a new one."""
    machines = scene.country.machines
    row = int(scene.rng.integers(len(machines.card)))
    card, source = int(machines.card[row]), int(machines.source[row])
    scene.role(card, "twin:meter_repair")
    new = int(scene.new_devices("module", 1)[0]) if crosses(scene) else int(machines.device[row])
    # a power cut earlier in the same month, after which it registered where it was
    scene.write("card_attached", START - 3 * DAY, step=_STEP, src=card, dst=int(machines.device[row]), source=source)
    scene.write("card_attached", scene.at(day, 11, 200), step=_STEP, src=card, dst=new, source=source)


def _machine(scene: Scene, name: str) -> int:
    card: Ints = scene.country.names.add("iot_card", scene.country.numbers.machine_numbers(1))
    scene.role(card, f"twin:{name}")
    return int(card[0])


def _send(
    scene: Scene, card: int, times: list[int], detail: str, size: tuple[int, int], region: int | None = None
) -> None:
    where = int(scene.country.people.region[0]) if region is None else region
    scene.write("data_session", np.asarray(times, dtype=np.int64), step=_STEP, src=card, detail=detail, region=where,
                number=scene.rng.integers(*size, len(times)), source="operator_a")  # fmt: skip
