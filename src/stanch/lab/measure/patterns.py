"""Patterns held against labels, beside a baseline that sees nothing but that a transfer stays inside.

A typology found counts for the accounts and transfers of the same label. ``any`` counts every finding for every label:
two shapes can lie on the same transfers, and a shape has more than one name. Labels are read here only, never searched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from stanch.graph.patterns.find import find_patterns
from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers, transfers
from stanch.model.time import DAY

Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]

ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class PatternMeasure:
    """One typology: patterns found; recall and precision for transfers and for accounts, 0 to 1, None without a case.

    ``recall_by_any`` is the share of its transfers in patterns of whatever name. The baseline takes every transfer
    between accounts for a finding: its recall is 1, its precision the share of the label.
    """

    typology: str
    found: int
    transfer_recall: float | None
    transfer_precision: float | None
    account_recall: float | None
    account_precision: float | None
    recall_by_any: float | None
    baseline_transfer_precision: float | None
    baseline_account_precision: float | None


def measure_pattern_file(path: Path) -> tuple[PatternMeasure, ...]:
    """Measure a file of day steps: ``step``, ``sender``, ``receiver``, ``amount`` and the label ``label_typology``.

    Negative senders and receivers are the outside and left out. Amounts in major units with two decimals.
    """
    table = pq.read_table(path)
    src, dst, at = (table[name].to_numpy().astype(np.int64) for name in ("sender", "receiver", "step"))
    amount = np.rint(table["amount"].to_numpy() * 100).astype(np.int64)
    inside = (src >= 0) & (dst >= 0)
    labels = np.asarray(table["label_typology"].to_pylist(), str)[inside]
    history = transfers(src[inside], dst[inside], at[inside], amount[inside])
    return measure_patterns(history, labels, Limits().in_unit(DAY))


def measure_patterns(history: Transfers, labels: Texts, limits: Limits) -> tuple[PatternMeasure, ...]:
    """Measure a history whose transfers carry the name of their pattern, empty where they are ordinary."""
    by_row = np.zeros((2, len(labels)), np.int64)
    by_row[0][history.row], by_row[1][history.row] = history.src, history.dst
    found = find_patterns(history, limits).patterns
    names = sorted({str(label) for label in np.unique(labels) if label})
    rows = [_typology(name, [p for p in found if p.typology == name], labels == name, by_row) for name in names]
    everything = _rows(found, len(labels))
    return (
        *(_beside(row, everything, labels == row.typology) for row in rows),
        _beside(_typology(ANY, found, labels != "", by_row), everything, labels != ""),
    )


def _typology(name: str, found: Iterable[Pattern], true: Bools, ends: Ints) -> PatternMeasure:
    listed = list(found)
    hit = _rows(listed, len(true))
    suspects, guilty = set(ends[:, hit].ravel().tolist()), set(ends[:, true].ravel().tolist())
    both = len(suspects & guilty)
    return PatternMeasure(
        name, len(listed), _share(int((hit & true).sum()), int(true.sum())),
        _share(int((hit & true).sum()), int(hit.sum())), _share(both, len(guilty)), _share(both, len(suspects)),
        None, _share(int(true.sum()), len(true)), _share(len(guilty), len(np.unique(ends))),
    )  # fmt: skip


def _beside(row: PatternMeasure, everything: Bools, true: Bools) -> PatternMeasure:
    by_any = _share(int((everything & true).sum()), int(true.sum()))
    return PatternMeasure(
        row.typology, row.found, row.transfer_recall, row.transfer_precision, row.account_recall,
        row.account_precision, by_any, row.baseline_transfer_precision, row.baseline_account_precision,
    )  # fmt: skip


def _rows(found: Iterable[Pattern], count: int) -> Bools:
    hit = np.zeros(count, np.bool_)
    for pattern in found:
        hit[list(pattern.transfers)] = True
    return hit


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
