"""``stanch decisions``: what was decided, as one Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def decisions(
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
) -> None:
    """Export what was decided: position, event, action, score, findings and their reasons.

    Example: stanch decisions --home out/home --out out/decisions.parquet
    """
    from stanch.engine.decisions import export_decisions
    from stanch.lab.play import open_existing

    with open_existing(home, keys) as opened:
        typer.echo(f"{export_decisions(opened.records, out):,} decisions in {out}")
