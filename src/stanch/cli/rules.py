"""``stanch rules``: versions of policy and typologies, proposed by one person and put into force by another."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanch.cli.show import as_facts, as_json, as_table, note
from stanch.model.errors import InputError

if TYPE_CHECKING:  # to import them takes longer than --help should
    from stanch.engine.asked import Asked
    from stanch.engine.backtest import BacktestReport
    from stanch.engine.changes import Said
    from stanch.engine.versions import TrialReport, VersionLine
    from stanch.store.vault import SqliteVault

#: Digits of a version that a table shows; they name it too.
_SHOWN = 12

#: Seconds to wait for the answer of a line that has the home open.
_PATIENCE = 60.0
_SAID = {
    "propose": "{made} is proposed; another person approves it: stanch rules approve --id {short}",
    "approve": "{made} decides from the next event on",
    "rollback": "{made} decides from the next event on",
    "shadow": "{made} is on trial from the next event on",
    "end_shadow": "{made} is no longer on trial",
}


class Act(StrEnum):
    """What is done with the rules."""

    LIST = "list"
    PROPOSE = "propose"
    TRY = "try"
    SHADOW = "shadow"
    APPROVE = "approve"
    ROLLBACK = "rollback"
    CHECK = "check"


def rules(  # noqa: PLR0913 each is an option of the command
    act: Annotated[Act, typer.Argument(help="list, propose, try, shadow, approve, rollback or check.")],
    home: Annotated[Path, typer.Option(help="Home with a log.")],
    policy: Annotated[Path | None, typer.Option(help="Policy file to propose.")] = None,
    typologies: Annotated[Path | None, typer.Option(help="Folder of typologies to propose.")] = None,
    id: Annotated[str, typer.Option(help="Version: its hash, or its first 12 digits or more.")] = "",  # noqa: A002 the option is --id
    by: Annotated[str, typer.Option(help="Who does it: name or staff number.")] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    days: Annotated[int, typer.Option(min=1, help="How many of the log's last days to try a version on.")] = 7,
    off: Annotated[bool, typer.Option("--off", help="End the trial.")] = False,
    at: Annotated[str, typer.Option(help="When it was said, with its zone; now if left out.")] = "",
    actor: Annotated[str, typer.Option(help="Who reads the list: shows names, and is kept with the opening.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    keys: Annotated[Path | None, typer.Option(help="Key file instead of the home's own.")] = None,
) -> None:
    """Propose other rules, try them, let them decide on trial, approve them as a second person, or go back.

    Example: stanch rules propose --home out/home --policy mine.yaml --by "Li Na" --reason "fewer delays"
    """
    from stanch.cli.moments import moment_of, wall_clock
    from stanch.engine.changes import Said

    said = Said(by, moment_of(at) if at else wall_clock(), reason)
    if act is Act.LIST:
        found = _listed(home, keys, actor)
        as_json(found) if json else _show(home, found)
    elif act is Act.TRY:
        tried = _tried(home, id, days)
        as_json(tried) if json else _show_change(tried, f"On the last {days} days")
    elif act is Act.CHECK:
        _check(home, json=json)
    elif act is Act.SHADOW and not by:
        trial = _trial(home, id)
        as_json(trial) if json else _show_trial(trial)
    else:
        typer.echo(_done(act, home, keys, id, (policy, typologies), said, off=off))


def _done(  # noqa: PLR0913 what the command was given
    act: Act, home: Path, keys: Path | None, version: str, files: tuple[Path | None, Path | None], said: Said,
    *, off: bool,
) -> str:  # fmt: skip
    """Do what a person asks for, or have the line do it that has the home open; return what became of it."""
    from stanch.engine.asked import Asked, done
    from stanch.lab.play import open_existing
    from stanch.model.errors import HomeBusyError

    if not said.by:
        raise InputError("say who does this with --by: a name or staff number")
    if act is not Act.PROPOSE and not off and not version:
        raise InputError("name the version with --id; stanch rules list shows them")
    body = _body(home, files) if act is Act.PROPOSE else ""
    name = "end_shadow" if act is Act.SHADOW and off else act.value
    asked = Asked(name, said.by, said.at, said.reason, version, body)
    try:
        with open_existing(home, keys) as opened:
            made = done(opened, asked)
            if name in ("approve", "rollback"):
                opened.snapshot()
    except HomeBusyError:
        made = _of_the_line(home, asked)
    return _SAID[name].format(made=made, short=made[:_SHOWN])


def _body(home: Path, files: tuple[Path | None, Path | None]) -> str:
    """Return the rules of the files, on those in force."""
    from stanch.engine.rules import changed_rules, read_rules
    from stanch.store.records import Records

    with Records.read(home) as records:
        policies = records.policies()
    if not policies:
        raise InputError(f"nothing was decided in {home} yet; begin it with the rules wanted: stanch replay --policy")
    return changed_rules(read_rules(policies[-1].body), *files).body()


def _of_the_line(home: Path, asked: Asked) -> str:
    """Ask the line that has the home open; return the version. Raises InputError where it refuses."""
    from stanch.engine.asked import answer_of, ask

    note("the home is open elsewhere; its line is asked to do it between two batches")
    answer = answer_of(ask(home, asked), _PATIENCE)
    if answer is None:
        raise InputError("the line has not answered yet; it will at its next batch, and stanch rules list shows it")
    if answer.refused:
        raise InputError(answer.refused)
    return answer.version


def _listed(home: Path, keys: Path | None, actor: str) -> list[VersionLine]:
    from stanch.engine.versions import listed
    from stanch.store.keys import open_keys
    from stanch.store.layout import VAULT_FILE
    from stanch.store.records import Records
    from stanch.store.vault import SqliteVault

    with Records.read(home) as records:
        if not actor:
            return listed(records, lambda person: person.hex()[:_SHOWN])
        vault = SqliteVault(home / VAULT_FILE, open_keys(home, keys).vault)
        try:
            return listed(records, _names(vault, actor))
        finally:
            vault.close()


def _names(vault: SqliteVault, actor: str) -> Callable[[bytes], str]:
    from stanch.cli.moments import wall_clock
    from stanch.intake.staff import name_of
    from stanch.privacy.purposes import RULES_PURPOSE

    return lambda person: name_of(vault.open(person, RULES_PURPOSE, actor, wall_clock()))


def _tried(home: Path, written: str, days: int) -> BacktestReport:
    from stanch.engine.versions import tried
    from stanch.store.records import Records

    with Records.read(home) as records:
        return tried(records, written, days)


def _trial(home: Path, written: str) -> TrialReport:
    from stanch.engine.versions import compared, version_on_trial
    from stanch.store.records import Records

    with Records.read(home) as records:
        return compared(records, version_on_trial(records, written))


def _check(home: Path, *, json: bool) -> None:
    from stanch.engine.retrace import retraced
    from stanch.store.records import Records

    with Records.read(home) as records:
        found = retraced(records)
    as_json(found) if json else as_facts(f"Decided again by the versions in force, {home}", found)
    if not found.equal:
        raise InputError(f"events {', '.join(map(str, found.differ))} were decided otherwise than their rules decide")


def _show(home: Path, found: list[VersionLine]) -> None:
    rows = [
        (line.version[:_SHOWN], line.policy, line.typologies, line.state + (", on trial" if line.trial else ""),
         "; ".join(f"{act.kind.removeprefix('rules_').replace('_', ' ')} by {act.by} {act.at}" for act in line.acts),
         "; ".join(act.reason for act in line.acts if act.reason))
        for line in found
    ]  # fmt: skip
    as_table(f"Rules of {home}", ("version", "policy", "typologies", "state", "acts (UTC)", "reasons"), rows)


def _show_change(found: BacktestReport, title: str) -> None:
    as_table(f"{title}: {found.events:,} events, {found.same:,} decided the same", ("step", "was", "would be"), [
        (step, found.before.get(step, 0), found.after.get(step, 0)) for step in {**found.before, **found.after}
    ])  # fmt: skip
    as_table("Changes", ("from -> to", "events"), list(found.changed.items()))
    _show_findings(found.appeared, found.disappeared)
    as_table("Examples", ("event", "kind", "was", "would be", "reason then", "reason now"), [
        (e.event_id, e.kind, e.before, e.after, e.reason_before or "", e.reason_after or "") for e in found.examples
    ])  # fmt: skip


def _show_trial(found: TrialReport) -> None:
    as_table(f"On trial: {found.version[:_SHOWN]}", ("in force -> on trial", "events"), [
        ("the same, something found", found.same), *found.changed.items()
    ])  # fmt: skip
    _show_findings(found.appeared, found.disappeared)
    if found.failed is not None:
        note(f"the trial ended by itself: {found.failed}")


def _show_findings(appeared: dict[str, int], disappeared: dict[str, int]) -> None:
    names = sorted({*appeared, *disappeared})
    as_table("Findings", ("typology", "more", "fewer"), [(n, appeared.get(n, 0), disappeared.get(n, 0)) for n in names])
