"""How sure it is that two records are of one person: the model of Fellegi and Sunter, as Splink computes it in DuckDB.

What is common among records of two people is counted; what is common among records of one is learned without labels,
by expectation and maximisation, where the records are many enough; else the start values of ``levels.yaml`` stand.
One thread and one seed: the same records give the same confidences. Needs the extra ``link``.

Source: Fellegi and Sunter 1969, "A theory for record linkage"; Linacre et al. 2022, "Splink".
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa
import splink.comparison_level_library as cll
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison
from splink.internals.exceptions import SplinkException
from splink.internals.splink_dataframe import SplinkDataFrame

from stanch.intake.link.levels import Compared, Level, load_levels

#: Up to so many pairs, each is compared; above, only pairs that share something of ``_BLOCKS``.
ALL_PAIRS: Final = 2_000_000
#: A block of more pairs than this is left out and told: what everybody shares tells nothing.
MOST_PAIRS: Final = 50_000_000
#: Records from which on the model learns, and pairs that a lesson needs; start values, chosen by us.
LEARN_FROM: Final = 100
LESSON: Final = 100
_SEED: Final = 1
#: The chance that two records are of one person, where the records cannot tell, and the most that is believed.
_UNTOLD: Final = 0.01
_MOST: Final = 0.5
_ROUNDED: Final = 9

#: What two records must share to be compared at all, where there are too many pairs.
_BLOCKS: Final = (
    ("document",), ("phone",), ("email",), ("sound",), ("given", "family"), ("address",),
    ("birth_date",), ("family", "left(birth_date, 4)"), ("given", "left(birth_date, 4)"),
    ("left(sound, 4)", "left(birth_date, 4)"), ("family", "city"), ("given", "city"), ("split_part(email, '@', 1)",),
)  # fmt: skip
#: What true pairs often share, for how many there are.
_CERTAIN: Final = (("document",), ("email",), ("phone",), ("form", "birth_date"), ("given", "family", "birth_date"))
#: What pairs of one lesson share; two lessons that differ teach every comparison.
_LESSONS: Final = (
    ("document",), ("email",), ("phone",), ("birth_date",), ("sound",), ("given", "family"), ("address",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weight:
    """One comparison of a pair: its level in words, and how much it speaks for one person (bits; below 0: against)."""

    comparison: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Two records by their places, how sure it is that they are of one (0 to 1), and why, what decides most first.

    ``proven``: beside their names something that is not made out of names is the same, or one slip away.
    """

    left: int
    right: int
    confidence: float
    weights: tuple[Weight, ...]
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Scores:
    """Pairs in order of their places; ``every_pair``: whether all were compared, ``left_out``: what was too common."""

    pairs: tuple[Scored, ...]
    every_pair: bool
    learned: bool
    left_out: tuple[str, ...]


def score(table: pa.Table, least: float, recall: float) -> Scores:
    """Return the pairs that are of one person with a confidence of at least ``least``; ``table`` as records give it."""
    filled = {name for name in table.column_names if table[name].null_count < len(table)}
    compared = {name: each for name, each in load_levels().items() if each.needs in filled}
    if len(table) < 2 or not compared:
        return Scores((), every_pair=True, learned=False, left_out=())
    with _quiet(), duckdb.connect() as base:
        return _scored(base, table, filled, compared, (least, recall))


def _scored(
    base: duckdb.DuckDBPyConnection, table: pa.Table, filled: set[str], compared: dict[str, Compared],
    numbers: tuple[float, float],
) -> Scores:  # fmt: skip
    least, recall = numbers
    base.execute("SET threads = 1")
    base.register("given_records", table)
    base.execute("CREATE TABLE records AS SELECT * FROM given_records")
    every = len(table) * (len(table) - 1) // 2
    blocks, left_out = (["1 = 1"], []) if every <= ALL_PAIRS else _blocks(base, filled)
    if not blocks:
        return Scores((), every_pair=False, learned=False, left_out=tuple(left_out))
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="n",
        blocking_rules_to_generate_predictions=[CustomRule(rule) for rule in blocks],
        comparisons=[_comparison(name, each) for name, each in compared.items()],
        probability_two_random_records_match=_prior(base, filled, every, recall),
        retain_intermediate_calculation_columns=True, retain_matching_columns=True,
    )  # fmt: skip
    data = DuckDBAPI(base).register("records")
    linker, learned = Linker(data, settings, log_level=logging.CRITICAL), False
    if len(table) >= LEARN_FROM:
        lessons = [keys for keys in _told(_LESSONS, filled) if LESSON <= _pairs(base, keys) <= MOST_PAIRS]
        linker, learned = _learn(data, linker, lessons)
    rows = linker.inference.predict(threshold_match_probability=least).as_pyarrow_table().to_pylist()  # type: ignore[no-untyped-call]  # untyped
    pairs = sorted((_pair(row, compared) for row in rows), key=lambda pair: (pair.left, pair.right))
    told = tuple(pair for pair in pairs if any(each.weight > 0 for each in pair.weights))
    return Scores(told, every <= ALL_PAIRS, learned, tuple(left_out))


