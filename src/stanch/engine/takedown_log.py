"""Posts of a home's log: who carries which contact, what was found on them, and when they were taken down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from stanch.decide.takedown import Post, Terms
from stanch.engine.names import Names
from stanch.engine.restart import decisions_of
from stanch.engine.rules import read_rules
from stanch.model.columns import INDEX, NULL
from stanch.model.errors import InputError
from stanch.store.records import Records
from stanch.store.rows import LogBlock

_READ = ("event_id", "as_of", "kind", "source", "contact", "ref")

Key = tuple[str, str]  # source and event id


@dataclass(frozen=True, slots=True)
class PostLog:
    """Posts in log order, the terms of the policy that decides last, and the log's clock."""

    posts: tuple[Post, ...]
    terms: Terms
    now: int


def read_posts(records: Records) -> PostLog:
    """Return the posts of a log; a removal belongs to the post of the same platform that its ``ref`` names.

    Raises InputError where the log is empty: there is no policy yet that gives a term.
    """
    policies, now = records.policies(), records.last_as_of()
    if not policies or now is None:
        raise InputError("the home's log is empty; take events into it first with stanch replay")
    names, found = Names(), dict[Key, Post]()
    for block in records.blocks(columns=_READ):
        names.load(block.block.new_entities, list(block.block.new_symbols))
        _take(block, names, found)
    return PostLog(tuple(found.values()), read_rules(policies[-1].body).policy.takedown, now)


def _take(block: LogBlock, names: Names, found: dict[Key, Post]) -> None:
    rows, code = block.block.matrix(), names.words.code
    told = np.flatnonzero(np.isin(rows[:, INDEX["kind"]], [code("post"), code("post_removed")]))
    decided = {decision.row: decision for decision in decisions_of(block)}
    ids, refs = _texts(block, "event_id", told.tolist()), _texts(block, "ref", told.tolist())
    for row, event_id, ref in zip(told.tolist(), ids, refs, strict=True):
        source = names.words.word(int(rows[row, INDEX["source"]])) or ""
        when, contact = (int(rows[row, INDEX[name]]) for name in ("as_of", "contact"))
        if rows[row, INDEX["kind"]] == code("post"):
            post = Post(source, event_id, None if contact == NULL else contact, when)
            decision = decided.get(row)
            against = [] if decision is None else [each for each in decision.findings if each.side == "control"]
            if decision is not None and against:
                post = replace(post, score=decision.score, typologies=tuple(each.typology for each in against))
            found[source, event_id] = post
        elif (source, ref) in found and found[source, ref].removed is None:
            found[source, ref] = replace(found[source, ref], removed=when)


def read_probes(file: Path) -> list[Key]:
    """Return the known-bad posts that a file names: a platform's source, a comma and the event id on each line.

    Empty lines and lines that begin with # are left out. Raises InputError naming the line.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}; expected a text file in UTF-8") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        source, comma, event_id = (part.strip() for part in line.partition(","))
        if not (source and comma and event_id):
            raise InputError(f"{file}, line {number}: {line!r} is not a source, a comma and an event id")
        found.append((source, event_id))
    return list(dict.fromkeys(found))


def _texts(block: LogBlock, name: str, rows: list[int]) -> list[str]:
    column = block.block.columns.get(name)
    if column is None:
        return [""] * len(rows)
    return [value or "" for value in pa.array(column, pa.string()).take(pa.array(rows, pa.int64())).to_pylist()]
