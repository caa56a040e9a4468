"""``stanch reverify``: cards whose holder is to be verified again, until when, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json as print_json
from stanch.cli.show import as_table, note


def reverify(
    home: Annotated[Path, typer.Option(help="Home with a log; the line may go on writing.")],
    ended: Annotated[bool, typer.Option("--ended", help="List also those that ended, with their outcome.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the re-verifications of cards, those due first: deadlines, what a person is to decide, and outcomes.

    Example: stanch reverify --home out/home --ended
    """
    from stanch.engine.reverification import reverifications

    found = reverifications(home)
    if as_json:
        print_json(found)
        return
    lines = [*found.open, *(found.ended if ended else [])]
    columns = ("card", "level", "state", "reason", "asked", "due", "decide by", "until", "to decide", "last", "flaws")
    as_table(f"{len(found.open)} open, {len(found.ended)} ended", columns, [
        (line.card[:12], line.level, line.state, line.reason, line.asked_at, line.due, line.decide_by or "",
         line.until or "", line.proposal or "", "yes" if line.last_card else "", ", ".join(line.flaws))
        for line in lines
    ])  # fmt: skip
    note("A request restricts nothing. Only a person limits a card: outgoing alone, never emergency calls.")
    if found.not_cards:
        note(f"{found.not_cards} requests were about others than cards; they are answered elsewhere.")
