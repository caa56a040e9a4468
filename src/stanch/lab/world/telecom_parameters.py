"""The parameters of telecom: how cards live, how gangs trade and misuse cards and numbers, how look-alikes stray."""

from __future__ import annotations

import msgspec


class CardLifeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to ordinary cards: per person and day, or a share."""

    recertified: float  # holders whom their operator verifies again
    failed: float  # share of these whose papers do not do at first
    official_calls: float  # from the service numbers of banks and of the anti-fraud centre


class CardTradeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How gangs get cards and numbers and what they do with them. Counts are per gang; pairs are least and most."""

    share: float  # of gangs that do each of these things; the first gang of a world does all
    activators: int  # devices on which the cards of a dealer are activated in series
    sold_before: tuple[int, int]  # cards that the dealer sold in the weeks before
    restricted_before: tuple[float, float]  # share of these that were restricted since
    sets: int  # cards with each of which accounts of banks and platforms are opened
    set_users: tuple[int, int]  # platform accounts of one such card
    kept: tuple[int, int]  # accounts of other people whose codes one card receives
    rotated: tuple[int, int]  # devices through which one card wanders in a day
    replaced: int  # cards put into the box in the place of burnt ones
    code_cards: tuple[int, int]  # cards that pass through one telephone to receive codes
    counter_users: tuple[int, int]  # platform accounts that the dealer makes of customers' new cards
    rings: tuple[int, int]  # numbers that are rung until they call back
    called_back: tuple[int, int]  # of these who do
    floods: int  # victims whose telephones are flooded
    flood_calls: tuple[int, int]
    flood_numbers: tuple[int, int]
    second_cards: int  # cards of straw people that call at once
    second_contacts: tuple[int, int]
    borrowed: int  # numbers in use at home that are shown from abroad
    borrowed_calls: tuple[int, int]
    unnamed: tuple[int, int]  # IoT cards bought on one day without a name
    unnamed_before: int  # ... and in the weeks before; these are in use
    travelling: int  # IoT cards that are sent on to another region
    recycled: int  # victims whose former number the gang holds
    recycled_loss: float  # median loss of these, CNY
    forwarded: int  # victims who are told to have their calls forwarded
    phishing: float  # share of accounts taken over by means of a link
    verified: float  # share of caller cards that the operator verifies again in time


class TelecomParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Telecom of a country. ``crossing`` is the share of look-alikes that cross a threshold, as in life."""

    life: CardLifeParameters
    gangs: CardTradeParameters
    crossing: float
