"""``stanch camara``: what other operators answered, as events to take in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def camara(
    answers: Annotated[Path, typer.Argument(help="Answers as they were noted, NDJSON; see docs/telecom.md.")],
    source: Annotated[str, typer.Option(help="Source of the events: the operator, or who asked it.")],
    live: Annotated[
        bool, typer.Option("--live", help="Leave known_at out: a server says itself when it learned of an event.")
    ] = False,
) -> None:
    """Print the events that CAMARA answers of other operators state, NDJSON; most answers state none.

    Example: stanch camara answers.ndjson --source operator_b > events.ndjson
    """
    import msgspec

    from stanch.cli.show import note
    from stanch.exchange.camara.consumed import read_consumed
    from stanch.model.errors import InputError

    try:
        lines = answers.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{answers}: cannot be read ({error.strerror}); name an NDJSON file") from None
    wrong = events = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            rows = read_consumed(line, source)
        except InputError as error:
            wrong += 1
            note(f"line {number}: {error}")
            continue
        for row in rows:
            events += 1
            kept = {name: value for name, value in row.items() if not (live and name == "known_at")}
            typer.echo(msgspec.json.encode(kept).decode())
    note(f"{events} events")
    if wrong:
        raise InputError(f"{answers}: {wrong} lines could not be read; correct them and send the file again")
