"""``stanch trace``: where reported money is, and what of it can still be held."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def trace(  # noqa: PLR0913 - each is an option of the command
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    report: Annotated[list[str] | None, typer.Option(help="Event id of a report; several share one pool.")] = None,
    account: Annotated[str, typer.Option(help="Account that was paid, as kind:number, if nobody reported.")] = "",
    amount: Annotated[int, typer.Option(help="What was paid into it, minor units.")] = 0,
    currency: Annotated[str, typer.Option(help="Currency of the amount.")] = "CNY",
    at: Annotated[str, typer.Option(help="Latest moment of that payment, with its zone.")] = "",
    method: Annotated[str, typer.Option(help="fifo, lifo, proportional or poison.")] = "fifo",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the page with the flow picture.")] = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    actor: Annotated[str, typer.Option(help="Who asks: kept with every identity that is opened.")] = "cli",
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
) -> None:
    """Show the way of reported money, account by account, and where it is now.

    Example: stanch trace --home out/home --report 1234 --html out/trace.html
    """
    from msgspec.structs import replace

    from stanch.cases.trace_page import trace_page
    from stanch.cases.trace_text import trace_json, trace_lines
    from stanch.cli.moments import moment_of, wall_clock
    from stanch.engine.inquiry import Asker, reported, shown, supposed, traced
    from stanch.lab.play import open_existing
    from stanch.model.errors import InputError

    if bool(report) == bool(account):
        raise InputError("name either --report, or --account with --amount and --at")
    if account and not (amount and at):
        raise InputError("--account needs --amount, in minor units, and --at, the latest moment of the payment")
    with open_existing(home, keys) as opened:
        asked = reported(opened, report) if report else [supposed(opened, account, amount, currency, moment_of(at))]
        found = traced(opened, asked, method)
        view = shown(opened, found, report or [account.split(":", 1)[0]], Asker(actor, wall_clock()))
    view = replace(view, language=language)
    if html is not None:
        html.write_text(trace_page(view), encoding="utf-8")
    typer.echo(trace_json(view) if as_json else "\n".join(trace_lines(view)))
    if html is not None:
        typer.echo(f"\nThe flow picture: {html}", err=as_json)
