"""``stanch send``: what lies in the outbox, taken to institutions and other houses."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from stanch.cli.show import as_facts, as_json, note
from stanch.model.time import SECOND

#: How long to sleep at most when nothing is due.
_NAP: Final = 5.0


def send(
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    config: Annotated[Path, typer.Option(help="Where messages go, YAML; see docs/exchange.md.")],
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Try what is due now, then end.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Try again what was given up.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what the round did as JSON.")] = False,
) -> None:
    """Deliver orders, decisions and proposals, each until it is taken, none twice.

    Example: stanch send --home out/home --config send.yaml --once
    """
    from stanch.exchange.config import load_config
    from stanch.exchange.courier import settle
    from stanch.exchange.sending import open_sending

    ways = load_config(config)
    with open_sending(home, ways, keys) as (courier, deliveries):
        if again:
            note(f"tried again: {deliveries.revive(_now())}")
        while True:
            told = courier.round(_now())
            settled = settle(home, deliveries)
            if once:
                break
            time.sleep(_NAP if told.next_at is None else min(_NAP, max(0.0, (told.next_at - _now()) / SECOND)))
        dead = [one for one in deliveries.all().values() if one.state == "dead"]
    as_json({"round": told, "dead": dead}) if json else as_facts("Sent", told)
    if not settled:
        note("the log was being written; what was taken will be noted in it by the next round")
    for one in dead:
        note(f"given up: {one.id} to {one.way or 'nobody'} after {one.attempts} attempts: {one.said}")


def _now() -> int:
    return time.time_ns() // 1000
