"""``stanch data``: personal data in tables, counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, note
from stanch.model.errors import ConfigError, InputError


class Act(StrEnum):
    """What is done with the files."""

    COUNT = "count"


def data(  # noqa: PLR0913 each is an option of the command
    act: Annotated[Act, typer.Argument(help="count: how many different items, by class.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, NDJSON or Parquet files.")],
    column: Annotated[
        list[str] | None, typer.Option(help="What a column holds: NAME=CLASS, or NAME=none; once for each column.")
    ] = None,
    law: Annotated[str, typer.Option(help="Country whose thresholds are asked.")] = "cn",
    day: Annotated[str | None, typer.Option(help="Day whose law is asked, YYYY-MM-DD; today if not given.")] = None,
    insider: Annotated[
        bool, typer.Option("--insider", help="The items are said to come from the work of who gave them away.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Count personal data in tables, each item once, and say which thresholds of the law that meets.

    Example: stanch data count seized.csv --json
    """
    from stanch.intake.items.count import count_files
    from stanch.intake.items.report import item_report

    missing = [path for path in files if not path.is_file()]
    if missing:
        raise InputError(f"{missing[0]}: no such file")
    report = item_report(count_files(files, _said(column or [])), law, _day(day), insider=insider)
    if json:
        as_json(report)
        return
    as_table(f"Items under {report.provision} ({report.basis})", ("class", "verified", "inferred", "not read"), [
        (name, items.verified, items.inferred, items.unread) for name, items in report.items.items()
    ])  # fmt: skip
    as_table("Thresholds", ("band", "of", "threshold", "place", "answer"), [
        (each.band, each.of, each.threshold, each.place, each.answer) for each in report.answers
    ])  # fmt: skip
    as_table("Files", ("file", "rows", "broken", "nobody", "not understood", "error"), [
        (each.file, each.rows, each.broken, each.without_person, ", ".join(each.not_understood), each.error or "")
        for each in report.files
    ])  # fmt: skip
    for text in report.next:
        note(text)


def _said(columns: list[str]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in columns]
    wrong = [text for text, (name, _, of) in zip(columns, pairs, strict=True) if not name or not of]
    if wrong:
        raise ConfigError(f"--column {wrong[0]!r}: write NAME=CLASS, as in --column remark=none")
    return {name: of for name, _, of in pairs}


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--day {text!r}: not a day; write YYYY-MM-DD") from None
