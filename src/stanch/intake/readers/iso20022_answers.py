"""Answers to orders in ISO 20022: camt.029 resolves a recall, auth.002 answers an authority's request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from stanch.intake.readers.iso20022_parts import (
    Row,
    account,
    in_minor,
    institution,
    money,
    needed,
    reference,
    without_none,
)
from stanch.intake.readers.iso20022_xml import Message, text
from stanch.model.errors import InputError

#: Statuses by which a recall is followed, wholly or in part; one that is still pending is no answer yet.
_FOLLOWED: Final = frozenset({"ACCR", "CNCL", "PACR", "PECR"})
_REFUSED: Final = "RJCR"
#: Reasons that say that the account is not, or no longer, there.
_NO_ACCOUNT: Final = frozenset({"AC01", "AC03", "AC04", "NOOR"})
#: Measures that keep money where it is: to follow one is to have it in force, to follow another is to have it done.
_HOLDS: Final = frozenset({"stop", "freeze"})
_HEADER_FROM: Final = "Fr/FIId"


def resolved(message: Message) -> Iterator[tuple[Element, Element]]:
    """Yield the answers of a camt.029, one for each payment recalled, or one for the case as a whole."""
    details = message.body.findall("CxlDtls/TxInfAndSts")
    for detail in details or [message.body]:
        yield message.body, detail


def resolution(_: Message, body: Element, detail: Element, number: int) -> list[Row]:
    """Return the answer to a recall. Its ``ref`` is the case, that is our order."""
    from_ = institution((body, "Assgnmt/Assgnr/Agt"), (detail, "OrgnlTxRef/CdtrAgt"))
    order, measure = _case(text(detail, "RslvdCase/Id") or text(body, "RslvdCase/Id"), "RslvdCase/Id")
    status = needed(text(detail, "TxCxlSts") or text(body, "Sts/Conf"), "TxCxlSts or Sts/Conf")
    answer = _recalled(status, text(detail, "CxlStsRsnInf/Rsn/Cd"), measure)
    amount, currency = (None, None) if status == _REFUSED else _recalled_money(detail)
    row = without_none(
        event_id=f"camt.029:{text(body, 'Assgnmt/Id')}/{reference(detail, 'CxlStsId') or number}",
        source=from_,
        happened_at=needed(text(body, "Assgnmt/CreDtTm"), "Assgnmt/CreDtTm"),
        kind="freeze_answered",
        src=f"institution:{from_}",
        dst=account(detail, "OrgnlTxRef/CdtrAcct"),
        detail=answer,
        amount=amount,
        currency=currency,
        ref=order,
        end_to_end=reference(detail, "OrgnlUETR", "OrgnlEndToEndId"),
    )
    return [row]


def _case(found: str | None, what: str) -> tuple[str, str]:
    """Return order and measure of a case: we name cases ``order/measure``, and the answer repeats the name."""
    order, _, measure = needed(found, what).rpartition("/")
    return (order, measure) if order else (measure, "")


def _followed(measure: str) -> str:
    return "in_force" if measure in _HOLDS else "done"


def _recalled(status: str, reason: str | None, measure: str) -> str:
    if status in _FOLLOWED:
        return _followed(measure)
    if status != _REFUSED:
        known = ", ".join(sorted({*_FOLLOWED, _REFUSED}))
        raise InputError(f"status {status[:4]!r} is no answer yet; expected one of {known}")
    return "unknown_account" if reason in _NO_ACCOUNT else "refused"


def _recalled_money(detail: Element) -> tuple[int | None, str | None]:
    for name in ("RsltnRltdInf/IntrBkSttlmAmt", "OrgnlIntrBkSttlmAmt", "OrgnlTxRef/IntrBkSttlmAmt"):
        if detail.find(name) is not None:
            return money(detail, name)
    return None, None


def answered(message: Message) -> Iterator[tuple[Element, Element]]:
    """Yield the one answer of an auth.002."""
    yield message.body, message.body


def authority_answer(message: Message, body: Element, _: Element, __: int) -> list[Row]:
    """Return the answer to an authority's request. The message has no time and no sender: its header must be there."""
    if message.header is None:
        raise InputError("auth.002 says neither when nor by whom; send it behind its header (head.001)")
    from_ = institution((message.header, _HEADER_FROM))
    order, measure = _case(text(body, "InvstgtnId"), "InvstgtnId")
    amount, currency = _held(body)
    row = without_none(
        event_id=f"auth.002:{text(body, 'RspnId')}",
        source=from_,
        happened_at=needed(text(message.header, "CreDt"), "AppHdr/CreDt"),
        kind="freeze_answered",
        src=f"institution:{from_}",
        dst=account(body, "SchCrit/Acct/Id"),
        detail=_answer(body, measure),
        amount=amount,
        currency=currency,
        ref=order,
    )
    return [row]


def _answer(body: Element, measure: str) -> str:
    status = text(body, "RspnSts")
    found = text(body, "RtrInd/InvstgtnRslt/InvstgtnSts")
    if found == "NFOU":
        return "unknown_account"
    if status == "NRES" or found == "NOAP":
        return "refused"
    return _followed(measure)


def _held(body: Element) -> tuple[int | None, str | None]:
    """Return what is held, from the result's own element: the standard has no place for it."""
    held = next((e for e in body.iter("HeldAmt")), None)
    return (None, None) if held is None else in_minor(held.text or "", held.get("Ccy", ""), "HeldAmt")
