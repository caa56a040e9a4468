"""The cast of look-alikes: which there are, and when each appears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.scene import Scene
from stanch.lab.world.truth import Truth
from stanch.lab.world.twins import (
    callers,
    card_holders,
    data,
    disputes,
    families,
    finance,
    givers,
    households,
    internet,
    machine_owners,
    number_holders,
    posters,
    prices,
    readers,
    shops,
    telecom,
)

#: All look-alikes; each is one function of a scene and a day.
CAST: Final[tuple[Callable[[Scene, int], None], ...]] = (
    telecom.call_centre, telecom.rider, telecom.school_notice, telecom.family_plan, telecom.campus_shop,
    telecom.company_fleet, telecom.repair_shop, telecom.lift_alarm, telecom.meter_firm, telecom.wedding,
    telecom.roamer,
    finance.landlord, finance.trader, finance.fund_raiser, finance.payroll, finance.house_purchase, finance.used_car,
    finance.shared_bill, finance.shared_device, finance.payday_cash, finance.careful_payer, finance.saver,
    finance.young_player, finance.grandparent, finance.night_worker, finance.incubator,
    internet.dorm_wifi, internet.shop_staff, internet.group_buy, internet.family_tablet, internet.organiser,
    internet.second_accounts, internet.newcomer,
    data.hr_lookup, data.night_duty, data.busy_counter, data.auditor,
    disputes.disputed_seller, disputes.cleared_seller,
    finance.old_account,
    card_holders.activating_counter, card_holders.new_student, card_holders.family_codes, card_holders.phone_buyer,
    card_holders.trial_phone, card_holders.shop_clerk, card_holders.two_cards, card_holders.work_card,
    card_holders.flagship_shop,
    callers.clinic_hotline, callers.shop_phone, callers.school_round, callers.landed_traveller,
    callers.office_forwarder,
    machine_owners.hasty_reseller, machine_owners.late_meter, machine_owners.lorry_tracker, machine_owners.camera,
    machine_owners.meter_repair,
    number_holders.given_up_number, number_holders.former_holder, number_holders.courier_link,
)  # fmt: skip

#: Look-alikes who are fewer: what they do few people do at all, and a part of them goes as far as the guilty do.
RARE: Final[tuple[Callable[[Scene, int], None], ...]] = (
    shops.night_stall, shops.shoe_buyer, shops.restaurant_opening, shops.founder, shops.treasurer,
    households.gadget_owner, households.couple_tablet, households.house_mover, households.family_computer,
    households.four_screens, households.company_opening,
    posters.bike_seller, posters.misplaced_ad, posters.reposter, posters.returner, posters.town_shop,
    posters.story_author, posters.village_feast, posters.new_grandmother, posters.new_trainer,
    givers.student_abroad, givers.cash_trader, givers.wallet_host, givers.flatmates, givers.plumber,
    givers.news_reader, givers.old_friend, givers.warned_payer, givers.mother_and_son,
    data.moving_person, data.complaint_clerk, data.roster_leader, data.monthly_report, data.day_list,
    data.opening_clerk,
    internet.new_in_town,
    families.helped_father, families.journey_friend, families.holiday_forwarder,
    prices.ticket_order, prices.kitchen_shop,
    readers.bedding_shop, readers.papers_finder, readers.notice_asker, readers.notice_tenant,
)  # fmt: skip


def write_twins(country: Country, diary: Diary, truth: Truth) -> None:
    """Let every look-alike appear, each so many times per ten thousand people, at least once."""
    p = country.parameters.twins
    cast = [(play, p.density) for play in CAST] + [(play, p.rare) for play in RARE]
    for place, (play, density) in enumerate(cast):
        for turn in range(max(1, round(len(country.people) * density / 10_000))):
            rng = country.chance(play.__name__, turn)
            scene = Scene(country, diary, truth, rng, f"t{place:02d}n{turn:03d}")
            play(scene, int(rng.integers(0, country.days)))
