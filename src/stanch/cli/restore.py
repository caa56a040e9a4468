"""``stanch restore``: a home from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def restore(
    backup: Annotated[Path, typer.Option("--from", help="Folder or tar that stanch backup wrote.")],
    home: Annotated[Path, typer.Option(help="New home; an empty folder, or one that is made.")],
    keys: Annotated[Path | None, typer.Option(help="Key file to put into the home, where the backup has none.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was restored as JSON.")] = False,
) -> None:
    """Check a backup and make a home of it, whole or not at all.

    Example: stanch restore --from out/backup.tar --home out/restored --keys keys.json
    """
    from stanch.cli.show import as_facts, as_json, note
    from stanch.engine.backup import restore_backup
    from stanch.store.keys import KEY_FILE

    report = restore_backup(backup, home, keys)
    as_json(report) if json else as_facts(f"Restored {home}", report)
    if keys is None and not report.with_keys:
        note(
            f"the keys are not in this backup: copy the home's key file to {home / KEY_FILE} and run chmod 600 on it, "
            "or name it with --keys at every command; nothing works without it"
        )
    if report.refused_rows_left_out:
        note(f"refused rows that are not in this backup: {report.refused_rows_left_out:,}; take their files again")
    note("what happened after the backup is not here: send it again, repeats are recognised")
    note("revoke again the API keys that were revoked since, and drop the texts whose time is over: stanch vault drop")
