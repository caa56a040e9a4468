"""Small random event tables, features and conditions for hypothesis: few entities, many NULLs, times on edges."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st

from stanch.features.conditions import COLUMN_TYPES, ValueType
from stanch.features.definition import AGGREGATES, Feature, parse_feature
from stanch.model.columns import BY_NAME, ColumnType
from stanch.model.schema import EVENT_SCHEMA

Row = Mapping[str, Any]  # a cell is whatever its column holds: int, str or None

KINDS: Final = ("transfer", "settled", "login", "profile", "listed", "unlisted", "sim_swapped")
CAUSED: Final = ("warned", "hold_placed")
_ENTITIES: Final = ("src", "dst", "device", "src_person")
_SYMBOLS: Final = {"currency": ("CNY", "JPY"), "detail": ("birth_year", "known_business"), "channel": ("app", "web")}
_NUMBERS: Final = {"amount": (-5, 0, 1, 100, 10**13), "duration": (0, 60), "number": (1961, 0, 7), "hour": (3, 23)}
_STEPS: Final = (1, 16, 999_999, 1_000_000, 59_999_999, 60_000_000, 60_000_001, 3_600_000_000)
_START: Final = 1_772_416_800_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEYS: Final = ("src", "dst", "device", "src_person", "currency", "number")
_PAIRS: Final = ("src", "dst", "device", "currency", "detail")
_WHERES: Final = (
    "kind = 'transfer'",
    "kind in ('transfer', 'settled') and amount > 0",
    "kind = 'login' or kind = 'settled' and (currency = 'CNY' or device is null)",
    "amount >= 1 or duration > 0",
    "kind <> 'login' and not src = dst",
    "amount / duration > 0.5 or amount in (0, 100, null)",
)
_OUR_OWN: Final = ("kind = 'warned'", "kind in ('transfer', 'hold_placed') and coalesce(amount, 1) > 0")


@st.composite
def event_rows(draw: st.DrawFn, most: int = 24, *, caused: bool = False) -> list[Row]:
    """Rows in log order, with gaps in ``seq``."""
    kinds = KINDS + CAUSED if caused else KINDS
    rows: list[Row] = []
    clock, seq = _START, 0
    for _ in range(draw(st.integers(1, most))):
        clock += draw(st.sampled_from(_STEPS))
        seq += draw(st.integers(1, 3))
        row = {"seq": seq, "as_of": clock, "happened_at": clock - draw(st.sampled_from((0, 1_500_000)))}
        rows.append({**row, "kind": draw(st.sampled_from(kinds)), **draw(_CELLS)})
    return rows


_CELLS: Final = st.fixed_dictionaries(
    {name: st.sampled_from(("a", "b", "c", None)) for name in _ENTITIES}
    | {name: st.sampled_from((*words, None)) for name, words in _SYMBOLS.items()}
    | {name: st.sampled_from((*numbers, None)) for name, numbers in _NUMBERS.items()}
)


def _roles() -> st.SearchStrategy[tuple[object, object]]:
    """Pairs of ``by`` and ``at`` whose types fit."""
    entity = st.sampled_from(_ENTITIES)
    two = st.lists(st.sampled_from(_PAIRS), min_size=2, max_size=2, unique=True)
    same = st.one_of(st.sampled_from(_KEYS), two).map(lambda by: (by, by))
    crossed = st.sampled_from(((["src", "currency"], ["dst", "currency"]), (["src", "dst"], ["dst", "src"])))
    return st.one_of(same, crossed, st.tuples(entity, entity))


def _column(aggregate: str) -> st.SearchStrategy[object]:
    if aggregate in ("count", "since_first", "since_last"):
        return st.just(True)
    if aggregate in ("total", "largest"):
        return st.sampled_from(("amount", "number", "happened_at") if aggregate == "largest" else ("amount", "number"))
    single = st.sampled_from(("src", "device", "currency", "amount", "happened_at"))
    pair = st.lists(st.sampled_from(_PAIRS), min_size=2, max_size=2, unique=True)
    return st.one_of(single, pair) if aggregate == "distinct" else single


@st.composite
def windows(draw: st.DrawFn, *, caused: bool = False) -> Feature:
    """One window of any aggregate, keys, length and condition."""
    aggregate = draw(st.sampled_from(AGGREGATES))
    by, at = draw(_roles())
    where = draw(st.sampled_from((None, *_WHERES, *(_OUR_OWN if caused else ()))))
    plain = {
        aggregate: draw(_column(aggregate)),
        "by": by,
        "at": at,
        "over": draw(st.sampled_from(("1s", "1m", "1h", "1d"))),
    }
    return parse_feature(plain if where is None else {**plain, "where": where}, "random")


_TOLD: Final = (
    ("profile", "birth_year"),
    ("listed", "known_business"),
    ("since", "sim_swapped"),
    ("since", "transfer"),
)


def facts() -> st.SearchStrategy[Feature]:
    """One fact about an entity."""
    entity = st.sampled_from(_ENTITIES)
    seen = st.builds(lambda fact, of: {fact: of}, st.sampled_from(("first_seen", "last_seen")), entity)
    told = st.builds(lambda told, of: {told[0]: told[1], "of": of}, st.sampled_from(_TOLD), entity)
    return st.one_of(seen, told).map(lambda plain: parse_feature(plain, "random"))


def features(*, caused: bool = False) -> st.SearchStrategy[dict[str, Feature]]:
    """A few features by local name."""
    some = st.lists(st.one_of(windows(caused=caused), windows(caused=caused), facts()), min_size=1, max_size=6)
    return some.map(lambda each: {f"f{number}": feature for number, feature in enumerate(each)})


def conditions(numbers: Sequence[str], parameters: Sequence[str]) -> st.SearchStrategy[str]:
    """Texts of conditions over columns, the named numbers and parameters."""
    return st.recursive(_atoms(numbers, parameters), _joined, max_leaves=6)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
    return st.one_of(pair, inner.map(lambda text: f"not ({text})"))


def _numbers(names: Sequence[str], parameters: Sequence[str]) -> st.SearchStrategy[str]:
    named = st.sampled_from((*names, *(f":{name}" for name in parameters), "amount", "duration", "number", "hour"))
    leaf = st.one_of(named, st.sampled_from(("0", "1", "60", "100", "0.5", "2.0", "null", "1e308")))
    return st.recursive(leaf, _arithmetic, max_leaves=4)


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    both = st.tuples(inner, inner).map(lambda t: f"coalesce({t[0]}, {t[1]})")
    return st.one_of(pair, both, inner.map(lambda text: f"(-({text}))"))


_ATOMS: Final = (
    "src = dst",
    "src <> device",
    "currency = 'CNY'",
    "currency in ('JPY', null)",
    "detail = channel",
    "coalesce(currency, 'none') = 'none'",
    "src_person is null",
    "kind <> 'login'",
    "true",
    "null",
)


def _atoms(names: Sequence[str], parameters: Sequence[str]) -> st.SearchStrategy[str]:
    number = _numbers(names, parameters)
    compared = st.tuples(number, st.sampled_from(("=", "<>", "<", "<=", ">", ">=")), number).map(" ".join)
    among = st.tuples(number, number, number).map(lambda t: f"{t[0]} in ({t[1]}, {t[2]})")
    between = st.tuples(number, number, number).map(lambda t: f"{t[0]} between {t[1]} and {t[2]}")
    known = number.map(lambda text: f"{text} is not null")
    return st.one_of(compared, among, between, known, st.sampled_from(_ATOMS))


def pseudonym(clear: str) -> bytes:
    """Sixteen bytes for a made-up entity."""
    return hashlib.sha256(clear.encode()).digest()[:16]


def event_table(rows: Sequence[Row]) -> pa.Table:
    """Rows as the log keeps them."""
    cells = {field.name: [_cell(field.name, row.get(field.name)) for row in rows] for field in EVENT_SCHEMA}
    arrays = [pa.array(cells[field.name], _plain(field.type)).cast(field.type) for field in EVENT_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA)


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _cell(name: str, value: Any) -> Any:  # noqa: ANN401 - a cell is int, str, time or None
    if value is None:
        return None
    if BY_NAME[name].type is ColumnType.ENTITY:
        return pseudonym(value)
    return _EPOCH + timedelta(microseconds=value) if BY_NAME[name].type is ColumnType.TIME else value


def as_sql(feature: Feature, value: Any) -> Any:  # noqa: ANN401 - as above
    """Return a value as SQL shows it: an entity as its bytes."""
    return pseudonym(value) if value is not None and feature.type is ValueType.ENTITY else value


assert set(_ENTITIES) <= set(COLUMN_TYPES)
