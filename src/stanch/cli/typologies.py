"""``stanch typologies``: what Stanch looks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table


def typologies(
    folder: Annotated[Path | None, typer.Option(help="A folder of typologies instead of the shipped ones.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything about each as JSON.")] = False,
) -> None:
    """List the typologies: what they are about, what they count, when they fire.

    Example: stanch typologies --json
    """
    from stanch.store.catalogue_files import load_folder, load_shipped

    catalogue = load_shipped() if folder is None else load_folder(folder)
    if json:
        as_json(catalogue.listing())
        return
    rows = [(t.id, t.on, t.subject, t.side, t.score, t.title["en"], t.title["zh"]) for t in catalogue.typologies]
    as_table(
        f"{len(rows)} typologies over {len(catalogue.features)} features",
        ("id", "on", "subject", "side", "score", "title", "名称"),
        rows,
    )
