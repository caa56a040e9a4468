"""People who work with a home, by the names they give: one person is one pseudonym, however the name is written."""

from __future__ import annotations

import re
from typing import Final

from stanch.model.entities import SCHEMES
from stanch.model.errors import InputError
from stanch.privacy.identity import Identity
from stanch.privacy.pseudonyms import Keys, pseudonym
from stanch.text.normal import normalise

_KIND: Final = "employee"
#: Comes before a name, so that no name meets the staff number of an institution.
_PLACE: Final = "staff/"
_WORD: Final = re.compile(r"[^\W_]+")


def staff_member(name: str, keys: Keys) -> Identity:
    """Return who gives this name. Case, accents, width, look-alike letters, signs and the order of its words are one.

    Spaces count for nothing, so that a name written as one word is the same one. Raises InputError for a name without
    a letter or digit.
    """
    words = _WORD.findall(normalise(name).text)
    if not words:
        raise InputError(f"{name!r} names nobody; give a name or staff number with letters or digits")
    plain = _PLACE + "".join(sorted(words))
    return Identity(pseudonym(keys, SCHEMES[_KIND], plain), _KIND, SCHEMES[_KIND], plain)


def name_of(identity: Identity) -> str:
    """Return the name of a staff member as it is kept: its words in order, without spaces and signs."""
    return identity.normalised.removeprefix(_PLACE)
