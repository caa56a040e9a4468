"""``stanch backup``: a home as it is now, while the line goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def backup(
    home: Annotated[Path, typer.Option(help="Home with a log; the line may go on writing.")],
    to: Annotated[Path, typer.Option(help="New folder, or new file whose name ends in .tar.")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put the keys into it, too.")] = False,
    with_quarantine: Annotated[
        bool, typer.Option("--with-quarantine", help="Put refused rows into it, too; they are in clear.")
    ] = False,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own, for --with-keys.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was backed up as JSON.")] = False,
) -> None:
    """Copy a home as it is after its last commit, and check the copy.

    Example: stanch backup --home out/home --to out/backup.tar
    """
    from stanch.cli.moments import wall_clock
    from stanch.cli.show import as_facts, as_json, note
    from stanch.engine.backup import back_up

    report = back_up(home, to, wall_clock(), keys=keys, with_keys=with_keys, with_quarantine=with_quarantine)
    as_json(report) if json else as_facts(f"Backed up {home}", report)
    if report.left_alone:
        note(f"not part of a home, so not in it: {', '.join(report.left_alone)}")
    if report.refused_rows_left_out:
        note(f"refused rows in clear left out: {report.refused_rows_left_out:,}; --with-quarantine takes them")
    if report.with_keys:
        note("the keys are in it: whoever has it reads every identity")
    else:
        note("the keys are not in it: keep a copy of the key file elsewhere, without it nothing can be restored")
