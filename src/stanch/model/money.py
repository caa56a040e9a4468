"""Money: an int of minor units with a currency. Nothing here adds across currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: Minor digits of ISO 4217 currencies that do not have two.
_DIGITS: Final[dict[str, int]] = {
    "BHD": 3, "BIF": 0, "CLF": 4, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0,
    "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0,
    "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

#: No single amount is larger: a hundred billion of a two-digit currency. What many of them add up to is bounded by the
#: door (``engine.ceiling``), so that no total leaves 64 bits.
MAX_AMOUNT: Final = 10**13


def digits(currency: str) -> int:
    """Return how many minor digits a currency has."""
    return _DIGITS.get(currency, 2)


def format_money(minor: int, currency: str | None) -> str:
    """Return an amount for people: ``format_money(123456, 'CNY')`` is ``1,234.56 CNY``."""
    if currency is None:
        return f"{minor:,}"
    places = digits(currency)
    return f"{Decimal(minor).scaleb(-places):,.{places}f} {currency}"
