"""What a gang does with cards and numbers beside its calling lists: the trade, the boxes, floods, numbers of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stanch.lab.world.gangs.assets import Accounts, Cards, Timetable
from stanch.lab.world.gangs.burnt_cards import burn
from stanch.lab.world.gangs.card_sets import keep_codes, open_sets, receive_codes
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.dealers import activate_in_series, register_at_counter, was_restricted
from stanch.lab.world.gangs.former_numbers import take_former_numbers
from stanch.lab.world.gangs.money import Purse
from stanch.lab.world.gangs.nuisance import call_from_second_cards, flood, ring_once
from stanch.lab.world.gangs.pools import replace_burnt, rotate
from stanch.lab.world.gangs.shown_numbers import borrow_numbers, divert_warnings
from stanch.lab.world.gangs.unnamed_machines import buy_unnamed, send_on
from stanch.lab.world.scene import Scene

#: What may be done with cards alone; each is one function of a scene, the timetable and the cards.
_WITH_CARDS: Final = (
    activate_in_series, was_restricted, register_at_counter, open_sets, receive_codes, rotate, replace_burnt,
    ring_once, call_from_second_cards, buy_unnamed, send_on, borrow_numbers, burn,
)  # fmt: skip


def trade_cards(
    scene: Scene,
    days: Timetable,
    cards: Cards,
    levels: tuple[Accounts, Accounts, Accounts],
    reached: list[Reached],
    purse: Purse,
) -> None:
    """Do what this gang does of all this; each part has its own chance, so that one changes nothing in another."""
    for act in _WITH_CARDS:
        if part := _part(scene, act.__name__):
            act(part, days, cards)
    if part := _part(scene, keep_codes.__name__):
        keep_codes(part, days, cards, levels[0])
    if part := _part(scene, flood.__name__):
        flood(part, reached)
    if part := _part(scene, divert_warnings.__name__):
        divert_warnings(part, reached)
    if part := _part(scene, take_former_numbers.__name__):
        take_former_numbers(part, days, levels[0], purse)


def _part(scene: Scene, name: str) -> Scene | None:
    """Return the scene with the chance of one part, nothing if this gang does not do it. The first gang does all."""
    own = replace(scene, rng=scene.country.chance(f"{scene.name} {name}"))
    does = own.rng.random() < scene.country.parameters.telecom.gangs.share
    return own if does or scene.case == 0 else None
