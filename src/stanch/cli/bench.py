"""``stanch bench``: how fast each hot path is, beside something run in the same breath."""

from __future__ import annotations

from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, progress


def bench(
    only: Annotated[
        list[str] | None, typer.Option(help="Run this benchmark only; can be given more than once.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure intake, line, windows, idempotency, memory and restart against their peers and budgets.

    Example: stanch bench --only idempotency --json
    """
    from stanch.lab.bench import run_benchmarks

    with progress("measuring:") as tell:
        figures = run_benchmarks(only or [], tell)
    if json:
        as_json(figures)
        return
    columns = ("name", "figure", "unit", "peer", "peer_figure", "ratio", "budget", "held")
    as_table("Benchmarks", columns, [[getattr(figure, name) for name in columns] for figure in figures])
    for figure in figures:
        if figure.note:
            typer.echo(f"{figure.name}: {figure.note}")
