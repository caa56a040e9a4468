"""``stanch doctor``: what is wrong with a home, and what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

#: What the exit code says, by the worst finding; the codes of errors are others.
_EXIT: Final = {"warning": 5, "error": 6}


def doctor(
    home: Annotated[Path, typer.Option(help="Home to look at; the line may go on writing.")],
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy that should be in force.")] = None,
    at: Annotated[str, typer.Option(help="The moment to judge at, with its zone; now if left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print all findings and versions as JSON.")] = False,
) -> None:
    """Say what is wrong with a home and what to do, all at once; change nothing.

    Example: stanch doctor --home out/home
    """
    from stanch.cli.moments import moment_of, wall_clock
    from stanch.cli.show import as_json, as_table
    from stanch.engine.doctor.examine import examine
    from stanch.engine.doctor.finding import Look

    found = examine(Look(home, moment_of(at) if at else wall_clock(), keys, policy))
    if json:
        as_json(found)
    else:
        rows = [(one.severity, one.check, one.what, one.do) for one in found.findings]
        as_table(f"Looked at {home}", ("", "check", "what", "what to do"), rows)
    if found.worst in _EXIT:
        sys.exit(_EXIT[found.worst])
