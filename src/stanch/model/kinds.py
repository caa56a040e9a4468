"""Event kinds: who acts on whom, by sector. Adding a kind is cheap; changing a meaning is not.

The tables follow DESIGN: ``src`` is the acting and ``dst`` the receiving entity; ``holder`` is the person or company
that the sender states to be behind ``dst`` (or ``src`` where there is no ``dst``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FORMAT_VERSION: Final = 2

#: From this confidence (percent) on a ``bound`` event is taken in; below, it waits for a person who says so.
SURE: Final = 90


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    ``src`` and ``dst`` list the entity kinds allowed in that role (empty: the role stays empty); ``needs`` names
    the columns that must not be empty beside them.
    """

    name: str
    sector: str
    meaning: str
    src: tuple[str, ...]
    dst: tuple[str, ...]
    needs: tuple[str, ...] = ()


_PAYER = ("account", "wallet")
_PAYEE = ("account", "wallet", "merchant")
_LEFT = ("outlet", "institution")  # where cash and crypto assets are handed out
_CARD = ("card", "iot_card")

#: What people do about the rules that decide.
_ABOUT_RULES: Final = (
    Kind("rules_proposed", "time", "src proposes the rules detail; ref are the rules in force then, attrs the reason",
         ("employee",), (), ("src", "detail")),
    Kind("rules_approved", "time", "src approves the rules detail; ref are the rules that they replace",
         ("employee",), (), ("src", "detail")),
    Kind("rules_rolled_back", "time", "src goes back to the rules detail; ref are those that they replace, "
         "attrs the reason", ("employee",), (), ("src", "detail")),
    Kind("rules_shadowed", "time", "src lets the rules detail decide beside those in force; without detail none does",
         ("employee",), (), ("src",)),
)  # fmt: skip

