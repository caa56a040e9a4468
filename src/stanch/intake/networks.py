"""IP addresses and domains."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from stanch.intake.identifier import Identifier
from stanch.model.errors import InputError

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_MAX_DOMAIN: Final = 253
_SITE_BITS: Final = 48


def normalise_address(clear: str) -> Identifier:
    """Return an IP address and its network (/24 or /48). Raises InputError for anything else."""
    try:
        address = ipaddress.ip_address(clear.strip())
    except ValueError:
        raise InputError("not an IP address: expected IPv4 or IPv6 without a port; cut the port off") from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    text = str(address)
    if isinstance(address, ipaddress.IPv4Address):
        return Identifier(text, subnet=f"{text.rpartition('.')[0]}.0/24")
    return Identifier(text, subnet=str(ipaddress.ip_network((address, _SITE_BITS), strict=False)))


def normalise_domain(clear: str) -> Identifier:
    """Return a domain name in lower case and ASCII form. Raises InputError for what is not a name."""
    name = clear.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode()
        except UnicodeError:
            raise InputError("not a domain name: cannot be written in ASCII; send the host part of the link") from None
    if not name or len(name) > _MAX_DOMAIN or not all(_LABEL.fullmatch(part) for part in name.split(".")):
        raise InputError("not a domain name: expected labels joined by dots; send the host part of the link")
    return Identifier(name)
