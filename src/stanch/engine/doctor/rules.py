"""The rules in force, beside those that the next start would decide by and those that ship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stanch.engine.doctor.finding import Finding, Look
from stanch.engine.rules import Rules, load_rules, read_rules
from stanch.model.errors import ConfigError, StanchError
from stanch.store.text_files import reading_of


def rules(look: Look) -> Iterator[Finding]:
    """Whether the next start decides as the last one did, and what ships or is named otherwise."""
    with look.records() as records:
        stored = records.policies()
    if not stored:
        return
    try:
        in_force = read_rules(stored[-1].body)
    except (StanchError, KeyError, ValueError) as error:
        yield Finding(
            "rules", "error", f"the rules in force cannot be read by this release ({error})",
            "start the line with --policy, or use the release that wrote them",
        )  # fmt: skip
        return
    try:
        next_start = replace(in_force, text=reading_of(look.home).hash)
    except ConfigError as error:
        yield Finding("rules", "error", f"texts cannot be scored: {error}", "restore the file or remove it")
        return
    if next_start.hash != stored[-1].hash:
        why = "model or lexicon of texts" if next_start.text != in_force.text else "the deciding code of this release"
        yield Finding(
            "rules", "warning", f"the next start decides by other rules than the log was decided by: {why} changed",
            "intended after an update; the change becomes an event, and windows are filled from the log: a slow start",
        )  # fmt: skip
    try:
        named = load_rules(look.policy)
    except ConfigError as error:
        yield Finding("rules", "error", f"the policy to compare with is wrong: {error}", "correct it")
        return
    parts = _other_parts(in_force, named)
    if parts:
        which = (
            "those that ship" if look.policy is None else f"those of {look.policy.name} and the typologies that ship"
        )
        yield Finding(
            "rules", "note" if look.policy is None else "warning",
            f"the rules in force are not {which}: {', '.join(parts)}",
            "a home keeps its rules; others come by a proposal and an approval: stanch rules propose --home DIR",
        )  # fmt: skip


def _other_parts(ours: Rules, theirs: Rules) -> list[str]:
    learned = {str((model.definition.finding or {}).get("id")) for model in ours.models}
    mine = {each.id: each for each in ours.catalogue.typologies if each.id not in learned}
    others = {each.id: each for each in theirs.catalogue.typologies}
    changed = sum(mine[id_] != others[id_] for id_ in mine.keys() & others.keys())
    counts = ((len(others.keys() - mine.keys()), "not in force"), (len(mine.keys() - others.keys()), "only in force"),
              (changed, "otherwise"))  # fmt: skip
    parts = [f"{count} typologies {word}" for count, word in counts if count]
    return [
        *(["policy"] if ours.policy.hash != theirs.policy.hash else []),
        *(["law"] if ours.law.hash != theirs.law.hash else []),
        *parts,
    ]
