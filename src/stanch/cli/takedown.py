"""``stanch takedown``: posts to take down, by deadline, and what platforms miss of posts known to be bad."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanch.cli.show import as_json, as_table, note

if TYPE_CHECKING:
    from stanch.decide.takedown import Rate


def takedown(
    home: Annotated[Path, typer.Option(help="Home whose log is read.")],
    probes: Annotated[
        Path | None, typer.Option(help="Text file of posts known to be bad: source, comma, event id on each line.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the posts that findings concern: what is overdue first, then by deadline; and what platforms miss.

    Example: stanch takedown --home out/home --json
    """
    from stanch.engine.takedown import takedown_report
    from stanch.engine.takedown_log import read_posts, read_probes
    from stanch.store.records import Records

    planted = [] if probes is None else read_probes(probes)
    with Records.read(home) as records:
        found = takedown_report(read_posts(records), planted)
    if json:
        as_json(found)
        return
    waiting = [line for line in found.tasks if line.removed is None]
    as_table(f"Posts to take down, as of {found.now}", ("platform", "post", "state", "due", "why", "score", "copies"), [
        (t.platform, t.post, t.state, t.due, ", ".join(t.typologies) or t.why, t.score, t.copies) for t in waiting
    ])  # fmt: skip
    as_table("Deadlines", ("platform", "asked", "overdue", "open", "in time", "late", "median hours"), [
        (p.platform, p.asked, p.overdue, p.open, p.in_time, p.late, p.median_hours) for p in found.platforms
    ])  # fmt: skip
    if found.probes:
        as_table("Posts known to be bad", ("platform", "planted", "unknown", "running", "left standing", "not found"), [
            (p.platform, p.planted, p.unknown, p.running, _rate(p.by_platform), _rate(p.by_findings))
            for p in found.probes
        ])  # fmt: skip
    note("A post is on the list because of a finding, which is inferred: a person looks before anything is taken down.")


def _rate(rate: Rate) -> str:
    if rate.share is None or rate.low is None or rate.high is None:
        return "none to judge"
    return f"{rate.missed} of {rate.of}: {100 * rate.share:.0f} % ({100 * rate.low:.0f} to {100 * rate.high:.0f})"