def _comparison(name: str, compared: Compared) -> CustomComparison:
    needs = f"{compared.needs}_l IS NULL OR {compared.needs}_r IS NULL"
    levels: list[Any] = [cll.CustomLevel(needs, "not told").configure(is_null_level=True)]  # Any: as Splink types them
    levels += [_level(each, fixed=compared.known) for each in compared.levels]
    return CustomComparison(levels, output_column_name=name)


def _level(level: Level, *, fixed: bool) -> cll.CustomLevel | cll.ElseLevel:
    made = cll.CustomLevel(level.when, level.id) if level.when else cll.ElseLevel()
    made.configure(m_probability=level.m, u_probability=level.u, fix_u_probability=fixed)
    if level.frequency:
        made.configure(tf_adjustment_column=level.frequency, disable_tf_exact_match_detection=True)
    return made


def _blocks(base: duckdb.DuckDBPyConnection, filled: set[str]) -> tuple[list[str], list[str]]:
    """Return the rules by which pairs are found, and what is so common that it finds none."""
    sizes = {keys: _pairs(base, keys) for keys in _told(_BLOCKS, filled)}
    return [_rule(keys) for keys, size in sizes.items() if size <= MOST_PAIRS], [
        " and ".join(keys) for keys, size in sizes.items() if size > MOST_PAIRS
    ]


def _told(rules: Sequence[tuple[str, ...]], filled: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield the rules whose columns hold something."""
    for keys in rules:
        if all(any(name in key for name in filled if key == name or f"({name}," in key) for key in keys):
            yield keys


def _pairs(base: duckdb.DuckDBPyConnection, keys: tuple[str, ...]) -> int:
    given = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    ((pairs,),) = base.execute(
        f"SELECT coalesce(sum(c * (c - 1) // 2), 0) FROM "
        f"(SELECT count(*) AS c FROM records WHERE {given} GROUP BY {', '.join(keys)})"
    ).fetchall()
    return int(pairs)


def _rule(keys: tuple[str, ...]) -> str:
    return " AND ".join(f"{_of('l', key)} = {_of('r', key)}" for key in keys)


def _of(side: str, key: str) -> str:
    name, opened, rest = key.partition("(")
    return f"{name}({side}.{rest}" if opened else f"{side}.{key}"


def _prior(base: duckdb.DuckDBPyConnection, filled: set[str], every: int, recall: float) -> float:
    """Return the share of pairs that are of one person: those that agree on what is certain, with those that do not."""
    rules = [keys for keys in _told(_CERTAIN, filled) if _pairs(base, keys) <= MOST_PAIRS]
    if not rules or every < LEARN_FROM * (LEARN_FROM - 1) // 2:
        return _UNTOLD
    found = " UNION ".join(
        f"SELECT l.n AS a, r.n AS b FROM records l JOIN records r ON l.n < r.n AND {_rule(keys)}" for keys in rules
    )
    ((pairs,),) = base.execute(f"SELECT count(*) FROM ({found})").fetchall()
    return float(min(max(pairs, 1) / recall / every, _MOST))


def _learn(data: SplinkDataFrame, linker: Linker, lessons: Sequence[tuple[str, ...]]) -> tuple[Linker, bool]:
    """Return what learned from the records, and whether there was anything to learn from.

    A lesson in which nothing varies fails and leaves its model torn; the model of before goes on.
    """
    linker.training.estimate_u_using_random_sampling(
        max_pairs=ALL_PAIRS + 1, seed=_SEED, min_count_per_level=None, num_chunks=1
    )
    learned = False
    for keys in lessons:
        before = linker.misc.save_model_to_json()
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                _rule(keys), record_sample_proportion=1.0
            )
            learned = True
        except SplinkException:
            linker = Linker(data, before, log_level=logging.CRITICAL)
    return linker, learned


def _pair(row: dict[str, Any], compared: dict[str, Compared]) -> Scored:  # Any: what Splink writes
    weights = [_weight(row, name, each) for name, each in compared.items()]
    told = sorted((each for each in weights if each is not None), key=lambda each: (-abs(each.weight), each.comparison))
    left, right = sorted((int(row["n_l"]), int(row["n_r"])))
    proofs = {(name, level.id) for name, each in compared.items() for level in each.levels if level.proof}
    proven = any((each.comparison, each.level) in proofs for each in told)
    return Scored(left, right, round(float(row["match_probability"]), _ROUNDED), tuple(told), proven)


def _weight(row: dict[str, Any], name: str, compared: Compared) -> Weight | None:  # Any: what Splink writes
    """Return what one comparison said, None where one of the records tells nothing."""
    level = int(row[f"gamma_{name}"])
    if level < 0:
        return None
    bits = float(row[f"mw_{name}"]) + float(row.get(f"mw_tf_adj_{name}") or row.get(f"mw_tf_{name}") or 0.0)
    return Weight(name, compared.levels[len(compared.levels) - 1 - level].id, round(bits, _ROUNDED))


class _quiet:  # noqa: N801 read as a word: with _quiet()
    """Keeps Splink's own log down: what is wrong is said by us."""

    def __enter__(self) -> None:
        self._log = logging.getLogger("splink")
        self._level = self._log.level
        self._log.setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        self._log.setLevel(self._level)
