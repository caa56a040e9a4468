"""Times as sources write them -> UTC microseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stanch.intake.mapping import DAYS_SINCE, EPOCHS
from stanch.intake.zones import to_utc
from stanch.model.errors import InputError
from stanch.model.events import micros
from stanch.model.time import DAY

UTC_TIME = pa.timestamp("us", tz="UTC")
_NAIVE = pa.timestamp("us")
_EPOCH = date(1970, 1, 1)


def read_times(raw: pa.Array, time: str, where: ZoneInfo | None) -> pa.Array:
    """Return UTC microseconds, empty where a value cannot be read. ``where`` is the zone of clocks that name none.

    Raises InputError if the whole column has clock times without a zone and none is set.
    """
    if pa.types.is_timestamp(raw.type):
        return raw.cast(UTC_TIME, safe=False) if raw.type.tz else _localised(raw.cast(_NAIVE, safe=False), where)
    if pa.types.is_date(raw.type):
        return _localised(raw.cast(_NAIVE), where)
    if time in EPOCHS:
        return _scaled(raw, EPOCHS[time], 0)
    if time.startswith(DAYS_SINCE):
        first = (date.fromisoformat(time.removeprefix(DAYS_SINCE)) - _EPOCH).days * DAY
        return _localised(_scaled(raw, DAY, first).cast(pa.int64()).cast(_NAIVE), where)
    words = raw.cast(pa.string())
    if time == "iso":
        return _iso(words, where)
    return _patterned(words, time, where)


def _localised(naive: pa.Array, where: ZoneInfo | None) -> pa.Array:
    if where is None:
        if naive.null_count == len(naive):
            return naive.cast(UTC_TIME)
        raise InputError("times without a zone; set timezone in the mapping, for example Asia/Shanghai")
    clock = naive.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    missing = naive.is_null().to_numpy(zero_copy_only=False)
    return pa.array(to_utc(clock, where), pa.int64(), mask=missing).cast(UTC_TIME)


def _scaled(raw: pa.Array, factor: int, offset: int) -> pa.Array:
    """Return number x factor + offset as a time; numbers beyond the calendar are left empty."""
    number = numbers(raw).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore", over="ignore"):
        value = number * factor + offset
        right = np.isfinite(value) & (np.abs(value) < 2.0**62)
    return pa.array(np.where(right, np.rint(value), 0).astype(np.int64), pa.int64(), mask=~right).cast(UTC_TIME)


def numbers(raw: pa.Array) -> pa.Array:
    """Return values as doubles, empty where a word is not a number."""
    if not (pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type)):
        return raw.cast(pa.float64(), safe=False).fill_null(np.nan)
    trimmed = pc.utf8_trim_whitespace(raw)
    plain = pc.match_substring_regex(trimmed, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$")
    kept = pc.if_else(plain, pc.utf8_ltrim(trimmed, "+"), None)
    return kept.cast(pa.float64()).fill_null(np.nan)


def _iso(words: pa.Array, where: ZoneInfo | None) -> pa.Array:
    try:
        return words.cast(UTC_TIME)  # every value names its zone
    except pa.ArrowInvalid:
        pass
    try:
        return _localised(words.cast(_NAIVE), where)
    except pa.ArrowInvalid:
        return _one_by_one(words, where)


def _one_by_one(words: pa.Array, where: ZoneInfo | None) -> pa.Array:
    return pa.array([_moment(word, where) for word in words.to_pylist()], pa.int64()).cast(UTC_TIME)


def _moment(word: str | None, where: ZoneInfo | None) -> int | None:
    try:
        moment = datetime.fromisoformat(word.strip()) if word else None
    except ValueError:
        return None
    if moment is None or (moment.tzinfo is None and where is None):
        return None
    return micros((moment if moment.tzinfo else moment.replace(tzinfo=where)).astimezone(UTC))


def _patterned(words: pa.Array, pattern: str, where: ZoneInfo | None) -> pa.Array:
    def read(word: str | None) -> int | None:
        try:
            moment = datetime.strptime(word, pattern) if word else None  # noqa: DTZ007 the zone is set below
        except ValueError:
            return None
        if moment is None or (moment.tzinfo is None and where is None):
            return None
        return micros((moment if moment.tzinfo else moment.replace(tzinfo=where)).astimezone(UTC))

    encoded = words.dictionary_encode()
    known = pa.array([read(word) for word in encoded.dictionary.to_pylist()], pa.int64())
    return known.take(encoded.indices).cast(UTC_TIME)
