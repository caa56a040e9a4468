"""The parameters of what is written: how often texts are sent and handed in, and the templates of their words."""

from __future__ import annotations

from string import Formatter
from typing import Final

import msgspec

Templates = list[str]

#: What a template may leave open; ``contact`` and ``sample`` are given by who writes, the rest is drawn from lists.
SLOTS: Final = frozenset({"contact", "sample", "number", "who", "place", "thing", "day", "shop"})
#: Topics whose texts are drawn from a pool, and hold no contact but a firm's.
POOLED: Final = ("chat", "notice", "notice_contact", "advert", "forum")


class WordParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often texts are sent and handed in. Pairs are least and most, per gang."""

    with_contact: float  # share of firms' notices that hold a contact
    adverts: float  # share of firms' messages that advertise
    questions: float  # texts that ordinary people hand in, per person and day
    of_scams: float  # share of these that are scams
    newcomers: float  # share of new users who post something honest with a contact on their first day
    texted: float  # share of victims who get a text from a service number before they pay
    texted_others: tuple[int, int]  # others who get the same text
    asked: float  # share of victims who hand in what reached them, and pay all the same
    reported: float  # share of reports to which the text is added
    offers: tuple[int, int]  # new users, each of whom offers to trade in something
    samples: tuple[int, int]  # posts that show other people's data


class TextParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Templates by topic. A country writes nothing else; no text model learns from them."""

    chat: Templates  # between people
    notice: Templates  # firms to their customers
    notice_contact: Templates  # ... with their number or page
    advert: Templates  # firms, unasked
    forum: Templates
    sale: Templates
    shop_ad: Templates
    courier: Templates
    group_buy: Templates
    invitation: Templates
    fund: Templates
    bedding: Templates
    collector: Templates
    found: Templates  # papers that somebody found
    found_reward: Templates
    scam_job: Templates
    scam_invest: Templates
    scam_police: Templates
    scam_service: Templates
    scam_loan: Templates
    scam_game: Templates
    scam_tips: Templates
    scam_pension: Templates
    scam_health: Templates
    scam_friend: Templates
    trade_cards: Templates
    trade_sim: Templates
    trade_accounts: Templates
    trade_data: Templates
    trade_launder: Templates
    data_sample: Templates  # other people's data shown to buyers

    def __post_init__(self) -> None:
        """Refuse a topic without a template, and a template with an unknown slot."""
        for topic, templates in self.topics().items():
            if not templates:
                raise ValueError(f"texts: topic {topic!r} has no template")
            for template in templates:
                unknown = {name for _, name, _, _ in Formatter().parse(template) if name is not None} - SLOTS
                if unknown:
                    raise ValueError(
                        f"texts: {topic}: unknown slot {min(unknown)!r}; known: {', '.join(sorted(SLOTS))}"
                    )

    def topics(self) -> dict[str, Templates]:
        """Return the templates by topic."""
        return {name: getattr(self, name) for name in self.__struct_fields__}
