"""Requests of an authority: auth.001 asks about an account, and carries what is ordered about it."""

from __future__ import annotations

from typing import Final

from stanch.exchange.orders import OutgoingOrder
from stanch.exchange.parties import Party
from stanch.exchange.recall import told
from stanch.exchange.xml import account as account_of
from stanch.exchange.xml import day, element
from stanch.intake.readers.iso20022_xml import write_message
from stanch.privacy.identity import Identity

NAME, VERSION = "auth.001", "001.02"

_BASIS: Final = 35  # characters of the paragraph
_ALL_PARTIES: Final = "ALLP"


def request(order: OutgoingOrder, account: Identity, _: str, at: int, sides: tuple[Party, Party]) -> bytes:
    """Return an auth.001 for an order: ``account`` is the account in clear, ``sides`` are we and the institution.

    The standard knows requests for information only: what else is ordered stands in the type of the request, and in
    words in the supplementary data.
    """
    sender, receiver = sides
    until = order.until if order.until is not None else at
    body = element(
        "InfReqOpng",
        {
            "InvstgtnId": order.case,
            "LglMndtBsis": {"Prgrph": order.basis[:_BASIS] or order.measure, "Dsclmr": sender.name},
            "CnfdtltySts": "true",
            "InvstgtnPrd": {"Dt": {"FrDt": day(at), "ToDt": day(max(at, until))}},
            "SchCrit": {
                "Acct": {
                    "Id": {"Id": account_of(account), "Ccy": order.currency, "Svcr": receiver.agent()},
                    "InvstgtdPties": {"Cd": _ALL_PARTIES},
                    "AuthrtyReqTp": {"MsgNmId": order.measure, "MsgNm": told(order)[0]},
                }
            },
            "SplmtryData": {"PlcAndNm": "the order in words", "Envlp": {"Ordr": {"Ln": told(order)}}},
        },
    )
    return write_message(NAME, VERSION, body)
