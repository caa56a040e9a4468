"""What the holder of a card is told of a re-verification: what, why, until when, what stays, how to object.

The reason is a general sentence: the words of the finding stay in the file, so that nobody learns how to avoid it.
Source: ATOFL art. 32 (reason, way to object, documents); AML Law 2025 art. 39 for the days of the answer.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from stanch.decide.reverify_case import ReverifyCase
from stanch.law.pack import LANGUAGES, Words
from stanch.model.errors import InputError
from stanch.model.time import to_datetime

_SAID: Final[dict[str, Words]] = {
    "asked": Words(
        en="Please have your identity verified again for this number by {due}. Nothing is restricted. {why} {how}",
        zh="请于 {due} 前对本号码重新进行实名核验，目前未采取任何限制措施。{why}{how}",
    ),
    "overdue": Words(
        en="The time to be verified again has passed. Nothing is restricted yet: a person decides by {decide}. {how}",
        zh="重新核验期限已过，目前仍未限制，将由工作人员于 {decide} 前决定。{how}",
    ),
    "failed": Words(
        en="The verification did not succeed. Nothing is restricted yet: a person decides by {decide}. {how}",
        zh="核验未通过，目前仍未限制，将由工作人员于 {decide} 前决定。{how}",
    ),
    "limited": Words(
        en="Outgoing calls and messages of this number are limited until {until}. {why} Incoming calls and messages, "
        "emergency numbers, your operator and 96110 stay open. It ends at once when you are verified. {object} {how}",
        zh="本号码呼出及发送短信功能受限，期限至 {until}。{why}来电、来信、紧急号码、运营商客服及 96110 不受限制。"
        "核验通过后立即解除。{object}{how}",
    ),
    "contested": Words(
        en="Your objection was received and is answered by {answer}; if it is not, the limit ends. {how}",
        zh="您的申诉已受理，将于 {answer} 前答复；逾期未答复的，限制自动解除。{how}",
    ),
    "passed": Words(en="You were verified. Nothing else follows.", zh="核验已通过，无需其他操作。"),
    "withdrawn": Words(en="You need not be verified again: the matter was cleared.", zh="相关情况已查清，无需再核验。"),
    "lifted": Words(en="The limit on this number has ended.", zh="本号码的限制已解除。"),
    "ended": Words(en="The limit on this number has ended by its time.", zh="本号码的限制期限届满，已解除。"),
    "left": Words(en="Nothing follows from the request to be verified.", zh="本次核验要求已终止，不采取任何措施。"),
    "recycled": Words(en="The number was given up; the request has ended.", zh="号码已注销，核验要求终止。"),
}  # fmt: skip
_WHY: Final = Words(
    en="Reason: this number or its device is used as if by somebody other than the holder, or in a way known from "
    "fraud (Anti-Telecom and Online Fraud Law, art. 11 and 12).",
    zh="原因：该号码或设备的使用情况疑似非本人使用或涉诈（《反电信网络诈骗法》第十一条、第十二条）。",
)
_OBJECT: Final = Words(
    en="You can object (art. 32) and are told by when you get an answer; without one by then the limit ends.",
    zh="如有异议可依第三十二条申诉，并将告知答复期限；逾期未答复的，限制自动解除。",
)
_HOW: Final = Words(
    en="Where: any shop of your operator, its app, or its service number; bring your proof of identity.",
    zh="办理渠道：运营商任一营业厅、官方应用或客服热线，请携带有效身份证件。",
)
#: What was done against the rules, in words for the one who reviews it.
FLAWS: Final[dict[str, Words]] = {
    "nobody_named": Words(en="no person who decided is named", zh="未注明决定人"),
    "not_asked_before": Words(en="the holder was not asked to verify before", zh="此前未要求核验"),
    "before_the_deadline": Words(en="limited before the time to be verified had passed", zh="核验期限未到即限制"),
    "last_card_without_a_person": Words(
        en="the last card of its holder, and no person who decided is named", zh="限制登记人唯一号码且未注明决定人"
    ),
}  # fmt: skip


def said(case: ReverifyCase, language: str, zone: tzinfo) -> str:
    """Return what the holder is told where the case stands; times are of ``zone``. Raises InputError for a language."""
    if language not in LANGUAGES:
        raise InputError(f"no notices in {language!r}; known: {', '.join(LANGUAGES)}")
    moments = {"due": case.due, "decide": case.decide_by, "until": case.until, "answer": case.answer_by}
    days = {
        name: "" if at is None else f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M}" for name, at in moments.items()
    }
    parts = {name: getattr(words, language) for name, words in (("why", _WHY), ("how", _HOW), ("object", _OBJECT))}
    text: str = getattr(_SAID[case.state], language)
    return text.format(**parts, **days)
