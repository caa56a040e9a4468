"""``stanch replay``: events from files through the line; or a log under another policy."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli.show import as_facts, as_json, note, progress
from stanch.model.errors import ConfigError, InputError


def replay(  # noqa: PLR0913 each is an option of the command
    home: Annotated[Path, typer.Option(help="Folder of the log, its keys and its vault; made if absent.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Parquet, CSV or NDJSON files, or folders of them.")
    ] = None,
    map: Annotated[Path | None, typer.Option(help="Mapping of the files' columns, YAML; see docs/intake.md.")] = None,  # noqa: A002 the option is --map
    batch: Annotated[int, typer.Option(min=1, max=65_536, help="Events in one commit at most.")] = 4096,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file; with --against, the one to try out.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Policy to compare with: replays the log twice, changes nothing.")
    ] = None,
    world: Annotated[Path | None, typer.Option(help="World folder: stopped money then does not move on.")] = None,
    model: Annotated[Path | None, typer.Option(help="Learned model that joins the rules; see docs/scores.md.")] = None,
    patterns: Annotated[
        bool, typer.Option("--patterns", help="Search the closed days for patterns, and record what is new.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Decide on every event of some files, in the order in which things became known.

    Example: stanch replay out/world/events --home out/home --world out/world
    """
    from stanch.engine.asked import answer_all
    from stanch.engine.opening import open_home
    from stanch.lab.play import backtest_policies, play
    from stanch.lab.search import record_closed_days

    if against is not None:
        if policy is None:
            raise ConfigError("--against needs --policy: the policy to try out")
        report = backtest_policies(home, policy, against, keys)
        as_json(report) if json else as_facts("What would change", report)
        return
    if not files:
        raise ConfigError("no files; name Parquet, CSV or NDJSON files, or folders of them")
    with open_home(home, keys=keys, policy=policy, model=model) as opened, progress("deciding:") as tell:
        opened.between = partial(answer_all, opened)
        summary = play(opened, files, map, world, batch, tell)
        found = record_closed_days(opened) if patterns else None
    as_json(summary) if json else as_facts(f"Replayed into {home}", summary)
    if found is not None:
        note(f"recorded: {found:,} new pattern_found events")
    if summary.refused:
        note(f"refused rows: {summary.refused:,}, each with its reason in {home / 'quarantine.ndjson'}")
    aside = summary.conflicts + summary.quarantined + summary.too_old
    if aside:
        note(f"events set aside: {aside:,}, each with its reason in {home / 'quarantine.ndjson'}")
    for why, count in summary.without_effect.items():
        note(f"without effect on any order: {count:,}: {why}")
    if summary.errors:
        raise InputError(
            f"{len(summary.errors)} of the files gave nothing; the others are decided. {'; '.join(summary.errors)}"
        )
