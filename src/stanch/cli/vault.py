"""``stanch vault``: what can be told of a home's keys, another key for its vault, an end to what texts can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def vault(
    act: Annotated[str, typer.Argument(metavar="ACT", help="show, rotate or drop.")],
    home: Annotated[Path, typer.Option(help="The home.")],
    old: Annotated[Path | None, typer.Option(help="rotate: new file for the keys until now.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    at: Annotated[str, typer.Option(help="show, drop: the moment to judge at, with its zone; now if left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show what can be told of the keys, rotate the vault's, or drop those of texts whose time is over.

    Example: stanch vault rotate --home out/home --old /safe/keys-until-today.json
    """
    from stanch.cli.moments import moment_of, wall_clock
    from stanch.cli.show import as_facts, as_json, note
    from stanch.engine.rotation import drop, rotate, told
    from stanch.model.errors import InputError
    from stanch.model.time import DAY, to_datetime

    now = moment_of(at) if at else wall_clock()
    if act == "show":
        report = told(home, keys, now)
        as_json(report) if json else as_facts(f"Keys of {home}", report)
    elif act == "rotate":
        if old is None:
            raise InputError("rotate needs --old: a new file for the keys until now, which older backups still need")
        rotated = rotate(home, old, keys)
        as_json(rotated) if json else as_facts(f"Rotated the vault's key of {home}", rotated)
        note(f"backups made until now can be read only with {old}: take it off this machine, or destroy it with them")
    elif act == "drop":
        days = [to_datetime(day * DAY).date().isoformat() for day in drop(home, now, keys)]
        as_json({"days": days}) if json else note(
            f"days whose texts can never be read again: {', '.join(days) or 'none'}"
        )
    else:
        raise InputError(f"unknown act {act!r}; known: show, rotate, drop")
