"""``stanch send``: what lies in the outbox, taken to institutions and other houses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from stanch.cli.show import as_json, as_table, note
from stanch.model.time import SECOND, to_datetime

if TYPE_CHECKING:  # to import them takes longer than --help should
    from stanch.exchange.courier import Round
    from stanch.exchange.deliveries import Delivery

#: How long to sleep at most when nothing is due.
_NAP: Final = 5.0
#: How many given up messages are named for one reason; --json names all.
_NAMED: Final = 3


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
            told = courier.all_due(_now()) if once else courier.round(_now())
            settled = settle(home, deliveries)
            if once:
                break
            time.sleep(_NAP if told.next_at is None else min(_NAP, max(0.0, (told.next_at - _now()) / SECOND)))
        dead = [one for one in deliveries.all().values() if one.state == "dead"]
    as_json({"round": told, "dead": dead}) if json else _show(told)
    if not settled:
        note("the log was being written; what was taken will be noted in it by the next round")
    for line in _given_up(dead):
        note(line)


def _show(told: Round) -> None:
    """Print what a round did; institutions and topics by the names that the configuration has for them."""
    waits = None if told.next_at is None else f"{to_datetime(told.next_at):%Y-%m-%d %H:%M:%S} UTC"
    counts = [(name, getattr(told, name)) for name in ("taken", "failed", "waiting", "dead")]
    ways = [(f"no way for {name}", count) for name, count in told.unrouted.items()]
    as_table("Sent", ("messages", "number"), [*counts, *ways])
    if waits is not None:
        note(f"tried again at {waits}")


def _given_up(dead: Sequence[Delivery]) -> Iterator[str]:
    """Tell what was given up, once for each receiver and reason, with some of the messages by name."""
    found: dict[tuple[str, str], list[Delivery]] = {}
    for one in dead:
        found.setdefault((one.way, one.said), []).append(one)
    for (way, said), ones in found.items():
        more = f" and {len(ones) - _NAMED} more" if len(ones) > _NAMED else ""
        tries = max(one.attempts for one in ones)
        names = ", ".join(one.id for one in ones[:_NAMED])
        yield f"given up: {names}{more} to {way or 'nobody'} after {tries} attempts: {said}"


def _now() -> int:
    return time.time_ns() // 1000
