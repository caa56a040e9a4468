"""A sender's own ids: customer numbers, user names, outlet codes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stanch.intake.identifier import Identifier
from stanch.model.errors import InputError

_PLAIN: Final = re.compile(r"[!-~]{1,128}")
MAX_LENGTH: Final = 128


def normalise_own(clear: str) -> Identifier:
    """Return an own id in Unicode normal form without outer spaces. Raises InputError if empty or unprintable."""
    if _PLAIN.fullmatch(clear):
        return Identifier(clear)
    form = unicodedata.normalize("NFKC", clear).strip()
    if not form or len(form) > MAX_LENGTH or not form.isprintable():
        raise InputError(
            f"not an id: expected 1 to {MAX_LENGTH} printable characters; send the id as the source keeps it"
        )
    return Identifier(form)
