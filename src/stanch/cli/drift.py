"""``stanch drift``: how the ways of money change from week to week, and new shapes of what is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_json, as_table, note


def drift(
    home: Annotated[Path, typer.Option(help="Home whose log is read.")],
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare each week with the weeks before it: ways by which money leaves, and shapes of reported payments.

    Example: stanch drift --home out/home --json
    """
    from stanch.engine.drift import drift_report
    from stanch.engine.drift_log import WAYS, read_drift
    from stanch.store.records import Records

    with Records.read(home) as records:
        found = drift_report(read_drift(records))
    if json:
        as_json(found)
        return
    as_table("Accounts that sent money, by week and way (in brackets: with findings)", ("week", *WAYS), [
        (line.week, *(f"{line.accounts[way]:,} ({line.with_findings[way]:,})" for way in WAYS)) for line in found.weeks
    ])  # fmt: skip
    as_table("Weeks whose mix differs from the weeks before", ("week", "of", "risen", "fallen", "divergence", "q"), [
        (s.week, s.of, _moved(s.risen, s.before, s.shares), _moved(s.fallen, s.before, s.shares), s.divergence,
         f"{s.q:.1e}")
        for s in found.shifts
    ])  # fmt: skip
    as_table("New shapes of what people report", ("week", "shape", "people", "of", "expected", "q"), [
        (s.week, ", ".join(f"{name} {word}" for name, word in s.facets.items()), s.people, s.reporting, s.expected,
         f"{s.q:.1e}")
        for s in found.shapes
    ])  # fmt: skip
    if found.unknown:
        note(f"{found.unknown:,} of {found.reports:,} reports name no payment of the log: they have no shape")


def _moved(ways: tuple[str, ...], before: dict[str, float], now: dict[str, float]) -> str:
    return ", ".join(f"{way} {100 * before[way]:.1f} % to {100 * now[way]:.1f} %" for way in ways)