_ALL: Final = (
    # who is who
    Kind(
        "profile",
        "who",
        "a fact about a person: detail names it, number holds it",
        ("person", "company"),
        (),
        ("detail", "number"),
    ),
    Kind(
        "employed",
        "who",
        "src works for dst; holder is the person behind an employee id",
        ("employee", "person"),
        ("company", "institution"),
    ),
    Kind("company_registered", "who", "src registered dst at a place", ("person",), ("company",)),
    Kind(
        "company_owner",
        "who",
        "src owns a part of dst; number is its share in percent",
        ("person", "company"),
        ("company",),
    ),
    Kind(
        "bound",
        "who",
        "card src is bound to account, wallet or user dst; or person or company src is the same one as dst. number is "
        "the confidence in percent: below SURE it is a proposal and teaches nothing",
        (*_CARD, "person", "company"),
        ("account", "wallet", "user", "person", "company"),
    ),
    Kind("listed", "who", "dst enters the list named by detail", (), (), ("dst", "detail")),
    Kind("unlisted", "who", "dst leaves the list named by detail", (), (), ("dst", "detail")),
    # telecom
    Kind("card_issued", "telecom", "an outlet issues a card to holder", ("outlet",), _CARD),
    Kind("card_activated", "telecom", "a card is used for the first time", ("outlet", "device"), _CARD),
    Kind("card_attached", "telecom", "a card registers in a device", _CARD, ("device",)),
    Kind("call_started", "telecom", "a call is being set up", _CARD, _CARD),
    Kind(
        "call_ended", "telecom", "a call record: duration in seconds, 0 when not answered", _CARD, _CARD, ("duration",)
    ),
    Kind("sms", "telecom", "a text message", _CARD, _CARD),
    Kind(
        "data_session", "telecom", "data traffic; number is kilobytes, detail the service class", _CARD, (), ("number",)
    ),
    Kind("sim_swapped", "telecom", "the number moves to another sim", ("outlet",), _CARD),
    Kind("number_recycled", "telecom", "the number is free for another holder", (), _CARD, ("dst",)),
    Kind("forwarding_set", "telecom", "calls to src are forwarded to dst", _CARD, _CARD),
    Kind(
        "recertified",
        "telecom",
        "the holder of dst was verified again; detail is passed or failed",
        (),
        _CARD,
        ("dst", "detail"),
    ),
    Kind(
        "card_restricted",
        "telecom",
        "a person or authority restricted the card; src is who decided it, or the outlet that issued it",
        (),
        _CARD,
        ("dst",),
    ),
    Kind("iot_stock", "telecom", "number of IoT cards in stock at a reseller", ("outlet",), (), ("number",)),
    Kind("iot_sold", "telecom", "a reseller sold an IoT card to holder for a use (detail)", ("outlet",), ("iot_card",)),
    # finance
    Kind("account_opened", "finance", "an outlet opens an account or wallet for holder", ("outlet",), _PAYER),
    Kind("payee_added", "finance", "src adds dst as a payee", _PAYER, _PAYEE),
    Kind(
        "transfer",
        "finance",
        "an instruction to pay; detail is the stated purpose",
        _PAYEE,
        _PAYEE,
        ("amount", "currency"),
    ),
    Kind(
        "settled",
        "finance",
        "money moved; ref is the instruction, detail is cash_out or crypto_out where it was one of these",
        _PAYEE,
        (*_PAYEE, *_LEFT),
        ("amount", "currency"),
    ),
    Kind(
        "rejected",
        "finance",
        "the instruction ref was not carried out; detail is the reason",
        _PAYEE,
        (*_PAYEE, *_LEFT),
        ("amount", "currency"),
    ),
    Kind("returned", "finance", "money of ref went back from src to dst", _PAYEE, _PAYER, ("amount", "currency")),
    Kind("balance", "finance", "the balance of src", _PAYER, (), ("amount", "currency")),
    Kind("cash_in", "finance", "cash paid into dst", ("outlet",), _PAYER, ("amount", "currency")),
    Kind("cash_out", "finance", "cash taken from src", _PAYER, ("outlet",), ("amount", "currency")),
    Kind(
        "crypto_out",
        "finance",
        "src buys crypto assets at dst",
        _PAYER,
        ("merchant", "wallet", "institution"),
        ("amount", "currency"),
    ),
    Kind("login", "finance", "an account is opened on a device", _PAYER, ("device",)),
    Kind("account_restricted", "finance", "a person or authority restricted the account", (), _PAYER, ("dst",)),
    Kind(
        "pattern_found",
        "finance",
        "dst plays a part in a pattern of transfers; detail names the pattern, number its accounts, amount its money",
        (),
        _PAYEE,
        ("dst", "detail"),
    ),
    # internet
    Kind("user_registered", "internet", "a platform account is made on a device", ("device",), ("user",)),
    Kind("user_login", "internet", "a platform account is used on a device", ("user",), ("device",)),
    Kind("post", "internet", "a public post or ad at a place", ("user",), ("place",)),
    Kind("post_removed", "internet", "a post was taken down; ref is the post", ("user",), ("place",)),
    Kind(
        "message",
        "internet",
        "a message between users: that it was sent, not what it says",
        ("user",),
        ("user", "place"),
    ),
    Kind(
        "page_visit",
        "internet",
        "a device opens a domain; detail is the sender's rating of it where it has one: known, unrated or flagged",
        ("device",),
        ("domain",),
    ),
    # data
    Kind(
        "record_viewed",
        "data",
        "an employee opens a person's record; detail is the system, number 1 with a ticket, 0 without",
        ("employee",),
        ("person",),
    ),
    Kind("records_exported", "data", "an employee exports records; number is how many", ("employee",), (), ("number",)),
    # justice
    Kind(
        "fraud_reported",
        "justice",
        "a person reports fraud towards dst; ref is the payment",
        ("person",),
        ("account", "wallet", "merchant", "card", "user"),
    ),
    Kind("report_withdrawn", "justice", "the report ref is taken back", ("person",), ()),
    Kind(
        "text_submitted",
        "justice",
        "a person hands in a text that reached them and asks what it is; dst is who sent it",
        ("person",),
        (),
    ),
    Kind("warned", "justice", "dst was warned; detail is the step", (), (), ("dst", "detail")),
    Kind(
        "warning_answered",
        "justice",
        "the person warned answered; detail is the answer",
        ("person", "account", "wallet", "card", "user"),
        (),
    ),
    Kind(
        "reverification_asked",
        "justice",
        "the holder of dst is asked to verify again; number is the score of what was found, in percent",
        (),
        (),
        ("dst",),
    ),
    Kind(
        "hold_placed",
        "justice",
        "money of dst is delayed or held; detail is the step, amount the sum",
        (),
        (),
        ("dst", "detail"),
    ),
    Kind("hold_released", "justice", "a hold on dst ended; detail says why", (), (), ("dst", "detail")),
    Kind(
        "order_approved",
        "justice",
        "an official approves the order ref; detail is the measure",
        ("employee", "person"),
        (),
        ("detail",),
    ),
    Kind(
        "order_declined",
        "justice",
        "an official declines the order ref, or ends it; detail is the reason",
        ("employee", "person"),
        (),
        ("detail",),
    ),
    Kind(
        "freeze_answered",
        "justice",
        "an institution answers the order ref; detail is in_force, done, refused or unknown_account, amount what is held",
        ("institution",),
        (),
        ("detail",),
    ),
    Kind("objection", "justice", "the person concerned objects; ref is the measure", ("person",), ()),
    Kind("confirmed", "justice", "dst or the event ref was found to be fraud", (), (), ("detail",)),
    Kind("cleared", "justice", "dst or the event ref was found to be honest", (), (), ("detail",)),
    # time, rule
    Kind("tick", "time", "time passed", (), ()),
    Kind("policy_changed", "time", "another policy decides from here on", (), (), ("detail",)),
    *_ABOUT_RULES,
)

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in _ALL}

SECTORS: Final = ("who", "telecom", "finance", "internet", "data", "justice", "time")

#: Kinds that a decision of ours can cause. A window counts them only where it names them.
CAUSED: Final[frozenset[str]] = frozenset({"warned", "reverification_asked", "hold_placed", "hold_released"})

#: Kinds whose text is public, or was handed in by the person whom it reached: only these are scored.
READ: Final[frozenset[str]] = frozenset({"post", "post_removed", "text_submitted", "fraud_reported"})

#: Kinds whose text is scored only from a service number: between persons it is private, and nobody reads it.
READ_FROM_SERVICES: Final[frozenset[str]] = frozenset({"sms"})
SERVICES: Final[frozenset[str]] = frozenset({"port", "short"})

RULE_ACTS: Final = tuple(kind.name for kind in _ABOUT_RULES)

#: Kinds that only the shell appends.
INTERNAL: Final[frozenset[str]] = frozenset({"tick", "policy_changed", *RULE_ACTS})

#: Kinds that came after the first logs: their words get their codes in a log where they are first used in it.
LATER: Final[frozenset[str]] = frozenset(RULE_ACTS)
