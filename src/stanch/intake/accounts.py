"""Accounts: IBAN, payment card and bank card numbers, or the sender's own account ids."""

from __future__ import annotations

import re
from typing import Final

from schwifty import IBAN
from schwifty.exceptions import InvalidCountryCode, InvalidLength, SchwiftyException
from stdnum import luhn

from stanch.intake.identifier import Identifier
from stanch.intake.own import normalise_own
from stanch.model.errors import InputError

_SPACES: Final = re.compile(r"[\s\-]+")
_IBAN: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")
_CARD: Final = re.compile(r"[0-9]{13,19}")
_BIN_DIGITS: Final = 6


def normalise_account(clear: str) -> Identifier:
    """Return an account number without spaces. Raises InputError for an IBAN whose check digits are wrong.

    A bank card that fails Luhn is only warned about: some issuers never used it.
    """
    bare = _SPACES.sub("", clear)
    if _CARD.fullmatch(bare):
        warning = None if luhn.is_valid(bare) else "card number fails Luhn"
        return Identifier(bare, bin=bare[:_BIN_DIGITS], warning=warning)
    if _IBAN.fullmatch(bare):
        return _iban(bare.upper(), clear)
    return normalise_own(clear)


def _iban(bare: str, clear: str) -> Identifier:
    try:
        iban = IBAN(bare)
    except (InvalidCountryCode, InvalidLength):
        return normalise_own(clear)  # letters and digits like an IBAN's, and somebody's own id all the same
    except SchwiftyException as error:
        raise InputError(
            f"not a valid IBAN ({type(error).__name__}); check the number with the account holder"
        ) from None
    return Identifier(bare, iban.country_code, bin=f"{iban.country_code}{iban.bank_code or ''}")
