"""``stanch train``: a learned model from a log, measured on later weeks beside its peers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanch.cli.show import as_json, as_table, note, progress
from stanch.model.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from stanch.lab.train.report import Ahead, Mark, TrainReport


def train(  # noqa: PLR0913 each is an option of the command
    model: Annotated[Path, typer.Option(help="What the model reads: cards, or a YAML file; see docs/scores.md.")],
    out: Annotated[Path, typer.Option(help="File that the model is written to.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Parquet, CSV or NDJSON files, or folders of them.")
    ] = None,
    map: Annotated[Path | None, typer.Option(help="Mapping of the files' columns, YAML; see docs/intake.md.")] = None,  # noqa: A002 the option is --map
    home: Annotated[Path | None, typer.Option(help="Train on the log of this home, instead of files.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    train: Annotated[str, typer.Option(help="How long is trained on.")] = "7d",
    delay: Annotated[str, typer.Option(help="How long outcomes are waited for.")] = "7d",
    test: Annotated[str, typer.Option(help="How long each model is tested.")] = "7d",
    weeks: Annotated[int, typer.Option(min=1, max=52, help="How many tests, one after the other.")] = 4,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of the last test, UTC; else as late as can be.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="How often cards are drawn for the intervals.")] = 400,
    alone: Annotated[bool, typer.Option("--alone", help="Measure without the peers.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Train a model on events whose outcome was confirmed, and measure it on later weeks beside its peers.

    Example: stanch train cards.parquet --map mapping.yaml --model cards --out cards.json
    """
    from stanch.lab.play import open_existing
    from stanch.lab.train.train import Course, load_definition, train_on_files, train_on_home
    from stanch.lab.train.weeks import Spans
    from stanch.model.time import parse_duration
    from stanch.scores.model import write_model

    if (home is None) == (not files):
        raise ConfigError("name either files or --home DIR, on whose log is trained")
    if not out.parent.is_dir():
        raise ConfigError(f"{out}: there is no folder {out.parent}; make it, or name a file elsewhere")
    definition = load_definition(model)
    end = None if until is None else int(until.replace(tzinfo=UTC).timestamp()) * 1_000_000
    course = Course(Spans(*(parse_duration(each) for each in (train, delay, test))), weeks, end, draws, peers=not alone)
    if home is not None:
        with open_existing(home, keys) as opened:
            trained, report = train_on_home(opened, definition, course)
    else:
        with progress("reading:") as tell:
            trained, report = train_on_files(files or [], map, definition, course, tell)
    try:
        out.write_bytes(write_model(trained))
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror}; name a file in a folder that is there") from None
    as_json(report) if json else show_training(report)
    note(f"model {report.model} written to {out}: {report.hash}")


def show_training(report: TrainReport) -> None:
    """Print the marks of each week and of their mean, and how far ours is ahead of the best peer."""
    columns = ("model", "ROC AUC", "average precision", "card precision at 100")
    for week in report.weeks:
        title = (
            f"Tested {week.test_from} to {week.test_to} on {week.tested:,} events, {week.tested_fraud:,} fraud; "
            f"trained from {week.train_from} on {week.trained_on:,}, {week.trained_fraud:,} fraud"
        )
        as_table(title, columns, _rows(week.marks, week.ahead))
    as_table(f"Mean of {len(report.weeks)} tests", columns, _rows(report.marks, report.ahead))


def _rows(marks: dict[str, dict[str, Mark]], ahead: dict[str, Ahead]) -> list[tuple[str, ...]]:
    rows = [(name, *(_said(mark) for mark in each.values())) for name, each in marks.items()]
    lead = ("ahead of the best", *(f"{_said(each.difference)} ({each.peer})" for each in ahead.values()))
    return [*rows, lead] if ahead else rows


def _said(mark: Mark) -> str:
    return f"{mark.value:.3f} [{mark.low:.3f}, {mark.high:.3f}]"
