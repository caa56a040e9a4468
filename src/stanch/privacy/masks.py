"""Masks: how an identity is shown to people who need to recognise it but not to know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_STAR: Final = "*"


def mask(scheme: str, normalised: str) -> str:
    """Return a masked identity: ``mask('phone', '+8613812345678')`` is ``138****5678``.

    At least half of what identifies is hidden, whatever the length.
    """
    return _MASKS.get(scheme, _ends)(normalised)


def _ends(text: str, head: int = 2, tail: int = 2) -> str:
    """Hide all but the ends; short texts show less, so that half stays hidden."""
    shown = min(head + tail, len(text) // 2)
    tail = min(tail, shown // 2)
    head = shown - tail
    return text[:head] + _STAR * (len(text) - shown) + (text[-tail:] if tail else "")


def _phone(number: str) -> str:
    national = number.removeprefix("+86").removeprefix("86:")
    return f"{national[:3]}****{national[-4:]}" if len(national) >= 11 else _ends(national)


def _account(number: str) -> str:
    return _ends(number, 4, 4)


def _person(number: str) -> str:
    return _ends(number, 1, 1)


def _address(address: str) -> str:
    separator = "." if "." in address else ":"
    kept = address.split(separator)[:2]
    return separator.join([*kept, _STAR, _STAR])


def _path(identifier: str) -> str:
    """Mask what follows the platform of ``platform/id``."""
    platform, slash, name = identifier.rpartition("/")
    return f"{platform}{slash}{_ends(name, 1, 1)}"


def _domain(name: str) -> str:
    host, dot, top = name.rpartition(".")
    return f"{_ends(host)}{dot}{top}"


_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "phone": _phone,
    "account": _account,
    "person": _person,
    "ip": _address,
    "user": _path,
    "contact": _path,
    "domain": _domain,
}
