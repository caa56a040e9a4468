"""Phone numbers: national tables for what the public numbering libraries do not know, the library for the rest.

A number that no plan knows is taken as type ``other``: callers who spoof send such numbers, and those are the calls
that matter. Only what cannot be a number at all is refused.
Sources: MIIT numbering plan (13-digit machine numbers 10648, 10649, 1440; data numbers 146, 149; SMS ports 106;
service numbers), ITU-T E.164 through ``phonenumbers``.
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from stanch.intake.identifier import Identifier
from stanch.model.errors import InputError

_NOISE: Final = re.compile(r"[\s\-().·/]+")
_DIGITS: Final = re.compile(r"\+?[0-9]{3,20}")
_RANGE_DIGITS: Final = 7

#: How numbers are written that exist only inside China.
_NATIONAL: Final = "86:"

#: Chinese national numbers, most special first: pattern, type.
_CHINA: Final = (
    (re.compile(r"(?:1064[89][0-9]{8}|1440[0-9]{9})"), "iot"),
    (re.compile(r"14[69][0-9]{8}"), "data"),
    (re.compile(r"1[3-9][0-9]{9}"), "mobile"),
    (re.compile(r"106[0-9]{2,17}"), "port"),
    (re.compile(r"(?:1[0-2][0-9]{1,4}|9[56][0-9]{3,6})"), "short"),
)

_TYPES: Final = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.VOIP: "voip",
}


def normalise_phone(clear: str, region: str = "CN") -> Identifier:
    """Return a phone number in E.164, or as dialled where it has no such form. Raises InputError if it is none."""
    digits = _NOISE.sub("", clear).removeprefix(_NATIONAL)
    if _DIGITS.fullmatch(digits) is None:
        raise InputError(
            "not a phone number: expected 3 to 20 digits, with + before a country code; send it as dialled"
        )
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    return _china(digits, region) or _abroad(digits, region)


def _china(digits: str, region: str) -> Identifier | None:
    if digits.startswith("+86"):
        national = digits[3:]
    elif digits.startswith("+") or region != "CN":
        return None
    else:
        national = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    for pattern, number_type in _CHINA:
        if pattern.fullmatch(national):
            # service numbers and ports exist only inside a country: no E.164 form
            form = f"{_NATIONAL}{national}" if number_type in ("port", "short") else f"+86{national}"
            return Identifier(form, "CN", number_type, national[:_RANGE_DIGITS])
    return None


def _abroad(digits: str, region: str) -> Identifier:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return Identifier(digits, type="other")
    if not phonenumbers.is_valid_number(number):
        return Identifier(digits, type="other", warning="phone number outside every known numbering plan")
    national = phonenumbers.national_significant_number(number)
    return Identifier(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        phonenumbers.region_code_for_number(number),
        _TYPES.get(phonenumbers.number_type(number), "other"),
        national[:_RANGE_DIGITS],
    )
