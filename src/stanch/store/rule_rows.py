"""Rows about rules: the versions that people proposed, what they did about them, and what was decided on trial.

A log that no release with such rules has written to yet has none.
"""

from __future__ import annotations

from sqlalchemy import select

from stanch.store.records import Records
from stanch.store.rows import RuleActRow, ShadowRow, VersionRow
from stanch.store.tables import RULE_ACTS, SHADOWS, VERSIONS


def versions_of(records: Records) -> list[VersionRow]:
    """Return the rules that people proposed, in the order of their proposals."""
    if not records.has(VERSIONS):
        return []
    return [VersionRow(**row) for row in records.rows(select(VERSIONS).order_by(VERSIONS.c.seq))]


def rule_acts_of(records: Records) -> list[RuleActRow]:
    """Return what people did about the rules, in order."""
    if not records.has(RULE_ACTS):
        return []
    return [RuleActRow(**row) for row in records.rows(select(RULE_ACTS).order_by(RULE_ACTS.c.seq))]


def shadows_of(records: Records, version: str) -> list[ShadowRow]:
    """Return what rules on trial would have decided, in order, where they or those in force found something."""
    if not records.has(SHADOWS):
        return []
    query = select(SHADOWS).where(SHADOWS.c.version == version).order_by(SHADOWS.c.seq)
    return [ShadowRow(**row) for row in records.rows(query)]


def bodies_of(records: Records) -> dict[str, str]:
    """Return all rules that were proposed or decided here, by their whole hash."""
    proposed = {each.hash: each.body for each in versions_of(records)}
    return proposed | {each.hash: each.body for each in records.policies()}
