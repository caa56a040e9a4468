"""``stanch leaks``: where personal data may have leaked, as a list of what an audit looks at first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_facts, as_json, as_table, note, progress
from stanch.model.errors import ConfigError


def leaks(  # noqa: PLR0913 each is an option of the command
    home: Annotated[Path | None, typer.Option(help="Home whose log of look-ups is searched.")] = None,
    truth: Annotated[Path | None, typer.Option(help="The truth/ folder of the world that was replayed.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own, for --truth.")] = None,
    made: Annotated[int, typer.Option(help="Instead of a home: so many made-up logs with leaks, as many without.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the first made-up log.")] = 1,
    hard: Annotated[bool, typer.Option("--hard", help="Made-up logs with very many victims in one region.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the look-ups of records to audit first: desks and systems where victims' records were opened too often.

    Example: stanch leaks --home out/home --json
    """
    if (home is None) == (made <= 0):
        raise ConfigError("name either --home DIR, whose log is searched, or --made N, a number of made-up logs")
    if truth is not None and home is None:
        raise ConfigError("--truth belongs to a world that was replayed; name its home with --home DIR")
    if home is None:
        _show_made(made, seed, hard, json)
    else:
        _show_home(home, truth, keys, json)


def _show_home(home: Path, truth: Path | None, keys: Path | None, json: bool) -> None:
    from stanch.lab.leaks.search import hold_against, search_leaks

    found = search_leaks(home)
    held = None if truth is None else hold_against(found, home, truth, keys)
    if json:
        as_json(found if held is None else {"leaks": found, "truth": held})
        return
    columns = ("kind", "name", "system", "from", "until", "people", "victims", "expected", "q", "no ticket", "exports")
    title = f"To audit first, of {found.desks:,} desks and {found.shared_points:,} shared points"
    as_table(f"{title} with {found.look_ups:,} look-ups", columns, [
        (lead.kind, lead.name[:27], f"{lead.source} {lead.system}", lead.window.start[:10], lead.window.end[:10],
         lead.people_viewed, lead.hits, round(lead.expected, 2), f"{lead.q:.1e}", lead.without_ticket,
         len(lead.exports))
        for lead in found.leads
    ])  # fmt: skip
    for lead in found.leads:
        note(lead.words)
    if held is not None:
        as_facts("Held against the truth", held)
    note("Each line is where to look first, inferred from what victims allege. It says of nobody that they leaked.")


def _show_made(made: int, seed: int, hard: bool, json: bool) -> None:
    from stanch.lab.leaks.measure import measure_leaks
    from stanch.lab.leaks.shape import HARD, START

    with progress("searching made-up logs:") as tell:
        figures = measure_leaks(made, seed, HARD if hard else START, lambda done, of: tell(done, of))
    if json:
        as_json(figures)
        return
    title = f"{made} logs without leaks and {made} with, {figures.employees:,} employees each"
    as_table(title, ("way", "names where none leaked", "leaks", "found", "findable", "found of them", "false names"), [
        (way.way, way.clean_names, way.leaks, way.found, way.findable, way.findable_found, way.false_names)
        for way in figures.ways
    ])  # fmt: skip
    title = f"{made} logs with one leak more, of all that went through a shared point"
    columns = ("point", "days", "falls", "leaks", "touched", "reported", "found", "false points", "false employees")
    as_table(title, columns, [
        (each.point, each.days, each.falls, each.leaks, each.touched, each.reported, each.found, each.false_points,
         each.false_employees)
        for each in figures.shared
    ])  # fmt: skip
    as_table("Leaks by size", ("records", "days", "leaks", "reported", "found"), [
        (size.records, size.days, size.leaks, size.reported, size.found) for size in figures.sizes
    ])  # fmt: skip
