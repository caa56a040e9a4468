"""Events that a row states besides its own: the settlement of a reported transfer, a fraud found out later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.mapping import Confirmed
from stanch.intake.words import Words
from stanch.model.columns import TEXT_FACETS
from stanch.model.time import parse_duration

_KEPT_BY_CONFIRMED = ("event_id", "source")


def with_also(coded: pa.Table, also: dict[str, tuple[str, ...]], words: Words) -> pa.Table:
    """Return the events with those that their rows state too, each right after the one it comes from."""
    tables, positions = [coded], [np.arange(coded.num_rows)]
    for first, others in also.items():
        of_kind = pc.equal(coded["kind"], words.code(first)).fill_null(False)
        where = np.flatnonzero(of_kind.combine_chunks().to_numpy(zero_copy_only=False))
        for other in others:
            tables.append(_another(coded.take(pa.array(where)), other, words))
            positions.append(where)
    if len(tables) == 1:
        return coded
    order = np.argsort(np.concatenate(positions), kind="stable")
    return pa.concat_tables(tables).take(pa.array(order))


def _another(coded: pa.Table, kind: str, words: Words) -> pa.Table:
    rows = coded.num_rows
    changed = {
        "event_id": _suffixed(coded["event_id"], kind),
        "ref": coded["event_id"],
        "kind": pa.array(np.full(rows, words.code(kind), np.int32)),
        **{name: pa.nulls(rows, coded.schema.field(name).type) for name in ("text", *TEXT_FACETS)},
    }
    return _replaced(coded, changed)


def confirmed_events(coded: pa.Table, rule: Confirmed, words: Words) -> pa.Table:
    """Return, for rows labelled as fraud, the later events by which that becomes known."""
    rows = coded.num_rows
    when = pa.array(coded["happened_at"].cast(pa.int64()).to_numpy() + parse_duration(rule.delay), pa.int64()).cast(
        pa.timestamp("us", tz="UTC")
    )
    empty = {f.name: pa.nulls(rows, f.type) for f in coded.schema if f.name not in _KEPT_BY_CONFIRMED}
    subject = {}
    if rule.about != "event":
        facets = ("", "_kind", "_country", "_type", "_range", "_bin")
        subject = {f"dst{facet}": coded[f"{rule.about}{facet}"] for facet in facets}
    changed = {
        **empty,
        **subject,
        "event_id": _suffixed(coded["event_id"], "confirmed"),
        "ref": coded["event_id"],
        "happened_at": when,
        "known_at": when,
        "kind": pa.array(np.full(rows, words.code("confirmed"), np.int32)),
        "detail": pa.array(np.full(rows, words.code(rule.detail), np.int32)),
    }
    return _replaced(coded, changed)


def _suffixed(event_id: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(event_id, kind, ":")


def _replaced(coded: pa.Table, changed: dict[str, pa.Array]) -> pa.Table:
    return pa.table([changed.get(n, coded[n]) for n in coded.column_names], schema=coded.schema)
