"""The mapper: raw columns of a source -> columns of clear events, by a mapping."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.amounts import minor_digits, read_minor
from stanch.intake.chunks import clear_table
from stanch.intake.mapping import From, Mapping, Scalar
from stanch.intake.problems import Mask, Problems
from stanch.intake.times import numbers, read_times
from stanch.intake.words import one_array
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.entities import ENTITY_KINDS
from stanch.model.errors import InputError
from stanch.model.events import shown
from stanch.model.schema import CLEAR_SCHEMA

_WHOLE = 2.0**62


class Mapper:
    """Applies one mapping to the raw tables of one file."""

    def __init__(self, mapping: Mapping, zone: ZoneInfo | None) -> None:
        self._mapping = mapping
        self._parts = mapping.parts()
        self._zone = zone

    def columns(self, present: list[str], *, strict: bool) -> list[str]:
        """Return the raw columns to read. Raises InputError naming a column the file does not have.

        ``strict`` is for mappings that a person wrote; files in Stanch's own form may leave columns out.
        """
        mapping = self._mapping
        wanted = {rule.column for rule in self._parts.values()} | set(mapping.where) | set(mapping.attrs)
        if mapping.confirmed:
            wanted.add(mapping.confirmed.label)
        missing = sorted(wanted - set(present))
        if strict and missing:
            raise InputError(f"no column {missing[0]!r}; the file has: {listed(present, wanted)}; correct the mapping")
        unknown = [name for name in present if name not in wanted]
        if not strict and unknown:
            raise InputError(f"unknown event column {shown(unknown[0])}; rename it or describe the file in a mapping")
        return [name for name in present if name in wanted]

    def matching(self, raw: pa.Table) -> Mask:
        """Return which rows the mapping's ``where`` keeps."""
        keep = np.ones(raw.num_rows, np.bool_)
        for name, allowed in self._mapping.where.items():
            keep &= is_one_of(one_array(raw[name]), allowed)
        return keep

    def time_columns(self, columns: list[str]) -> list[str]:
        """Return those of the raw columns that say when a row became known."""
        times = {self._parts[name].column for name in ("happened_at", "known_at") if name in self._parts}
        return [name for name in columns if name in times]

    def known_at(self, raw: pa.Table) -> pa.Array:
        """Return when each row became known, from time columns alone."""
        happened = self._time("happened_at", raw, None)
        return pc.coalesce(self._time("known_at", raw, None), happened)

    def clear(self, raw: pa.Table, problems: Problems) -> pa.Table:
        """Return clear events, one per row; a value that cannot be read is empty and its row refused."""
        made: dict[str, pa.Array] = {}
        for name in CLEAR_SCHEMA.names:
            if name in self._parts and self._parts[name].column in raw.column_names and name != "amount":
                made[name] = self._column(name, raw, problems)
        for name, value in self._constants().items():
            made.setdefault(name, _repeated(name, value, raw.num_rows))
        if "amount" in self._parts and self._parts["amount"].column in raw.column_names:
            made["amount"] = self._amount(raw, made.get("currency"), problems)
        if self._mapping.attrs:
            made["attrs"] = _json(raw.select(self._mapping.attrs))
        return clear_table(made, raw.num_rows)

    def _constants(self) -> dict[str, str | int]:
        source = {"source": self._mapping.source} if self._mapping.source else {}
        return {**source, **self._mapping.constants}

    def _column(self, name: str, raw: pa.Table, problems: Problems) -> pa.Array:
        column_type = BY_NAME[name].type
        if column_type is ColumnType.TIME:
            return self._time(name, raw, problems)
        rule = self._parts[name]
        column = one_array(raw[rule.column])
        if column_type is ColumnType.INT:
            return _whole(name, self._emptied(column), problems)
        if column_type in (ColumnType.ENTITY, ColumnType.SYMBOL) or rule.values:
            translated = self._translated(name, rule, column, problems)
            return translated if column_type in (ColumnType.ENTITY, ColumnType.SYMBOL) else translated.cast(pa.string())
        return self._emptied(_text(column))

    def _time(self, name: str, raw: pa.Table, problems: Problems | None) -> pa.Array:
        rule = self._parts.get(name)
        if rule is None or rule.column not in raw.column_names:
            return pa.nulls(raw.num_rows, CLEAR_SCHEMA.field(name).type)
        column = self._emptied(one_array(raw[rule.column]))
        times = read_times(column, rule.time, self._zone)
        if problems is not None and times.null_count > column.null_count:
            unread = pc.and_(times.is_null(), column.is_valid()).to_numpy(zero_copy_only=False)
            zone = "" if self._zone else ", or has no zone while the mapping sets no timezone"
            problems.refuse(unread, f"{name} cannot be read as {rule.time}{zone}; correct the value or the mapping")
        return times

    def _amount(self, raw: pa.Table, currency: pa.Array | None, problems: Problems) -> pa.Array:
        rule = self._parts["amount"]
        column = self._emptied(one_array(raw[rule.column]))
        if rule.unit == "minor":
            return _whole("amount", column, problems)
        places = np.full(raw.num_rows, 2) if currency is None else minor_digits(currency)
        minor = read_minor(column, places.astype(np.int64))
        _refuse_unread("amount", "a number", minor, column, problems)
        return minor

    def _emptied(self, column: pa.Array) -> pa.Array:
        if pa.types.is_dictionary(column.type) or pa.types.is_large_string(column.type):
            column = column.cast(pa.string())
        if not pa.types.is_string(column.type):
            return column
        return pc.if_else(pc.is_in(column, pa.array(self._mapping.nulls, pa.string())), None, column)

    def _translated(self, name: str, rule: From, column: pa.Array, problems: Problems) -> pa.DictionaryArray:
        """Return a column as a dictionary; only its distinct values are translated and prefixed."""
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        if rule == From(rule.column) and pa.types.is_string(encoded.type.value_type):
            return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), self._emptied(encoded.dictionary))
        entity = f"{rule.as_}:" if rule.as_ else ""
        translate = self._translator(rule, entity)
        words = [None if word is None else translate(word) for word in _text(encoded.dictionary).to_pylist()]
        made = pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), pa.array(words, pa.string()))
        if rule.others == "refuse":
            known = pa.array(words, pa.string()).is_valid().take(encoded.indices).fill_null(True)
            problems.refuse(
                ~known.to_numpy(zero_copy_only=False), f"{name} has a value the mapping does not translate; add it"
            )
        return made

    def _translator(self, rule: From, entity: str) -> Callable[[str], str | None]:
        nulls, values, prefix, keep = set(self._mapping.nulls), rule.values, rule.prefix, rule.others == "keep"

        def translate(word: str) -> str | None:
            if word in nulls:
                return "" if rule.others == "refuse" else None
            found = values.get(word)
            if found is None and not keep:
                return None
            if found is not None and entity and found.partition(":")[0] in ENTITY_KINDS:
                return found  # a translation that names its own kind
            return f"{entity}{prefix}{word if found is None else found}"

        return translate


