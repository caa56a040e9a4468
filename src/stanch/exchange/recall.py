"""Recalls: camt.056 asks the payee's bank to stop or give back payments, for the reason of fraud."""

from __future__ import annotations

import re
from typing import Final

from stanch.exchange.orders import LONGEST_ID, OutgoingOrder
from stanch.exchange.parties import Party
from stanch.exchange.xml import Content, amount, element, lines, moment
from stanch.exchange.xml import account as account_of
from stanch.intake.readers.iso20022_xml import write_message
from stanch.model.money import format_money
from stanch.privacy.identity import Identity

NAME, VERSION = "camt.056", "001.08"

_UETR: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FRAUD: Final = "FRAD"
_LINE: Final = 105  # characters of one line of additional information


def recall(order: OutgoingOrder, account: Identity, id_: str, at: int, sides: tuple[Party, Party]) -> bytes:
    """Return a camt.056 for an order: ``account`` is the payee's account in clear, ``sides`` are we and its bank."""
    sender, receiver = sides
    body = element(
        "FIToFIPmtCxlReq",
        {
            "Assgnmt": {"Id": id_, "Assgnr": sender.side(), "Assgne": receiver.side(), "CreDtTm": moment(at)},
            "Case": {"Id": order.case, "Cretr": sender.side()},
            "CtrlData": {"NbOfTxs": str(len(order.payments))},
            "Undrlyg": {"TxInf": [_payment(order, payment, account, sender) for payment in order.payments]},
        },
    )
    return write_message(NAME, VERSION, body)


def _payment(order: OutgoingOrder, payment: str, account: Identity, sender: Party) -> Content:
    # of several payments the order knows one sum only: it stands in words, and no payment is given a sum of its own
    single = len(order.payments) == 1
    return {
        **_original(payment),
        "OrgnlIntrBkSttlmAmt": amount("OrgnlIntrBkSttlmAmt", order.amount, order.currency) if single else None,
        "CxlRsnInf": {
            "Orgtr": {"Nm": sender.name},
            "Rsn": {"Cd": _FRAUD},
            "AddtlInf": [line for text in told(order) for line in lines(text, _LINE)],
        },
        "OrgnlTxRef": {"CdtrAcct": {"Id": account_of(account)}},
    }


def _original(payment: str) -> dict[str, Content]:
    """Return what names the payment: its UETR if its id holds one, else as much of its id as fits."""
    found = _UETR.search(payment)
    return {"OrgnlUETR": found[0]} if found else {"OrgnlTxId": payment.removeprefix("pacs.008:")[-LONGEST_ID:]}


#: What every hold says of essential needs: nobody's are stopped, whatever lies on the account.
ESSENTIAL_NEEDS: Final = "Essential needs pass: wages, pension, medical, tax, utilities"

#: What an order ahead says of what it holds.
ALSO_LATER: Final = "Holds what lies there and what comes, until it holds this sum; please tell each sum held"


def told(order: OutgoingOrder) -> list[str]:
    """Return what the institution must know and no element holds: the measure and sum, basis, end, objection."""
    said = [
        f"{order.measure}: {format_money(order.amount, order.currency)}, not more",
    ]
    if order.ahead:
        said.append(ALSO_LATER)
    if order.measure in ("stop", "freeze"):
        said.append(ESSENTIAL_NEEDS)
    if order.basis:
        said.append(f"Basis: {order.basis}; power: {order.power}")
    if order.reason:
        said.append(f"Reason: {order.reason}")
    if order.until is not None:
        said.append(f"Ends: {moment(order.until)}")
    if order.objection:
        said.append(f"Objection: {order.objection}")
    return said
