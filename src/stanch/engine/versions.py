"""Versions of the rules as people read them: what waits, what decides, what decided before, and what a trial shows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from stanch.engine.backtest import BacktestReport, backtest, stored
from stanch.engine.changes import version_rules
from stanch.engine.rule_acts import SHADOWED, failed_key, full_hash, on_trial, open_proposal
from stanch.engine.rules import read_rules
from stanch.model.decisions import Decision
from stanch.model.errors import InputError
from stanch.model.time import DAY, to_datetime
from stanch.store.records import Records
from stanch.store.rows import RuleActRow
from stanch.store.rule_rows import bodies_of, rule_acts_of, shadows_of, versions_of

_decoder: Final = msgspec.msgpack.Decoder(Decision)


class ActLine(msgspec.Struct, frozen=True):
    """One act about a version: what, by whom (a name where it may be shown), when (UTC), why, its place in the log."""

    kind: str
    by: str
    at: str
    reason: str
    seq: int


class VersionLine(msgspec.Struct, frozen=True):
    """One version. ``state``: in force, proposed, overtaken (proposed on rules that no longer decide) or former."""

    version: str
    policy: str
    typologies: int
    state: str
    trial: bool
    acts: tuple[ActLine, ...]


class TrialReport(msgspec.Struct, frozen=True):
    """What a version on trial decided otherwise than the rules in force, since its trial began.

    ``events`` counts those on which either found something; ``changed`` is ``in force -> on trial``; ``appeared`` and
    ``disappeared`` count findings by typology.
    """

    version: str
    events: int
    same: int
    changed: dict[str, int]
    appeared: dict[str, int]
    disappeared: dict[str, int]
    failed: str | None = None


def listed(records: Records, name: Callable[[bytes], str]) -> list[VersionLine]:
    """Return all versions of a home in the order in which they came; ``name`` says how a person is shown."""
    acts, policies = rule_acts_of(records), records.policies()
    live = policies[-1].hash if policies else ""
    bodies = {each.hash: (each.seq, each.body) for each in versions_of(records)}
    for policy in policies:
        bodies.setdefault(policy.hash, (policy.activated_seq, policy.body))
    trial, decided = on_trial(acts, live), {each.hash for each in policies}
    lines = []
    for version, (_, body) in sorted(bodies.items(), key=lambda each: each[1][0]):
        written, about = json.loads(body), [act for act in acts if act.hash == version]
        told = tuple(
            ActLine(act.kind, name(act.person), f"{to_datetime(act.at):%Y-%m-%d %H:%M}", act.reason, act.seq)
            for act in about
        )
        state = _state(acts, version, live, former=version in decided)
        tried = trial is not None and trial.hash == version
        called, typologies = str(written["policy"]["id"]), len(written["catalogue"])
        lines.append(VersionLine(version, called, typologies, state, tried, told))
    return lines


def any_version(records: Records, written: str) -> str:
    """Return the whole hash of a version that was proposed or decided here. Raises UnknownVersionError."""
    return full_hash(written, bodies_of(records))


def body_of(records: Records, version: str) -> str:
    """Return the rules of a version by its whole hash, as the log keeps them."""
    return bodies_of(records)[version]


def tried(records: Records, written: str, days: int) -> BacktestReport:
    """Decide the last days of a log again under a version, in memory. Raises InputError where there is no log yet."""
    last = records.last_as_of()
    if last is None:
        raise InputError("nothing was decided in this home yet; there is nothing to try a version on")
    version = any_version(records, written)
    rules = version_rules(records, version, read_rules(records.policies()[-1].body))
    return backtest(records, rules, since=records.seq_at(last - days * DAY) or 0)


def version_on_trial(records: Records, written: str = "") -> str:
    """Return the whole hash of a version, or of the one that is on trial now. Raises InputError where none is."""
    policies = records.policies()
    running = on_trial(rule_acts_of(records), policies[-1].hash if policies else "")
    if written:
        return any_version(records, written)
    if running is None:
        raise InputError("no version is on trial; name one with --id, or begin a trial with --id and --by")
    return running.hash


def compared(records: Records, version: str) -> TrialReport:
    """Count what a version decided otherwise while it was on trial."""
    rows = {row.seq: row for row in shadows_of(records, version)}
    begun = [act for act in rule_acts_of(records) if act.kind == SHADOWED and act.hash == version]
    failed = records.meta().get(failed_key(begun[-1])) if begun else None
    live = {place: decision for place, decision, _ in stored(records) if place in rows}
    changed, appeared, disappeared = Counter[str](), Counter[str](), Counter[str]()
    for place, row in rows.items():
        tried = _typologies(_decoder.decode(row.decision) if row.decision else None)
        acted = _typologies(live.get(place))
        appeared.update(tried - acted)
        disappeared.update(acted - tried)
        if row.action != row.live:
            changed[f"{row.live} -> {row.action}"] += 1
    return TrialReport(
        version, len(rows), len(rows) - changed.total(), dict(changed.most_common()), dict(sorted(appeared.items())),
        dict(sorted(disappeared.items())), failed,
    )  # fmt: skip


def _typologies(decision: Decision | None) -> set[str]:
    return set() if decision is None else {finding.typology for finding in decision.findings}


def _state(acts: Sequence[RuleActRow], version: str, live: str, *, former: bool) -> str:
    if version == live:
        return "in force"
    proposal = open_proposal(acts, version)
    if proposal is None:
        return "former" if former else "unknown"
    return "proposed" if proposal.replaces == live else "overtaken"
