"""Faults: everything that is wrong with what an operator wrote, told at once, so that it is corrected once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from stanch.model.errors import ConfigError

Made = TypeVar("Made")


def all_or_faults(makers: Iterable[Callable[[], Made]]) -> list[Made]:
    """Return what the makers make. Raises one ConfigError with what each that fails has to say, a line each."""
    made, said = list[Made](), list[str]()
    for make in makers:
        try:
            made.append(make())
        except ConfigError as error:
            said.append(str(error))
    if said:
        raise ConfigError("\n".join(said))
    return made
