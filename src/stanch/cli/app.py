"""The command ``stanch``: its commands, and what its exit code says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from stanch.cli.audit import audit
from stanch.cli.backup import backup
from stanch.cli.bench import bench
from stanch.cli.camara import camara
from stanch.cli.data import data
from stanch.cli.decisions import decisions
from stanch.cli.demo import demo
from stanch.cli.doctor import doctor
from stanch.cli.drift import drift
from stanch.cli.keys import keys
from stanch.cli.leaks import leaks
from stanch.cli.link import link
from stanch.cli.measure import measure
from stanch.cli.notices import notices
from stanch.cli.orders import orders
from stanch.cli.patterns import patterns
from stanch.cli.replay import replay
from stanch.cli.restore import restore
from stanch.cli.returns import returns
from stanch.cli.reverify import reverify
from stanch.cli.send import send
from stanch.cli.serve import serve
from stanch.cli.takedown import takedown
from stanch.cli.text import text
from stanch.cli.trace import trace
from stanch.cli.train import train
from stanch.cli.typologies import typologies
from stanch.cli.vault import vault
from stanch.cli.warnings import warnings
from stanch.cli.world import world
from stanch.model.errors import StanchError

COMMANDS = (
    demo, world, replay, train, measure, trace, orders, notices, warnings, returns, patterns, leaks, drift, takedown,
    reverify, camara, data, link, decisions, send, serve, keys, audit, text, typologies, backup, restore, vault, doctor,
    bench,
)  # fmt: skip

app = typer.Typer(
    name="stanch",
    help="Stanch: decides on every event of operators, banks and platforms while it happens, and explains itself.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command(name=command.__name__)(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command; exit with 0 only when it did its work, else with the code of who must act."""
    try:
        app(list(arguments) if arguments is not None else None)
    except StanchError as error:
        typer.echo(f"stanch: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(0)
