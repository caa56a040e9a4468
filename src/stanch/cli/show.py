"""What a command shows: progress and notes to stderr, results to stdout, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol
from unicodedata import category

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from stanch.lab.spelling import spelled

#: How wide tables are where nobody watches: files and pipes.
_PIPED: Final = 160
#: Control signs, signs that turn the direction of writing, and halves of pairs.
_MOVING: Final = frozenset({"Cc", "Cf", "Cs"})


class Tell(Protocol):
    """Takes note of how far a long work has come."""

    def __call__(self, done: float, of: float, part: str = "") -> None:
        """Note that ``done`` of ``of`` is finished, and which part is at work."""


def as_json(value: object) -> None:
    """Print a result as JSON, for programs."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def as_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table, for people; numbers stand to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for position, name in enumerate(columns):
        numeric = all(isinstance(row[position], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(harmless(spelled(value))) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = _PIPED
    console.print(table)
    console.print()


def harmless(text: str) -> str:
    """Return a text for a terminal: what would move its cursor or colour it is shown as a sign."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(sign) in _MOVING and sign != "\n" else sign for sign in text)


def as_facts(title: str, report: object) -> None:
    """Print the facts of a report, one a line; those of a part after its name."""
    plain = msgspec.to_builtins(report, enc_hook=str)
    rows: list[tuple[str, object]] = []
    for name, value in plain.items():
        if isinstance(value, dict):
            rows += [(f"{name}: {part}", inner) for part, inner in value.items() if not isinstance(inner, dict | list)]
        elif not isinstance(value, list | tuple):
            rows.append((name, value))
    as_table(title, ("fact", "value"), [(name.replace("_", " "), value) for name, value in rows])


def note(text: str) -> None:
    """Say something beside the result."""
    typer.echo(text, err=True)


@contextmanager
def progress(title: str) -> Iterator[Tell]:
    """Show a bar on stderr while a long work runs, where stderr is a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        task = bars.add_task(title, total=None)

        def tell(done: float, of: float, part: str = "") -> None:
            bars.update(task, completed=done, total=of or None, description=f"{title} {part}".rstrip())

        yield tell
