"""``stanch orders``: what waits for a person, and what officials and institutions say to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def orders(  # noqa: PLR0913 - each is an option of the command
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    state: Annotated[str, typer.Option(help="Only orders in this state.")] = "",
    approve: Annotated[str, typer.Option(help="Id of an order to approve.")] = "",
    decline: Annotated[str, typer.Option(help="Id of an order to decline or to end.")] = "",
    official: Annotated[str, typer.Option(help="Who decides, as kind:id; employed where the power is.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is declined: one word.")] = "declined",
    at: Annotated[str, typer.Option(help="When it was decided, with its zone; now if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
) -> None:
    """List orders, the ones that wait first; or let an official approve or decline one.

    Example: stanch orders --home out/home --state drafted
    """
    import msgspec

    from stanch.cli.moments import moment_of, wall_clock
    from stanch.engine.officials import Decided, decide, listed
    from stanch.lab.play import open_existing
    from stanch.model.errors import InputError

    if approve and decline:
        raise InputError("name either --approve or --decline")
    with open_existing(home, keys) as opened:
        if approve or decline:
            kind = "order_approved" if approve else "order_declined"
            typer.echo(
                decide(
                    opened, Decided(kind, approve or decline, official, reason, moment_of(at) if at else wall_clock())
                )
            )
            return
        found = listed(opened, state)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    from stanch.cli.show import as_table
    from stanch.model.money import format_money

    columns = ("order", "measure", "state", "institution", "ordered", "held", "until (UTC)", "basis", "speaks for it")
    as_table(f"Orders of {home}", columns, [
        (line.id, line.measure, line.state, line.institution, format_money(line.amount, line.currency),
         format_money(line.held, line.currency) if line.held else "", line.until or "", line.basis, line.speaks or "")
        for line in found
    ])  # fmt: skip
