"""``stanch link``: who is who in tables of people or companies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanch.cli.show import as_json, as_table, note
from stanch.model.errors import ConfigError

if TYPE_CHECKING:  # the extra may be absent
    from stanch.intake.link.find import LinkReport


def link(  # noqa: PLR0913 each is an option of the command
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, NDJSON or Parquet files of records.")],
    map: Annotated[Path, typer.Option(help="Which column is what, YAML; see docs/people.md.")],  # noqa: A002 the option is --map
    out: Annotated[Path | None, typer.Option(help="Write bindings and proposals as bound events, NDJSON.")] = None,
    accept: Annotated[list[str] | None, typer.Option(help="Id of a proposal that a person says is right.")] = None,
    by: Annotated[str, typer.Option(help="Who says so, with --accept, such as employee:bank/E7.")] = "",
    at: Annotated[str | None, typer.Option(help="Moment of the events, ISO with a zone; now if not given.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Find records of one person or company: what is sure enough is bound, the rest is proposed to a person.

    Example: stanch link people.csv --map people.yaml --out bound.ndjson
    """
    if accept and (not by or out is None):
        raise ConfigError("--accept says that a proposal is right: name who says so with --by, and --out for the event")
    try:
        from stanch.intake.link.find import bound_events, find_links
        from stanch.intake.link.mapping import load_link_map
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed; install the extra: pip install 'stanch[link]'") from None
    mapping = load_link_map(map)
    report = find_links(files, mapping)
    if out is not None:
        events = bound_events(report, mapping, _moment(at), accept or (), by)
        out.write_bytes(b"".join(event + b"\n" for event in events))
        out.chmod(0o600)
    if json:
        as_json(report)
        return
    columns = ("id", "stands for all", "the same", "", "sure", "decided by")
    as_table(f"Who is who among {report.records:,} records", columns, [
        (each.id, each.src, each.dst, "bound" if each.bound else "proposed", f"{int(each.confidence * 100)}%",
         each.decided)
        for each in report.links
    ])  # fmt: skip
    _notes(report)


def _notes(report: LinkReport) -> None:
    if report.without_id or report.broken:
        note(f"left out: {report.without_id:,} rows without an id that can be taken, {report.broken:,} broken rows")
    for role, count in report.unread.items():
        note(f"{role}: {count:,} cells could not be read")
    for keys in report.left_out:
        note(f"{keys}: so many records share it that pairs were not looked for by it")
    if not report.learned:
        note("too few records to learn from: the confidences rest on start values")
    note("A proposal joins nobody. A person who knows says so with --accept ID --by WHO.")


def _moment(text: str | None) -> str:
    try:
        moment = datetime.now(UTC).replace(microsecond=0) if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--at {text!r}: not a moment; write it as 2026-03-02T10:00:00+08:00") from None
    if moment.tzinfo is None:
        raise ConfigError(f"--at {text!r}: names no zone; write it as 2026-03-02T10:00:00+08:00")
    return moment.isoformat()
