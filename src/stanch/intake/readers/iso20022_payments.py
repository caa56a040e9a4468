"""Payments in ISO 20022: pain.001 asks for them, pacs.008 moves them between banks, pacs.004 sends them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from stanch.intake.readers.iso20022_parts import (
    Row,
    account,
    event_id,
    institution,
    money,
    needed,
    reference,
    without_none,
)
from stanch.intake.readers.iso20022_xml import Message, text, texts

#: The references that follow a payment through all banks, the surest first.
_TO_END: Final = ("PmtId/UETR", "PmtId/EndToEndId")
_ORIGINAL_TO_END: Final = ("OrgnlUETR", "OrgnlEndToEndId")


def instructed(message: Message) -> Iterator[tuple[Element, Element]]:
    """Yield the payments of a pain.001, each with the part that names its payer."""
    for part in message.body.findall("PmtInf"):
        for payment in part.findall("CdtTrfTxInf"):
            yield part, payment


def instruction(message: Message, part: Element, payment: Element, number: int) -> list[Row]:
    """Return the transfer that a customer asks for. Its source is the bank that is asked."""
    header = message.body.find("GrpHdr")
    amount, currency = money(payment, "Amt/InstdAmt", "Amt/EqvtAmt/Amt")
    own = reference(payment, "PmtId/InstrId", "PmtId/EndToEndId")
    within = f"{text(header, 'MsgId')}/{text(part, 'PmtInfId')}"
    row = without_none(
        event_id=event_id("pain.001", within, reference(payment, "PmtId/UETR"), own, number),
        source=institution((part, "DbtrAgt"), (header, "FwdgAgt")),
        happened_at=needed(text(header, "CreDtTm"), "GrpHdr/CreDtTm"),
        kind="transfer",
        src=account(part, "DbtrAcct"),
        dst=account(payment, "CdtrAcct"),
        amount=amount,
        currency=currency,
        detail=text(payment, "Purp/Cd", "PmtTpInf/CtgyPurp/Cd"),
        end_to_end=reference(payment, *_TO_END),
        text=" ".join(texts(payment, "RmtInf/Ustrd")) or None,
    )
    return [row]


def moved(message: Message) -> Iterator[tuple[Element, Element]]:
    """Yield the payments of a pacs.008, each with the group's header."""
    header = needed_header(message)
    for payment in message.body.findall("CdtTrfTxInf"):
        yield header, payment


def movement(_: Message, header: Element, payment: Element, number: int) -> list[Row]:
    """Return a payment between banks as the transfer it was and its settlement."""
    amount, currency = money(payment, "IntrBkSttlmAmt")
    known = needed(text(header, "CreDtTm"), "GrpHdr/CreDtTm")
    own = reference(payment, "PmtId/TxId", "PmtId/InstrId")
    id_ = event_id("pacs.008", text(header, "MsgId"), reference(payment, "PmtId/UETR"), own, number)
    base = without_none(
        source=institution((payment, "InstgAgt"), (header, "InstgAgt"), (payment, "DbtrAgt")),
        known_at=known,
        src=account(payment, "DbtrAcct"),
        dst=account(payment, "CdtrAcct"),
        amount=amount,
        currency=currency,
        end_to_end=reference(payment, *_TO_END),
    )
    asked = without_none(
        event_id=id_,
        happened_at=text(payment, "AccptncDtTm") or known,
        kind="transfer",
        detail=text(payment, "Purp/Cd", "PmtTpInf/CtgyPurp/Cd"),
        text=" ".join(texts(payment, "RmtInf/Ustrd")) or None,
    )
    settled = without_none(
        event_id=f"{id_}:settled",
        happened_at=text(payment, "SttlmTmIndctn/CdtDtTm", "SttlmTmIndctn/DbtDtTm") or known,
        kind="settled",
        ref=id_,
    )
    return [base | asked, base | settled]


def returned(message: Message) -> Iterator[tuple[Element, Element]]:
    """Yield the returns of a pacs.004, each with the group's header."""
    header = needed_header(message)
    for payment in message.body.findall("TxInf"):
        yield header, payment


def giving_back(message: Message, header: Element, payment: Element, number: int) -> list[Row]:
    """Return money that went back: from the payee of the original payment to its payer."""
    amount, currency = money(payment, "RtrdIntrBkSttlmAmt")
    known = needed(text(header, "CreDtTm"), "GrpHdr/CreDtTm")
    own = reference(payment, "RtrId", "OrgnlTxId", "OrgnlInstrId")
    before = text(payment, "OrgnlGrpInf/OrgnlMsgId") or text(message.body, "OrgnlGrpInf/OrgnlMsgId")
    row = without_none(
        # two parts of one payment may go back one after the other: the UETR alone would not tell them apart
        event_id=event_id("pacs.004", text(header, "MsgId"), None, own, number),
        source=institution((payment, "InstgAgt"), (header, "InstgAgt"), (payment, "OrgnlTxRef/CdtrAgt")),
        happened_at=text(payment, "SttlmTmIndctn/CdtDtTm", "SttlmTmIndctn/DbtDtTm") or known,
        known_at=known,
        kind="returned",
        src=account(payment, "OrgnlTxRef/CdtrAcct", "RtrChain/DbtrAcct"),
        dst=account(payment, "OrgnlTxRef/DbtrAcct", "RtrChain/CdtrAcct"),
        amount=amount,
        currency=currency,
        detail=text(payment, "RtrRsnInf/Rsn/Cd"),
        ref=_original(payment, before),
        end_to_end=reference(payment, *_ORIGINAL_TO_END),
    )
    return [row]


def needed_header(message: Message) -> Element:
    """Return the group header, which every payment message has."""
    return next(message.body.iter("GrpHdr"))


def _original(payment: Element, message: str | None) -> str | None:
    uetr, own = reference(payment, "OrgnlUETR"), reference(payment, "OrgnlTxId", "OrgnlInstrId")
    return event_id("pacs.008", message, uetr, own, 0) if uetr or (message and own) else None
