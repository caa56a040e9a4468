"""``stanch serve``: decides on events while they happen, over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def serve(  # noqa: PLR0913 each is an option of the command
    home: Annotated[
        Path | None, typer.Option(help="Folder of the log, its keys and its vault; made if absent.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, TOML; see docs/serve.md.")] = None,
    stream: Annotated[
        Path | None, typer.Option(help="Topics to read beside, as for stanch stream; see docs/streams.md.")
    ] = None,
    accept_gap: Annotated[
        bool | None, typer.Option("--accept-gap", help="Go on though the broker no longer has what comes next.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the settings.")] = False,
) -> None:
    """Serve the API until stopped; what was taken is finished first.

    Example: stanch serve --home out/home --port 8000
    """
    from stanch.api.settings import read_settings

    options = {
        "home": None if home is None else str(home), "host": host, "port": port, "accept_gap": accept_gap,
        "stream": None if stream is None else str(stream),
    }  # fmt: skip
    settings = read_settings(config, os.environ, options)
    if check:
        typer.echo("the settings are right")
        return
    from stanch.api.serve import serve as run

    run(settings)
