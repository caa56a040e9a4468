"""``stanch world``: a made-up country, its events and, apart from them, its truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, progress


def world(
    out: Annotated[Path, typer.Option(help="Folder for events/ and truth/; made if absent, without events yet.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    people: Annotated[int, typer.Option(help="How many people live in the country; at least 500.")] = 20_000,
    days: Annotated[int, typer.Option(help="How many days they live; at least 3.")] = 7,
    parameters: Annotated[str, typer.Option(help="Name of shipped parameters, or a YAML file.")] = "start",
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Make a country with scams hidden among ordinary life.

    Example: stanch world --seed 7 --people 2000 --days 3 --out out/world
    """
    # imported here so that --help answers at once
    from dataclasses import asdict

    from stanch.lab.world import load_parameters, make_world

    with progress("making a world:") as tell:
        made = make_world(
            load_parameters(parameters), seed, people, days, out, lambda part, share: tell(share, 1.0, part)
        )
    if json:
        as_json(made)
    else:
        as_table(f"A world in {out}", ("fact", "value"), list(asdict(made).items()))
