"""``stanch stream``: events from the topics of a broker through the line, decisions out to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanch.cli.show import as_facts, as_json
from stanch.model.errors import StoreError

if TYPE_CHECKING:  # to import it takes longer than --help should
    from stanch.stream.run import State


def stream(  # noqa: PLR0913 each is an option of the command
    home: Annotated[Path, typer.Option(help="Folder of the log, its keys and its vault; made if absent.")],
    config: Annotated[Path, typer.Option(help="Brokers and topics, TOML; see docs/streams.md.")],
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file instead of the rules in force.")] = None,
    model: Annotated[Path | None, typer.Option(help="Learned model that joins the rules; see docs/scores.md.")] = None,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="End once all that the topics held at the start is decided.")
    ] = False,
    accept_gap: Annotated[
        bool, typer.Option("--accept-gap", help="Go on though the broker no longer has what comes next.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON at the end.")] = False,
) -> None:
    """Decide on the messages of some topics while they come, until stopped; offsets are saved with their events.

    Example: stanch stream --home out/home --config stream.toml
    """
    from stanch.api.scopes import SCOPE_OF_KIND
    from stanch.stream.config import read_stream

    read = read_stream(config, SCOPE_OF_KIND)
    if check:
        typer.echo("the configuration is right")
        return

    from stanch.api.line_thread import wall_clock
    from stanch.api.logs import Log
    from stanch.api.stream_page import write_page
    from stanch.cli.stopping import stopping_on_signals
    from stanch.engine.allocator import set_aside, settle
    from stanch.engine.opening import open_home
    from stanch.stream.run import Life, run

    log = Log(read.config.log)
    page = None if read.config.metrics is None else Path(read.config.metrics)

    def show(state: State) -> None:
        if page is None:
            return
        try:
            write_page(page, state)
        except StoreError as error:  # the line goes on
            log.warning("metrics_failed", reason=str(error))

    settle()
    with stopping_on_signals() as stopping, open_home(home, keys=keys, policy=policy, model=model) as opened:
        set_aside()
        life = Life(stopping, log, show, wall_clock, until_end, accept_gap, keys)
        state = run(opened, read, life)
    facts = {**_facts(state), "partitions": {str(spot): lag for spot, lag in state.lags.items()}}
    as_json(facts) if json else as_facts(f"Streamed into {home}", _facts(state))


def _facts(state: State) -> dict[str, int]:
    counts = {name: getattr(state.counts, name) for name in state.counts.__struct_fields__}
    return {**counts, "lag": sum(state.lags.values()), "sent": state.sent, "given_up": state.dead}
