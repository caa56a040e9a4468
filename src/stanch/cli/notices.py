"""``stanch notices``: what the holders of accounts are told of orders, and whether the institution took it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def notices(
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    order: Annotated[str, typer.Option(help="Only what was told of the order with this id.")] = "",
    language: Annotated[str, typer.Option(help="Only texts in this language: en or zh.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the notices to holders: of each step of an order that concerns their money, one in each of their languages.

    Example: stanch notices --home out/home --language en
    """
    import msgspec

    from stanch.engine.notices import told
    from stanch.store.records import Records

    with Records.read(home) as records:
        found = told(records, order or None, language or None)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for line in found:
        typer.echo(
            f"{line.at}  {line.order}  {line.measure:7} {line.state:9} {line.institution:10} {line.language}  "
            f"{'taken ' + line.taken_at if line.taken_at else 'not taken yet'}\n  {line.text}"
        )
    if not found:
        typer.echo("no holder had to be told anything yet", err=True)
