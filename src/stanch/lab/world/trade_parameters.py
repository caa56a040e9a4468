"""The parameters of what gangs do beside their main chain, and of how platforms take posts down."""

from __future__ import annotations

import msgspec

Range = tuple[int, int]  #: the least and the most


class TradeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trades of gangs. Counts are per gang that does it, sums in CNY."""

    share: float  # chance that a gang does a trade; the first gang does all
    night_payers: Range  # who scan the code of one shop front in a night
    night_stake: Range
    refunds: Range  # rounds of paying and paying back at a shop front
    refund_sum: Range
    student_payers: Range  # who settle through one student's account
    student_sum: Range
    cash_times: Range  # withdrawals of one runner, just below what is reported
    wallet_payers: Range
    wallet_sum: Range
    advertisers: Range  # users who post the number of one seller of accounts
    buyers: Range
    price: Range
    companies: Range  # of one owner of straw
    members: Range  # who pay into one young company
    stake: Range
    lenders: Range  # devices on which one rented account is used
    sets: Range  # people whose card, user and account are tried on one device
    clerks: Range  # who sell one person's record
    looks: Range  # at one person by one clerk
    exports: Range
    export_size: Range
    stolen_names: Range  # people in whose names accounts are opened
    aged_users: Range  # kept warm on one device
    places: Range  # at which one contact is posted
    spreaders: Range  # of a link
    visitors: Range  # devices that open it
    bot_posts: Range
    borrowers: Range  # devices on which one platform account is used
    woken_users: Range
    hunted: Range  # users to whom a new user writes, some of them children and old people
    persuaded: float  # share of victims with whom a page, a friend or the payee's own card helps
    rebates: int  # victims who are paid back at first
    rebate_sum: Range
    price_payers: Range  # strangers who pay one seller in hours
    one_price: Range  # of each of its sales
    small_sales: Range  # of a corner shop in a day
    small_basket: Range
    large_basket: Range  # what strangers pay it on the next day


class PlatformParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a platform takes down what gangs post."""

    removes: float  # share of the posts
    hours: float  # median, from the post on
    spread: float  # standard deviation of the logarithm
