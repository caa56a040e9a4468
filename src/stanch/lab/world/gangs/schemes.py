"""The schemes: whom each one is aimed at, how it reaches them, how they are made to pay. Data: ``schemes.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Literal

import msgspec
import numpy as np
import yaml

from stanch.lab.world.clock import Ints
from stanch.lab.world.scene import Scene

#: No victim is asked for less than this, in minor units.
_LEAST = 50_000


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of scam."""

    ages: tuple[int, int]
    way: Literal["call", "spoofed", "message"]
    payee: Literal["person", "company", "wallet"]
    rounds: tuple[int, int]
    growth: float
    hours: float
    detail: str
    topic: str  # of the texts that reach its victims
    spread: bool = False  # every payment goes to another payee
    during_call: bool = False
    takeover: bool = False  # the gang itself pays from the victim's account
    alone: bool = False  # only people who live alone


@dataclass(frozen=True, slots=True)
class Victim:
    """A person, the scheme aimed at them, and what it will cost them (minor units)."""

    person: int
    scheme: str
    plan: Scheme
    loss: int


def load_schemes() -> dict[str, Scheme]:
    """Return the schemes by name."""
    text = resources.files("stanch.lab.world.gangs").joinpath("schemes.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Scheme])


def choose_victims(scene: Scene, taken: set[int]) -> list[Victim]:
    """Choose the victims of a gang; nobody is chosen twice (``taken`` grows)."""
    p = scene.country.parameters.gangs
    schemes = load_schemes()
    victims: list[Victim] = []
    for name, count in p.schemes.items():
        plan = schemes[name]
        people = [row for row in scene.rng.permutation(_fit(scene, plan)).tolist() if row not in taken][:count]
        taken.update(people)
        for person in people:
            loss = p.loss[name] * 100 * float(scene.rng.lognormal(0.0, 0.5))
            victims.append(Victim(person, name, plan, max(_LEAST, int(loss))))
    return victims


def _fit(scene: Scene, plan: Scheme) -> Ints:
    people, has = scene.country.people, scene.country.has
    fit = (people.age >= plan.ages[0]) & (people.age <= plan.ages[1]) & (has.card_of >= 0) & (has.device >= 0)
    fit &= (has.wallet_of if plan.payee == "wallet" else has.account_of) >= 0
    if plan.alone:
        alone = fit & people.lives_alone
        fit = alone if alone.any() else fit
    return np.flatnonzero(fit)
