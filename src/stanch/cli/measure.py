"""``stanch measure``: decisions held against what is true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json
from stanch.model.errors import ConfigError


def measure(
    home: Annotated[Path, typer.Option(help="Home whose decisions are measured.")],
    truth: Annotated[Path | None, typer.Option(help="The truth/ folder of the world that was replayed.")] = None,
    map: Annotated[Path | None, typer.Option(help="Mapping whose label columns are the truth of FILES.")] = None,  # noqa: A002 the option is --map
    files: Annotated[list[Path] | None, typer.Argument(help="The labelled files that were replayed.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Measure what was found, missed and wrongly alerted: against a world's truth, or against label columns.

    Example: stanch measure --home out/home --truth out/world/truth
    """
    from stanch.lab.play import open_existing

    with open_existing(home, keys) as opened:
        if truth is not None:
            from stanch.cli.measures import show_follow, show_warned, show_world
            from stanch.lab.measure.follow import followed
            from stanch.lab.measure.warned import warned_by_group
            from stanch.lab.measure.world import measured, measured_base

            with measured_base(opened, truth.parent) as base:
                found, follow = measured(base, opened.path, truth.parent), followed(base, opened, truth.parent)
                warned = warned_by_group(base)
            if json:
                as_json({"world": found, "follow": follow, "warned": warned})
            else:
                show_world(found)
                show_follow(follow)
                show_warned(warned)
        elif map is not None and files:
            from stanch.cli.measures import show_labels
            from stanch.lab.measure.labels import measure_labels

            by_label = measure_labels(opened, files, map)
            as_json(by_label) if json else show_labels(by_label)
        else:
            raise ConfigError("nothing to measure against; give --truth DIR, or --map MAP and the labelled files")
