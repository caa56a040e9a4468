"""The rows of a commit, table by table, and the statements that write them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite

from stanch.store.rows import Commit, OrderStepRow
from stanch.store.tables import (
    BLOCKS,
    FINDINGS,
    MEASURES,
    NOTICES,
    ORDER_STEPS,
    OUTBOX,
    POLICIES,
    PROGRESS,
    RULE_ACTS,
    SHADOWS,
    VERSIONS,
)

Row = dict[str, Any]  # Any: a row of any table

_UPSERT: Final[dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@cache
def upsert_into(dialect: str, table: Table, key: str) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that inserts rows, or replaces those with the same key."""
    statement = _UPSERT[dialect](table)
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=changed)


def checksum(body: bytes, decisions: bytes) -> int:
    """Return the checksum of a commit's two blocks."""
    return zlib.crc32(decisions, zlib.crc32(body))


def _block_row(commit: Commit) -> Row:
    return {
        "first_seq": commit.first_seq,
        "last_seq": commit.last_seq,
        "events": commit.last_seq - commit.first_seq + 1,
        "first_as_of": commit.first_as_of,
        "last_as_of": commit.last_as_of,
        "policy": commit.policy,
        "checksum": checksum(commit.body, commit.decisions),
        "body": commit.body,
        "decisions": commit.decisions,
    }


def _step_row(row: OrderStepRow) -> Row:
    return {**msgspec.structs.asdict(row), "previous": row.step - 1 if row.step > 1 else None}


def _plain(rows: Sequence[msgspec.Struct]) -> list[Row]:
    return [msgspec.structs.asdict(row) for row in rows]


#: The tables of a commit and its rows in each, in the order in which they can refer to each other.
WRITTEN: Final[tuple[tuple[Table, Callable[[Commit], list[Row]]], ...]] = (
    (BLOCKS, lambda commit: [_block_row(commit)]),
    (FINDINGS, lambda commit: _plain(commit.findings)),
    (OUTBOX, lambda commit: _plain(commit.outbox)),
    (ORDER_STEPS, lambda commit: [_step_row(row) for row in commit.order_steps]),
    (NOTICES, lambda commit: _plain(commit.notices)),
    (RULE_ACTS, lambda commit: _plain(commit.rule_acts)),
    (SHADOWS, lambda commit: _plain(commit.shadows)),
)
#: Those whose rows replace the ones before them, with their key.
REPLACED: Final[tuple[tuple[Table, Callable[[Commit], list[Row]], str], ...]] = (
    (MEASURES, lambda commit: _plain(commit.measures), "id"),
    (POLICIES, lambda commit: _plain(commit.policies), "hash"),
    (VERSIONS, lambda commit: _plain(commit.versions), "hash"),
    (PROGRESS, lambda commit: [{"key": key, "value": value} for key, value in commit.progress.items()], "key"),
)
INSERT: Final = {table.name: insert(table) for table, _ in WRITTEN}
