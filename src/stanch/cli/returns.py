"""``stanch returns``: what each victim gets back of what is held, by a rule that anyone can recompute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def returns(
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    rule: Annotated[str, typer.Option(help="direct, timestamp or pro_rata.")] = "timestamp",
    currency: Annotated[str, typer.Option(help="Currency of the pool.")] = "CNY",
    as_json: Annotated[bool, typer.Option("--json", help="Print inputs and statements as JSON.")] = False,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
) -> None:
    """Share what is held among those who reported, and give each a statement. Nothing is ordered by this.

    Example: stanch returns --home out/home --rule pro_rata
    """
    import msgspec

    from stanch.engine.returning import returned_by
    from stanch.lab.play import open_existing
    from stanch.model.money import format_money

    with open_existing(home, keys) as opened:
        inputs, found = returned_by(opened, rule, currency)
        names = {opened.line.funds.id_of(name): name for name in opened.line.funds.reported()}
    if as_json:
        typer.echo(msgspec.json.encode({"inputs": inputs, "statements": found}).decode())
        return
    for each in found:
        told = (each.claim.verified, each.claim.alleged, each.claim.returned, each.share, each.missing)
        paid, alleged, back, share, missing = (format_money(amount, currency) for amount in told)
        typer.echo(
            f"report {names[each.report]}: {paid} verified, {alleged} alleged only, {back} came back; "
            f"{share} of the pool, {missing} still missing"
        )
    typer.echo(f"rule {rule}, term {inputs.term}, inputs {inputs.digest[:16]}: equal inputs give equal statements")
