"""Purposes: the only reasons for which the vault may be opened. A list, so that each is argued for in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.model.errors import InputError


@dataclass(frozen=True, slots=True)
class Purpose:
    """One reason to see a clear identity; ``text`` says whether it also covers the text of messages and posts."""

    name: str
    meaning: str
    text: bool = False


#: For it the names of those who change rules are opened.
RULES_PURPOSE: Final = "accountability"

PURPOSES: Final[dict[str, Purpose]] = {
    purpose.name: purpose
    for purpose in (
        Purpose("investigation", "an investigator works on a case that names this entity", text=True),
        Purpose("notice_to_holder", "the person concerned is told of a measure, its reason and how to object"),
        Purpose("warning", "a person in danger is warned"),
        Purpose("freeze_order", "an order to an institution must name the account or card"),
        Purpose("correction", "a wrong or disputed record is checked and put right"),
        Purpose("access_request", "a person asks what is held about them", text=True),
        Purpose(RULES_PURPOSE, "who proposed and approved the rules that decide"),
        Purpose("audit", "the data protection officer checks how the vault is used"),
    )
}


def named(purpose: str) -> Purpose:
    """Return the purpose of that name. Raises InputError for a reason that is not on the list."""
    found = PURPOSES.get(purpose)
    if found is None:
        raise InputError(f"unknown purpose {purpose!r}; the vault opens for: {', '.join(PURPOSES)}")
    return found
