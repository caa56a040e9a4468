"""``stanch serve``: decides on events while they happen, over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def serve(
    home: Annotated[
        Path | None, typer.Option(help="Folder of the log, its keys and its vault; made if absent.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, TOML; see docs/serve.md.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the settings.")] = False,
) -> None:
    """Serve the API until stopped; what was taken is finished first.

    Example: stanch serve --home out/home --port 8000
    """
    from stanch.api.settings import read_settings

    options = {"home": None if home is None else str(home), "host": host, "port": port}
    settings = read_settings(config, os.environ, options)
    if check:
        typer.echo("the settings are right")
        return
    from stanch.api.serve import serve as run

    run(settings)
