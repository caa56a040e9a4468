"""Every identifier scheme: how a clear identifier is checked and brought to the one form that is pseudonymised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stanch.intake.accounts import normalise_account
from stanch.intake.devices import normalise_device, normalise_sim
from stanch.intake.identifier import Identifier
from stanch.intake.networks import normalise_address, normalise_domain
from stanch.intake.own import normalise_own
from stanch.intake.persons import normalise_company, normalise_person
from stanch.intake.phones import normalise_phone
from stanch.model.entities import ENTITY_KINDS, SCHEMES
from stanch.model.errors import InputError
from stanch.privacy.pseudonyms import Keys, pseudonym

Normaliser = Callable[[str], Identifier]

NORMALISERS: Final[dict[str, Normaliser]] = {
    "person": normalise_person,
    "company": normalise_company,
    "phone": normalise_phone,
    "iccid": normalise_sim,
    "device": normalise_device,
    "account": normalise_account,
    "ip": normalise_address,
    "domain": normalise_domain,
}


def normalise(clear: str) -> tuple[str, Identifier]:
    """Return entity kind and identifier of ``kind:identifier``. Raises InputError that never holds the identifier."""
    kind, separator, identifier = clear.partition(":")
    scheme = SCHEMES.get(kind)
    if not separator or scheme is None:
        raise InputError(
            f"no known entity kind before the colon; write kind:identifier with one of {', '.join(ENTITY_KINDS)}"
        )
    return kind, NORMALISERS.get(scheme, normalise_own)(identifier)


def pseudonym_of(keys: Keys, clear: str) -> bytes:
    """Return the pseudonym of ``kind:identifier``, for those who ask about an entity by its clear form."""
    kind, identifier = normalise(clear)
    return pseudonym(keys, SCHEMES[kind], identifier.normalised)
