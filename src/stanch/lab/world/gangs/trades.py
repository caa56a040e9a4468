"""The trades of gangs: what they do beside their chain. Each is one function of a scene and a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.gangs import (
    collecting,
    founders,
    offers,
    platforms,
    prices,
    rebates,
    sellers,
    shopfronts,
    watching,
)
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Truth

TRADES: Final[tuple[Callable[[Scene, int], None], ...]] = (
    shopfronts.night_codes, shopfronts.refund_loop,
    collecting.student_account, collecting.structured_cash, collecting.wallet_collects,
    sellers.account_seller,
    founders.straw_owner, founders.across_banks, founders.lent_account, founders.tried_sets,
    watching.sold_by_many, watching.followed, watching.exported_in_parts, watching.stolen_names,
    platforms.ageing_farm, platforms.carried_contact, platforms.spread_link, platforms.posting_bot,
    platforms.lent_user, platforms.woken_users, platforms.hunter,
    rebates.rebates,
    prices.one_price, prices.dear_baskets,
    offers.open_offers, offers.sample_seller,
)  # fmt: skip


def write_trades(country: Country, diary: Diary, truth: Truth) -> None:
    """Let every gang do its trades: the first one all of them, the others some. Each has its own chance."""
    for case, name in enumerate(list(truth.cases)):
        for trade in TRADES:
            rng = country.chance(trade.__name__, case)
            if case == 0 or rng.random() < country.parameters.trades.share:
                trade(Scene(country, diary, truth, rng, name, case), int(rng.integers(0, max(1, country.days - 2))))
