"""``stanch demo``: a small country, its scams, and what the line does about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import note, progress


def demo(
    people: Annotated[int, typer.Option(help="How many people live in the country.")] = 11_000,
    days: Annotated[int, typer.Option(help="How many days they live.")] = 5,
    seed: Annotated[int, typer.Option(help="Another seed, another country.")] = 7,
    out: Annotated[
        Path, typer.Option(help="Folder for world, log and report; an older demo in it is replaced.")
    ] = Path("out/demo"),
) -> None:
    """Make a country, decide on all that happens in it, and write a report to look at.

    Example: stanch demo --people 2000 --days 3
    """
    from stanch.cli.story import tell_demo
    from stanch.lab.demo import run_demo

    with progress("") as tell:
        shown = run_demo(out, people=people, days=days, seed=seed, progress=tell)
    tell_demo(shown)
    note(f"the report with pictures: {shown.report}")