def listed(present: list[str], wanted: set[str]) -> str:
    """Return the columns of a file for an error. Where none is wanted there is no header, and they are data: hidden."""
    if wanted.isdisjoint(present):
        return "none that is known; is there a header line?"
    return ", ".join(present)


def is_one_of(column: pa.Array, allowed: Scalar | list[Scalar]) -> Mask:
    """Return which values are, written as words, one of those allowed."""
    listed = allowed if isinstance(allowed, list) else [allowed]
    words = pa.array([_word(value) for value in listed], pa.string())
    kept: Mask = pc.is_in(_text(column), words).to_numpy(zero_copy_only=False)
    return kept


def _word(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(column: pa.Array) -> pa.Array:
    """Return a column as words; whole numbers kept in floating point lose their ``.0``."""
    if pa.types.is_nested(column.type) and not pa.types.is_dictionary(column.type):
        raise InputError("a column of lists or records cannot be one event column; list it under attrs")
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.is_finite(column), pc.equal(column, pc.round(column)))
        if pc.all(whole).as_py() is not False:
            return column.cast(pa.int64(), safe=False).cast(pa.string())
    return column.cast(pa.string())


def _whole(name: str, column: pa.Array, problems: Problems) -> pa.Array:
    """Return a column as whole numbers; what is none is empty and its row refused."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64())
    value = numbers(column).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        right = np.isfinite(value) & (value == np.rint(value)) & (np.abs(value) < _WHOLE)
    made = pa.array(np.where(right, value, 0).astype(np.int64), pa.int64(), mask=~right)
    _refuse_unread(name, "a whole number", made, column, problems)
    return made


def _refuse_unread(name: str, expected: str, made: pa.Array, column: pa.Array, problems: Problems) -> None:
    unread = pc.and_(made.is_null(), column.is_valid()).to_numpy(zero_copy_only=False)
    problems.refuse(unread, f"{name} is not {expected}; correct the value or the mapping")


def _repeated(name: str, value: str | int, rows: int) -> pa.Array:
    if BY_NAME[name].type is ColumnType.INT:
        return pa.array(np.full(rows, int(value)), pa.int64())
    if BY_NAME[name].type is ColumnType.TIME:
        raise InputError(f"constant {name}: a time cannot be one for all rows; map a column")
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([str(value)]))


def _json(table: pa.Table) -> pa.Array:
    encode = msgspec.json.encode
    return pa.array([encode(row).decode() for row in table.to_pylist()], pa.string())
