"""The notice to the person whose money an order holds: what was done, why, on what basis, until when, how to object.

A notice says nothing that would warn an offender of an inquiry: the reason for people is a general sentence, the words
of the file (reports, typologies, accounts of others) stay out. A query is sealed and gets no notice at all, and of a
hold that no institution confirmed nobody hears: its holder would learn of the inquiry by its end.
"""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.decide.orders import HOLDS, Change
from stanch.law.pack import LANGUAGES, Pack, Words
from stanch.model.errors import InputError
from stanch.model.money import format_money
from stanch.model.time import to_datetime


class Notice(msgspec.Struct, frozen=True):
    """A text for the holder of an account, in one language."""

    order_id: str
    language: str
    text: str


#: What an order's step means for the holder, by measure and the state reached.
_DONE: Final[dict[tuple[str, str], Words]] = {
    ("stop", "in_force"): Words(en="{amount} on your account cannot be paid out.", zh="您账户内 {amount} 暂停支付。"),
    ("freeze", "in_force"): Words(en="{amount} on your account is frozen.", zh="您账户内 {amount} 已被冻结。"),
    **{
        (measure, state): Words(
            en="Your money is free again: the hold on your account ended.",
            zh="您账户的限制已经解除，资金可以正常使用。",
        )
        for measure in HOLDS
        for state in ("released", "expired")
    },
    **{
        (measure, "returned"): Words(
            en="The money held on your account was given back to those it was taken from.",
            zh="您账户内被控制的资金已返还被害人。",
        )
        for measure in HOLDS
    },
    ("release", "declined"): Words(
        en="Your objection was heard by another official and not followed.",
        zh="您的异议已由其他工作人员审查，未获支持。",
    ),
}
#: Why, in a sentence that gives away nothing of the file. Other words get the general sentence.
_WHY: Final[dict[str, Words]] = {
    "in_force": Words(
        en="money that was reported stolen is believed to have reached it",
        zh="有被举报的涉诈资金疑似流入该账户",
    ),
    "renewed": Words(en="the matter is not settled, and the term was decided anew", zh="事项尚未查清，经批准续期"),
    "cleared": Words(en="the report was found to be mistaken or was withdrawn", zh="有关举报已被撤回或查明有误"),
    "partly_cleared": Words(en="a part of what was reported is settled", zh="部分举报事项已经查清"),
    "time_is_up": Words(en="its time is up and nobody renewed it", zh="期限届满，未再续期"),
    "release_approved": Words(en="an official decided so", zh="经批准解除"),
    "paid_back": Words(en="it was traced to the persons it was taken from", zh="经查该款项属于被害人"),
}  # fmt: skip
_GENERAL: Final = Words(en="the authority or institution decided so", zh="经有权机关或机构决定")
_FORM: Final = Words(
    en="{done} Reason: {why}. Basis: {basis} ({power}).{until} To object: {how}; "
    "please bring: {documents}. You get an answer within {answer}; after that: {onward}. Wages, pension, medical "
    "bills, tax and utilities can be paid from the rest of your account. Order {order}.",
    zh="{done}原因：{why}。依据：{basis}（{power}）。{until}如有异议：{how}；请准备：{documents}。"
    "答复期限：{answer}；如对答复不服：{onward}。账户其余资金可正常用于工资、养老金、医疗、税费、水电燃气等必要支出。文书编号：{order}。",
)  # fmt: skip
_FREE: Final = Words(en="{done} Reason: {why}. Order {order}.", zh="{done}原因：{why}。文书编号：{order}。")
_UNTIL: Final = Words(en=" It ends on {day} by itself if it is not renewed.", zh="期限至 {day}，届满未续自动解除。")
_SPANS: Final = {
    "m": ("minutes", "分钟"), "h": ("hours", "小时"), "d": ("days", "天"), "w": ("weeks", "周"),
    "mo": ("months", "个月"), "bd": ("business days", "个工作日"),
}  # fmt: skip
_POWERS: Final = {
    "bank": Words(en="your bank", zh="银行"),
    "payment_firm": Words(en="your payment firm", zh="支付机构"),
    "police": Words(en="police", zh="公安机关"),
    "prosecutor": Words(en="prosecutor", zh="人民检察院"),
    "court": Words(en="court", zh="人民法院"),
    "commissioner": Words(en="Commissioner of Police", zh="警察总监"),
}


def notice(change: Change, pack: Pack, currency: str, language: str) -> Notice | None:
    """Return what the holder is told of a step, None where the step is none of theirs or sealed.

    ``currency`` is the ISO code behind the order's word code; ``language`` is en or zh.
    """
    if language not in LANGUAGES:
        raise InputError(f"no notices in {language!r}; known: {', '.join(LANGUAGES)}")
    order = change.order
    done = _DONE.get((order.measure, change.to))
    if done is None or not _concerns_holder(change):
        return None
    words = _words(change, pack, language)
    words["done"] = getattr(done, language).format(amount=format_money(order.held, currency))
    form = _FORM if change.to in ("in_force", "declined") else _FREE
    return Notice(order.id, language, getattr(form, language).format(**words))


def _concerns_holder(change: Change) -> bool:
    """Whether a step tells the holder something new: of money that is held, or of an objection of theirs."""
    if change.to == "declined":
        return change.order.objection is not None
    if change.to == "in_force":
        return change.reason not in ("approved", "objected")
    return change.from_ == "in_force"


def _words(change: Change, pack: Pack, language: str) -> dict[str, str]:
    order, term = change.order, pack.by_id(change.order.term)
    english = language == "en"
    power = _POWERS.get(order.power or change.power)
    day = (
        ""
        if order.until is None
        else to_datetime(order.until).astimezone(pack.calendar.zone).strftime("%Y-%m-%d %H:%M")
    )
    unit = _SPANS[term.hearing.unit][0 if english else 1]
    return {
        "why": getattr(_WHY.get(change.reason, _GENERAL), language),
        "basis": getattr(term.basis, language),
        "power": getattr(power, language) if power else order.power,
        "until": getattr(_UNTIL, language).format(day=day) if day else "",
        "how": getattr(term.objection.how, language),
        "documents": getattr(term.objection.documents, language),
        "answer": f"{term.hearing.count} {unit}" if english else f"{term.hearing.count}{unit}",
        "onward": getattr(term.objection.onward, language),
        "order": order.id,
    }
