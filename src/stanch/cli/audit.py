"""``stanch audit``: who read what, and whether the record of it still holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def audit(
    action: Annotated[str, typer.Argument(help="verify or list.")],
    home: Annotated[Path, typer.Option(help="Home that was served.")],
    head: Annotated[str, typer.Option(help="With verify: a head noted before, that must still be in the chain.")] = "",
    since: Annotated[int, typer.Option(min=1, help="With list: number of the first reading.")] = 1,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the chains of readings and of vault openings, or list the readings.

    Example: stanch audit verify --home out/home
    """
    from stanch.api.audit import FILE, AuditLog
    from stanch.cli.show import as_facts, as_json, as_table
    from stanch.model.errors import InputError
    from stanch.model.time import to_datetime
    from stanch.store.keys import open_keys
    from stanch.store.vault import SqliteVault

    if action not in ("verify", "list"):
        raise InputError(f"unknown action {action!r}; known: verify, list")
    if not (home / FILE).is_file():
        raise InputError(f"no audit log in {home}; it begins with: stanch serve --home {home}")
    ring = open_keys(home, keys)
    log, vault = AuditLog(home / FILE, ring.events), SqliteVault(home / "vault.db", ring.vault)
    try:
        if action == "verify":
            found = log.verify(head or None)
            told = {"readings": found.readings, "head": found.head, "vault_openings": vault.verify()}
            as_json(told) if json else as_facts(f"The record of {home} holds", told)
            return
        rows = list(log.readings(since))
    finally:
        vault.close()
        log.close()
    if json:
        as_json([{"number": number, "read": read} for number, read in rows])
        return
    columns = ("number", "at (UTC)", "key", "institution", "what", "which", "purpose", "request")
    as_table(f"Readings of {home}", columns, [
        (number, f"{to_datetime(read.at):%Y-%m-%d %H:%M:%S}", read.key, read.institution, read.what, read.which,
         read.purpose, read.request) for number, read in rows
    ])  # fmt: skip
