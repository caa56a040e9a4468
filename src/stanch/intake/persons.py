"""People and companies: resident ids, unified social credit codes, or the sender's own ids.

Sources: GB 11643-1999 (resident id, check digit ISO 7064 mod 11-2), GB 32100-2015 (credit code, mod 31).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from stdnum.cn import uscc

from stanch.intake.identifier import Identifier
from stanch.intake.own import normalise_own
from stanch.model.errors import InputError

_RESIDENT: Final = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_RESIDENT_OLD: Final = re.compile(r"[1-9][0-9]{14}")
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NP-RTUWXYa-hj-np-rtuwxy]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXYa-hj-np-rtuwxy]{10}")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"


def normalise_person(clear: str) -> Identifier:
    """Return a resident id of 18 characters, or an own id. Raises InputError on a wrong check digit or birth date.

    The 15 digits of before 1999 are written out in full, so that a person stays one person; residents from
    Hong Kong, Macao and Taiwan (81, 82, 83) are checked like everyone.
    """
    bare = clear.strip()
    if _RESIDENT.fullmatch(bare):
        return Identifier(_checked_resident(bare.upper()))
    if _RESIDENT_OLD.fullmatch(bare):
        seventeen = f"{bare[:6]}19{bare[6:]}"
        try:
            return Identifier(_checked_resident(seventeen + resident_check(seventeen)))
        except InputError:
            return Identifier(bare, warning="15 digits that are no resident id of before 1999")
    return normalise_own(clear)


def resident_check(seventeen: str) -> str:
    """Return the check character of the first 17 digits of a resident id."""
    return _CHECKS[sum(int(d) * w for d, w in zip(seventeen, _WEIGHTS, strict=True)) % 11]


def _checked_resident(number: str) -> str:
    if resident_check(number[:17]) != number[17]:
        raise InputError("wrong check digit in a resident id; check it against the document")
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InputError("no such birth date in a resident id; check it against the document") from None
    return number


def normalise_company(clear: str) -> Identifier:
    """Return a unified social credit code, or an own id. Raises InputError on a wrong check character."""
    bare = clear.strip()
    if _CREDIT_CODE.fullmatch(bare) is None:
        return normalise_own(clear)
    if not uscc.is_valid(bare):
        raise InputError("wrong check character in a unified social credit code; check it against the licence")
    return Identifier(bare.upper())
