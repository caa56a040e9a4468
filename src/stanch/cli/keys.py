"""``stanch keys``: who may use the API, and for what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # to import them takes longer than --help should
    from stanch.api.keys import Key


def keys(  # noqa: PLR0913 - each is an option of the command
    action: Annotated[str, typer.Argument(help="create, list or revoke.")],
    home: Annotated[Path, typer.Option(help="Home that is served.")],
    institution: Annotated[str, typer.Option(help="Whose key it is: the source of its events.")] = "",
    scopes: Annotated[
        str, typer.Option(help="decide, read, report, administer, query, gateway, operate; with commas.")
    ] = "decide,read",
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    person: Annotated[str, typer.Option(help="Who alone uses it, to change rules with it: name or staff number.")] = "",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it expires.")] = None,
    rate: Annotated[float | None, typer.Option(help="Events a second; the server's own if left out.")] = None,
    burst: Annotated[int | None, typer.Option(help="Events at once; the server's own if left out.")] = None,
    id_: Annotated[str, typer.Option("--id", help="Key to revoke.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create a key, list all, or revoke one; a running server knows soon. A new key is shown once.

    Example: stanch keys create --home out/home --institution bank_a --scopes decide,read
    """
    from stanch.api.keys import FILE, ApiKeys, Wish
    from stanch.cli.moments import wall_clock
    from stanch.cli.show import as_json
    from stanch.cli.show import note as tell
    from stanch.model.errors import InputError
    from stanch.model.time import DAY

    if action not in ("create", "list", "revoke"):
        raise InputError(f"unknown action {action!r}; known: create, list, revoke")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    table, now = ApiKeys(home / FILE), wall_clock()
    try:
        if action == "create":
            ends = None if days is None else now + days * DAY
            wish = Wish(institution, tuple(s.strip() for s in scopes.split(",")), note, ends, rate, burst, person)
            key, secret = table.create(wish, now)
            typer.echo(secret) if not json else as_json({"id": key.id, "secret": secret})
            tell(f"key {key.id} of {key.institution}; it is not shown again")
        elif action == "revoke":
            tell(f"key {table.revoke(id_, now).id} is revoked")
        else:
            _show(table.all(), json)
    finally:
        table.close()


def _show(found: list[Key], json: bool) -> None:
    from stanch.cli.show import as_json, as_table

    if json:
        as_json(found)
        return
    columns = ("id", "institution", "person", "scopes", "state", "note")
    as_table(
        "Keys",
        columns,
        [(k.id, k.institution, k.person, " ".join(k.scopes), "revoked" if k.revoked_at else "", k.note) for k in found],
    )
