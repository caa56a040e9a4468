"""Devices and sims: IMEI in its three lengths, fingerprints, ICCID and IMSI."""

from __future__ import annotations

import re
from typing import Final

from stdnum import luhn

from stanch.intake.identifier import Identifier
from stanch.intake.own import normalise_own
from stanch.model.errors import InputError

_IMEI: Final = re.compile(r"[0-9]{14,16}")
_SEPARATORS: Final = re.compile(r"[\s\-/]+")
_ICCID: Final = re.compile(r"89[0-9A-Za-z]{17,18}")
_PREFIX: Final = "imei:"
_SERIAL_DIGITS: Final = 14
_TAC_DIGITS: Final = 8
_WITH_CHECK: Final = 15


def normalise_device(clear: str) -> Identifier:
    """Return a device id: ``imei:`` and the 14 digits of type and serial, or a fingerprint as sent.

    14 digits carry no check digit, 16 end in the software version, 15 end in Luhn or in the 0 that networks send in
    its place (3GPP TS 23.003). Raises InputError for 15 digits with another last digit.
    """
    bare = _SEPARATORS.sub("", clear).removeprefix(_PREFIX)
    if _IMEI.fullmatch(bare) is None:
        return normalise_own(clear)
    if len(bare) == _WITH_CHECK and bare[-1] != "0" and not luhn.is_valid(bare):
        raise InputError("wrong check digit in an IMEI of 15 digits; send 14 digits if the check digit is unknown")
    return Identifier(f"{_PREFIX}{bare[:_SERIAL_DIGITS]}", tac=bare[:_TAC_DIGITS])


def normalise_sim(clear: str) -> Identifier:
    """Return an ICCID (19 or 20 characters, letters allowed), an IMSI, or an own id; a failing Luhn is a warning."""
    bare = _SEPARATORS.sub("", clear)
    if _ICCID.fullmatch(bare) is None:
        return normalise_own(clear)
    plausible = not bare.isdigit() or luhn.is_valid(bare) or len(bare) > _SERIAL_DIGITS + 5
    return Identifier(bare.upper(), warning=None if plausible else "ICCID fails Luhn")
