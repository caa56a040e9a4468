"""Chunks: a table of clear events becomes columns of pseudonyms, facets and codes; wrong rows become refusals."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake import rules
from stanch.intake.identities import Identities, Named
from stanch.intake.problems import Problems
from stanch.intake.texts import Clear, Texts, text_columns
from stanch.intake.words import ABSENT, Codes, Words, column_of, one_array
from stanch.intake.zones import local_hours
from stanch.model.columns import BY_NAME, SENT, SYMBOLS, TAKEN, TEXT_FACETS, ColumnType
from stanch.model.entities import ENTITY_KINDS
from stanch.model.events import Event
from stanch.model.kinds import READ, READ_FROM_SERVICES, SERVICES
from stanch.model.schema import CLEAR_SCHEMA, TAKEN_SCHEMA

#: Taken events with symbols still as int32 codes: cheap to filter, sort and join.
CODED_SCHEMA: Final = pa.schema([f.with_type(pa.int32()) if f.name in SYMBOLS else f for f in TAKEN_SCHEMA])

_SENT_ENTITIES: Final = tuple(name for name in SENT if BY_NAME[name].type is ColumnType.ENTITY)
_SENT_SYMBOLS: Final = tuple(name for name in SENT if BY_NAME[name].type is ColumnType.SYMBOL)
_PLAIN: Final = tuple(n for n in SENT if BY_NAME[n].type in (ColumnType.INT, ColumnType.TIME, ColumnType.STRING))
_VALUES: Final = tuple(name for name in SENT if name != "kind")
_values: Final = attrgetter(*_VALUES)
_ROLE_FACETS: Final = ("country", "type", "range", "bin")


class Chunks:
    """Takes chunks of clear events. One owner; holds what all chunks of an intake share."""

    def __init__(self, words: Words, identities: Identities, texts: Texts) -> None:
        self.words = words
        self.identities = identities
        self._texts = texts
        kinds = np.array([words.code(kind) for kind in ENTITY_KINDS] + [ABSENT], np.int32)
        self._kind_words: Codes = kinds

    def take(self, clear: pa.Table, problems: Problems, where: ZoneInfo) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
        """Return the good rows in ``CODED_SCHEMA`` and which they are; ``clear`` has all columns of ``CLEAR_SCHEMA``.

        Entity and symbol columns may be dictionaries. ``problems`` holds what was wrong before and learns what is
        wrong here. Every row is either taken or has a reason.
        """
        columns = {name: one_array(clear[name]) for name in SENT}
        columns["known_at"] = pc.coalesce(columns["known_at"], columns["happened_at"])
        codes = {name: self.words.codes(columns[name]) for name in _SENT_SYMBOLS}
        named = {name: self.identities.name(columns[name]) for name in _SENT_ENTITIES}
        self._check(columns, codes, named, problems)
        good = problems.good()
        coded = self._coded(columns, codes, named, good)
        coded = with_hours(coded, where)
        self.identities.flush()
        return (coded if good.all() else coded.filter(pa.array(good))), good

    def empty(self) -> pa.Table:
        """Return no events, in ``CODED_SCHEMA``."""
        return CODED_SCHEMA.empty_table()

    def _check(
        self, columns: dict[str, pa.Array], codes: dict[str, Codes], named: dict[str, Named], problems: Problems
    ) -> None:
        for name in ("event_id", "source", "happened_at"):
            problems.refuse(
                _empty(columns[name], codes.get(name)), f"{name} is empty or unreadable; every event has one"
            )
        for name in ("happened_at", "known_at"):
            rules.check_times(name, columns[name], problems)
        kinds = rules.check_kinds(self.words, codes["kind"], problems)
        for name, entities in named.items():
            rules.check_identifiers(name, self.words, entities, problems)
        for role in ("src", "dst"):
            rules.check_role(role, kinds, named[role], problems)
        for name in rules.BESIDE:
            rules.check_beside(name, named[name], problems)
        needs = ("detail", "number", "amount", "currency", "duration")
        rules.check_needs(kinds, {n: _empty(columns[n], codes.get(n)) for n in needs}, problems)
        rules.check_numbers(columns, problems)
        rules.check_words(self.words, codes, columns["amount"], problems)

    def _coded(
        self,
        columns: dict[str, pa.Array],
        codes: dict[str, Codes],
        named: dict[str, Named],
        good: npt.NDArray[np.bool_],
    ) -> pa.Table:
        made: dict[str, pa.Array] = {name: columns[name] for name in _PLAIN}
        made |= {name: column_of(column) for name, column in codes.items()}
        made |= {name: column.bytes16() for name, column in named.items()}
        for role in ("src", "dst"):
            made[f"{role}_kind"] = column_of(self._kind_words[named[role].kinds()])
            for facet in _ROLE_FACETS:
                made[f"{role}_{facet}"] = column_of(named[role].facet(facet))
        made["tac"] = column_of(named["device"].facet("tac"))
        made["subnet"] = column_of(named["address"].facet("subnet"))
        made |= self._text(columns, self._read(codes, named), good)
        made["payment"] = self._texts.payments(columns["end_to_end"])
        made["hour"] = pa.nulls(len(good), pa.int64())
        return pa.table([made[name] for name in TAKEN], schema=CODED_SCHEMA)

    def _text(
        self, columns: dict[str, pa.Array], read: npt.NDArray[np.bool_], good: npt.NDArray[np.bool_]
    ) -> dict[str, pa.Array]:
        present = columns["text"].is_valid().to_numpy(zero_copy_only=False) & good
        if not present.any():
            return {name: pa.nulls(len(good), TAKEN_SCHEMA.field(name).type) for name in ("text", *TEXT_FACETS)}
        where = np.flatnonzero(present)
        texts, events, known = (columns[name].take(pa.array(where)) for name in ("text", "event_id", "known_at"))
        clear = zip(texts.to_pylist(), events.to_pylist(), known.cast(pa.int64()).to_pylist(), read[where].tolist(),
                    strict=True)  # fmt: skip
        taken = self._texts.take([Clear(*one) for one in clear])
        back = np.full(len(good), ABSENT, np.int64)
        back[where] = np.arange(len(where))
        return text_columns(taken, pa.array(back, mask=back == ABSENT))

    def _read(self, codes: dict[str, Codes], named: dict[str, Named]) -> npt.NDArray[np.bool_]:
        """Return which rows have a text that may be scored; see ``model.kinds.READ``."""
        public = np.isin(codes["kind"], [self.words.code(kind) for kind in sorted(READ)])
        by_service = np.isin(codes["kind"], [self.words.code(kind) for kind in sorted(READ_FROM_SERVICES)])
        service = np.isin(named["src"].facet("type"), [self.words.code(type_) for type_ in sorted(SERVICES)])
        return public | (by_service & service)


def with_hours(coded: pa.Table, where: ZoneInfo) -> pa.Table:
    """Return events with the local hour at which they happened."""
    happened = coded["happened_at"].cast(pa.int64()).fill_null(0).to_numpy()
    place = coded.schema.get_field_index("hour")
    return coded.set_column(place, "hour", pa.array(local_hours(happened, where)))


def finish(coded: pa.Table, words: Words) -> pa.Table:
    """Return coded events in ``TAKEN_SCHEMA``: codes become dictionaries of the words in use."""
    return pa.table(
        [words.decode(one_array(coded[n])) if n in SYMBOLS else coded[n] for n in TAKEN], schema=TAKEN_SCHEMA
    )


def clear_table(columns: dict[str, pa.Array], rows: int) -> pa.Table:
    """Return columns as a table with every column of ``CLEAR_SCHEMA``, missing ones empty."""
    arrays: Sequence[pa.Array] = [
        columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in CLEAR_SCHEMA
    ]
    return pa.table(arrays, names=CLEAR_SCHEMA.names)


def rows_table(rows: Sequence[dict[str, object]]) -> pa.Table:
    """Return rows of ``CLEAR_SCHEMA`` as a table."""
    return pa.Table.from_pylist(list(rows), schema=CLEAR_SCHEMA)


def events_table(events: Sequence[Event]) -> pa.Table:
    """Return events as a table of ``CLEAR_SCHEMA``; what none of them has is made for none."""
    made: dict[str, pa.Array] = {
        "kind": pa.array([event.__struct_config__.tag for event in events], CLEAR_SCHEMA.field("kind").type)
    }
    for name, values in zip(_VALUES, zip(*map(_values, events), strict=True), strict=False):
        if any(value is not None for value in values):
            made[name] = pa.array(values, CLEAR_SCHEMA.field(name).type)
    return clear_table(made, len(events))


def _empty(column: pa.Array, codes: Codes | None) -> npt.NDArray[np.bool_]:
    """Return where a column is empty; an empty string is empty too."""
    if codes is not None:
        absent: npt.NDArray[np.bool_] = codes == ABSENT
        return absent
    missing = column.is_null()
    if pa.types.is_string(column.type):
        missing = pc.or_(missing, pc.equal(pc.fill_null(column, ""), ""))
    nothing: npt.NDArray[np.bool_] = missing.to_numpy(zero_copy_only=False)
    return nothing
