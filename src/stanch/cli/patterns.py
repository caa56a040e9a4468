"""``stanch patterns``: shapes that laundered money makes, found in a file or in a home's log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, note
from stanch.model.errors import ConfigError


def patterns(  # noqa: PLR0913 each is an option of the command
    files: Annotated[
        list[Path] | None, typer.Argument(help="Parquet, CSV or NDJSON files, or folders of them.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Home whose log is searched, instead of files.")] = None,
    map: Annotated[Path | None, typer.Option(help="Mapping of the files' columns, YAML; see docs/intake.md.")] = None,  # noqa: A002 the option is --map
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Append what was found to the home's log.")] = False,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Search nothing: list what the home's log has recorded.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything found as JSON.")] = False,
) -> None:
    """Find fan-in, fan-out, gather-scatter, scatter-gather, cycles, bipartite blocks, stacks and peel chains.

    Example: stanch patterns transfers.parquet --map mapping.yaml --json
    """
    from stanch.lab.search import search_files, search_home

    if (home is None) == (not files):
        raise ConfigError("name either files or --home DIR, whose log is searched")
    if (record or recorded) and home is None:
        raise ConfigError("--record appends to a home's log, --recorded reads it; name the home with --home DIR")
    if recorded and home is not None:
        _show_recorded(home, json)
        return
    if home is not None:
        found, new = search_home(home, keys, record=record)
    else:
        found, new = search_files(files or [], map), 0
    if json:
        as_json(found)
    else:
        columns = ("id", "typology", "accounts", "transfers", "first", "last", "amount", "currency")
        as_table(f"Patterns in {found.movements:,} movements of {found.accounts:,} accounts", columns, [
            (p.id, p.typology, sum(map_ for map_ in (len(a) for a in p.accounts.values())), len(p.transfers),
             p.start, p.end, p.amount, p.currency)
            for p in found.patterns
        ])  # fmt: skip
    if found.instructions_only:
        note("nothing here tells of settlement: instructions stand for movements")
    for shape, count in found.cut_short.items():
        note(f"{shape}: the work budget was met {count:,} times; some patterns may be missing")
    if record:
        note(f"recorded: {new:,} new pattern_found events")


def _show_recorded(home: Path, json: bool) -> None:
    from stanch.lab.search import recorded_patterns

    found = recorded_patterns(home)
    if json:
        as_json(found)
    else:
        as_table(
            "Patterns recorded", ("id", "typology", "transfers"), [(p.id, p.typology, len(p.transfers)) for p in found]
        )
